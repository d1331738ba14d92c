/* drip: api_expect_value.c, level 3. What a scenario expects of one value of a line, and of whom a finding is about. */
#include "api_test.h"

#include <string.h>

static const char *member_text(const drip_session *s, dr_type type, int64_t member)
{
    return type.member == DR_ENUM ? s->s.program->enums[type.of].names[member]
                                  : dr_sym_text(&s->s.syms, member)->bytes;
}

/* Both have each member once. */
static bool same_members(const drip_session *s, dr_type type, const dr_set *set, const char *const *members,
                         uint32_t n)
{
    if ((set == NULL ? 0 : set->count) != n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;
        while (k < n && strcmp(member_text(s, type, set->at[k]), members[i]) != 0)
            k++;
        if (k == n)
            return false;
    }
    return true;
}

bool dr_told_is(drip_session *s, const dr_told *found, const dr_expect_value *v)
{
    if (v->members != NULL && found->type.kind == DR_SET && found->cell != DR_MISSING)
        return same_members(s, found->type, dr_ptr(found->cell), v->members, v->n_members);
    return strcmp(v->text == NULL ? "" : v->text, dr_api_value_text(s, found->type, found->cell)) == 0;
}

uint32_t dr_told_others(drip_session *s, uint32_t line, const dr_expect *e)
{
    uint32_t n = 0;
    dr_told told;
    for (uint32_t i = 0; i < e->n_values; i++)
        n += !dr_told_find(&s->s, &s->outcome.lines[line], e->values[i].name, &told) ||
             !dr_told_is(s, &told, &e->values[i]);
    return n;
}

static bool is_about(const drip_session *s, const dr_out_finding *f, const dr_expect *e)
{
    const dr_type texts = {.kind = DR_SET, .member = DR_TEXT};
    return e->about == NULL || same_members(s, texts, f->about, e->about, e->n_about);
}

bool dr_finding_is(const drip_session *s, const dr_out_finding *f, const dr_expect *e)
{
    return e->text == NULL || (strcmp(f->code, e->text) == 0 && is_about(s, f, e));
}

/* ---- in the words of a scenario */

static void put_member(dr_buf *out, uint32_t i, const char *text)
{
    dr_buf_text(out, i > 0 ? ", " : "");
    dr_buf_text(out, text);
}

void dr_expected_value_write(const dr_expect_value *v, dr_buf *out)
{
    dr_buf_text(out, v->name);
    dr_buf_text(out, v->n_members > 1 ? " {" : " ");
    dr_buf_text(out, v->text == NULL ? "missing" : *v->text == '\0' ? "{}" : v->text);
    dr_buf_text(out, v->n_members > 1 ? "}" : "");
}

void dr_expected_about_write(const dr_expect *e, dr_buf *out)
{
    dr_buf_text(out, e->about == NULL ? "" : e->n_about == 0 ? " about nothing" : " about ");
    dr_buf_text(out, e->n_about > 1 ? "{" : "");
    for (uint32_t i = 0; i < e->n_about; i++)
        put_member(out, i, e->about[i]);
    dr_buf_text(out, e->n_about > 1 ? "}" : "");
}

void dr_found_value_write(drip_session *s, const dr_told *found, dr_buf *out)
{
    const dr_set *set = found->type.kind == DR_SET && found->cell != DR_MISSING ? dr_ptr(found->cell) : NULL;
    const char *text = dr_api_value_text(s, found->type, found->cell);
    bool many = set != NULL && set->count > 1;
    dr_buf_text(out, many ? "{" : "");
    dr_buf_text(out, *text == '\0' ? "missing" : text);
    dr_buf_text(out, many ? "}" : "");
}

void dr_found_about_write(drip_session *s, const dr_out_finding *f, dr_buf *out)
{
    dr_told about = {.type = {.kind = DR_SET, .member = DR_TEXT},
                     .cell = f->about == NULL ? DR_MISSING : dr_cell(f->about)};
    dr_buf_text(out, "about ");
    if (f->about == NULL || f->about->count == 0)
        dr_buf_text(out, "nothing");
    else
        dr_found_value_write(s, &about, out);
}
