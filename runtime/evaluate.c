/* drip: evaluate.c, level 2b. A session's life and one evaluation.
 *
 * At init everything that depends on the program alone is worked out: the steps of its nodes, the columns
 * of its data tables, its member sets, the places of its PREFIX instructions. A reset before an encounter
 * clears only small arrays; indexes and prefixes know their epoch. The parameters and the version chosen
 * for a service date are kept, with the days for which the choice holds, as most encounters of a run
 * fall into the same days. */
#include "hooks.h"
#include "vm.h"

#include <string.h>

enum { OWN_FIRST = 16 * 1024, ARENA_FIRST = 64 * 1024 };

/* ---- what is worked out once ---- */

static uint16_t keys_of(const dr_program *p, uint32_t pc);

static void make_step(const dr_program *p, const dr_node *n, dr_step *step)
{
    *step = (dr_step){.kind = n->kind,
                      .entity = n->entity,
                      .slot = n->slot,
                      .pc = n->pc,
                      .clause_column = DR_NONE,
                      .alts = n->n_alts > 0 ? p->alts + n->first_alt : NULL,
                      .n_alts = n->n_alts,
                      .quick_pc = n->quick_pc,
                      .quick_const = n->quick_const,
                      .quick_clause = (uint16_t)n->quick_clause};
    if (n->kind == DR_NODE_RULE) {
        step->slot = DR_NONE;
        step->flags = DR_STEP_ROWS;
    }
    if (n->kind == DR_NODE_GROUP)
        step->n_keys = keys_of(p, n->pc);
    if (n->kind != DR_NODE_ATTR)
        return;
    const dr_slot *slot = &p->slots[n->slot];
    step->clause_column = slot->clause_column;
    step->flags = n->pos_slot != DR_NONE ? DR_STEP_POS : DR_STEP_ROWS;
    if (slot->watched)
        step->flags |= DR_STEP_WATCHED;
    if (slot->type.kind == DR_BOOL || slot->type.kind == DR_ENUM)
        step->flags |= DR_STEP_VALUED;
    if ((step->flags & DR_STEP_POS) == 0)
        step->flags |= DR_STEP_PLAIN;
}

/* The node whose code is there. */
static uint32_t node_at(const dr_program *p, uint32_t pc)
{
    uint32_t found = DR_NONE, start = 0;
    for (uint32_t i = 0; i < p->n_all_nodes; i++) {
        const uint32_t starts[] = {p->nodes[i].pc, p->nodes[i].quick_pc};
        for (uint32_t k = 0; k < 2; k++)
            if (starts[k] != DR_NONE && starts[k] <= pc && (found == DR_NONE || starts[k] >= start)) {
                found = i;
                start = starts[k];
            }
    }
    return found;
}

/* What a PREFIX makes must be copied before the next row runs; other span sets stay as they are. */
static void note_keeping(const dr_vm *vm, const dr_program *p)
{
    for (uint32_t i = 0; i < vm->n_prefixes; i++) {
        uint32_t node = vm->prefixes[i].pc < p->told_pc ? node_at(p, vm->prefixes[i].pc) : DR_NONE;
        if (node == DR_NONE || p->nodes[node].kind != DR_NODE_ATTR)
            continue;
        vm->steps[node].flags |= DR_STEP_KEEP;
        vm->steps[node].flags &= (uint8_t)~DR_STEP_PLAIN;
    }
}

/* How many keys the code of a group gives for a row: it always ends the same way, or leaves the row out. */
static uint16_t keys_of(const dr_program *p, uint32_t pc)
{
    while (pc < p->n_code && (p->code[pc].op != DR_OP_RETN || p->code[pc].b == 0))
        pc++;
    return pc < p->n_code ? p->code[pc].b : 0;
}

