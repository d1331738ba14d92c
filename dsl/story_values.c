/* drip: story_values.c, level 2a. What a scenario expects of values that the answer shows: `CODE x1 with paid 142.55
 * USD`, `total paid 185.10 USD`.
 *
 * A value is checked as the attribute's type and kept as the text that a result has of it, so that it can be
 * compared under another policy, too, whose symbols are others. */
#include "story.h"

#include <string.h>

static const dr_shown *find_shown(const dr_vec *all, const char *name)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (strcmp(DR_AT(*all, dr_shown, i).name, name) == 0)
            return &DR_AT(*all, dr_shown, i);
    return NULL;
}

static void not_shown(story *s, const dr_ast *at, const dr_vec *all)
{
    dr_front *f = s->f;
    bool totals = all == &f->totals;
    dr_diag *d =
        dr_error_at(f, dr_first_part(at->span, at->text), "E0538", "the answer shows no \"%s\"", at->text);
    if (totals)
        dr_diag_note(f->diags, d, "a total is of what stands behind \"totals\"");
    dr_suggest g;
    dr_suggest_init(&g, at->text, strlen(at->text));
    for (uint32_t i = 0; i < all->count; i++)
        dr_suggest_try(&g, DR_AT(*all, dr_shown, i).name);
    dr_hint_nearest(f, d, &g);
    if (all->count == 0)
        dr_diag_hint(f->diags, d, "declare it: extend entity … %s %s as \"…\"", totals ? "totals" : "shows",
                     at->text);
    s->ok = false;
}

static const char *text_of(const dr_front *f, uint8_t kind, uint16_t of, int64_t cell)
{
    return kind == DR_ENUM ? DR_AT(f->enums, dr_enum, of).names[cell] : dr_sym_text(f->syms, cell)->bytes;
}

/* Members in the order of their texts. */
static void put_set(const dr_front *f, dr_type type, const dr_set *set, dr_buf *out)
{
    const char *last = NULL;
    for (uint32_t n = 0; n < set->count; n++) {
        const char *next = NULL;
        for (uint32_t i = 0; i < set->count; i++) {
            const char *text = text_of(f, type.member, type.of, set->at[i]);
            if ((last == NULL || strcmp(text, last) > 0) && (next == NULL || strcmp(text, next) < 0))
                next = text;
        }
        dr_buf_text(out, n > 0 ? ", " : "");
        dr_buf_text(out, next);
        last = next;
    }
}

static const char *told(story *s, dr_type type, int64_t cell)
{
    dr_front *f = s->f;
    dr_buf out;
    dr_buf_init(&out, &f->alloc, 4096);
    if (type.kind == DR_TEXT)
        dr_buf_text(&out, text_of(f, DR_TEXT, 0, cell));
    else if (type.kind == DR_SET)
        put_set(f, type, dr_ptr(cell), &out);
    else
        dr_value_write(f->program, f->syms, type, cell, &out);
    const char *kept =
        out.failed ? NULL : dr_take_text(&f->program->arena, out.data == NULL ? "" : out.data, out.len);
    dr_buf_free(&out);
    f->no_memory = f->no_memory || kept == NULL;
    return kept;
}

/* A word stands for a text here, as in the other statements. */
static void words_are_texts(dr_ast *value, dr_type type)
{
    bool text = type.kind == DR_TEXT || (type.kind == DR_SET && type.member == DR_TEXT);
    for (dr_ast *m = value->kind == A_SETLIT ? value->a : value; text && m != NULL; m = m->next) {
        if (m->kind == A_NAME)
            m->kind = A_STRING;
        if (value->kind != A_SETLIT)
            break;
    }
}

static bool value_of(story *s, const dr_ast *pair, const dr_shown *shown, dr_expect_value *to)
{
    dr_front *f = s->f;
    dr_type type = DR_AT(f->slots, dr_slot, shown->slot).type;
    dr_ast *value = pair->a;
    int64_t cell = 0;
    to->name = pair->text;
    to->text = NULL;
    if (value->kind == A_MISSING)
        return true;
    type.optional = false;
    f->at = NULL;
    f->this_entity = UINT16_MAX;
    f->n_vars = f->n_facts = 0;
    words_are_texts(value, type);
    if (!dr_check_as(f, value, type, "what is expected here"))
        return false;
    if (!dr_constant(f, value, &cell)) {
        dr_error_at(f, value->span, "E0538",
                    "the answer shows values, and \"%s\" is none: write it as it is shown",
                    value->text != NULL ? value->text : "this");
        return false;
    }
    to->text = told(s, type, cell);
    return to->text != NULL;
}

void dr_story_values(story *s, const dr_ast *pairs, bool total, dr_expect *to)
{
    const dr_vec *all = total ? &s->f->totals : &s->f->shown;
    dr_expect_value *values = dr_take_zero(&s->f->program->arena, dr_ast_count(pairs) + 1u, sizeof *values);
    if (values == NULL) {
        s->f->no_memory = true;
        return;
    }
    to->values = values;
    for (const dr_ast *pair = pairs; pair != NULL; pair = pair->next) {
        const dr_shown *shown = find_shown(all, pair->text);
        if (shown == NULL)
            not_shown(s, pair, all);
        else if (value_of(s, pair, shown, &values[to->n_values]))
            to->n_values++;
        else
            s->ok = false;
    }
}
