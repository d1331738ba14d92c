/* drip: vm_loop.h, level 2b. The interpreter's loop, included twice by vm.c: DR_LOOP is the function's
 * name, DR_LOOP_TRACE is 1 for the one that records reads.
 *
 * One call decides a range of rows: RET stores the row's value and starts the next row without leaving
 * the function. Registers are in dr_vm, so that values of RETN outlive the call. Fuel is kept in a local
 * variable; whoever runs dry, overflows or gets no memory jumps to `stop` with the fault.
 * Operands are trusted: the compiler made them, and what it lets through is known and of the right type.
 * The instructions are written with the macros of vm_ops.h. No include guard, on purpose. */

/* clang-format off */
dr_status DR_LOOP(dr_session *s, dr_job *job)
{
#if defined(__GNUC__) && !defined(DR_NO_GOTO)
    static const void *const labels[DR_OP_COUNT] = {
#define X(name, operands, cost, meaning) [DR_OP_##name] = &&op_##name,
#include "opcodes.def"
#undef X
    };
#endif
    dr_vm *const vm = dr_vm_of(s);
    int64_t *const r = vm->r;
    const dr_program *const program = s->program;
    const dr_instr *const code = program->code, *start = code + job->pc;
    const int64_t *const consts = program->consts;
    const dr_col *const cols = s->cols;
    const dr_test *const tests = program->tests;
    const dr_instr *in = start;
    uint64_t fuel = s->fuel;
    uint32_t row = job->row, end = job->end, step = job->step;
    int64_t *out = job->out;
    uint16_t *clause = job->clause;
    dr_fault fault = DR_FAULT_NONE;
    vm->run++;

next_row:
    r[0] = row;
    GO_TO(start);

#if !defined(__GNUC__) || defined(DR_NO_GOTO)
dispatch:
    in++;
at_place:
    switch (in->op) {
    default:
        STOP(DR_FAULT_NUMBER);
#endif

    OP(RET)
        *out = A;
        *clause = (uint16_t)in->d;
        NEXT_ROW();
    OP(RETK)
        *out = consts[BC];
        *clause = (uint16_t)in->d;
        NEXT_ROW();
    OP(RETS) {
        int64_t cell, of = A;
        CELL(cell, LOW, of);
        *out = cell;
        *clause = (uint16_t)in->d;
        NEXT_ROW();
    }
    OP(RETN)
        if (job->counts != NULL) {
            job->counts[row] = in->b;
            for (uint32_t i = 0; i < in->b; i++)
                out[i] = r[in->a + i];
            out += step;
            if (++row < end)
                goto next_row;
        }
        job->reg = in->a;
        job->n = in->b;
        job->by = DR_NONE;
        s->fuel = fuel;
        return DR_OK;
    OP(CONST)
        A = consts[in->d];
        DISPATCH();
    OP(MOVE)
        A = B;
        DISPATCH();
    OP(PARAM)
        A = s->params[in->d];
        if (__builtin_expect(A == DR_MISSING, 0) && !program->params[in->d].type.optional)
            STOP(DR_FAULT_PARAM);
        DISPATCH();
    OP(SLOT) {
        int64_t cell, of = B;
        CELL(cell, D, of);
        A = cell;
        DISPATCH();
    }
    OP(SLOTQ) {
        int64_t cell = DR_MISSING, of = B;
        if (of != DR_MISSING)
            CELL(cell, D, of);
        A = cell;
        DISPATCH();
    }
    OP(SLOT2) {
        int64_t cell, hop, of = B;
        CELL(hop, D, of);
        CELL(cell, LOW, hop);
        A = cell;
        DISPATCH();
    }
    OP(SLOTQ2) {
        int64_t cell = DR_MISSING, hop, of = B;
        CELL(hop, D, of);
        if (hop != DR_MISSING)
            CELL(cell, LOW, hop);
        A = cell;
        DISPATCH();
    }
    OP(JBIT) {
        int64_t cell, of = A;
        CELL(cell, BC, of);
        if (((uint64_t)in->k >> ((uint64_t)(cell | cell >> 63) & 63u) & 1u) == 0)
            GO();
        DISPATCH();
    }
    OP(JHAS) {
        int64_t cell, of = A;
        CELL(cell, BC, of);
        if (cell == DR_MISSING)
            GO();
        DISPATCH();
    }
    OP(JLACKS) {
        int64_t cell, of = A;
        CELL(cell, BC, of);
        if (cell != DR_MISSING)
            GO();
        DISPATCH();
    }
    OP(JCMP)
        GO_IF_ORDER(A, B);
        DISPATCH();
    OP(JCMPK)
        GO_IF_ORDER(A, in->k);
        DISPATCH();
    OP(JCMPR) {
        int64_t cell, of = B;
        CELL(cell, LOW, of);
        GO_IF_ORDER(A, cell);
        DISPATCH();
    }
    OP(JCMPS) {
        int64_t x, y, of = A, other = B;
        CELL(x, LOW, of);
        CELL(y, HIGH, other);
        GO_IF_ORDER(x, y);
        DISPATCH();
    }
    OP(JCMPC) {
        int64_t cell, of = A;
        CELL(cell, LOW, of);
        GO_IF_ORDER(cell, consts[HIGH]);
        DISPATCH();
    }
    OP(JTEST) {
        const dr_test *test = &tests[BC];
        const dr_col *col = &cols[test->slot];
        int64_t cell = col->base[(size_t)A * col->stride];
        TRACED(test->slot, A, cell);
        if ((test->mask >> dr_cell_bit(cell, test->valued) & 1) == 0)
            GO();
        DISPATCH();
    }
    OP(JMP)
        GO();
    OP(JT)
        if (A == 1)
            GO();
        DISPATCH();
    OP(JF)
        if (A == 0)
            GO();
        DISPATCH();
    OP(JMISS)
        if (A == DR_MISSING)
            GO();
        DISPATCH();
    OP(JKNOWN)
        if (A != DR_MISSING)
            GO();
        DISPATCH();
    OP(KNOWN)
        A = B != DR_MISSING;
        DISPATCH();
    OP(NOT)
        A = 1 - B;
        DISPATCH();
    OP(EQ)
        A = B == C;
        DISPATCH();
    OP(LT)
        A = B < C;
        DISPATCH();
    OP(LE)
        A = B <= C;
        DISPATCH();
    OP(INMASK)
        A = (uint64_t)B < 64 && ((uint64_t)consts[in->d] >> (uint64_t)B & 1) != 0;
        DISPATCH();
    OP(RANK) {
        const dr_enum *ranked = &program->enums[in->d];
        A = (uint64_t)B < ranked->count ? ranked->ranks[B] : DR_MISSING;
        DISPATCH();
    }
    OP(ADD)
        CHECKED(__builtin_add_overflow);
        DISPATCH();
    OP(MONTHS) {
        int64_t moved = 0;
        if (!dr_date_months(B, (int32_t)in->d, &moved))
            STOP(DR_FAULT_NUMBER);
        A = moved;
        DISPATCH();
    }
    OP(ELAPSED)
        A = dr_date_elapsed(B, C) / (int64_t)in->d;
        DISPATCH();
    OP(SUB)
        CHECKED(__builtin_sub_overflow);
        DISPATCH();
    OP(MUL)
        CHECKED(__builtin_mul_overflow);
        DISPATCH();
    OP(NEG)
        if (B == DR_MISSING) /* the one integer that has no opposite */
            STOP(DR_FAULT_NUMBER);
        A = -B;
        DISPATCH();
    OP(NUM) {
        dr_num *number = dr_take(&s->arena, sizeof *number);
        NEEDS(number != NULL);
        *number = dr_num_int(B);
        A = dr_cell(number);
        DISPATCH();
    }
    OP(NADD)
        NUMBER(dr_num_add);
        DISPATCH();
    OP(NSUB)
        NUMBER(dr_num_sub);
        DISPATCH();
    OP(NMUL)
        NUMBER(dr_num_mul);
        DISPATCH();
    OP(NDIV)
        if (NUM_C->top == 0)
            STOP(DR_FAULT_ZERO);
        NUMBER(dr_num_div);
        DISPATCH();
    OP(NEQ)
        A = B == C || (NUM_B->top == NUM_C->top && NUM_B->bottom == NUM_C->bottom);
        DISPATCH();
    OP(NLT)
        A = num_order(NUM_B, NUM_C) < 0;
        DISPATCH();
    OP(NLE)
        A = num_order(NUM_B, NUM_C) <= 0;
        DISPATCH();
    OP(NINT) {
        int64_t rounded = 0;
        if (!dr_num_round(*NUM_B, 0, (dr_round)in->c, &rounded) || rounded == DR_MISSING)
            STOP(DR_FAULT_NUMBER);
        A = rounded;
        DISPATCH();
    }
    OP(DATE)
        A = B == DR_MISSING ? DR_MISSING : dr_date_of(B, dr_offset_at(s, B));
        DISPATCH();
    OP(SPAN)
        POINTER(dr_spans_one(&s->arena, B, C));
        DISPATCH();
    OP(UNION)
        POINTER(dr_spans_union(&s->arena, SPANS_B, SPANS_C));
        DISPATCH();
    OP(INTERSECT)
        POINTER(dr_spans_intersect(&s->arena, SPANS_B, SPANS_C));
        DISPATCH();
    OP(MINUS)
        POINTER(dr_spans_minus(&s->arena, SPANS_B, SPANS_C));
        DISPATCH();
    OP(LENGTH) {
        int64_t length = dr_spans_length(SPANS_B);
        A = length < DR_FOREVER ? length : DR_FOREVER;
        DISPATCH();
    }
    OP(SPSTART)
        A = SPANS_B->count > 0 ? SPANS_B->at[0].start : DR_MISSING;
        DISPATCH();
    OP(SPEND)
        A = SPANS_B->count > 0 ? SPANS_B->at[SPANS_B->count - 1].end : DR_MISSING;
        DISPATCH();
    OP(SPEMPTY)
        A = SPANS_B->count == 0;
        DISPATCH();
    OP(SPEQ)
        A = dr_spans_equal(SPANS_B, SPANS_C);
        DISPATCH();
    OP(OVERLAPS)
        A = dr_spans_overlap(SPANS_B, SPANS_C);
        DISPATCH();
    OP(WITHIN)
        A = dr_spans_within(SPANS_B, SPANS_C);
        DISPATCH();
    OP(CONTAINS)
        A = dr_spans_contains(SPANS_B, C);
        DISPATCH();
    OP(LONGER)
        POINTER(dr_spans_longer(&s->arena, SPANS_B, C));
        DISPATCH();
    OP(GAPS)
        POINTER(dr_spans_gaps(&s->arena, SPANS_B));
        DISPATCH();
    OP(PIECES)
        A = SPANS_B->count;
        DISPATCH();
    OP(STEPS) {
        int64_t steps = 0;
        fault = count_steps(B, &C, &steps);
        if (fault != DR_FAULT_NONE)
            goto stop;
        A = steps;
        DISPATCH();
    }
    OP(SETHAS)
        A = dr_set_has(SET_B, C);
        DISPATCH();
    OP(SUBSET)
        A = dr_set_within(SET_B, SET_C);
        DISPATCH();
    OP(SETSIZE)
        A = SET_B->count;
        DISPATCH();
    OP(LCOUNT)
        A = LIST_B->count;
        DISPATCH();
    OP(LFIRST)
        A = LIST_B->count > 0 ? (int64_t)LIST_B->at[0] : DR_MISSING;
        DISPATCH();
    OP(LLAST)
        A = LIST_B->count > 0 ? (int64_t)LIST_B->at[LIST_B->count - 1] : DR_MISSING;
        DISPATCH();
    OP(LPREV) /* missing is below 1 too */
        A = C >= 1 && C <= (int64_t)LIST_B->count ? (int64_t)LIST_B->at[C - 1] : DR_MISSING;
        DISPATCH();
    OP(LEQ)
        A = LIST_B->count == LIST_C->count &&
            (LIST_B->count == 0 || memcmp(LIST_B->at, LIST_C->at, LIST_B->count * sizeof *LIST_B->at) == 0);
        DISPATCH();
    OP(ROWS)
        A = s->n_rows[in->d];
        DISPATCH();
    OP(ITALL)
        r[in->a + 1] = s->n_rows[in->d];
        A = 0;
        DISPATCH();
    OP(NEXT)
        if (A < r[in->a + 1]) {
            int64_t at = A++;
            B = at;
        } else {
            GO();
        }
        DISPATCH();
    OP(ITLIST)
        list_iterator(&A, B, INT64_MAX);
        DISPATCH();
    OP(ITBEFORE)
        list_iterator(&A, B, C);
        DISPATCH();
    OP(NEXTL)
        if (A != r[in->a + 1]) {
            const uint32_t *at = dr_ptr(A);
            A = dr_cell(at + 1);
            B = *at;
        } else {
            GO();
        }
        DISPATCH();
    OP(ITINDEX)
        NEEDS(index_iterator(s, &A, D, B));
        PAY_MORE(INDEX);
        DISPATCH();
    OP(NEXTI)
        if (r[in->a + 1] == 0) { /* few rows: A is the set of those left */
            uint64_t found = (uint64_t)A;
            if (found != 0) {
                A = (int64_t)(found & (found - 1));
                B = __builtin_ctzll(found);
                DISPATCH();
            }
        } else if (A != DR_NONE) { /* A is a row, the other the chain */
            int64_t at = A;
            A = ((const uint32_t *)dr_ptr(r[in->a + 1]))[at];
            B = at;
            DISPATCH();
        }
        GO();
    OP(SELECTS) {
        int64_t cell, of = B;
        CELL(cell, LOW, of);
        const dr_list *list = dr_ptr(cell);
        PAY((uint64_t)DR_STEPS_SEARCH * list->count);
        NEEDS(dr_select(s, &program->filters[in->d], list->at, list->count, PC, &A));
        PAY_MORE(SEARCH);
        DISPATCH();
    }
    OP(SELECT) {
        const dr_filter *filter = &program->filters[in->d];
        const dr_list *list = in->c != 0 ? NULL : dr_ptr(B);
        uint32_t count = list != NULL ? list->count : s->n_rows[filter->entity];
        PAY((uint64_t)DR_STEPS_SEARCH * count);
        NEEDS(dr_select(s, filter, list != NULL ? list->at : NULL, count, PC, &A));
        PAY_MORE(SEARCH);
        DISPATCH();
    }
    OP(SPB)
        vm->spans[in->b].count = 0;
        vm->spans[in->b].only = NULL;
        DISPATCH();
    OP(SPBADD)
        NEEDS(A == DR_MISSING || dr_spanb_set(&s->arena, &vm->spans[in->b], SPANS_A));
        DISPATCH();
    OP(SPBEND)
        POINTER(dr_spanb_end(&s->arena, &vm->spans[in->b]));
        DISPATCH();
    OP(SETB)
        vm->sets[in->b].count = 0;
        vm->sets[in->b].only = NULL;
        DISPATCH();
    OP(SETBADD)
        NEEDS(A == DR_MISSING || dr_setb_add(&s->arena, &vm->sets[in->b], A));
        DISPATCH();
    OP(SETBJOIN)
        NEEDS(A == DR_MISSING || dr_setb_join(&s->arena, &vm->sets[in->b], dr_ptr(A)));
        DISPATCH();
    OP(SETBEND)
        POINTER(dr_setb_end(s, &vm->sets[in->b]));
        DISPATCH();
    OP(SORTB)
        vm->sorters[in->b].count = 0;
        DISPATCH();
    OP(SORTADD)
        NEEDS(dr_sorter_add(&s->arena, &vm->sorters[in->b], (uint32_t)A, &C, D));
        DISPATCH();
    OP(SORTEND)
        POINTER(dr_sorter_list(&s->arena, &vm->sorters[in->b]));
        DISPATCH();
    OP(BESTEND)
        A = dr_sorter_best(&vm->sorters[in->b]);
        DISPATCH();
    OP(PREFIX)
        POINTER(dr_prefix_union(s, &(dr_before){LIST_B, C, D, PC, row}));
        PAY_MORE(BEFORE);
        DISPATCH();
    OP(LOOKUP)
        A = dr_table_find(&s->syms, &program->entities[in->d], &B, NULL);
        if (__builtin_expect(s->looked != NULL, 0))
            dr_note_looked(s->looked, (uint32_t)in->d, A);
        DISPATCH();
    OP(HOOK) {
        int64_t value = DR_MISSING;
        dr_fault ended = dr_call_hook(s, D, PC, fuel, &B, &value);
        PAY_MORE(HOOK);
        if (__builtin_expect(ended != DR_FAULT_NONE, 0))
            STOP(ended);
        A = value;
        DISPATCH();
    }
    OP(LOOKON) {
        const int64_t *keys = &B, *days = keys + program->entities[in->d].n_keys;
        A = dr_table_find(&s->syms, &program->entities[in->d], keys, days);
        if (__builtin_expect(s->looked != NULL, 0))
            dr_note_looked(s->looked, (uint32_t)in->d, A);
        DISPATCH();
    }
    OP(LOWER) {
        int64_t lower = dr_lower(s, B);
        NEEDS(lower != -1);
        A = lower;
        DISPATCH();
    }
    OP(CONFLICT)
        NEEDS(dr_note_conflict(s, D, row));
        DISPATCH();
    OP(EMIT)
        PAY(DR_STEPS_LINE * line_size(s, &A));
        NEEDS(dr_emit_line(s, D, row, &A));
        DISPATCH();
    OP(MARK)
        PAY(DR_STEPS_LINE * (1 + members_in(A) + marked_members(s, in->b, row)));
        NEEDS(dr_mark_line(s, D, row, in->b, (const dr_set *)dr_ptr(A)));
        DISPATCH();
    OP(FINDING)
        NEEDS(dr_emit_finding(s, D, row, A));
        DISPATCH();

#if !defined(__GNUC__) || defined(DR_NO_GOTO)
    }
#endif
end_of_rows:
    s->fuel = fuel;
    if (job->chain && dr_next_run(s, job)) { /* it has charged the fuel */
        start = code + job->pc;
        row = 0;
        end = job->end;
        step = job->step;
        out = job->out;
        clause = job->clause;
        fuel = s->fuel;
        vm->run++;
        goto next_row;
    }
    r[DR_REGS - 2] = *out;
    job->reg = DR_REGS - 2;
    job->n = 1;
    job->by = *clause;
    return job->status;
stop:
    s->fuel = fault == DR_FAULT_FUEL ? 0 : fuel;
    return dr_vm_fault(s, fault, PC);
}
/* clang-format on */
