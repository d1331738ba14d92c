/* drip: advice.c, level 2a. What may have been meant where a value is not of the type that is wanted, and the edit
 * that says it: quotes too many or too few, a unit left out, a comparison not repeated, a name of the record. */
#include "front.h"

#include <string.h>

/* The first unit that measures this and nothing else; NULL: none. */
static const char *unit_of(dr_front *f, dr_type t)
{
    for (uint32_t i = 0; i < f->units.count; i++) {
        const dr_unit *u = &DR_AT(f->units, dr_unit, i);
        dr_type one = dr_type_plain(DR_NUM);
        one.dim[u->dim] = 1;
        if (dr_type_same(one, t))
            return u->name;
    }
    return NULL;
}

static void advise_unit(dr_front *f, dr_diag *d, const dr_ast *e, dr_type wanted)
{
    int n = 0;
    const char *number = dr_written(f, e, &n),
               *unit = wanted.kind == DR_DURATION ? "min" : unit_of(f, wanted);
    if (unit == NULL || e->kind != A_NUMBER)
        return;
    dr_diag_note(f->diags, d, "a bare number does not say what it counts");
    dr_diag_hint(f->diags, d, "write its unit, as in %.*s %s", n, number, unit);
    dr_diag_fix(f->diags, d, false, e->span, "%.*s %s", n, number, unit);
}

static void without_quotes(dr_front *f, dr_diag *d, const dr_ast *e, bool sure)
{
    dr_diag_hint(f->diags, d, "write \"%s\", without the quotes", e->text);
    dr_diag_fix(f->diags, d, sure, e->span, "%s", e->text);
}

/* A text stands where a value of an enum is wanted. */
static void advise_value(dr_front *f, dr_diag *d, const dr_ast *e, uint32_t of)
{
    const dr_enum *en = &DR_AT(f->enums, dr_enum, of);
    dr_suggest s;
    dr_diag_note(f->diags, d, "the values of %s are words of the policy: they stand without quotes",
                 en->name);
    if (dr_enum_value(f, of, e->text) >= 0) {
        without_quotes(f, d, e, true);
        return;
    }
    dr_suggest_init(&s, e->text, strlen(e->text));
    for (uint32_t i = 0; i < en->count; i++)
        dr_suggest_try(&s, en->names[i]);
    if (s.best != NULL) {
        dr_diag_hint(f->diags, d, "did you mean \"%s\", without the quotes?", s.best);
        dr_diag_fix(f->diags, d, false, e->span, "%s", s.best);
    }
}

/* A function of a plain field or attribute; of anything longer it would need parentheses. */
static void put_before(dr_front *f, dr_diag *d, const dr_ast *e, const char *words)
{
    dr_span before = {e->span.source, e->span.start, e->span.start};
    if (e->kind == A_NAME || e->kind == A_FIELD)
        dr_diag_fix(f->diags, d, true, before, "%s", words);
}

void dr_advise_type(dr_front *f, dr_diag *d, const dr_ast *e, dr_type wanted)
{
    if (d == NULL)
        return;
    bool is_yes_no = e->kind == A_STRING && (strcmp(e->text, "yes") == 0 || strcmp(e->text, "no") == 0);
    if (wanted.kind == DR_ENUM && e->kind == A_STRING) {
        advise_value(f, d, e, wanted.of);
    } else if (wanted.kind == DR_BOOL && is_yes_no) {
        without_quotes(f, d, e, true);
    } else if (wanted.kind == DR_BOOL && e->type.kind == DR_SPANS) {
        dr_diag_hint(f->diags, d, "ask whether there is any of it: \"… is not nothing\"");
    } else if (wanted.kind == DR_TEXT && e->kind == A_NUMBER) {
        dr_diag_note(f->diags, d, "what is not counted with is a text, even if it is made of digits");
        dr_diag_hint(f->diags, d, "write it between quotes: \"%s\"", e->text);
        dr_diag_fix(f->diags, d, true, e->span, "\"%s\"", e->text);
    } else if (wanted.kind == DR_SET && dr_type_plain(wanted.member).kind == e->type.kind) {
        dr_diag_hint(f->diags, d, "a set stands between braces, even one of a single member");
        bool sure = e->kind == A_STRING;
        dr_diag_fix(f->diags, d, sure, (dr_span){e->span.source, e->span.start, e->span.start}, "{");
        dr_diag_fix(f->diags, d, sure, (dr_span){e->span.source, e->span.end, e->span.end}, "}");
    } else if (wanted.kind == DR_DURATION && e->type.kind == DR_SPANS) {
        dr_diag_note(f->diags, d, "time spans say from when to when; only their length is a duration");
        dr_diag_hint(f->diags, d, "write \"length of …\"");
        put_before(f, d, e, "length of ");
    } else if (wanted.kind == DR_DATE && e->type.kind == DR_INSTANT) {
        dr_diag_hint(f->diags, d, "write \"date of …\" for its day");
        put_before(f, d, e, "date of ");
    } else if (wanted.kind == DR_INT && e->type.kind == DR_NUM) {
        dr_diag_hint(f->diags, d, "say how it is rounded: \"(…) rounded down\", up, half_up or half_even");
    } else if ((wanted.kind == DR_DURATION || wanted.kind == DR_NUM || wanted.kind == DR_INT ||
                wanted.kind == DR_DATE) &&
               e->kind == A_STRING && e->text[0] >= '0' && e->text[0] <= '9') {
        dr_diag_note(f->diags, d, "between quotes it is a text, with which nothing is worked out");
        without_quotes(f, d, e, true);
    } else if (wanted.kind == DR_DURATION || wanted.kind == DR_NUM) {
        advise_unit(f, d, e, wanted);
    }
}

