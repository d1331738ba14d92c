/* drip: check.c, level 2a. What names mean, what type an expression has, and whether what may be missing
 * was asked about first.
 *
 * Presence is tracked as facts: within `x is known and …` the path x is known. Facts are kept as the
 * expressions themselves and compared by shape. Each read adds an edge to the node being checked. */
#include "front.h"

#include <string.h>

bool dr_ast_equal(const dr_ast *a, const dr_ast *b)
{
    for (; a != NULL && b != NULL; a = a->a, b = b->a) {
        if (a->kind != b->kind || a->text != b->text || a->op != b->op)
            return false;
        if (a->kind == A_INDEX || a->kind == A_CALL) {
            const dr_ast *x = a->a, *y = b->a;
            for (; x != NULL && y != NULL; x = x->next, y = y->next)
                if (!dr_ast_equal(x, y))
                    return false;
            return x == y && (a->b == NULL || b->b == NULL ? a->b == b->b : dr_ast_equal(a->b, b->b));
        }
        if (a->kind == A_NAME && (a->refers != b->refers || (a->refers == R_VAR && a->ref != b->ref)))
            return false; /* another row, or another thing altogether, of the same name */
        if (a->kind != A_NAME && a->kind != A_FIELD && a->kind != A_THIS && a->kind != A_OF &&
            a->kind != A_PREVIOUS && a->kind != A_NUMBER && a->kind != A_STRING && a->kind != A_DATE &&
            a->kind != A_YES && a->kind != A_NO)
            return false;
    }
    return a == b;
}

bool dr_known_here(const dr_front *f, const dr_ast *e)
{
    for (uint32_t i = f->n_facts; i > 0; i--)
        if (dr_ast_equal(f->facts[i - 1].path, e))
            return true;
    return false;
}

static void learn(dr_front *f, const dr_ast *path)
{
    if (f->n_facts < sizeof f->facts / sizeof *f->facts)
        f->facts[f->n_facts++].path = path;
}

uint32_t dr_facts_add(dr_front *f, const dr_ast *e, bool truth)
{
    uint32_t before = f->n_facts;
    if (e == NULL)
        return before;
    if ((e->kind == A_KNOWN && truth) || (e->kind == A_MISSING && !truth)) {
        learn(f, e->a);
    } else if ((e->kind == A_AND && truth) || (e->kind == A_OR && !truth)) {
        dr_facts_add(f, e->a, truth);
        dr_facts_add(f, e->b, truth);
    } else if (e->kind == A_NOT) {
        dr_facts_add(f, e->a, !truth);
    }
    return before;
}

void dr_depend_slot(dr_front *f, uint32_t slot, uint32_t back_list)
{
    dr_slot *s = &DR_AT(f->slots, dr_slot, slot);
    s->used = true;
    if (f->at == NULL)
        return;
    if (s->node != DR_NONE) {
        dr_edge *e = dr_vec_add(f->arena, &f->at->edges, sizeof *e);
        if (e == NULL)
            f->no_memory = true;
        else
            *e = (dr_edge){s->node, back_list};
    }
    dr_depend_entity(f, s->entity);
}

/* Rows of a group exist once its members are grouped, merged lines once all lines are there. */
void dr_depend_entity(dr_front *f, uint32_t entity)
{
    uint8_t kind = DR_AT(f->entities, dr_entity, entity).kind;
    if (f->at == NULL || (kind != DR_GROUP && kind != DR_MERGED))
        return;
    for (uint32_t i = 0; i < f->work.count; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, i);
        if ((w->kind != DR_NODE_GROUP && w->kind != DR_NODE_MERGE) || w->entity != entity)
            continue;
        dr_edge *e = w == f->at ? NULL : dr_vec_add(f->arena, &f->at->edges, sizeof *e);
        if (e != NULL)
            *e = (dr_edge){i, DR_NONE};
        return;
    }
}

/* ---- names */