static bool make_prefixes(dr_session *s, dr_vm *vm)
{
    const dr_program *p = s->program;
    uint32_t count = 0;
    for (uint32_t pc = 0; pc < p->n_code; pc++)
        count += p->code[pc].op == DR_OP_PREFIX;
    vm->prefixes = dr_take_zero(&s->own, count, sizeof *vm->prefixes);
    if (vm->prefixes == NULL)
        return false;
    for (uint32_t pc = 0; pc < p->n_code; pc++)
        if (p->code[pc].op == DR_OP_PREFIX)
            vm->prefixes[vm->n_prefixes++].pc = pc;
    return true;
}

static bool fix_param(dr_session *s, const dr_param *param)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; param->type.kind == DR_SET && i < param->count; i++) {
        int64_t value = p->param_values[param->first + i].value;
        if (value != DR_MISSING && !dr_set_fix(s, dr_ptr(value)))
            return false;
    }
    return true;
}

/* The program's own sets come first, so that no evaluation has to make them known. */
static bool fix_sets(dr_session *s)
{
    const dr_program *p = s->program;
    bool ok = dr_set_fix(s, NULL);
    for (uint32_t i = 0; i < p->n_const_sets && ok; i++)
        ok = dr_set_fix(s, dr_ptr(p->consts[p->const_sets[i]]));
    for (uint32_t i = 0; i < p->n_params && ok; i++)
        ok = fix_param(s, &p->params[i]);
    return ok;
}

static void note_slots(dr_session *s, dr_vm *vm)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        const dr_slot *slot = &p->slots[i];
        const dr_entity *e = &p->entities[slot->entity];
        vm->indexes[i].entity = slot->entity;
        if (e->kind == DR_TABLE) /* never written: its rows are the program's */
            s->cols[i] = (dr_col){(int64_t *)(uintptr_t)e->rows + slot->field, e->n_fields};
        if (slot->input && slot->used && slot->type.kind == DR_SET)
            vm->set_slots[vm->n_set_slots++] = i;
        if (e->kind == DR_RESULT && slot->field != UINT16_MAX && slot->type.kind == DR_SPANS)
            vm->line_spans = vm->n_prefixes > 0;
    }
    for (uint32_t i = 0; i < p->n_entities; i++)
        vm->rows[i] = p->entities[i].kind == DR_TABLE ? p->entities[i].n_rows : 0;
}

static bool make_vm(dr_session *s)
{
    const dr_program *p = s->program;
    dr_arena *own = &s->own;
    dr_vm *vm = dr_take_zero(own, 1, sizeof *vm);
    s->vm = vm;
    if (vm == NULL || !make_prefixes(s, vm) || !fix_sets(s))
        return false;
    vm->from = INT64_MAX; /* no day: nothing is chosen yet */
    vm->to = INT64_MIN;
    vm->node = DR_NONE;
    vm->indexes = dr_take_zero(own, p->n_slots, sizeof *vm->indexes);
    vm->steps = dr_take_zero(own, p->n_all_nodes, sizeof *vm->steps);
    vm->same = dr_take_zero(own, (size_t)p->n_clauses + 1, DR_SMALL_ROWS * sizeof *vm->same);
    vm->rows = dr_take_zero(own, p->n_entities, sizeof *vm->rows);
    vm->set_slots = dr_take_zero(own, p->n_slots, sizeof *vm->set_slots);
    s->cols = dr_take_zero(own, p->n_slots, sizeof *s->cols);
    s->n_rows = dr_take_zero(own, p->n_entities, sizeof *s->n_rows);
    s->seen = dr_take_zero(own, p->n_slots, sizeof *s->seen);
    s->clauses = dr_take_zero(own, p->n_clause_columns, sizeof *s->clauses);
    s->params = dr_take_zero(own, p->n_params > 0 ? p->n_params : 1, sizeof *s->params);
    if (own->failed)
        return false;
    note_slots(s, vm);
    for (uint32_t i = 0; i < (p->n_clauses + 1) * DR_SMALL_ROWS; i++)
        vm->same[i] = (uint16_t)(i / DR_SMALL_ROWS < p->n_clauses ? i / DR_SMALL_ROWS : UINT16_MAX);
    for (uint32_t i = 0; i < p->n_all_nodes; i++)
        make_step(p, &p->nodes[i], &vm->steps[i]);
    note_keeping(vm, p);
    return true;
}

