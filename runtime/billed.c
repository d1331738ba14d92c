/* drip: billed.c, level 2b. The policy about a claim as it was billed: its lines enter the evaluation in the place
 * of those that rules emit and that were merged, so that what the policy says of lines that go out, prices and
 * edits, is said of these.
 *
 * They enter in the order of the supported lines they were matched with, so that a claim in which nothing
 * differs is evaluated as the answer was. A claim says less of a line than the answer: what it leaves out is
 * taken from the supported line, else it would be judged by what nobody asked it to give. */
#include "audit.h"

#include "order.h"
#include "vm.h"

typedef struct entering {
    dr_session *s, *to;
    const dr_program *p;
    const dr_outcome *outcome;
    const dr_claim *claim;
    const dr_match_line **supported; /* for each line of the claim; NULL: none */
    uint32_t *which;                 /* of the lines in it */
    uint32_t *order;                 /* the claim's lines as they enter */
    int64_t *cells;
} entering;

/* ---- from one session to another */

static bool move_set(entering *e, dr_type type, const dr_set *set, int64_t *cell)
{
    dr_set_builder b = {.items = NULL};
    for (uint32_t i = 0; i < set->count; i++) {
        int64_t member = set->at[i];
        if (type.member == DR_TEXT) {
            const dr_text *text = dr_sym_text(&e->s->syms, member);
            member = dr_sym(&e->to->syms, text->bytes, text->len);
        }
        if (member < 0 || !dr_setb_add(&e->to->arena, &b, member))
            return false;
    }
    const dr_set *moved = dr_setb_end(e->to, &b);
    *cell = dr_cell(moved);
    return moved != NULL;
}

static bool move_cell(entering *e, dr_type type, int64_t from, int64_t *cell)
{
    *cell = from;
    if (from == DR_MISSING)
        return true;
    if (type.kind == DR_SET)
        return move_set(e, type, dr_ptr(from), cell);
    if (type.kind == DR_TEXT) {
        const dr_text *text = dr_sym_text(&e->s->syms, from);
        *cell = dr_sym(&e->to->syms, text->bytes, text->len);
        return *cell >= 0;
    }
    return true; /* what numbers point to outlives the audit */
}

/* ---- the lines that enter */

static int64_t given_or_supported(const entering *e, uint32_t line, uint32_t field)
{
    int64_t cell = e->claim->lines[line].cells[field];
    const dr_match_line *supported = e->supported[line];
    if (cell == DR_MISSING && supported != NULL)
        cell = e->outcome->lines[supported->of[e->which[line]]].cells[field];
    const dr_type type = e->p->slots[e->p->fields[field].slot].type;
    if (cell == DR_MISSING && type.kind == DR_DATE && !type.optional)
        cell = e->s->params[0];
    return cell;
}

static int by_place(const void *context, uint32_t a, uint32_t b)
{
    const uint32_t *places = context;
    return (places[a] > places[b]) - (places[a] < places[b]);
}

static dr_status order_lines(entering *e, const dr_matches *matches)
{
    uint32_t n = e->claim->n_lines;
    uint32_t *places = dr_take_zero(&e->s->arena, n, sizeof *places);
    e->supported = dr_take_zero(&e->s->arena, n, sizeof *e->supported);
    e->which = dr_take_zero(&e->s->arena, n, sizeof *e->which);
    e->order = dr_take_zero(&e->s->arena, n, sizeof *e->order);
    if (places == NULL || e->supported == NULL || e->which == NULL || e->order == NULL)
        return dr_vm_memory(e->s);
    for (uint32_t i = 0; i < n; i++) {
        e->order[i] = i;
        places[i] = DR_NONE;
    }
    for (uint32_t i = 0; i < matches->n; i++) {
        const dr_match *m = &matches->items[i];
        for (uint32_t k = 0; m->billed != NULL && m->supported != NULL && k < m->billed->n_of; k++) {
            uint32_t line = m->billed->of[k];
            e->supported[line] = m->supported;
            e->which[line] = k < m->supported->n_of ? k : m->supported->n_of - 1;
            places[line] = m->supported->of[e->which[line]];
        }
    }
    return dr_order(&e->s->arena, e->order, n, by_place, places) ? DR_OK : dr_vm_memory(e->s);
}

static dr_status fill_cells(entering *e)
{
    size_t n = e->claim->n_lines, width = e->p->n_fields;
    e->cells = dr_take_zero(&e->to->arena, n * width, sizeof *e->cells);
    if (e->cells == NULL)
        return dr_vm_memory(e->to);
    for (size_t i = 0; i < n; i++)
        for (uint32_t f = 0; f < width; f++)
            if (!move_cell(e, e->p->slots[e->p->fields[f].slot].type, given_or_supported(e, e->order[i], f),
                           &e->cells[i * width + f]))
                return dr_vm_memory(e->to);
    return DR_OK;
}

static uint32_t find_total(const dr_program *p)
{
    for (uint32_t i = 0; i < p->n_totals; i++)
        if (p->slots[p->totals[i].slot].type.kind == DR_NUM)
            return i;
    return DR_NONE;
}

static dr_status evaluate(entering *e, const dr_audit_ask *ask, dr_outcome *outcome)
{
    dr_session_reset(e->to);
    dr_status status = dr_read_encounter(e->to, ask->json, ask->len);
    if (status == DR_OK)
        status = fill_cells(e);
    if (status == DR_OK)
        status = dr_session_claim(e->to, e->cells, e->claim->n_lines);
    if (status == DR_OK)
        status = dr_evaluate(e->to);
    return status == DR_OK ? dr_outcome_make(e->to, outcome) : status;
}

dr_status dr_bill(dr_session *s, const dr_outcome *outcome, const dr_claim *claim, const dr_matches *matches,
                  const dr_audit_ask *ask, dr_billed *out)
{
    entering e = {.s = s, .to = ask->scratch, .p = s->program, .outcome = outcome, .claim = claim};
    *out = (dr_billed){.total = find_total(s->program)};
    if (s->program->merge_entity == DR_NONE || ask->json == NULL || ask->scratch == NULL)
        return DR_NOT_FOUND;
    dr_status status = order_lines(&e, matches);
    if (status == DR_OK) {
        status = evaluate(&e, ask, &out->outcome);
        if (status != DR_OK)
            memcpy(&s->refusal, &e.to->refusal, sizeof s->refusal);
    }
    out->line_of = status == DR_OK ? dr_take_zero(&s->arena, claim->n_lines, sizeof *out->line_of) : NULL;
    if (status == DR_OK && out->line_of == NULL)
        status = dr_vm_memory(s);
    for (uint32_t i = 0; status == DR_OK && i < claim->n_lines; i++)
        out->line_of[e.order[i]] = &out->outcome.lines[i];
    return status;
}

dr_status dr_bill_amount(dr_session *s, const dr_session *of, const dr_out_line *const *lines, uint32_t n,
                         uint32_t total, const dr_num **amount)
{
    dr_num sum = dr_num_int(0);
    const dr_col col = of->cols[s->program->totals[total].slot];
    *amount = NULL;
    for (uint32_t i = 0; i < n; i++) {
        int64_t cell = col.base[(size_t)lines[i]->row * col.stride];
        if (cell == DR_MISSING)
            return DR_OK;
        if (!dr_num_add(sum, *(const dr_num *)dr_ptr(cell), &sum))
            return DR_OK; /* too large to be told */
    }
    dr_num *kept = dr_take(&s->arena, sizeof *kept);
    if (kept == NULL)
        return dr_vm_memory(s);
    *kept = sum;
    *amount = kept;
    return DR_OK;
}