static dr_var *variable(dr_front *f, const char *name)
{
    for (uint32_t i = f->n_vars; i > 0; i--)
        if (f->vars[i - 1].name == name)
            return &f->vars[i - 1];
    return NULL;
}

static bool is_root_name(const dr_front *f, const char *name, uint32_t *entity)
{
    for (uint32_t i = 0; i < f->entities.count; i++) {
        const dr_entity *e = &DR_AT(f->entities, dr_entity, i);
        if (e->kind != DR_ROOT)
            continue;
        *entity = i;
        size_t len = strlen(e->name);
        if (strlen(name) != len)
            return false;
        for (size_t k = 0; k < len; k++)
            if ((e->name[k] | 0x20) != (name[k] | 0x20) || name[k] < 'a')
                return false;
        return true;
    }
    return false;
}

static dr_diag *say_unknown(dr_front *f, const dr_ast *e, const dr_type *expected)
{
    const char *here =
        f->this_entity == UINT16_MAX ? NULL : DR_AT(f->entities, dr_entity, f->this_entity).name;
    if (expected != NULL && expected->kind == DR_ENUM) {
        const char *name = DR_AT(f->enums, dr_enum, expected->of).name;
        if (strchr(name, ' ') != NULL) /* declared in place, without a name */
            return dr_error_at(f, e->span, "E0220", "\"%s\" is none of the values that can stand here",
                               e->text);
        if (here == NULL)
            return dr_error_at(f, e->span, "E0220", "\"%s\" is no value of %s", e->text, name);
        return dr_error_at(f, e->span, "E0220", "\"%s\" is no value of %s, nor the name of anything %s has",
                           e->text, name, here);
    }
    if (here == NULL)
        return dr_error_at(f, e->span, "E0220", "\"%s\" is not the name of anything here", e->text);
    return dr_error_at(f, e->span, "E0220", "\"%s\" is not the name of anything %s has, nor of a parameter",
                       e->text, here);
}

static void list_values(dr_front *f, dr_diag *d, const dr_enum *en)
{
    dr_buf list;
    dr_buf_init(&list, &f->alloc, 2048);
    for (uint32_t i = 0; i < en->count; i++) {
        dr_buf_text(&list, i == 0 ? "" : ", ");
        dr_buf_text(&list, en->names[i]);
    }
    if (list.data != NULL)
        dr_diag_hint(f->diags, d, "the values of %s: %s", en->name, list.data);
    dr_buf_free(&list);
}

static bool unknown_name(dr_front *f, dr_ast *e, const dr_type *expected)
{
    dr_diag *d = say_unknown(f, e, expected);
    dr_suggest s;
    dr_suggest_init(&s, e->text, strlen(e->text));
    if (d == NULL || dr_advise_name(f, d, e, expected))
        return false;
    for (uint32_t i = 0; i < f->decls.count; i++) {
        const dr_decl *decl = &DR_AT(f->decls, dr_decl, i);
        if ((decl->kind == D_SLOT && decl->scope == f->this_entity) || decl->kind == D_PARAM)
            dr_suggest_try(&s, decl->name);
    }
    for (uint32_t i = 0; i < f->n_vars; i++)
        dr_suggest_try(&s, f->vars[i].name);
    if (expected != NULL && expected->kind == DR_ENUM) {
        const dr_enum *en = &DR_AT(f->enums, dr_enum, expected->of);
        for (uint32_t i = 0; i < en->count; i++)
            dr_suggest_try(&s, en->names[i]);
        if (s.best == NULL)
            list_values(f, d, en);
    }
    dr_hint_nearest(f, d, &s);
    if (expected != NULL && expected->kind == DR_TEXT && s.best == NULL) {
        dr_diag_hint(f->diags, d, "a text stands between quotes: \"%s\"", e->text);
        dr_diag_fix(f->diags, d, false, e->span, "\"%s\"", e->text);
    }
    return false;
}