/* ---- a session's life ---- */

static dr_limits with_defaults(const dr_limits *given)
{
    dr_limits l = given != NULL ? *given : (dr_limits){0};
    l.heap = l.heap != 0 ? l.heap : (size_t)256 << 20;
    l.input = l.input != 0 ? l.input : (size_t)16 << 20;
    l.fuel = l.fuel != 0 ? l.fuel : 100000000;
    l.depth = l.depth != 0 ? l.depth : 64;
    l.rows = l.rows != 0 ? l.rows : 1000000;
    l.hook_steps = l.hook_steps != 0 && l.hook_steps < DR_HOOK_STEPS ? l.hook_steps : DR_HOOK_STEPS;
    l.hook_bytes = l.hook_bytes != 0 ? l.hook_bytes : DR_HOOK_BYTES;
    return l;
}

dr_status dr_session_init(dr_session *s, const dr_program *program, const dr_alloc *alloc,
                          const dr_limits *limits)
{
    *s = (dr_session){.program = program, .forced_date = DR_MISSING, .known_on = DR_MISSING};
    s->alloc = alloc != NULL ? *alloc : dr_alloc_default();
    s->limits = with_defaults(limits);
    s->watch.alloc = s->alloc;
    const dr_alloc watched = dr_watched(&s->watch);
    dr_arena_init(&s->arena, &watched, ARENA_FIRST, s->limits.heap);
    dr_arena_init(&s->own, &s->alloc, OWN_FIRST, SIZE_MAX);
    dr_buf_init(&s->undeclared, &s->alloc, s->limits.input);
    dr_syms_init(&s->syms, &s->arena, &program->syms, program->syms.seed);
    if (!make_vm(s) || !dr_written_make(s)) {
        dr_session_close(s);
        return DR_NO_MEMORY;
    }
    dr_session_reset(s);
    return DR_OK;
}

void dr_session_close(dr_session *s)
{
    if (s == NULL || s->program == NULL)
        return;
    dr_hooks_free(s->hooks);
    dr_buf_free(&s->undeclared);
    dr_arena_free(&s->arena);
    dr_arena_free(&s->own);
    *s = (dr_session){.forced_date = DR_MISSING};
}

static void forget_builders(dr_vm *vm)
{
    memset(vm->spans, 0, sizeof vm->spans);
    memset(vm->sets, 0, sizeof vm->sets);
    memset(vm->sorters, 0, sizeof vm->sorters);
    vm->built = (dr_set_table){0};
    vm->lowered = (dr_lowered){NULL, 0, 0};
    vm->cells = NULL;
    vm->n_cells_rows = 0;
    vm->merged = (dr_merged){.done = false};
}

/* Epochs may repeat after four billion encounters: then the state that carries one is cleared. */
static void next_epoch(dr_session *s, dr_vm *vm)
{
    if (++vm->epoch != 0)
        return;
    vm->epoch = 1;
    for (uint32_t i = 0; i < s->program->n_slots; i++)
        vm->indexes[i].epoch = 0;
    for (uint32_t i = 0; i < vm->n_prefixes; i++)
        vm->prefixes[i].epoch = 0;
}

