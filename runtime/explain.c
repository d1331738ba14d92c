/* drip: explain.c, level 2b. Why each line and finding is there: the clauses that decided, and what they
 * read, down to what was charted. Nothing is recorded for this while rules run but which clause decided
 * each value; what a clause read is found by running it once more, which is safe as nothing has effects. */
#include "result.h"
#include "session.h"

#include <string.h>

enum { DEPTH = 4, READS_MAX = 64, TRACE_MAX = 4096 };

typedef struct teller {
    dr_session *s;
    const dr_outcome *outcome;
    dr_buf *out;
    struct {
        uint32_t slot, row;
    } told[READS_MAX];
    uint32_t n_told;
    dr_status status;
} teller;

static void indent(teller *t, uint32_t depth)
{
    dr_buf_fill(t->out, ' ', 2 + (size_t)depth * 2);
}

static bool told(teller *t, uint32_t slot, uint32_t row)
{
    for (uint32_t i = 0; i < t->n_told; i++)
        if (t->told[i].slot == slot && t->told[i].row == row)
            return true;
    if (t->n_told == READS_MAX)
        return true;
    t->told[t->n_told].slot = slot;
    t->told[t->n_told++].row = row;
    return false;
}

/* Runs code with its reads recorded; what rules emit meanwhile is taken back. */
static bool trace_code(teller *t, uint32_t pc, uint32_t row, dr_trace *trace)
{
    dr_session *s = t->s;
    uint32_t lines = s->n_lines, findings = s->n_findings, conflicts = s->n_conflicts, n = 0, clause = 0;
    uint32_t result = s->program->result_entity, rows = result == DR_NONE ? 0 : s->n_rows[result];
    int64_t values[256];
    memset(trace, 0, sizeof *trace);
    s->trace = trace;
    dr_status status = dr_run_code(s, pc, row, values, &n, &clause);
    s->trace = NULL;
    s->n_lines = lines;
    s->n_findings = findings;
    s->n_conflicts = conflicts;
    if (result != DR_NONE)
        s->n_rows[result] = rows;
    if (status != DR_OK)
        t->status = status;
    return status == DR_OK;
}

static void put_clause(teller *t, const dr_clause *c)
{
    dr_buf_text(t->out, c->name);
    if (c->cite == NULL)
        return;
    dr_buf_text(t->out, " · ");
    dr_buf_text(t->out, c->cite);
}

static uint32_t clause_of(const dr_session *s, uint32_t slot, uint32_t row)
{
    uint32_t column = s->program->slots[slot].clause_column;
    if (column == DR_NONE || s->clauses[column] == NULL || row >= s->n_rows[s->program->slots[slot].entity])
        return DR_NONE;
    uint32_t c = s->clauses[column][row];
    return c < s->program->n_clauses ? c : DR_NONE;
}

/* What the record calls a row: its text of the same name as the root's key, where it has one. */
static const char *label(const teller *t, uint16_t entity, uint32_t row)
{
    const dr_program *p = t->s->program;
    for (uint32_t i = 0; i < p->n_slots && p->id_slot != DR_NONE; i++) {
        const dr_slot *slot = &p->slots[i];
        const dr_col *col = &t->s->cols[i];
        if (slot->entity != entity || slot->type.kind != DR_TEXT ||
            (slot->input && !slot->used && i != p->id_slot) || col->base == NULL ||
            row >= t->s->n_rows[entity])
            continue;
        int64_t cell = strcmp(slot->name, p->slots[p->id_slot].name) == 0
                           ? col->base[(size_t)row * col->stride]
                           : DR_MISSING;
        if (cell != DR_MISSING)
            return dr_sym_text(&t->s->syms, cell)->bytes;
    }
    return NULL;
}