static bool as_ref(dr_ast *e, uint8_t refers, uint32_t ref, uint16_t entity)
{
    e->refers = refers;
    e->ref = ref;
    e->type = dr_type_plain(DR_REF);
    e->type.of = entity;
    return true;
}

/* Of which families the line is whose field this is; NULL: of any. */
static const dr_ast *lines_read(const dr_front *f, const dr_ast *e)
{
    const dr_ast *base = e->kind == A_FIELD ? e->a : NULL;
    return base != NULL && base->kind == A_NAME && base->refers == R_VAR ? f->vars[base->ref].lines : NULL;
}

static bool slot_read(dr_front *f, dr_ast *e, uint32_t slot, uint32_t back_list)
{
    e->refers = R_SLOT;
    e->ref = slot;
    e->type = DR_AT(f->slots, dr_slot, slot).type;
    dr_depend_slot(f, slot, back_list);
    if (DR_AT(f->slots, dr_slot, slot).entity == f->program->result_entity &&
        !dr_depend_marks(f, e, slot, lines_read(f, e)))
        return false;
    if (e->type.optional && dr_known_here(f, e)) {
        e->type.optional = false;
        e->narrowed = 1;
    }
    return true;
}

static bool constant(dr_front *f, dr_ast *e, dr_type type, int64_t value)
{
    e->refers = R_CONST;
    e->type = type;
    e->ref = dr_const_add(f, value);
    return true;
}

static bool check_name(dr_front *f, dr_ast *e, const dr_type *expected)
{
    uint32_t root = 0;
    if (expected != NULL && expected->kind == DR_ENUM) {
        int64_t value = dr_enum_value(f, expected->of, e->text);
        if (value >= 0) {
            dr_type t = dr_type_plain(DR_ENUM);
            t.of = expected->of;
            return constant(f, e, t, value);
        }
    }
    if (expected != NULL && expected->kind == DR_SPANS && strcmp(e->text, "nothing") == 0)
        return constant(f, e, dr_type_plain(DR_SPANS), dr_cell(&dr_spans_empty));
    dr_var *v = variable(f, e->text);
    if (v != NULL)
        return as_ref(e, R_VAR, (uint32_t)(v - f->vars), v->entity);
    dr_decl *d = f->this_entity == UINT16_MAX ? NULL : dr_decl_find(f, D_SLOT, f->this_entity, e->text);
    if (d != NULL)
        return slot_read(f, e, d->index, DR_NONE);
    if (is_root_name(f, e->text, &root))
        return as_ref(e, R_ROOT, 0, (uint16_t)root);
    d = dr_decl_find(f, D_PARAM, 0, e->text);
    if (d != NULL) {
        e->refers = R_PARAM;
        e->ref = d->index;
        e->type = DR_AT(f->params, dr_param, d->index).type;
        return true;
    }
    if (f->this_entity != UINT16_MAX && strcmp(e->text, "number") == 0) {
        e->refers = R_NONE;
        e->type = dr_type_plain(DR_INT);
        return true;
    }
    return unknown_name(f, e, expected);
}

/* Of `a.b.name` the last word. */
static dr_span tail_of(const dr_ast *e)
{
    dr_span s = e->span;
    uint32_t len = (uint32_t)strlen(e->text);
    if (s.end - s.start > len)
        s.start = s.end - len;
    return s;
}

/* A condition that begins with what may be missing can ask first; elsewhere the question needs a place of its own. */
static bool begins_condition(const dr_front *f, const dr_ast *e)
{
    static const char *const words[] = {"when", "where", "and", "bool ="};
    const char *bytes = f->sources->items[e->span.source].bytes;
    uint32_t end = e->span.start;
    while (end > 0 && strchr(" \t\r\n", bytes[end - 1]) != NULL)
        end--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i]);
        if (end > len && end < e->span.start && memcmp(bytes + end - len, words[i], len) == 0)
            return true;
    }
    return false;
}