static void forget_answer(dr_session *s)
{
    dr_vm *vm = dr_vm_of(s);
    next_epoch(s, vm);
    forget_builders(vm);
    s->watch.refused = false;
    s->limit = DR_LIMIT_NONE;
    vm->node = DR_NONE;
    memset(s->clauses, 0, s->program->n_clause_columns * sizeof *s->clauses);
    s->lines = s->findings = s->marks = NULL;
    s->conflicts = NULL;
    s->hook_failures = NULL;
    s->n_hook_failures = s->size_hook_failures = 0;
    s->n_lines = s->n_findings = s->n_marks = s->n_conflicts = 0;
    s->size_lines = s->size_findings = s->size_marks = s->size_conflicts = 0;
    s->spent = NULL;
    s->trace = NULL; /* its items were in the arena */
    s->fuel = s->limits.fuel;
}

void dr_session_reset(dr_session *s)
{
    const dr_program *p = s->program;
    dr_arena_reset(&s->arena);
    dr_syms_reset(&s->syms);
    forget_answer(s);
    memcpy(s->n_rows, dr_vm_of(s)->rows, p->n_entities * sizeof *s->n_rows);
    memset(s->seen, 0, p->n_slots * sizeof *s->seen);
    s->offsets = NULL;
    s->n_offsets = 0;
    s->has_offset = false;
    s->offset_all = 0;
    if (s->undeclared.len > 0)
        dr_buf_clear(&s->undeclared);
    s->refusal.message[0] = s->refusal.encounter[0] = s->refusal.policy[0] = '\0';
    s->refusal.offset = 0;
}

void dr_session_again(dr_session *s)
{
    const dr_program *p = s->program;
    forget_answer(s);
    for (uint32_t i = 0; i < p->n_entities; i++)
        if (p->entities[i].kind != DR_ROOT && p->entities[i].kind != DR_INPUT)
            s->n_rows[i] = dr_vm_of(s)->rows[i];
    for (uint32_t i = 0; i < p->n_slots; i++)
        if (!p->slots[i].input)
            s->seen[i] = 0;
}

/* ---- one evaluation ---- */

/* Narrows from..to to the days on which `date` and this validity agree: all in it, or all out of it. */
static bool in_force(int64_t date, int64_t from, int64_t to, dr_vm *vm)
{
    bool in = from <= date && date <= to;
    int64_t low = in ? from : to < date ? to + 1 : INT64_MIN;
    int64_t high = in ? to : from > date ? from - 1 : INT64_MAX;
    vm->from = low > vm->from ? low : vm->from;
    vm->to = high < vm->to ? high : vm->to;
    return in;
}

static bool by_other_dates(const dr_session *s, const dr_dated *d)
{
    for (uint32_t i = 0; i < d->n_also; i++) {
        int64_t date = s->params[d->also[i].axis];
        if (date < d->also[i].from || date > d->also[i].to)
            return false;
    }
    return true;
}

static void choose_param(dr_session *s, uint32_t index, int64_t date)
{
    const dr_program *p = s->program;
    const dr_param *param = &p->params[index];
    int64_t value = DR_MISSING;
    for (uint32_t i = param->first; i < param->first + param->count; i++) {
        const dr_dated *d = &p->param_values[i];
        if (in_force(date, d->from, d->to, dr_vm_of(s)) && value == DR_MISSING && by_other_dates(s, d))
            value = d->value;
    }
    if (param->type.kind == DR_SET && value != DR_MISSING)
        value = dr_cell(dr_set_canonical(s, dr_ptr(value))); /* found in the fixed table: never NULL */
    s->params[index] = value;
}

/* No day: nothing is chosen. */
static void forget_choice(dr_vm *vm)
{
    vm->from = INT64_MAX;
    vm->to = INT64_MIN;
}

static dr_status no_version(dr_session *s, int64_t date)
{
    int year = 0, month = 0, day = 0;
    forget_choice(dr_vm_of(s));
    dr_date_split(date, &year, &month, &day);
    return dr_refuse(s, DR_BAD_INPUT, "policy %s has no version in force on %04d-%02d-%02d",
                     s->program->name != NULL ? s->program->name : "", year, month, day);
}