/* Two sides that cannot be compared, added or the like. */
void dr_advise_compare(dr_front *f, dr_diag *d, const dr_ast *e)
{
    dr_type a = e->a->type, b = e->b->type;
    if (d == NULL)
        return;
    dr_label_declared(f, d, e->a);
    dr_label_declared(f, d, e->b);
    if (a.kind == DR_NUM && b.kind == DR_NUM) {
        dr_diag_note(f->diags, d, "they measure different things, and no factor turns one into the other");
        dr_diag_hint(f->diags, d,
                     "where a strength or a rate is known, multiply or divide by it: units work out, as in "
                     "3 mg/mL * 2 mL");
    } else if (a.kind == DR_TEXT && b.kind == DR_TEXT && e->kind == A_ADD) {
        dr_diag_hint(f->diags, d, "texts are not joined: write each one whole");
    } else if (a.kind == DR_TEXT && b.kind == DR_TEXT) {
        dr_diag_hint(f->diags, d, "texts are equal or not: compare them with \"is\" and \"is not\"");
    } else if (b.kind == DR_TEXT || e->b->kind == A_NUMBER) {
        dr_advise_type(f, d, e->b, a);
    } else if (a.kind == DR_TEXT || e->a->kind == A_NUMBER) {
        dr_advise_type(f, d, e->a, b);
    } else if (a.kind == DR_SPANS && b.kind == DR_DURATION) {
        dr_diag_note(f->diags, d, "time spans say from when to when; only their length is a duration");
        dr_diag_hint(f->diags, d, "compare its length: \"length of … over …\"");
        put_before(f, d, e->a, "length of ");
    } else if (a.kind == DR_INSTANT && b.kind == DR_DATE) {
        dr_diag_hint(f->diags, d, "compare its day: \"date of …\"");
        put_before(f, d, e->a, "date of ");
    }
}

/* ---- names */

typedef struct other_name {
    const char *is, *meant;
} other_name;

/* Behind "is", what is not there is called in many ways. */
static bool means_missing(dr_front *f, dr_diag *d, const dr_ast *e, const dr_type *expected)
{
    static const char *const words[] = {"null",  "NULL", "Null",    "nil",      "blank",
                                        "empty", "none", "unknown", "undefined"};
    bool gathers = expected != NULL && (expected->kind == DR_SET || expected->kind == DR_SPANS);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(e->text, words[i]) != 0)
            continue;
        dr_diag_hint(f->diags, d, "did you mean \"%s\"?", gathers ? "nothing" : "missing");
        if (expected != NULL)
            dr_diag_fix(f->diags, d, true, e->span, "%s", gathers ? "nothing" : "missing");
        return true;
    }
    return false;
}