static bool may_be_missing(dr_front *f, const dr_ast *e, const char *what)
{
    int n = 0;
    const char *text = dr_written(f, e, &n);
    dr_diag *d = dr_error_at(f, e->span, "E0230", "\"%.*s\" may be missing, and %s", n, text, what);
    if (d == NULL)
        return false;
    const char *hole = e->kind == A_INDEX ? dr_table_hole(f, e->ref) : NULL;
    dr_diag_hint(f->diags, d,
                 "ask first (\"%.*s is known and …\"), or say what stands in its place (\"%.*s else …\")", n,
                 text, n, text);
    if (hole != NULL) {
        dr_diag_label(f->diags, d, dr_decl_find(f, D_ENTITY, 0, e->text)->span,
                      "this table has no row for \"%s\"", hole);
        dr_diag_hint(f->diags, d,
                     "give the table a row for it, here or with \"extend table %s\", or ask first (\"%.*s is "
                     "known and …\")",
                     e->text, n, text);
    } else if (e->kind == A_CALL) {
        dr_diag_note(f->diags, d, "a script can fail, and what it should have given is missing then");
    } else if (e->refers == R_SLOT && DR_AT(f->slots, dr_slot, e->ref).type.optional) {
        dr_diag_label(f->diags, d, DR_AT(f->slots, dr_slot, e->ref).span, "declared with \"?\" here");
        dr_diag_note(f->diags, d, "some records do not say it, and what is not charted is never guessed");
    }
    if (begins_condition(f, e) && n < 60) {
        dr_span before = {e->span.source, e->span.start, e->span.start};
        dr_diag_fix(f->diags, d, false, before, "%.*s is known and ", n, text);
    }
    return false;
}

/* Rows before `this` in a list may be read in the walk that decides this row. */
static uint32_t back_list_of(dr_front *f, const dr_ast *base)
{
    if (base->kind == A_NAME && base->refers == R_VAR)
        return f->vars[base->ref].back_list;
    if (base->kind == A_PREVIOUS)
        return base->ref;
    return DR_NONE;
}

static bool check_field(dr_front *f, dr_ast *e, bool quiet)
{
    if (!(quiet ? dr_check_quiet(f, e->a, NULL) : dr_check(f, e->a, NULL)))
        return false;
    dr_ast *base = e->a;
    if (base->type.kind != DR_REF) {
        dr_diag *no_row =
            dr_error_at(f, tail_of(e), "E0221", "%s has no \"%s\": it is not a row of the record",
                        dr_type_name(f, base->type), e->text);
        dr_label_declared(f, no_row, base);
        return false;
    }
    if (base->type.optional && !quiet)
        return may_be_missing(f, base, "this reads what it points to");
    dr_decl *d = dr_decl_find(f, D_SLOT, base->type.of, e->text);
    if (d == NULL && strcmp(e->text, "number") == 0) {
        e->refers = R_NONE;
        e->type = dr_type_plain(DR_INT);
        return true;
    }
    if (d == NULL) {
        const char *entity = DR_AT(f->entities, dr_entity, base->type.of).name;
        dr_diag *unknown = dr_error_at(f, tail_of(e), "E0222", "%s has no \"%s\"", entity, e->text);
        dr_suggest_names(f, unknown, e->text, D_SLOT, base->type.of);
        if (unknown != NULL && unknown->hint == NULL)
            dr_advise_field(f, unknown, e);
        return false;
    }
    bool through_missing = base->type.optional;
    if (!slot_read(f, e, d->index, back_list_of(f, base)))
        return false;
    if (through_missing && !e->narrowed)
        e->type.optional = true;
    return true;
}

bool dr_check_quiet(dr_front *f, dr_ast *e, const dr_type *expected)
{
    if (e->kind == A_FIELD)
        return check_field(f, e, true);
    return dr_check(f, e, expected);
}

/* ---- literals */