static dr_status choose_for(dr_session *s, int64_t date)
{
    const dr_program *p = s->program;
    dr_vm *vm = dr_vm_of(s);
    s->params[0] = date;
    if (vm->from <= date && date <= vm->to)
        return DR_OK;
    vm->from = INT64_MIN;
    vm->to = INT64_MAX;
    s->version = DR_NONE;
    for (uint32_t i = 0; i < p->n_versions; i++)
        if (in_force(date, p->versions[i].from, p->versions[i].to, vm) && s->version == DR_NONE)
            s->version = i;
    if (s->version == DR_NONE)
        return no_version(s, date);
    for (uint32_t i = 1; i < p->n_params; i++)
        if (!p->params[i].axis)
            choose_param(s, i, date);
    return DR_OK;
}

/* The other dates that choose. Where one is not as it was, nothing chosen before is good. */
static dr_status other_dates(dr_session *s)
{
    const dr_program *p = s->program;
    dr_vm *vm = dr_vm_of(s);
    int64_t known = s->known_on;
    dr_job job;
    for (uint32_t i = 0; i < p->n_axes; i++) {
        bool is_known = p->axes[i].param == DR_AXIS_KNOWN;
        if (is_known && known != DR_MISSING)
            continue;
        dr_status status = dr_vm_values(s, p->axes[i].pc, 0, &job);
        if (status != DR_OK)
            return status;
        int64_t date = job.n > 0 ? vm->r[job.reg] : DR_MISSING;
        if (is_known)
            known = date;
        else if (s->params[p->axes[i].param] != date)
            forget_choice(vm);
        if (!is_known)
            s->params[p->axes[i].param] = date;
    }
    known = known == DR_MISSING ? INT64_MAX : known;
    if (p->n_params > DR_AXIS_KNOWN && p->params[DR_AXIS_KNOWN].axis && s->params[DR_AXIS_KNOWN] != known) {
        forget_choice(vm);
        s->params[DR_AXIS_KNOWN] = known;
    }
    return DR_OK;
}

static dr_status service_date(dr_session *s, int64_t *date)
{
    dr_job job;
    *date = s->forced_date;
    if (*date != DR_MISSING)
        return DR_OK;
    if (s->program->date_pc != DR_NONE) {
        dr_status status = dr_vm_values(s, s->program->date_pc, 0, &job);
        if (status != DR_OK)
            return status;
        *date = job.n > 0 ? dr_vm_of(s)->r[job.reg] : DR_MISSING;
    }
    return *date != DR_MISSING ? DR_OK : dr_refuse(s, DR_BAD_INPUT, "the service date is missing");
}

/* The reader makes sets as charted; from here on equal ones are one pointer. */
static dr_status unify_sets(dr_session *s)
{
    const dr_vm *vm = dr_vm_of(s);
    for (uint32_t i = 0; i < vm->n_set_slots; i++) {
        const dr_col col = s->cols[vm->set_slots[i]];
        uint32_t rows = s->n_rows[s->program->slots[vm->set_slots[i]].entity];
        for (uint32_t row = 0; row < rows; row++) {
            int64_t *cell = &col.base[(size_t)row * col.stride];
            const dr_set *set = *cell != DR_MISSING ? dr_set_canonical(s, dr_ptr(*cell)) : NULL;
            if (set != NULL)
                *cell = dr_cell(set);
            else if (*cell != DR_MISSING)
                return dr_vm_memory(s);
        }
    }
    return DR_OK;
}

dr_status dr_evaluate(dr_session *s)
{
    int64_t date = 0;
    s->fuel = s->limits.fuel;
    dr_vm_of(s)->more = 0;
    dr_vm_of(s)->node = DR_NONE;
    dr_vm_of(s)->slot = DR_NONE;
    dr_status status = service_date(s, &date);
    if (status == DR_OK)
        status = other_dates(s);
    if (status == DR_OK)
        status = choose_for(s, date);
    if (status == DR_OK)
        status = unify_sets(s);
    return status == DR_OK ? dr_decide_all(s) : status;
}
