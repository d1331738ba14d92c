/* drip: story_values.c, level 2a. What a scenario expects of values: of what the answer shows, `CODE x1 with paid 142.55
 * USD` and `total paid 185.10 USD`; of the fields of a line, `CODE x1 with date 2026-03-02`; and of whom a finding is
 * about.
 *
 * A value is checked as the attribute's or the field's type and kept as the text that a result has of it, so that it can
 * be compared under another policy, too, whose symbols are others. A set is kept as the texts of its members. */
#include "story.h"

#include <string.h>

static const dr_shown *find_shown(const dr_vec *all, const char *name)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (strcmp(DR_AT(*all, dr_shown, i).name, name) == 0)
            return &DR_AT(*all, dr_shown, i);
    return NULL;
}

static const dr_result_field *find_field(const dr_front *f, const char *name)
{
    for (uint32_t i = 0; i < f->fields.count; i++)
        if (strcmp(DR_AT(f->fields, dr_result_field, i).name, name) == 0)
            return &DR_AT(f->fields, dr_result_field, i);
    return NULL;
}

/* The slot that has the type of what is called so; DR_NONE: nothing is. */
static uint32_t slot_called(const dr_front *f, const char *name, bool total)
{
    const dr_shown *shown = find_shown(total ? &f->totals : &f->shown, name);
    const dr_result_field *field = total ? NULL : find_field(f, name);
    if (shown != NULL)
        return shown->slot;
    return field != NULL && field->role == DR_ROLE_PLAIN ? field->slot : DR_NONE;
}

static void say_fields(dr_front *f, dr_diag *d)
{
    dr_buf out;
    dr_buf_init(&out, &f->alloc, 1 << 16);
    for (uint32_t i = 0; i < f->fields.count; i++) {
        if (DR_AT(f->fields, dr_result_field, i).role != DR_ROLE_PLAIN)
            continue;
        dr_buf_text(&out, out.len > 0 ? ", " : "");
        dr_buf_text(&out, DR_AT(f->fields, dr_result_field, i).name);
    }
    if (out.len > 0)
        dr_diag_note(f->diags, d, "of a line itself there are %.*s", (int)out.len, out.data);
    dr_buf_free(&out);
}

static void suggest_nearest(story *s, dr_diag *d, const char *name, bool total)
{
    dr_front *f = s->f;
    const dr_vec *all = total ? &f->totals : &f->shown;
    dr_suggest g;
    dr_suggest_init(&g, name, strlen(name));
    for (uint32_t i = 0; i < all->count; i++)
        dr_suggest_try(&g, DR_AT(*all, dr_shown, i).name);
    for (uint32_t i = 0; i < f->fields.count && !total; i++)
        if (DR_AT(f->fields, dr_result_field, i).role == DR_ROLE_PLAIN)
            dr_suggest_try(&g, DR_AT(f->fields, dr_result_field, i).name);
    dr_hint_nearest(f, d, &g);
    if (g.best == NULL && !total)
        say_fields(f, d);
    if (g.best == NULL && all->count == 0)
        dr_diag_hint(f->diags, d, "declare it: extend entity … %s %s as \"…\"", total ? "totals" : "shows",
                     name);
}

static void not_shown(story *s, const dr_ast *at, bool total)
{
    static const char *const instead[] = {
        [DR_ROLE_NAME] = "it is what the line is called by: write it before \"with\"",
        [DR_ROLE_COUNT] = "how many it is stands before \"with\": x1, x2 …",
        [DR_ROLE_SUFFIX] = "it stands behind what the line is called by: CODE-SUFFIX with …",
    };
    dr_front *f = s->f;
    const dr_result_field *field = total ? NULL : find_field(f, at->text);
    dr_diag *d =
        dr_error_at(f, dr_first_part(at->span, at->text), "E0538", "the answer shows no \"%s\"", at->text);
    if (total)
        dr_diag_note(f->diags, d, "a total is of what stands behind \"totals\"");
    if (field != NULL)
        dr_diag_hint(f->diags, d, "%s", instead[field->role]);
    else
        suggest_nearest(s, d, at->text, total);
    s->ok = false;
}

/* ---- texts */

static const char *text_of(const dr_front *f, uint8_t kind, uint16_t of, int64_t cell)
{
    return kind == DR_ENUM ? DR_AT(f->enums, dr_enum, of).names[cell] : dr_sym_text(f->syms, cell)->bytes;
}

/* The texts of the members, in the order of their bytes; NULL: memory is out. */
static const char *const *members_of(dr_front *f, dr_type type, const dr_set *set)
{
    dr_arena *arena = &f->program->arena;
    const char **all = dr_take_zero(arena, (size_t)set->count + 1, sizeof *all);
    for (uint32_t n = 0; n < set->count && all != NULL; n++) {
        const char *text = text_of(f, type.member, type.of, set->at[n]);
        uint32_t at = n;
        for (; at > 0 && strcmp(all[at - 1], text) > 0; at--)
            all[at] = all[at - 1];
        all[at] = dr_take_text(arena, text, strlen(text));
        if (all[at] == NULL)
            all = NULL;
    }
    f->no_memory = f->no_memory || all == NULL;
    return all;
}

