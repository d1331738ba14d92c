/* drip: explain.c, level 2b. An explanation as text: one sentence a line, each under what it explains. */
#include "account.h"

#include <string.h>

enum { DEEPEST = 64 };

static void put_tree(dr_session *s, const dr_why *y, uint32_t depth, dr_buf *out)
{
    for (; y != NULL && depth < DEEPEST; y = y->next) {
        dr_buf_fill(out, ' ', (size_t)depth * 2);
        dr_tell(s, y, out);
        dr_buf_text(out, y->again ? " (above)\n" : y->cut ? " …\n" : "\n");
        put_tree(s, y->first, depth + 1, out);
    }
}

/* ---- what is there */

static void put_line(dr_session *s, const dr_out_line *l, dr_buf *out)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < p->n_fields; i++) {
        dr_type type = p->slots[p->fields[i].slot].type;
        const dr_set *set = type.kind == DR_SET ? dr_ptr(l->cells[i]) : NULL;
        if (l->cells[i] == DR_MISSING || (set != NULL && set->count == 0))
            continue;
        dr_buf_text(out, i == 0 ? "" : p->fields[i].role == DR_ROLE_COUNT ? " x" : "  ");
        if (p->fields[i].role == DR_ROLE_PLAIN || p->fields[i].role == DR_ROLE_SUFFIX) {
            dr_buf_text(out, p->fields[i].name);
            dr_buf_char(out, ' ');
        }
        dr_value_write(p, &s->syms, type, l->cells[i], out);
    }
    dr_buf_char(out, '\n');
}

static void put_finding(const dr_out_finding *f, dr_buf *out)
{
    static const char *const levels[] = {"deny", "hold", "warn", "info"};
    dr_buf_text(out, levels[f->level & 3]);
    dr_buf_char(out, ' ');
    dr_buf_text(out, f->code);
    dr_buf_text(out, ": ");
    dr_buf_text(out, f->message);
    dr_buf_char(out, '\n');
    if (f->cure == NULL)
        return;
    dr_buf_text(out, "  to do: ");
    dr_buf_text(out, f->cure);
    dr_buf_char(out, '\n');
}

static void put_entry(dr_session *s, const dr_account_entry *e, dr_buf *out)
{
    if (e->line != NULL)
        put_line(s, e->line, out);
    else
        put_finding(e->finding, out);
    for (uint32_t i = 0; i < e->n_whys; i++)
        put_tree(s, e->whys[i], 1, out);
    dr_buf_char(out, '\n');
}

/* ---- what is not there */

static void put_miss(dr_session *s, const dr_miss *m, dr_buf *out)
{
    const dr_program *p = s->program;
    for (uint32_t k = 0; k < m->n_edits; k++) {
        dr_buf_text(out, k > 0 ? "\n      and " : "    ");
        dr_edit_tell(s, &m->edits[k], out);
    }
    dr_buf_text(out, "\n      (");
    dr_buf_text(out, p->clauses[p->rules[m->rule].clause].name);
    dr_buf_text(out, " would apply; the lines would be ");
    dr_buf_text(out, m->answer);
    dr_buf_text(out, ")\n");
}

static void put_misses(dr_session *s, const dr_misses *misses, dr_buf *out)
{
    if (misses->n == 0) {
        dr_buf_text(out, misses->all_tried
                             ? "  No small change of the record would bring it.\n\n"
                             : "  No change that was tried would bring it, and the record is too "
                               "large to try all.\n\n");
        return;
    }
    dr_buf_text(out, "  It would be there, had the record shown\n");
    for (uint32_t i = 0; i < misses->n; i++) {
        dr_buf_text(out, i > 0 ? "  or\n" : "");
        put_miss(s, &misses->items[i], out);
    }
    if (!misses->all_tried)
        dr_buf_text(out, "  (The record is too large to try all changes.)\n");
    dr_buf_text(out, "  (A record is corrected only where it is wrong about what was done.)\n\n");
}

static void put_missing(dr_session *s, const dr_account *a, dr_buf *out)
{
    bool nearest = false;
    dr_buf_plain(out, a->missing, strlen(a->missing));
    dr_buf_text(out, " is not there.\n\n");
    if (a->n_candidates == 0) {
        dr_buf_text(out, "  No clause of this policy gives it.\n");
        return;
    }
    for (uint32_t i = 0; i < a->n_candidates; i++) {
        const dr_candidate *c = &a->candidates[i];
        if (i == 0 || (nearest && !c->nearest))
            dr_buf_text(out, c->nearest ? "  The clause that came closest, and what stopped it:\n"
                             : nearest  ? "  Other clauses that could give it:\n"
                                        : "  The clauses that could give it, and what stopped each:\n");
        nearest = c->nearest;
        put_tree(s, c->why, 2, out);
        if (nearest || i + 1 == a->n_candidates)
            dr_buf_char(out, '\n');
        if (nearest)
            put_misses(s, &a->misses, out);
    }
    if (a->searched && a->misses.n == 0)
        put_misses(s, &a->misses, out);
}

void dr_account_text(dr_session *s, const dr_account *a, dr_buf *out)
{
    for (uint32_t i = 0; i < a->n_entries; i++)
        put_entry(s, &a->entries[i], out);
    if (a->missing != NULL)
        put_missing(s, a, out);
    else if (a->n_entries == 0)
        dr_buf_text(out, "no lines, no findings\n");
}
