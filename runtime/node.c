/* drip: node.c, level 2b. Deciding nodes: attributes, walks, rules, and what they record.
 *
 * An attribute fills a column of its entity and notes which clause decided each row. A walk decides
 * several attributes row by row along lists, so that a row may read what the rows before it were given.
 * A rule emits lines and findings. What decides every encounter is read from dr_step; the node itself,
 * which is large, is touched only for what is rare. Groups and clocks are in group.c. */
#include "vm.h"

#include <string.h>

/* ---- columns ---- */

int64_t *dr_column(dr_session *s, uint32_t slot)
{
    size_t rows = s->n_rows[s->program->slots[slot].entity];
    int64_t *cells = dr_take(&s->arena, rows * sizeof *cells);
    s->cols[slot] = (dr_col){cells, 1};
    return cells;
}

int64_t *dr_column_missing(dr_session *s, uint32_t slot)
{
    int64_t *cells = dr_column(s, slot);
    if (cells == NULL)
        return NULL;
    uint32_t rows = s->n_rows[s->program->slots[slot].entity];
    for (uint32_t i = 0; i < rows; i++)
        cells[i] = DR_MISSING;
    return cells;
}

void dr_note_seen(dr_session *s, uint32_t slot, const int64_t *cells, uint32_t count)
{
    const dr_slot *described = &s->program->slots[slot];
    if (!described->watched)
        return;
    uint64_t seen = s->seen[slot];
    for (uint32_t i = 0; i < count; i++)
        seen |= dr_seen_bit(described->type.kind, cells[i]);
    s->seen[slot] = seen;
}

/* The column of deciding clauses of a step, NULL if the program keeps none. False: no memory. */
static bool clause_column(dr_session *s, const dr_step *step, uint32_t rows, uint16_t **column)
{
    *column = NULL;
    if (step->clause_column == DR_NONE)
        return true;
    *column = s->clauses[step->clause_column] = dr_take(&s->arena, rows * sizeof **column);
    return *column != NULL;
}

/* ---- attributes ---- */

/* A guarded clause can apply only if everything it needs was seen in this encounter. */
static inline bool can_apply(const dr_session *s, const dr_step *step)
{
    const dr_need *needs = s->program->needs;
    const dr_alt *alt = step->alts, *last = alt + step->n_alts;
    for (; alt < last; alt++) {
        const dr_need *need = needs + alt->first, *end = need + alt->count;
        while (need < end && (s->seen[need->slot] & need->mask) != 0)
            need++;
        if (need == end)
            return true;
    }
    return step->n_alts == 0;
}

/* Rows that keep their place in a list learn it. */
static dr_status store_places(dr_session *s, uint32_t pos_slot, int64_t list_cell)
{
    if (list_cell == DR_MISSING)
        return DR_OK;
    const dr_list *list = dr_ptr(list_cell);
    int64_t *pos = s->cols[pos_slot].base;
    for (uint32_t i = 0; i < list->count; i++)
        pos[list->at[i]] = i;
    return dr_vm_pay(s, (uint64_t)DR_STEPS_PLACE * list->count);
}

static dr_status start_places(dr_session *s, uint32_t pos_slot)
{
    return dr_column_missing(s, pos_slot) != NULL ? DR_OK : dr_vm_memory(s);
}

static void note_places(dr_session *s, uint32_t pos_slot)
{
    dr_note_seen(s, pos_slot, s->cols[pos_slot].base, s->n_rows[s->program->slots[pos_slot].entity]);
}

/* One clause for more rows than are at hand. */
static uint16_t *fill_clauses(dr_session *s, uint16_t clause, uint32_t rows)
{
    uint16_t *clauses = dr_take(&s->arena, rows * sizeof *clauses);
    for (uint32_t i = 0; clauses != NULL && i < rows; i++)
        clauses[i] = clause;
    return clauses;
}

/* The same value and clause for every row: a column of stride 0 over the program's constant, which nobody
 * writes to, as a column is filled only by its own node. */