static void put_value(teller *t, const dr_read *r)
{
    const dr_slot *slot = &t->s->program->slots[r->slot];
    const char *name = label(t, slot->entity, r->row);
    dr_buf_text(t->out, t->s->program->entities[slot->entity].name);
    dr_buf_char(t->out, ' ');
    if (name != NULL)
        dr_buf_text(t->out, name);
    else
        dr_buf_int(t->out, (int64_t)r->row + 1);
    dr_buf_text(t->out, ": ");
    dr_buf_text(t->out, slot->name);
    if (r->value == DR_MISSING) {
        dr_buf_text(t->out, " is missing");
        return;
    }
    dr_buf_text(t->out, " is ");
    name = slot->type.kind == DR_REF ? label(t, slot->type.of, (uint32_t)r->value) : NULL;
    if (name == NULL) {
        dr_value_write(t->s->program, &t->s->syms, slot->type, r->value, t->out);
        return;
    }
    dr_buf_text(t->out, t->s->program->entities[slot->type.of].name);
    dr_buf_char(t->out, ' ');
    dr_buf_text(t->out, name);
}

static void tell_reads(teller *t, uint32_t pc, uint32_t row, uint32_t depth);

static void tell_read(teller *t, const dr_read *r, uint32_t depth)
{
    const dr_program *p = t->s->program;
    const dr_slot *slot = &p->slots[r->slot];
    if (p->entities[slot->entity].kind == DR_TABLE || slot->name[0] == '\0' ||
        strchr(slot->name, ' ') != NULL || told(t, r->slot, r->row))
        return;
    indent(t, depth);
    put_value(t, r);
    uint32_t clause = clause_of(t->s, r->slot, r->row);
    if (clause != DR_NONE) {
        dr_buf_text(t->out, "   <- ");
        put_clause(t, &p->clauses[clause]);
    }
    dr_buf_char(t->out, '\n');
    bool deeper =
        clause != DR_NONE && slot->node < p->n_all_nodes && p->nodes[slot->node].kind == DR_NODE_ATTR;
    if (deeper && depth < DEPTH)
        tell_reads(t, p->nodes[slot->node].pc, r->row, depth + 1);
}

static void tell_reads(teller *t, uint32_t pc, uint32_t row, uint32_t depth)
{
    dr_trace trace;
    if (!trace_code(t, pc, row, &trace))
        return;
    for (uint32_t i = 0; i < trace.count && i < TRACE_MAX; i++)
        tell_read(t, &trace.items[i], depth);
}

static uint32_t rule_pc(const dr_program *p, uint32_t rule)
{
    for (uint32_t i = 0; i < p->n_nodes; i++)
        if (p->nodes[i].kind == DR_NODE_RULE && p->nodes[i].rule == rule)
            return p->nodes[i].pc;
    return DR_NONE;
}

static void tell_rule(teller *t, uint32_t rule, uint32_t row)
{
    const dr_program *p = t->s->program;
    indent(t, 0);
    put_clause(t, &p->clauses[p->rules[rule].clause]);
    dr_buf_char(t->out, '\n');
    t->n_told = 0;
    uint32_t pc = rule_pc(p, rule);
    if (pc != DR_NONE)
        tell_reads(t, pc, row, 1);
}

static const char *text_of(const dr_session *s, int64_t cell)
{
    return cell == DR_MISSING ? "" : dr_sym_text(&s->syms, cell)->bytes;
}

static uint32_t name_field(const dr_program *p)
{
    for (uint32_t i = 0; i < p->n_fields; i++)
        if (p->fields[i].role == DR_ROLE_NAME)
            return i;
    return 0;
}

static void tell_line(teller *t, const dr_out_line *l)
{
    const dr_program *p = t->s->program;
    for (uint32_t i = 0; i < p->n_fields; i++) {
        dr_type type = p->slots[p->fields[i].slot].type;
        const dr_set *set = type.kind == DR_SET ? dr_ptr(l->cells[i]) : NULL;
        if (l->cells[i] == DR_MISSING || (set != NULL && set->count == 0))
            continue;
        dr_buf_text(t->out, i == 0 ? "" : p->fields[i].role == DR_ROLE_COUNT ? " x" : "  ");
        if (p->fields[i].role == DR_ROLE_PLAIN || p->fields[i].role == DR_ROLE_SUFFIX) {
            dr_buf_text(t->out, p->fields[i].name);
            dr_buf_char(t->out, ' ');
        }
        dr_value_write(p, &t->s->syms, type, l->cells[i], t->out);
    }
    dr_buf_char(t->out, '\n');
    for (uint32_t i = 0; i < l->n_sources; i++)
        tell_rule(t, t->s->lines[l->sources[i]].rule, t->s->lines[l->sources[i]].row);
    dr_buf_char(t->out, '\n');
}