static bool means_yes_or_no(dr_front *f, dr_diag *d, const dr_ast *e)
{
    static const other_name names[] = {{"true", "yes"}, {"True", "yes"}, {"TRUE", "yes"}, {"Yes", "yes"},
                                       {"YES", "yes"},  {"false", "no"}, {"False", "no"}, {"FALSE", "no"},
                                       {"No", "no"},    {"NO", "no"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(e->text, names[i].is) != 0)
            continue;
        dr_diag_hint(f->diags, d, "did you mean \"%s\"?", names[i].meant);
        dr_diag_fix(f->diags, d, true, e->span, "%s", names[i].meant);
        return true;
    }
    return false;
}

/* Does the record itself, or a row that has a name here, have it? */
static bool found_elsewhere(dr_front *f, dr_diag *d, const dr_ast *e)
{
    for (uint32_t i = 0; i < f->entities.count; i++) {
        const dr_entity *root = &DR_AT(f->entities, dr_entity, i);
        char name[64];
        size_t len = strlen(root->name);
        if (root->kind != DR_ROOT || len >= sizeof name || f->this_entity == UINT16_MAX ||
            dr_decl_find(f, D_SLOT, (uint16_t)i, e->text) == NULL)
            continue;
        for (size_t k = 0; k <= len; k++)
            name[k] =
                root->name[k] >= 'A' && root->name[k] <= 'Z' ? (char)(root->name[k] | 0x20) : root->name[k];
        dr_diag_hint(f->diags, d, "%s has it: write \"%s.%s\"", root->name, name, e->text);
        dr_diag_fix(f->diags, d, true, e->span, "%s.%s", name, e->text);
        return true;
    }
    for (uint32_t i = f->n_vars; i > 0; i--) {
        const dr_var *v = &f->vars[i - 1];
        if (v->entity == f->this_entity || dr_decl_find(f, D_SLOT, v->entity, e->text) == NULL)
            continue;
        dr_diag_hint(f->diags, d, "%s has it: write \"%s.%s\"", DR_AT(f->entities, dr_entity, v->entity).name,
                     v->name, e->text);
        dr_diag_fix(f->diags, d, true, e->span, "%s.%s", v->name, e->text);
        return true;
    }
    return false;
}

void dr_advise_field(dr_front *f, dr_diag *d, const dr_ast *e)
{
    if (d != NULL)
        (void)found_elsewhere(f, d, e);
}

bool dr_advise_name(dr_front *f, dr_diag *d, const dr_ast *e, const dr_type *expected)
{
    if (expected != NULL && expected->kind == DR_ENUM)
        return false;
    if (dr_decl_find(f, D_ENTITY, 0, e->text) != NULL) {
        dr_diag_hint(f->diags, d, "it is a kind of row: go through its rows with \"x in %s\"", e->text);
        return true;
    }
    return means_yes_or_no(f, d, e) || means_missing(f, d, e, expected) || found_elsewhere(f, d, e);
}

/* `x is a or b`, where b alone is no condition: it is said again what is compared. */
bool dr_repeats_value(dr_front *f, dr_ast *e)
{
    const dr_ast *first = e->a, *value = e->b;
    while (first->kind == e->kind)
        first = first->b;
    if ((first->kind != A_IS && first->kind != A_ISNOT) || (value->kind != A_NAME && value->kind != A_STRING))
        return false;
    dr_type t = first->a->type;
    bool word =
        t.kind == DR_ENUM && value->kind == A_NAME && dr_enum_value(f, t.of, value->text) >= 0 &&
        (f->this_entity == UINT16_MAX || dr_decl_find(f, D_SLOT, f->this_entity, value->text) == NULL);
    bool quoted = t.kind == DR_ENUM && value->kind == A_STRING && dr_enum_value(f, t.of, value->text) >= 0;
    if (!word && !quoted && !(t.kind == DR_TEXT && value->kind == A_STRING))
        return false;
    int n = 0, m = 0;
    const char *left = dr_written(f, first->a, &n), *right = dr_written(f, value, &m);
    if (quoted) {
        right = value->text;
        m = (int)strlen(right);
    }
    const char *is = first->kind == A_IS ? "is" : "is not", *joint = e->kind == A_AND ? "and" : "or";
    dr_diag *d =
        dr_error_at(f, value->span, "E0232", "behind \"%s\" stands a whole condition again, found %s", joint,
                    dr_type_name(f, t));
    dr_diag_hint(f->diags, d, "say again what is compared: %.*s %s %.*s", n, left, is, m, right);
    dr_diag_fix(f->diags, d, n < 60 && m < 60, value->span, "%.*s %s %.*s", n, left, is, m, right);
    return true;
}