static inline dr_status store_constant(dr_session *s, const dr_step *step, const int64_t *value,
                                       uint16_t clause, uint32_t rows)
{
    const dr_program *p = s->program;
    s->cols[step->slot] = (dr_col){(int64_t *)(uintptr_t)value, 0};
    if (step->clause_column != DR_NONE) {
        bool known = clause < p->n_clauses || clause == UINT16_MAX;
        uint32_t index = clause < p->n_clauses ? clause : p->n_clauses;
        uint16_t *clauses = dr_vm_of(s)->same + (size_t)index * DR_SMALL_ROWS;
        if (__builtin_expect(rows > DR_SMALL_ROWS || !known, 0))
            clauses = fill_clauses(s, clause, rows);
        if (clauses == NULL)
            return dr_vm_memory(s);
        s->clauses[step->clause_column] = clauses;
    }
    if ((step->flags & DR_STEP_WATCHED) != 0)
        s->seen[step->slot] = (step->flags & DR_STEP_VALUED) != 0
                                  ? dr_value_bit(*value)
                                  : (uint64_t)1 << (62 + (*value == DR_MISSING));
    return dr_vm_pay(s, (uint64_t)DR_STEPS_ROW * rows);
}

/* Row by row, where a value must be copied before the next row runs. */
static dr_status run_and_keep(dr_session *s, dr_job job, uint32_t rows)
{
    job.step = 0;
    for (uint32_t row = 0; row < rows; row++, job.out++, job.clause++) {
        job.row = row;
        job.end = row + 1;
        dr_status status = dr_vm_run(s, &job);
        if (status != DR_OK)
            return status;
        status = dr_prefix_keep(s, job.out);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

static void note_values(dr_session *s, const dr_step *step, uint32_t rows)
{
    const int64_t *cells = s->cols[step->slot].base;
    uint64_t seen = 0;
    if ((step->flags & DR_STEP_VALUED) != 0)
        for (uint32_t i = 0; i < rows; i++)
            seen |= dr_value_bit(cells[i]);
    else
        for (uint32_t i = 0; i < rows; i++)
            seen |= (uint64_t)1 << (62 + (cells[i] == DR_MISSING));
    s->seen[step->slot] = seen;
}

static dr_status finish_places(dr_session *s, const dr_step *step, const dr_node *n, uint32_t rows)
{
    const dr_col col = s->cols[step->slot];
    dr_status status = DR_OK;
    for (uint32_t row = 0; row < rows && status == DR_OK; row++)
        status = store_places(s, n->pos_slot, col.base[(size_t)row * col.stride]);
    note_places(s, n->pos_slot);
    return status;
}

/* Cells and clauses in one piece; RET steps both, so there are clauses even where nobody asks for them. */
static inline bool start_rows(dr_session *s, const dr_step *step, uint32_t rows, dr_job *job)
{
    int64_t *cells = dr_take(&s->arena, rows * (sizeof *cells + sizeof(uint16_t)));
    if (__builtin_expect(cells == NULL, 0))
        return false;
    uint16_t *clauses = (uint16_t *)(cells + rows);
    s->cols[step->slot] = (dr_col){cells, 1};
    if (step->clause_column != DR_NONE)
        s->clauses[step->clause_column] = clauses;
    job->end = rows;
    job->step = 1;
    job->out = cells;
    job->clause = clauses;
    return true;
}

/* Either decides all rows at once (NULL), or tells where the code for the rows starts. */
static inline __attribute__((always_inline)) const dr_instr *start_code(dr_session *s, const dr_step *step,
                                                                        uint32_t rows, dr_status *status)
{
    const dr_program *p = s->program;
    uint32_t pc = step->pc;
    if (step->n_alts != 0 && !can_apply(s, step)) {
        pc = step->quick_pc;
        if (pc == DR_NONE) {
            *status = store_constant(s, step, &p->consts[step->quick_const], step->quick_clause, rows);
            return NULL;
        }
    }
    const dr_instr *in = dr_skip_tests(s, pc);
    if (in->op != DR_OP_RETK)
        return in;
    *status = store_constant(s, step, &p->consts[in->b | (uint32_t)in->c << 8], (uint16_t)in->d, rows);
    return NULL;
}

/* Attributes with lists whose rows learn their places, and those whose values must be kept. */
static dr_status decide_rare(dr_session *s, const dr_step *step, const dr_node *n, uint32_t rows)
{
    bool places = (step->flags & DR_STEP_POS) != 0;
    dr_status status = places ? start_places(s, n->pos_slot) : DR_OK;
    if (rows == 0 || status != DR_OK)
        return status;
    const dr_instr *in = start_code(s, step, rows, &status);
    if (in != NULL) {
        dr_job job = {.pc = (uint32_t)(in - s->program->code)};
        if (!start_rows(s, step, rows, &job))
            return dr_vm_memory(s);
        status = dr_vm_pay(s, (uint64_t)DR_STEPS_ROW * rows);
        if (status != DR_OK)
            return status;
        status = (step->flags & DR_STEP_KEEP) == 0 ? dr_vm_run(s, &job) : run_and_keep(s, job, rows);
        if (status == DR_OK && (step->flags & DR_STEP_WATCHED) != 0)
            note_values(s, step, rows);
    }
    if (status == DR_OK && places)
        status = finish_places(s, step, n, rows);
    return status;
}

/* ---- walks ---- */

/* Part columns start missing: an index built before a part is decided must find nothing, not rubbish. */
static dr_status start_parts(dr_session *s, const dr_node *n, uint32_t rows)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < n->n_parts; i++) {
        uint32_t part = p->parts[n->first_part + i];
        const dr_step *step = &dr_vm_of(s)->steps[part];
        uint16_t *clauses = NULL;
        if (dr_column_missing(s, step->slot) == NULL || !clause_column(s, step, rows, &clauses))
            return dr_vm_memory(s);
        if (clauses != NULL)
            memset(clauses, 0xFF, rows * sizeof *clauses);
        if ((step->flags & DR_STEP_POS) != 0 && start_places(s, p->nodes[part].pos_slot) != DR_OK)
            return dr_vm_memory(s);
    }
    return DR_OK;
}