static const char *told(story *s, dr_type type, int64_t cell, const dr_expect_value *v)
{
    dr_front *f = s->f;
    dr_buf out;
    dr_buf_init(&out, &f->alloc, 1 << 16);
    for (uint32_t i = 0; i < v->n_members; i++) {
        dr_buf_text(&out, i > 0 ? ", " : "");
        dr_buf_text(&out, v->members[i]);
    }
    if (type.kind == DR_TEXT)
        dr_buf_text(&out, text_of(f, DR_TEXT, 0, cell));
    else if (type.kind != DR_SET)
        dr_value_write(f->program, f->syms, type, cell, &out);
    const char *kept =
        out.failed ? NULL : dr_take_text(&f->program->arena, out.data == NULL ? "" : out.data, out.len);
    dr_buf_free(&out);
    f->no_memory = f->no_memory || kept == NULL;
    return kept;
}

/* ---- values */

/* A word or a number stands for a text here, as in the other statements. */
static void words_are_texts(dr_ast *value, dr_type type)
{
    bool text = type.kind == DR_TEXT || (type.kind == DR_SET && type.member == DR_TEXT);
    bool set = value->kind == A_SETLIT;
    for (dr_ast *m = set ? value->a : value; text && m != NULL; m = set ? m->next : NULL)
        if (m->kind == A_NAME || m->kind == A_NUMBER)
            m->kind = A_STRING;
}

/* "field A" where there is a set: the one with this member. */
static dr_ast *as_set(story *s, dr_ast *value)
{
    dr_ast *set = dr_take_zero(s->f->arena, 1, sizeof *set);
    if (set == NULL) {
        s->f->no_memory = true;
        return value;
    }
    *set =
        (dr_ast){.kind = A_SETLIT, .span = value->span, .height = (uint16_t)(value->height + 1), .a = value};
    return set;
}

/* A time of day is on the scenario's day, as in the other statements. */
static bool time_of(story *s, const dr_ast *value, int64_t *cell)
{
    bool has = false;
    int32_t offset = 0;
    dr_type type = dr_type_plain(DR_INSTANT);
    dr_buf_clear(&s->json);
    dr_story_value(s, value, &type);
    bool ok = !s->json.failed && s->json.len > 2 &&
              dr_instant_parse(s->json.data + 1, s->json.len - 2, cell, &has, &offset);
    s->f->no_memory = s->f->no_memory || s->json.failed;
    dr_buf_clear(&s->json);
    if (!ok)
        dr_error_at(s->f, value->span, "E0538", "the answer shows no \"%s\": it is no time", value->text);
    return ok;
}

/* What is written, as a value of this type. */
static bool constant_of(story *s, dr_ast *value, dr_type type, int64_t *cell)
{
    dr_front *f = s->f;
    if (type.kind == DR_INSTANT && (value->kind == A_TIME || value->kind == A_DATETIME))
        return time_of(s, value, cell);
    f->at = NULL;
    f->this_entity = UINT16_MAX;
    f->n_vars = f->n_facts = 0;
    words_are_texts(value, type);
    if (!dr_check_as(f, value, type, "what is expected here"))
        return false;
    if (dr_constant(f, value, cell))
        return true;
    dr_error_at(f, value->span, "E0538",
                "the answer shows values, and \"%s\" is none: write it as it is shown",
                value->text != NULL ? value->text : "this");
    return false;
}

static bool value_of(story *s, const dr_ast *pair, uint32_t slot, dr_expect_value *to)
{
    dr_type type = DR_AT(s->f->slots, dr_slot, slot).type;
    dr_ast *value = pair->a;
    int64_t cell = 0;
    *to = (dr_expect_value){.name = pair->text};
    if (value->kind == A_MISSING)
        return true;
    type.optional = false;
    if (type.kind == DR_SET && value->kind != A_SETLIT)
        value = as_set(s, value);
    if (!constant_of(s, value, type, &cell))
        return false;
    if (type.kind == DR_SET) {
        const dr_set *set = dr_ptr(cell);
        to->members = members_of(s->f, type, set);
        to->n_members = to->members == NULL ? 0 : set->count;
    }
    to->text = told(s, type, cell, to);
    return to->text != NULL;
}

void dr_story_values(story *s, const dr_ast *pairs, bool total, dr_expect *to)
{
    dr_expect_value *values = dr_take_zero(&s->f->program->arena, dr_ast_count(pairs) + 1u, sizeof *values);
    if (values == NULL) {
        s->f->no_memory = true;
        return;
    }
    to->values = values;
    for (const dr_ast *pair = pairs; pair != NULL; pair = pair->next) {
        uint32_t slot = slot_called(s->f, pair->text, total);
        if (slot == DR_NONE)
            not_shown(s, pair, total);
        else if (value_of(s, pair, slot, &values[to->n_values]))
            to->n_values++;
        else
            s->ok = false;
    }
}

void dr_story_about(story *s, dr_ast *set, dr_expect *to)
{
    dr_type type = {.kind = DR_SET, .member = DR_TEXT};
    int64_t cell = 0;
    if (set == NULL)
        return;
    if (!constant_of(s, set, type, &cell)) {
        s->ok = false;
        return;
    }
    const dr_set *about = dr_ptr(cell);
    to->about = members_of(s->f, type, about);
    to->n_about = to->about == NULL ? 0 : about->count;
}
