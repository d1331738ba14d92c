/* drip: coverage.c, level 2b. Counting what clauses do, after the encounter was evaluated as always: nothing is
 * measured on the way, so an answer cannot depend on it.
 *
 * Which clause decided is in the session: the columns of clauses, the lines and findings. Whether a clause's
 * condition holds is asked once more (conds.h) for each row of the clause's entity while the clause is in
 * force; the condition of a line's field only for rows of which the line is billed, as nothing else reads it.
 * A condition that cannot be asked (a number out of range, say, in a row that another clause had settled) counts
 * as not reached. */
#include "coverage.h"

#include "conds.h"

#include <string.h>

bool dr_coverage_open(dr_coverage *c, const dr_program *program, const dr_alloc *alloc)
{
    memset(c, 0, sizeof *c);
    c->program = program;
    dr_arena_init(&c->arena, alloc, (size_t)1 << 14, (size_t)1 << 28);
    dr_buf_init(&c->text, alloc, (size_t)1 << 16);
    c->decided = dr_take_zero(&c->arena, (size_t)program->n_clauses + 1, sizeof *c->decided);
    c->guards = dr_take_zero(&c->arena, (size_t)program->n_clauses + 1, sizeof *c->guards);
    c->conds = dr_take_zero(&c->arena, (size_t)program->n_conds + 1, sizeof *c->conds);
    c->values = dr_take_zero(&c->arena, (size_t)program->n_params + 1, sizeof *c->values);
    bool ok = !c->arena.failed;
    if (!ok)
        dr_coverage_close(c);
    return ok;
}

void dr_coverage_close(dr_coverage *c)
{
    dr_buf_free(&c->text);
    dr_arena_free(&c->arena);
}

/* ---- who decided */

static void note_columns(dr_coverage *c, const dr_session *s)
{
    const dr_program *p = c->program;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        uint32_t column = p->slots[i].clause_column;
        const uint16_t *clauses = column == DR_NONE ? NULL : s->clauses[column];
        for (uint32_t row = 0; clauses != NULL && row < s->n_rows[p->slots[i].entity]; row++)
            if (clauses[row] < p->n_clauses)
                c->decided[clauses[row]]++;
    }
}

static void note_rules(dr_coverage *c, const dr_emitted *emitted, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        c->decided[c->program->rules[emitted[i].rule].clause]++;
}

/* ---- what was asked */

typedef struct asking {
    dr_coverage *c;
    dr_session *s;
    dr_status status;
} asking;

static void tally(dr_tally *t, bool truth)
{
    t->yes += truth;
    t->no += !truth;
}

static void reached(void *context, uint32_t cond, bool truth)
{
    tally(&((dr_coverage *)context)->conds[cond], truth);
}

/* Whether it holds; false, and not counted, where it cannot be asked. */
static bool ask(asking *a, uint32_t cond, uint32_t row, dr_tally *as)
{
    bool truth = false;
    if (a->status != DR_OK)
        return false;
    a->s->fuel = a->s->limits.fuel;
    dr_status status = dr_cond_ask(a->s, cond, row, reached, a->c, &truth);
    if (status == DR_NO_MEMORY || status == DR_INTERRUPTED)
        a->status = status;
    if (status != DR_OK)
        return false;
    tally(as, truth);
    return truth;
}

/* A field without a condition is always filled. */
static void ask_fields(asking *a, const dr_clause *clause, uint32_t row)
{
    const dr_cond *conds = a->c->program->conds;
    for (uint32_t field = clause->fields; field != DR_NONE; field = conds[field].next)
        if (conds[field].first != DR_NONE)
            ask(a, conds[field].first, row, &a->c->conds[field]);
}

static void ask_clause(asking *a, uint32_t i)
{
    const dr_clause *clause = &a->c->program->clauses[i];
    if ((clause->cond == DR_NONE && clause->fields == DR_NONE) || !dr_clause_in_force(a->s, clause))
        return;
    for (uint32_t row = 0; row < a->s->n_rows[clause->entity] && a->status == DR_OK; row++)
        if (dr_clause_takes(a->s, clause, row) &&
            (clause->cond == DR_NONE || ask(a, clause->cond, row, &a->c->guards[i])))
            ask_fields(a, clause, row);
}

/* ---- parameters */

void dr_coverage_value(const dr_program *p, const dr_syms *syms, dr_type type, int64_t value, dr_buf *out)
{
    if (value == DR_MISSING) {
        dr_buf_text(out, "missing");
        return;
    }
    if (type.kind == DR_TEXT)
        dr_buf_char(out, '"');
    dr_value_write(p, syms, type, value, out);
    if (type.kind == DR_TEXT)
        dr_buf_char(out, '"');
}

static bool note_value(dr_coverage *c, const dr_session *s, uint32_t param)
{
    const dr_program *p = c->program;
    dr_buf_clear(&c->text);
    dr_coverage_value(p, &s->syms, p->params[param].type, s->params[param], &c->text);
    const char *text = c->text.data == NULL ? "" : c->text.data;
    dr_value_tally *v = c->values[param];
    while (v != NULL && strcmp(v->text, text) != 0)
        v = v->next;
    if (v == NULL) {
        v = dr_take_zero(&c->arena, 1, sizeof *v);
        const char *kept = dr_take_text(&c->arena, text, c->text.len);
        if (v == NULL || kept == NULL || c->text.failed)
            return false;
        v->text = kept;
        v->next = c->values[param];
        c->values[param] = v;
    }
    v->count++;
    return true;
}

dr_status dr_coverage_note(dr_coverage *c, dr_session *s)
{
    asking a = {c, s, DR_OK};
    uint64_t fuel = s->fuel;
    note_columns(c, s);
    note_rules(c, s->lines, s->n_lines);
    note_rules(c, s->findings, s->n_findings);
    note_rules(c, s->marks, s->n_marks);
    for (uint32_t i = 0; i < c->program->n_clauses; i++)
        ask_clause(&a, i);
    for (uint32_t i = 1; i < c->program->n_params && a.status == DR_OK; i++)
        if (!note_value(c, s, i))
            a.status = DR_NO_MEMORY;
    s->fuel = fuel;
    return a.status;
}