static dr_status run_parts(dr_session *s, const dr_node *n, uint32_t row)
{
    dr_vm *vm = dr_vm_of(s);
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < n->n_parts; i++) {
        uint32_t part = p->parts[n->first_part + i];
        const dr_step *step = &vm->steps[part];
        uint16_t spare = 0;
        int64_t *cell = &s->cols[step->slot].base[row];
        uint16_t *clause = step->clause_column != DR_NONE ? &s->clauses[step->clause_column][row] : &spare;
        dr_job job = {.pc = step->pc, .row = row, .end = row + 1, .out = cell, .clause = clause};
        vm->node = part;
        vm->slot = step->slot;
        dr_status status = dr_vm_pay(s, DR_STEPS_ROW);
        if (status == DR_OK)
            status = dr_vm_run(s, &job);
        if (status == DR_OK && (step->flags & DR_STEP_KEEP) != 0)
            status = dr_prefix_keep(s, cell);
        if (status == DR_OK && (step->flags & DR_STEP_POS) != 0)
            status = store_places(s, p->nodes[part].pos_slot, *cell);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

static dr_status walk_lists(dr_session *s, const dr_node *n, uint8_t *met)
{
    const dr_col lists = s->cols[n->slot];
    uint32_t owners = s->n_rows[n->owner];
    for (uint32_t owner = 0; owner < owners; owner++) {
        int64_t cell = lists.base[(size_t)owner * lists.stride];
        if (cell == DR_MISSING)
            continue;
        const dr_list *list = dr_ptr(cell);
        for (uint32_t i = 0; i < list->count; i++) {
            met[list->at[i]] = 1;
            dr_status status = run_parts(s, n, list->at[i]);
            if (status != DR_OK)
                return status;
        }
    }
    return DR_OK;
}

static void finish_parts(dr_session *s, const dr_node *n, uint32_t rows)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < n->n_parts; i++) {
        uint32_t part = p->parts[n->first_part + i];
        const dr_step *step = &dr_vm_of(s)->steps[part];
        dr_note_seen(s, step->slot, s->cols[step->slot].base, rows);
        if ((step->flags & DR_STEP_POS) != 0)
            note_places(s, p->nodes[part].pos_slot);
    }
}

