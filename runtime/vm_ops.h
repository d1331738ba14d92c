/* drip: vm_ops.h, level 2b. What the instructions in vm_loop.h are written with: operands, jumps, the ways to
 * stop. For vm.c alone, which defines DR_LOOP_TRACE before each inclusion of the loop. */
#ifndef DR_VM_OPS_H
#define DR_VM_OPS_H

/* clang-format off */
#if defined(__GNUC__) && !defined(DR_NO_GOTO)
#define OP(name) op_##name: PAID(name)
#define DISPATCH()               \
    do {                         \
        in++;                    \
        goto *labels[in->op];    \
    } while (0)
#define GO_TO(place)             \
    do {                         \
        in = (place);            \
        goto *labels[in->op];    \
    } while (0)
#else
#define OP(name) case DR_OP_##name: PAID(name)
#define DISPATCH() goto dispatch
#define GO_TO(place)             \
    do {                         \
        in = (place);            \
        goto at_place;           \
    } while (0)
#endif

#define A r[in->a]
#define B r[in->b]
#define C r[in->c]
#define D ((uint32_t)in->d)
#define NUM_A ((const dr_num *)dr_ptr(A))
#define NUM_B ((const dr_num *)dr_ptr(B))
#define NUM_C ((const dr_num *)dr_ptr(C))
#define SPANS_A ((const dr_spans *)dr_ptr(A))
#define SPANS_B ((const dr_spans *)dr_ptr(B))
#define SPANS_C ((const dr_spans *)dr_ptr(C))
#define SET_B ((const dr_set *)dr_ptr(B))
#define SET_C ((const dr_set *)dr_ptr(C))
#define LIST_B ((const dr_list *)dr_ptr(B))
#define LIST_C ((const dr_list *)dr_ptr(C))
#define PC ((uint32_t)(in - code))

#define STOP(why)                \
    do {                         \
        fault = (why);           \
        goto stop;               \
    } while (0)
#define NEEDS(ok)                         \
    do {                                  \
        if (__builtin_expect(!(ok), 0))   \
            STOP(DR_FAULT_MEMORY);        \
    } while (0)
/* Interrupts are looked for about once in DR_FUEL_STEP steps. */
#define PAY(steps)                                                      \
    do {                                                                \
        uint64_t due = (steps);                                         \
        if (__builtin_expect((fuel & (DR_FUEL_STEP - 1)) < due, 0)) {   \
            fault = check_fuel(s, fuel, due);                           \
            if (fault != DR_FAULT_NONE)                                 \
                goto stop;                                              \
        }                                                               \
        fuel -= due;                                                    \
        if (DR_LOOP_TRACE && s->spent != NULL)                          \
            s->spent->at[PC] += due;                                    \
    } while (0)
/* What an instruction pays before it runs, where its operands tell; INDEX, SEARCH, BEFORE and LINE are paid
 * by the instruction itself. All but one of the branches are gone once compiled. */
#define PAID(name)                                                      \
    do {                                                                \
        if ((int)DR_COST_OF_##name == (int)DR_COST_STEP)                          \
            PAY(DR_STEPS_STEP);                                         \
        else if ((int)DR_COST_OF_##name == (int)DR_COST_SORT)                     \
            PAY(DR_STEPS_SORT);                                         \
        else if ((int)DR_COST_OF_##name == (int)DR_COST_PIECES_A)                 \
            PAY(DR_STEPS_PIECES_A * pieces_in(A));                      \
        else if ((int)DR_COST_OF_##name == (int)DR_COST_PIECES_B)                 \
            PAY((uint64_t)DR_STEPS_PIECES_B * SPANS_B->count);          \
        else if ((int)DR_COST_OF_##name == (int)DR_COST_PIECES_BC)                \
            PAY(DR_STEPS_PIECES_BC * ((uint64_t)SPANS_B->count + SPANS_C->count)); \
        else if ((int)DR_COST_OF_##name == (int)DR_COST_MEMBERS_A)                \
            PAY(DR_STEPS_MEMBERS_A * members_in(A));                    \
        else if ((int)DR_COST_OF_##name == (int)DR_COST_MEMBERS_BC)               \
            PAY(DR_STEPS_MEMBERS_BC * ((uint64_t)SET_B->count + SET_C->count)); \
        else if ((int)DR_COST_OF_##name == (int)DR_COST_FINDING)                  \
            PAY(DR_STEPS_FINDING * (1 + members_in(A)));                \
    } while (0);
/* What could not be told before: what the engine noted of its work in `more`. */
#define PAY_MORE(kind)                                                  \
    do {                                                                \
        if (__builtin_expect(vm->more != 0, 0)) {                       \
            uint64_t more = vm->more;                                   \
            vm->more = 0;                                               \
            PAY(DR_STEPS_##kind * more);                                \
        }                                                               \
    } while (0)
#define GO() GO_TO(code + in->d)
#define NEXT_ROW()               \
    do {                         \
        if (++row == end)        \
            goto end_of_rows;    \
        out += step;             \
        clause += step;          \
        goto next_row;           \
    } while (0)
/* A result from the arena; NULL is no memory. */
#define POINTER(expression)               \
    do {                                  \
        const void *made = (expression);  \
        NEEDS(made != NULL);              \
        A = dr_cell(made);                \
    } while (0)
/* DR_MISSING as a sum would read as absence, so it does not fit either. */
#define CHECKED(operation)                                                    \
    do {                                                                      \
        int64_t fits = 0;                                                     \
        if (__builtin_expect(operation(B, C, &fits) || fits == DR_MISSING, 0)) \
            STOP(DR_FAULT_NUMBER);                                            \
        A = fits;                                                             \
    } while (0)
#define NUMBER(operation)                                     \
    do {                                                      \
        dr_num *number = dr_take(&s->arena, sizeof *number);  \
        NEEDS(number != NULL);                                \
        if (!operation(*NUM_B, *NUM_C, number))               \
            STOP(DR_FAULT_NUMBER);                            \
        A = dr_cell(number);                                  \
    } while (0)
#define TRACED(slot, row, cell)                                                 \
    do {                                                                        \
        if (DR_LOOP_TRACE)                                                      \
            NEEDS(trace_read(s, (uint32_t)(slot), (uint32_t)(row), PC, cell));  \
    } while (0)
/* to = the cell of a slot of a row */
#define CELL(to, slot, of)                                        \
    do {                                                          \
        const dr_col *column = &cols[(slot)];                     \
        to = column->base[(size_t)(of) * column->stride];         \
        TRACED(slot, of, to);                                     \
    } while (0)
#define LOW ((uint32_t)in->k)
#define HIGH ((uint32_t)((uint64_t)in->k >> 32))
#define BC ((uint32_t)in->b | (uint32_t)in->c << 8)
/* The order of x to y as a bit: 1 less, 2 equal, 4 greater. */
#define GO_IF_ORDER(x, y)                                               \
    do {                                                                \
        int64_t first = (x), second = (y);                              \
        uint32_t order = 1u + (first > second) - (first < second);      \
        if ((in->c >> order & 1u) != 0)                                 \
            GO();                                                       \
    } while (0)
/* clang-format on */

#endif