static bool check_number(dr_front *f, dr_ast *e, const dr_type *expected)
{
    dr_num n;
    int64_t whole = 0;
    if (!dr_num_parse(e->text, strlen(e->text), &n)) {
        dr_error_at(f, e->span, "E0223", "a number has at most 18 digits and no leading zeros");
        return false;
    }
    bool decimal = strchr(e->text, '.') != NULL || (expected != NULL && expected->kind == DR_NUM);
    if (!decimal && dr_num_floor(n, &whole))
        return constant(f, e, dr_type_plain(DR_INT), whole);
    dr_num *kept = dr_take(&f->program->arena, sizeof *kept);
    if (kept == NULL)
        return f->no_memory = true, false;
    *kept = n;
    return constant(f, e, dr_type_plain(DR_NUM), dr_cell(kept));
}

static bool unknown_unit(dr_front *f, const dr_ast *unit, const dr_type *expected)
{
    static const char *const times[] = {"s",    "sec",   "min", "minute", "minutes", "h",    "hr",
                                        "hour", "hours", "day", "days",   "week",    "weeks"};
    bool time = expected != NULL && expected->kind == DR_DURATION,
         measure = expected != NULL && expected->kind == DR_NUM;
    dr_diag *d = dr_error_at(f, unit->span, "E0224", "there is no unit \"%s\"", unit->text);
    dr_suggest s;
    dr_suggest_init(&s, unit->text, strlen(unit->text));
    for (uint32_t i = 0; i < f->units.count && !time; i++)
        dr_suggest_try(&s, DR_AT(f->units, dr_unit, i).name);
    for (size_t i = 0; i < sizeof times / sizeof *times && !measure; i++)
        dr_suggest_try(&s, times[i]);
    dr_hint_nearest(f, d, &s);
    if (strcmp(unit->text, "%") == 0)
        dr_diag_hint(f->diags, d, "a share of the whole is a plain number: 0.5 for 50%%");
    else if (s.best == NULL && time)
        dr_diag_hint(f->diags, d, "the units of time are s, min, h, days and weeks");
    return false;
}

static bool check_quantity(dr_front *f, dr_ast *e, const dr_type *expected)
{
    dr_num n, factor;
    dr_type type;
    const char *unit = e->b->text;
    if (!dr_num_parse(e->text, strlen(e->text), &n)) {
        dr_error_at(f, e->span, "E0223", "a number has at most 18 digits and no leading zeros");
        return false;
    }
    if (dr_is_months(e) && !dr_unit_find(f, unit, strlen(unit), &type, &factor))
        return dr_no_months(f, e);
    if (!dr_unit_find(f, unit, strlen(unit), &type, &factor))
        return unknown_unit(f, e->b, expected);
    dr_num *kept = dr_take(&f->program->arena, sizeof *kept);
    int64_t seconds = 0;
    if (kept == NULL || !dr_num_mul(n, factor, kept))
        return f->no_memory = kept == NULL, false;
    dr_type time = dr_type_plain(DR_NUM);
    time.dim[0] = 1;
    if (dr_type_same(type, time)) {
        if (kept->bottom != 1 || !dr_num_floor(*kept, &seconds)) {
            dr_diag *part = dr_error_at(f, e->span, "E0225", "a duration is a whole number of seconds");
            dr_diag_hint(f->diags, part, "times are charted to the second: write it in s or min");
            return false;
        }
        return constant(f, e, dr_type_plain(DR_DURATION), seconds);
    }
    return constant(f, e, type, dr_cell(kept));
}