static dr_status decide_walk(dr_session *s, const dr_node *n)
{
    uint32_t rows = s->n_rows[n->member];
    dr_status status = start_parts(s, n, rows);
    if (rows == 0 || status != DR_OK)
        return status;
    uint8_t *met = dr_take_zero(&s->arena, rows, 1);
    if (met == NULL)
        return dr_vm_memory(s);
    status = walk_lists(s, n, met);
    for (uint32_t row = 0; row < rows && status == DR_OK; row++)
        if (met[row] == 0)
            status = run_parts(s, n, row);
    if (status == DR_OK)
        finish_parts(s, n, rows);
    return status;
}

/* ---- rules ---- */

static bool line_room(dr_session *s, uint32_t n_fields)
{
    dr_vm *vm = dr_vm_of(s);
    void *lines = s->lines, *cells = vm->cells;
    if (!dr_vm_grow(&s->arena, &lines, s->n_lines, &s->size_lines, sizeof *s->lines))
        return false;
    s->lines = lines;
    if (!dr_vm_grow(&s->arena, &cells, s->n_lines, &vm->n_cells_rows, n_fields * sizeof *vm->cells))
        return false;
    vm->cells = cells;
    return true;
}

/* Lines become rows that later nodes read when this node is done (finish_rule). */
bool dr_emit_line(dr_session *s, uint32_t rule, uint32_t row, const int64_t *fields)
{
    const dr_program *p = s->program;
    dr_vm *vm = dr_vm_of(s);
    if (vm->quiet)
        return true;
    uint32_t n_fields = p->result_entity != DR_NONE ? p->entities[p->result_entity].n_fields : 0;
    if (!line_room(s, n_fields))
        return false;
    int64_t *cells = vm->cells + (size_t)s->n_lines * n_fields;
    uint32_t n = n_fields - (n_fields > 0 && p->family_slot != DR_NONE);
    memcpy(cells, fields, n * sizeof *cells);
    if (n < n_fields)
        cells[n] = p->rules[rule].family;
    for (uint32_t i = 0; vm->line_spans && i < n; i++)
        if (p->slots[p->entities[p->result_entity].first_slot + i].type.kind == DR_SPANS &&
            !dr_prefix_copy(s, &cells[i])) /* paid for as part of the line */
            return false;
    s->lines[s->n_lines++] = (dr_emitted){rule, row, NULL};
    return true;
}

bool dr_emit_finding(dr_session *s, uint32_t rule, uint32_t row, int64_t about)
{
    if (dr_vm_of(s)->quiet)
        return true;
    void *findings = s->findings;
    if (!dr_vm_grow(&s->arena, &findings, s->n_findings, &s->size_findings, sizeof *s->findings))
        return false;
    s->findings = findings;
    s->findings[s->n_findings++] = (dr_emitted){rule, row, about != DR_MISSING ? dr_ptr(about) : NULL};
    return true;
}

bool dr_note_conflict(dr_session *s, uint32_t pair, uint32_t row)
{
    if (dr_vm_of(s)->quiet)
        return true;
    void *conflicts = s->conflicts;
    if (!dr_vm_grow(&s->arena, &conflicts, s->n_conflicts, &s->size_conflicts, sizeof *s->conflicts))
        return false;
    s->conflicts = conflicts;
    s->conflicts[s->n_conflicts++] = (dr_conflict){pair, dr_vm_of(s)->slot, row};
    return true;
}

