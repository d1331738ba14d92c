/* drip: account.c, level 2b. Gathers what is to be explained: the trees of lines and findings, or, of a line
 * that is not there, the clauses that could give it with what stopped each, and the nearest miss. */
#include "account.h"
#include "vm.h"

#include <string.h>

enum { BUDGET = 20, BUDGET_NEAREST = 12, BUDGET_OTHERS = 4 };

/* ---- what is there */

static bool add_whys(dr_whys *w, dr_account_entry *e, const uint32_t *sources, uint32_t n,
                     const dr_emitted *emitted)
{
    e->whys = dr_take_zero(&w->s->arena, n + w->s->program->n_shown + 1u, sizeof *e->whys);
    if (e->whys == NULL) {
        w->status = dr_vm_memory(w->s);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        const dr_emitted *from = &emitted[sources[i]];
        e->whys[e->n_whys] = dr_why_rule(w, from->rule, from->row);
        if (e->whys[e->n_whys++] == NULL)
            return false;
    }
    return true;
}

/* What the answer shows of a merged line, and why; its own fields are explained by what emitted it. */
static bool add_shown(dr_whys *w, dr_account_entry *e)
{
    const dr_program *p = w->s->program;
    for (uint32_t i = 0; i < p->n_shown; i++) {
        uint32_t slot = p->shown[i].slot, row = e->line->row;
        const dr_col col = w->s->cols[slot];
        if (col.base[(size_t)row * col.stride] == DR_MISSING || p->slots[slot].field != UINT16_MAX)
            continue;
        e->whys[e->n_whys] = dr_why_value(w, slot, row);
        if (e->whys[e->n_whys++] == NULL)
            return false;
    }
    return true;
}

/* Lines that were merged have the same marks: those of the first tell it. */
static bool add_marks(dr_whys *w, dr_account_entry *e)
{
    const dr_session *s = w->s;
    const dr_out_line *l = e->line;
    if (l->n_sources == 0)
        return true;
    uint32_t own = s->program->rules[s->lines[l->sources[0]].rule].n_named;
    const dr_why **whys =
        dr_take_zero(&w->s->arena, e->n_whys + l->n_clauses + s->program->n_shown, sizeof *whys);
    if (whys == NULL) {
        w->status = dr_vm_memory(w->s);
        return false;
    }
    memcpy(whys, e->whys, e->n_whys * sizeof *whys);
    e->whys = whys;
    for (uint32_t i = own; i < l->n_clauses; i++)
        for (uint32_t k = 0; k < s->n_marks; k++) {
            const dr_emitted *mark = &s->marks[k];
            if (mark->row != l->sources[0] || s->program->rules[mark->rule].clause != l->clauses[i])
                continue;
            e->whys[e->n_whys] = dr_why_rule(w, mark->rule, mark->row);
            if (e->whys[e->n_whys++] == NULL)
                return false;
            break;
        }
    return true;
}

static bool add_entries(dr_whys *w, const dr_outcome *outcome, const char *only, dr_account *out)
{
    dr_session *s = w->s;
    out->entries = dr_take_zero(&s->arena, outcome->n_lines + outcome->n_findings + 1u, sizeof *out->entries);
    if (out->entries == NULL) {
        w->status = dr_vm_memory(s);
        return false;
    }
    for (uint32_t i = 0; i < outcome->n_lines; i++) {
        const dr_out_line *l = &outcome->lines[i];
        dr_account_entry *e = &out->entries[out->n_entries];
        if (only != NULL && !dr_line_called(s, l, only))
            continue;
        e->line = l;
        out->n_entries++;
        if (!add_whys(w, e, l->sources, l->n_sources, s->lines) || !add_marks(w, e) || !add_shown(w, e))
            return false;
    }
    for (uint32_t i = 0; i < outcome->n_findings; i++) {
        const dr_out_finding *f = &outcome->findings[i];
        dr_account_entry *e = &out->entries[out->n_entries];
        if (only != NULL && strcmp(f->code, only) != 0)
            continue;
        e->finding = f;
        out->n_entries++;
        if (!add_whys(w, e, &f->source, f->source != DR_NONE, s->findings))
            return false;
    }
    return true;
}

/* ---- what is not there */

static bool column_has(const dr_program *p, uint32_t slot, int64_t text)
{
    const dr_entity *e = &p->entities[p->slots[slot].entity];
    for (uint32_t i = 0; e->kind == DR_TABLE && i < e->n_rows; i++)
        if (e->rows[(uint64_t)i * e->n_fields + p->slots[slot].field] == text)
            return true;
    return false;
}

static bool set_has(const dr_program *p, uint32_t constant, int64_t text)
{
    for (uint32_t i = 0; i < p->n_const_sets; i++) {
        const int64_t cell = p->consts[p->const_sets[i]];
        const dr_set *set = cell == p->consts[constant] ? dr_ptr(cell) : NULL;
        for (uint32_t k = 0; set != NULL && k < set->count; k++)
            if (set->at[k] == text)
                return true;
    }
    return false;
}

