/* drip: vm.c, level 2b. The interpreter: its two loops, what their larger instructions do, and faults.
 *
 * The loop itself is vm_loop.h, compiled once plain and once recording reads for explain. Here is what
 * would bloat it: iterators, offsets of instants, texts, and the words for everything that can go wrong.
 * A fault names the clause whose code was running, found by its place in the code, or else the node. */
#include "vm.h"
#include "marks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EXPLAIN_FUEL = 100000000 }; /* at least, for each piece of code that is run to explain */

/* ---- faults ---- */

dr_status dr_refuse(dr_session *s, dr_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->refusal.message, sizeof s->refusal.message, format, args);
    va_end(args);
    return status;
}

dr_status dr_vm_memory(dr_session *s)
{
    if (s->watch.refused)
        return dr_refuse(s, DR_NO_MEMORY, "out of memory");
    s->limit = DR_LIMIT_HEAP;
    return dr_refuse(s, DR_LIMIT, "evaluation needs more than %zu bytes", s->limits.heap);
}

/* The innermost clause this code belongs to. */
static const dr_clause *clause_at(const dr_program *program, uint32_t pc)
{
    const dr_clause *found = NULL;
    for (uint32_t i = 0; i < program->n_clauses; i++) {
        const dr_clause *c = &program->clauses[i];
        if (c->pc_start <= pc && pc < c->pc_end &&
            (found == NULL || c->pc_end - c->pc_start < found->pc_end - found->pc_start))
            found = c;
    }
    return found;
}

uint32_t dr_clause_of_code(const dr_session *s, uint32_t pc, uint32_t node)
{
    const dr_program *p = s->program;
    const dr_clause *c = clause_at(p, pc);
    const dr_node *n = node < p->n_all_nodes ? &p->nodes[node] : NULL;
    if (c != NULL || n == NULL)
        return c != NULL ? (uint32_t)(c - p->clauses) : 0;
    if (n->kind == DR_NODE_RULE)
        return p->rules[n->rule].clause;
    for (uint32_t i = 0; i < p->n_clauses; i++)
        if (p->clauses[i].slot == n->slot &&
            (p->clauses[i].kind == DR_CLAUSE_VALUE || p->clauses[i].kind == DR_CLAUSE_ROW))
            return i;
    return 0;
}

/* "clause X: " or "X: ", in the room given; empty when nothing is known. */
static const char *place(const dr_session *s, uint32_t pc, char *room, size_t size)
{
    const dr_program *program = s->program;
    const dr_clause *c = pc != DR_NONE ? clause_at(program, pc) : NULL;
    uint32_t node = dr_vm_of(s)->node;
    char name[200];
    room[0] = '\0';
    if (c != NULL) {
        snprintf(room, size, "clause %s: ", c->name);
    } else if (node < program->n_all_nodes && program->nodes[node].name != NULL) {
        dr_node_name(program, node, name, sizeof name);
        snprintf(room, size, "%s: ", name);
    }
    return room;
}

dr_status dr_vm_fault(dr_session *s, dr_fault fault, uint32_t pc)
{
    char room[300], most[200];
    const char *where = place(s, pc, room, sizeof room);
    switch (fault) {
    case DR_FAULT_NUMBER:
        return dr_refuse(s, DR_BAD_INPUT, "%snumber too large", where);
    case DR_FAULT_ZERO:
        return dr_refuse(s, DR_BAD_INPUT, "%sdivision by zero", where);
    case DR_FAULT_PARAM:
        return dr_refuse(s, DR_BAD_INPUT, "%sparameter %s has no value on the service date", where,
                         s->program->params[s->program->code[pc].d].name);
    case DR_FAULT_FUEL:
        dr_meter_tell(s, most, sizeof most);
        s->limit = DR_LIMIT_FUEL;
        return dr_refuse(s, DR_LIMIT, "%sevaluation needs more than %llu steps%s", where,
                         (unsigned long long)s->limits.fuel, most);
    case DR_FAULT_INTERRUPT:
        return dr_refuse(s, DR_INTERRUPTED, "interrupted");
    case DR_FAULT_MEMORY:
    case DR_FAULT_NONE:
        break;
    }
    return dr_vm_memory(s);
}

/* ---- fuel ---- */

/* Looked at where paying what is due leads to another multiple of DR_FUEL_STEP. A request to stop is used
 * up by the evaluation it stops. */
static dr_fault check_fuel(dr_session *s, uint64_t fuel, uint64_t due)
{
    if (fuel < due)
        return DR_FAULT_FUEL;
    if (__atomic_load_n(&s->interrupt, __ATOMIC_RELAXED) == 0)
        return DR_FAULT_NONE;
    __atomic_store_n(&s->interrupt, 0, __ATOMIC_RELAXED);
    return DR_FAULT_INTERRUPT;
}

dr_status dr_vm_pay_slow(dr_session *s, uint64_t steps)
{
    dr_fault fault = s->fuel % DR_FUEL_STEP < steps ? check_fuel(s, s->fuel, steps) : DR_FAULT_NONE;
    if (fault == DR_FAULT_FUEL)
        s->fuel = 0;
    if (fault != DR_FAULT_NONE)
        return dr_vm_fault(s, fault, DR_NONE);
    s->fuel -= steps;
    if (s->spent != NULL && dr_vm_of(s)->node != DR_NONE)
        s->spent->rows[dr_vm_of(s)->node] += steps;
    return DR_OK;
}

static inline uint64_t pieces_in(int64_t cell)
{
    return cell != DR_MISSING ? ((const dr_spans *)dr_ptr(cell))->count : 0;
}

static inline uint64_t members_in(int64_t cell)
{
    return cell != DR_MISSING ? ((const dr_set *)dr_ptr(cell))->count : 0;
}