static bool check_index(dr_front *f, dr_ast *e)
{
    dr_decl *d = dr_decl_find(f, D_ENTITY, 0, e->text);
    if (d == NULL || DR_AT(f->entities, dr_entity, d->index).kind != DR_TABLE) {
        dr_span at = {e->span.source, e->span.start, e->span.start + (uint32_t)strlen(e->text)};
        dr_suggest_names(f, dr_error_at(f, at, "E0226", "there is no table \"%s\"", e->text), e->text,
                         D_ENTITY, 0);
        return false;
    }
    const dr_entity *t = &DR_AT(f->entities, dr_entity, d->index);
    uint32_t first = t->first_slot, n = 0, keys = t->n_keys;
    for (dr_ast *k = e->a; k != NULL; k = k->next, n++)
        if (n < keys && !dr_check_as(f, k, DR_AT(f->slots, dr_slot, first + n).type, "the key of the table"))
            return false;
    if (n != keys) {
        dr_diag *count = dr_error_at(f, e->span, "E0227", "the table \"%s\" is looked up by %u %s, found %u",
                                     e->text, keys, keys == 1 ? "key" : "keys", n);
        dr_diag_label(f->diags, count, d->span, "its key columns come first here");
        return false;
    }
    if (e->b != NULL && !dr_check_as(f, e->b, dr_type_plain(DR_DATE), "the day of a row"))
        return false;
    if (e->b != NULL && t->dated == NULL) {
        dr_diag *days = dr_error_at(f, e->b->span, "E0468", "the rows of \"%s\" hold for all days", e->text);
        dr_diag_label(f->diags, days, d->span, "no column here says from when a row holds");
        dr_diag_hint(f->diags, days,
                     "take \"on …\" away, or mark the column with its first day: first_day: date starts");
        return false;
    }
    e->refers = R_ENTITY;
    e->ref = d->index;
    e->type = dr_type_plain(DR_REF);
    e->type.of = (uint16_t)d->index;
    e->type.optional = !dr_known_here(f, e) && !e->flag;
    return true;
}

bool dr_check(dr_front *f, dr_ast *e, const dr_type *expected)
{
    switch (e->kind) {
    case A_NAME:
        return check_name(f, e, expected);
    case A_FIELD:
        return check_field(f, e, false);
    case A_NUMBER:
        return check_number(f, e, expected);
    case A_QUANTITY:
        return check_quantity(f, e, expected);
    case A_STRING: {
        int64_t id = dr_sym(f->syms, e->text, strlen(e->text));
        if (id < 0)
            return f->no_memory = true, false;
        return constant(f, e, dr_type_plain(DR_TEXT), id);
    }
    case A_DATE: {
        int64_t day = 0;
        if (!dr_date_parse(e->text, strlen(e->text), &day)) {
            dr_no_such_day(f, e->span, e->text);
            return false;
        }
        return constant(f, e, dr_type_plain(DR_DATE), day);
    }
    case A_YES:
    case A_NO:
        return constant(f, e, dr_type_plain(DR_BOOL), e->kind == A_YES);
    case A_THIS:
        if (f->this_entity == UINT16_MAX) {
            dr_error_at(f, e->span, "E0229", "there is no \"this\" here");
            return false;
        }
        return as_ref(e, R_NONE, 0, f->this_entity);
    case A_INDEX:
        return check_index(f, e) &&
               (!e->type.optional || !dr_table_total(f, e->ref) || (e->type.optional = false, true));
    case A_CALL:
        return dr_check_call(f, e);
    case A_AGG:
        return dr_check_agg(f, e, expected);
    default:
        return dr_check_ops(f, e, expected);
    }
}

bool dr_check_as(dr_front *f, dr_ast *e, dr_type wanted, const char *what)
{
    if (!(wanted.optional ? dr_check_quiet(f, e, &wanted) : dr_check(f, e, &wanted)))
        return false;
    if (!dr_type_same(e->type, wanted)) {
        dr_diag *d = dr_error_at(f, e->span, "E0231", "%s is %s, found %s", what, dr_type_name(f, wanted),
                                 dr_type_name(f, e->type));
        dr_label_declared(f, d, e);
        dr_advise_type(f, d, e, wanted);
        return false;
    }
    if (e->type.optional && !wanted.optional)
        return may_be_missing(f, e, "a value is needed here");
    return true;
}