static void tell_finding(teller *t, const dr_out_finding *f)
{
    static const char *const levels[] = {"deny", "hold", "warn", "info"};
    dr_buf_text(t->out, levels[f->level]);
    dr_buf_text(t->out, " ");
    dr_buf_text(t->out, f->code);
    dr_buf_text(t->out, ": ");
    dr_buf_text(t->out, f->message);
    dr_buf_char(t->out, '\n');
    if (f->source != DR_NONE)
        tell_rule(t, t->s->findings[f->source].rule, t->s->findings[f->source].row);
    dr_buf_char(t->out, '\n');
}

/* ---- why not */

static bool table_has(const dr_program *p, uint32_t table, int64_t text)
{
    const dr_entity *e = &p->entities[table];
    for (uint64_t i = 0; i < (uint64_t)e->n_rows * e->n_fields; i++)
        if (e->rows[i] == text && p->slots[e->first_slot + i % e->n_fields].type.kind == DR_TEXT)
            return true;
    return false;
}

/* Could this rule's line have the code? It names it, or looks it up in a table that does. */
static bool could_emit(const dr_program *p, const dr_clause *c, int64_t text)
{
    for (uint32_t pc = c->pc_start; pc < c->pc_end; pc++) {
        const dr_instr *i = &p->code[pc];
        if (i->op == DR_OP_CONST && p->consts[i->d] == text)
            return true;
        if (i->op == DR_OP_LOOKUP && table_has(p, (uint32_t)i->d, text))
            return true;
    }
    return false;
}

static void tell_stop(teller *t, uint32_t rule, uint32_t row)
{
    dr_trace trace;
    const dr_program *p = t->s->program;
    uint32_t pc = rule_pc(p, rule);
    if (pc == DR_NONE || !trace_code(t, pc, row, &trace) || trace.count == 0)
        return;
    t->n_told = 0;
    tell_read(t, &trace.items[trace.count - 1], 1);
}

static void tell_why_not(teller *t, const char *code)
{
    const dr_program *p = t->s->program;
    int64_t text = dr_sym_find(&p->syms, code, strlen(code));
    bool any = false;
    dr_buf_plain(t->out, code, strlen(code));
    dr_buf_text(t->out, " is not there. The clauses that could bill it, and what stopped each:\n\n");
    for (uint32_t r = 0; r < p->n_rules && text >= 0; r++) {
        const dr_clause *c = &p->clauses[p->rules[r].clause];
        if (p->rules[r].kind != DR_CLAUSE_LINE || !could_emit(p, c, text))
            continue;
        any = true;
        indent(t, 0);
        put_clause(t, c);
        dr_buf_char(t->out, '\n');
        uint32_t rows = t->s->n_rows[p->rules[r].entity];
        if (rows == 0) {
            indent(t, 1);
            dr_buf_text(t->out, "there is no ");
            dr_buf_text(t->out, p->entities[p->rules[r].entity].name);
            dr_buf_char(t->out, '\n');
        }
        for (uint32_t row = 0; row < rows; row++)
            tell_stop(t, r, row);
    }
    if (!any)
        dr_buf_text(t->out, "  no clause of this policy bills it\n");
}

dr_status dr_explain(dr_session *s, const dr_outcome *outcome, const char *why, const char *why_not,
                     dr_buf *out)
{
    teller t = {.s = s, .outcome = outcome, .out = out, .status = DR_OK};
    const char *wanted = why_not != NULL ? why_not : why;
    uint32_t name = name_field(s->program), shown = 0;
    s->fuel = s->limits.fuel;
    for (uint32_t i = 0; i < outcome->n_lines; i++) {
        if (wanted != NULL && strcmp(text_of(s, outcome->lines[i].cells[name]), wanted) != 0)
            continue;
        shown++;
        tell_line(&t, &outcome->lines[i]);
    }
    for (uint32_t i = 0; i < outcome->n_findings; i++) {
        if (wanted != NULL && strcmp(outcome->findings[i].code, wanted) != 0)
            continue;
        shown++;
        tell_finding(&t, &outcome->findings[i]);
    }
    if (shown == 0 && wanted != NULL)
        tell_why_not(&t, wanted);
    else if (shown == 0)
        dr_buf_text(out, "no lines, no findings\n");
    return t.status;
}