/* Can the code that works out a field come to this text: has it the constant, or reads it a column that does? */
static bool could_be(const dr_program *p, uint32_t pc, int64_t text)
{
    for (; pc < p->n_code; pc++) {
        const dr_instr *i = &p->code[pc];
        bool ends = i->op == DR_OP_RET || i->op == DR_OP_RETK || i->op == DR_OP_RETS;
        uint32_t slot = i->op == DR_OP_SLOT || i->op == DR_OP_SLOTQ ? (uint32_t)i->d
                        : i->op == DR_OP_RETS || i->op == DR_OP_SLOT2 || i->op == DR_OP_SLOTQ2
                            ? (uint32_t)i->k
                            : DR_NONE;
        uint32_t k = i->op == DR_OP_CONST  ? (uint32_t)i->d
                     : i->op == DR_OP_RETK ? i->b | (uint32_t)i->c << 8
                                           : DR_NONE;
        if ((k != DR_NONE && (p->consts[k] == text || set_has(p, k, text))) ||
            (slot != DR_NONE && column_has(p, slot, text)))
            return true;
        if (ends)
            break;
    }
    return false;
}

/* Can the mark give one of the members behind the name ("X1-AB-CD")? */
static bool could_mark(const dr_program *p, const dr_clause *c, const char *name)
{
    for (const char *at = strchr(name, '-'); at != NULL; at = strchr(at, '-')) {
        int64_t text = dr_sym_find(&p->syms, at + 1, strcspn(at + 1, "-"));
        at++;
        for (uint32_t i = c->fields; i != DR_NONE && text >= 0; i = p->conds[i].next)
            if (could_be(p, p->conds[i].left.pc, text))
                return true;
    }
    return false;
}

bool dr_could_emit(const dr_program *p, const dr_rule *rule, const char *code, int64_t text)
{
    const dr_clause *c = &p->clauses[rule->clause];
    if (rule->kind == DR_CLAUSE_FINDING)
        return strcmp(rule->code, code) == 0;
    if (rule->kind == DR_CLAUSE_MARK)
        return could_mark(p, c, code);
    if (text < 0)
        return false;
    for (uint32_t i = c->fields; i != DR_NONE; i = p->conds[i].next)
        if (p->fields[p->conds[i].field].role == DR_ROLE_NAME && could_be(p, p->conds[i].left.pc, text))
            return true;
    return false;
}

static bool is_nearest(const dr_misses *m, uint32_t rule)
{
    return m->n > 0 && m->items[0].rule == rule;
}

static bool add_candidate(dr_whys *w, uint32_t rule, dr_account *out)
{
    dr_session *s = w->s;
    dr_candidate *c = &out->candidates[out->n_candidates++];
    *c = (dr_candidate){.rule = rule, .nearest = is_nearest(&out->misses, rule)};
    const dr_rule *r = &s->program->rules[rule];
    const dr_clause *clause = &s->program->clauses[r->clause];
    c->row = dr_furthest_row(s, clause->cond, r->entity, clause);
    if (c->nearest && out->misses.items[0].row < s->n_rows[s->program->rules[rule].entity])
        c->row = out->misses.items[0].row;
    uint32_t whole = w->budget;
    if (w->budget > 0)
        w->budget = c->nearest ? BUDGET_NEAREST : BUDGET_OTHERS;
    c->why = dr_why_not_rule(w, rule, c->row);
    w->budget = whole;
    return w->status == DR_OK;
}

static bool add_candidates(dr_whys *w, const char *code, dr_account *out)
{
    dr_session *s = w->s;
    const dr_program *p = s->program;
    int64_t text = dr_sym_find(&p->syms, code, strlen(code));
    if (text < 0) /* with suffixes behind it */
        text = dr_sym_find(&p->syms, code, strcspn(code, "-"));
    out->candidates = dr_take_zero(&s->arena, p->n_rules + 1u, sizeof *out->candidates);
    if (out->candidates == NULL) {
        w->status = dr_vm_memory(s);
        return false;
    }
    for (int nearest = 1; nearest >= 0; nearest--)
        for (uint32_t r = 0; r < p->n_rules; r++) {
            bool could = is_nearest(&out->misses, r) || dr_could_emit(p, &p->rules[r], code, text);
            if (could && is_nearest(&out->misses, r) == (nearest == 1) && !add_candidate(w, r, out))
                return false;
        }
    return true;
}

dr_status dr_account_make(dr_session *s, const dr_outcome *outcome, const dr_asked *asked, dr_account *out)
{
    dr_whys w;
    const char *only = asked->why_not != NULL ? asked->why_not : asked->why;
    memset(out, 0, sizeof *out);
    s->fuel = s->limits.fuel;
    uint64_t fuel = asked->fuel != 0 ? asked->fuel : s->limits.fuel;
    if (!dr_whys_init(&w, s, asked->whole ? 0 : BUDGET) || !add_entries(&w, outcome, only, out))
        return w.status;
    if (out->n_entries > 0 || only == NULL)
        return DR_OK;
    out->missing = only;
    if (asked->json != NULL && asked->scratch != NULL) {
        dr_status status = dr_miss_search(asked->scratch, &s->arena, asked->json, asked->len, only, fuel,
                                          &s->interrupt, &out->misses);
        if (status != DR_OK) {
            __atomic_store_n(&s->interrupt, 0, __ATOMIC_RELAXED);
            return status;
        }
        out->searched = true;
    }
    (void)add_candidates(&w, only, out);
    return w.status;
}