/* One for the line and one for each piece and member in it: they are copied, put in order and compared. */
static uint64_t line_size(const dr_session *s, const int64_t *fields)
{
    const dr_program *p = s->program;
    uint64_t size = 1;
    for (uint32_t i = 0; i < p->n_fields; i++) {
        uint8_t kind = p->slots[p->fields[i].slot].type.kind;
        size += kind == DR_SPANS ? pieces_in(fields[i]) : kind == DR_SET ? members_in(fields[i]) : 0;
    }
    return size;
}

/* The members that a set of a line has so far. */
static uint64_t marked_members(const dr_session *s, uint32_t field, uint32_t row)
{
    const dr_col col = s->cols[s->program->fields[field].slot];
    return members_in(col.base[(size_t)row * col.stride]);
}

/* ---- larger instructions ---- */

static inline int num_order(const dr_num *a, const dr_num *b)
{
    if (a->bottom == b->bottom)
        return (a->top > b->top) - (a->top < b->top);
    return dr_num_cmp(*a, *b);
}

/* The offset charted with the last instant up to this one: an instant that was worked out has none of its
 * own. */
int32_t dr_offset_at(const dr_session *s, int64_t seconds)
{
    if (s->offsets == NULL || s->n_offsets == 0)
        return s->offset_all;
    uint32_t low = 0, high = s->n_offsets;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (s->offsets[middle].seconds <= seconds)
            low = middle;
        else
            high = middle;
    }
    return s->offsets[low].offset;
}

/* with[0]: where counting starts, with[1]: a step, with[2]: what a last part must be over to count. */
static dr_fault count_steps(int64_t n, const int64_t *with, int64_t *steps)
{
    int64_t beyond = 0;
    *steps = 0;
    if (with[1] <= 0)
        return DR_FAULT_ZERO;
    if (n <= with[0])
        return DR_FAULT_NONE;
    if (__builtin_sub_overflow(n, with[0], &beyond))
        return DR_FAULT_NUMBER;
    *steps = beyond / with[1] + (beyond % with[1] > 0 && beyond % with[1] > with[2]);
    return DR_FAULT_NONE;
}

static inline void list_iterator(int64_t *it, int64_t list_cell, int64_t most)
{
    const dr_list *list = list_cell != DR_MISSING ? dr_ptr(list_cell) : NULL;
    if (list == NULL || most <= 0) {
        it[0] = it[1] = 0;
        return;
    }
    it[0] = dr_cell(list->at);
    it[1] = dr_cell(list->at + (most < (int64_t)list->count ? most : (int64_t)list->count));
}

/* it[1] is 0 for the few rows of a small entity (it[0] their set), else the chain of the index (it[0] a row).
 */
static bool index_iterator(dr_session *s, int64_t *it, uint32_t slot, int64_t key)
{
    uint32_t n = s->n_rows[dr_vm_of(s)->indexes[slot].entity];
    if (n > DR_SMALL_ROWS && key != DR_MISSING) {
        const dr_index *index = dr_index_of(s, slot);
        if (index == NULL)
            return false;
        it[0] = dr_index_head(index, key);
        it[1] = dr_cell(index->next);
        return true;
    }
    uint64_t found = 0;
    const dr_col col = s->cols[slot];
    if (key != DR_MISSING)
        for (uint32_t row = 0; row < n; row++)
            found |= (uint64_t)(col.base[(size_t)row * col.stride] == key) << row;
    it[0] = (int64_t)found;
    it[1] = 0;
    return true;
}

bool dr_trace_read(dr_session *s, uint32_t slot, uint32_t row, uint32_t pc, int64_t value)
{
    dr_trace *trace = s->trace;
    if (trace == NULL)
        return true;
    void *items = trace->items;
    if (!dr_vm_grow(&s->arena, &items, trace->count, &trace->size, sizeof *trace->items))
        return false;
    trace->items = items;
    trace->items[trace->count++] = (dr_read){slot, row, pc, value};
    return true;
}

#define trace_read dr_trace_read

/* ---- running ---- */

#include "vm_ops.h"

#define DR_LOOP       dr_loop_plain
#define DR_LOOP_TRACE 0
#include "vm_loop.h"
#undef DR_LOOP
#undef DR_LOOP_TRACE

#define DR_LOOP       dr_loop_traced
#define DR_LOOP_TRACE 1
#include "vm_loop.h"
#undef DR_LOOP
#undef DR_LOOP_TRACE

dr_status dr_vm_values(dr_session *s, uint32_t pc, uint32_t row, dr_job *job)
{
    int64_t value = 0;
    uint16_t clause = 0;
    *job = (dr_job){.pc = pc, .row = row, .end = row + 1, .out = &value, .clause = &clause};
    dr_status status = dr_vm_run(s, job);
    job->out = NULL;
    job->clause = NULL;
    return status;
}

/* Fuel is this call's own, so that explaining neither fails for what evaluating took nor counts as part of
 * it. */
dr_status dr_run_code(dr_session *s, uint32_t pc, uint32_t row, int64_t *values, uint32_t *n,
                      uint32_t *clause)
{
    dr_vm *vm = dr_vm_of(s);
    dr_job job;
    uint64_t fuel = s->fuel;
    s->fuel = s->limits.fuel > EXPLAIN_FUEL ? s->limits.fuel : EXPLAIN_FUEL;
    vm->quiet = true;
    dr_status status = dr_vm_values(s, pc, row, &job);
    vm->quiet = false;
    s->fuel = fuel;
    *n = 0;
    *clause = DR_NONE;
    if (status != DR_OK)
        return status;
    memcpy(values, &vm->r[job.reg], job.n * sizeof *values);
    *n = job.n;
    *clause = job.by;
    return DR_OK;
}