static void finish_rule(dr_session *s, uint32_t lines_before)
{
    const dr_program *p = s->program;
    if (s->n_lines == lines_before || p->result_entity == DR_NONE)
        return;
    const dr_entity *result = &p->entities[p->result_entity];
    int64_t *cells = dr_vm_of(s)->cells;
    s->n_rows[p->result_entity] = s->n_lines;
    for (uint32_t i = 0; i < result->n_fields; i++) {
        uint32_t slot = result->first_slot + i;
        s->cols[slot] = (dr_col){cells + i, result->n_fields};
        if (p->slots[slot].watched)
            for (uint32_t row = lines_before; row < s->n_lines; row++)
                dr_note_seen(s, slot, &cells[(size_t)row * result->n_fields + i], 1);
    }
}

/* A rule's rows overwrite each other's value: what counts is what they emit. False: no row gets anywhere. */
static bool start_rule(dr_session *s, const dr_step *step, uint32_t rows, dr_job *job)
{
    if (step->n_alts != 0 && !can_apply(s, step))
        return false;
    const dr_instr *in = dr_skip_tests(s, step->pc);
    job->lines = s->n_lines;
    job->pc = (uint32_t)(in - s->program->code);
    job->end = rows;
    job->step = 0;
    job->out = &dr_vm_of(s)->spare_value;
    job->clause = &dr_vm_of(s)->spare_clause;
    return true;
}

static dr_status decide_other(dr_session *s, const dr_step *step, const dr_node *n, uint32_t rows)
{
    switch ((dr_node_kind)n->kind) {
    case DR_NODE_WALK:
        return decide_walk(s, n);
    case DR_NODE_GROUP:
        return dr_decide_group(s, step, n);
    case DR_NODE_CLOCK:
        return dr_decide_clock(s, n);
    case DR_NODE_MERGE:
        return dr_decide_merge(s, n);
    case DR_NODE_RULE:
    case DR_NODE_ATTR:
        break;
    }
    return decide_rare(s, step, n, rows);
}

static inline void end_run(dr_session *s, const dr_job *job)
{
    const dr_step *step = &dr_vm_of(s)->steps[job->node];
    if (step->kind == DR_NODE_RULE)
        finish_rule(s, job->lines);
    else if ((step->flags & DR_STEP_WATCHED) != 0)
        note_values(s, step, job->end);
}

/* The next node that must run row by row; those before it are decided here. */
bool dr_next_run(dr_session *s, dr_job *job)
{
    dr_vm *const vm = dr_vm_of(s);
    const uint32_t n_nodes = s->program->n_nodes;
    uint32_t i = job->node;
    dr_status status = DR_OK;
    if (i != DR_NONE)
        end_run(s, job);
    for (i++; i < n_nodes && status == DR_OK; i++) {
        const dr_step *step = &vm->steps[i];
        uint32_t rows = s->n_rows[step->entity];
        if (rows == 0 && (step->flags & DR_STEP_ROWS) != 0)
            continue;
        vm->node = i;
        if ((step->flags & DR_STEP_PLAIN) != 0) {
            const dr_instr *in = start_code(s, step, rows, &status);
            if (in == NULL)
                continue;
            job->pc = (uint32_t)(in - s->program->code);
            if (!start_rows(s, step, rows, job))
                status = dr_vm_memory(s);
        } else if (step->kind != DR_NODE_RULE) {
            vm->slot = step->slot;
            status = decide_other(s, step, &s->program->nodes[i], rows);
            continue;
        } else if (!start_rule(s, step, rows, job)) {
            continue;
        }
        if (status != DR_OK)
            break;
        status = dr_vm_pay(s, (uint64_t)DR_STEPS_ROW * rows);
        if (__builtin_expect(status != DR_OK, 0))
            break;
        vm->slot = step->slot;
        job->node = i;
        return true;
    }
    job->status = status;
    return false;
}

dr_status dr_decide_all(dr_session *s)
{
    dr_job job = {.node = DR_NONE, .chain = true};
    return dr_next_run(s, &job) ? dr_vm_run(s, &job) : job.status;
}
