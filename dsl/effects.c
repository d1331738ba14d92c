/* drip: effects.c, level 2a. What each instruction of the machine reads, fills and jumps to, for fuse.c. An
 * instruction that is not known here counts as reading everything, which is always safe. */
#include "fuse.h"

static void with(dr_regs *set, uint32_t first, uint32_t count)
{
    for (uint32_t r = first; r < first + count && r < 256; r++)
        set->w[r / 64] |= (uint64_t)1 << r % 64;
}

bool dr_op_jumps(uint8_t op)
{
    switch (op) {
    case DR_OP_JMP:
    case DR_OP_JT:
    case DR_OP_JF:
    case DR_OP_JMISS:
    case DR_OP_JKNOWN:
    case DR_OP_JTEST:
    case DR_OP_JBIT:
    case DR_OP_JHAS:
    case DR_OP_JLACKS:
    case DR_OP_JCMP:
    case DR_OP_JCMPK:
    case DR_OP_JCMPR:
    case DR_OP_JCMPS:
    case DR_OP_JCMPC:
    case DR_OP_NEXT:
    case DR_OP_NEXTL:
    case DR_OP_NEXTI:
        return true;
    default:
        return false;
    }
}

bool dr_op_ends(uint8_t op)
{
    return op == DR_OP_RET || op == DR_OP_RETK || op == DR_OP_RETN || op == DR_OP_RETS || op == DR_OP_JMP;
}

/* Instructions that only fill r[a], by an operation on r[b] alone. */
static bool unary(uint8_t op)
{
    switch (op) {
    case DR_OP_MOVE:
    case DR_OP_SLOT:
    case DR_OP_SLOTQ:
    case DR_OP_SLOT2:
    case DR_OP_SLOTQ2:
    case DR_OP_KNOWN:
    case DR_OP_NOT:
    case DR_OP_INMASK:
    case DR_OP_RANK:
    case DR_OP_NEG:
    case DR_OP_MONTHS:
    case DR_OP_NUM:
    case DR_OP_NINT:
    case DR_OP_DATE:
    case DR_OP_LENGTH:
    case DR_OP_SPSTART:
    case DR_OP_SPEND:
    case DR_OP_SPEMPTY:
    case DR_OP_GAPS:
    case DR_OP_PIECES:
    case DR_OP_SETSIZE:
    case DR_OP_LCOUNT:
    case DR_OP_LFIRST:
    case DR_OP_LLAST:
    case DR_OP_LOWER:
    case DR_OP_SELECT:
    case DR_OP_SELECTS:
        return true;
    default:
        return false;
    }
}

/* The same, on r[b] and r[c]. */
static bool binary(uint8_t op)
{
    switch (op) {
    case DR_OP_EQ:
    case DR_OP_LT:
    case DR_OP_LE:
    case DR_OP_ADD:
    case DR_OP_SUB:
    case DR_OP_MUL:
    case DR_OP_NADD:
    case DR_OP_NSUB:
    case DR_OP_NMUL:
    case DR_OP_NDIV:
    case DR_OP_NEQ:
    case DR_OP_NLT:
    case DR_OP_NLE:
    case DR_OP_SPAN:
    case DR_OP_UNION:
    case DR_OP_INTERSECT:
    case DR_OP_MINUS:
    case DR_OP_SPEQ:
    case DR_OP_OVERLAPS:
    case DR_OP_WITHIN:
    case DR_OP_CONTAINS:
    case DR_OP_LONGER:
    case DR_OP_SETHAS:
    case DR_OP_SUBSET:
    case DR_OP_LPREV:
    case DR_OP_LEQ:
    case DR_OP_PREFIX:
        return true;
    default:
        return false;
    }
}

/* Reads nothing and fills r[a]. */
static bool source(uint8_t op)
{
    switch (op) {
    case DR_OP_CONST:
    case DR_OP_PARAM:
    case DR_OP_ROWS:
    case DR_OP_SPBEND:
    case DR_OP_SETBEND:
    case DR_OP_SORTEND:
    case DR_OP_BESTEND:
        return true;
    default:
        return false;
    }
}

void dr_op_reads(const dr_front *f, const dr_instr *i, dr_regs *set)
{
    if (unary(i->op)) {
        with(set, i->b, 1);
        return;
    }
    if (binary(i->op)) {
        with(set, i->b, 1);
        with(set, i->c, 1);
        return;
    }
    if (source(i->op))
        return;
    switch (i->op) {
    case DR_OP_RETK:
    case DR_OP_JMP:
    case DR_OP_ITALL:
    case DR_OP_SPB:
    case DR_OP_SETB:
    case DR_OP_SORTB:
        return;
    case DR_OP_RETN:
        with(set, i->a, i->b);
        return;
    case DR_OP_RET:
    case DR_OP_RETS:
    case DR_OP_JT:
    case DR_OP_JF:
    case DR_OP_JMISS:
    case DR_OP_JKNOWN:
    case DR_OP_JTEST:
    case DR_OP_JBIT:
    case DR_OP_JHAS:
    case DR_OP_JLACKS:
    case DR_OP_JCMPK:
    case DR_OP_JCMPC:
    case DR_OP_SPBADD:
    case DR_OP_SETBADD:
    case DR_OP_SETBJOIN:
    case DR_OP_FINDING:
    case DR_OP_MARK:
        with(set, i->a, 1);
        return;
    case DR_OP_JCMP:
    case DR_OP_JCMPR:
    case DR_OP_JCMPS:
    case DR_OP_CONFLICT:
        with(set, i->a, 1);
        with(set, i->b, 1);
        return;
    case DR_OP_ITLIST:
    case DR_OP_ITINDEX:
        with(set, i->b, 1);
        return;
    case DR_OP_ITBEFORE:
        with(set, i->b, 1);
        with(set, i->c, 1);
        return;
    case DR_OP_NEXT:
    case DR_OP_NEXTL:
    case DR_OP_NEXTI:
        with(set, i->a, 3);
        return;
    case DR_OP_STEPS:
        with(set, i->b, 1);
        with(set, i->c, 3);
        return;
    case DR_OP_SORTADD:
        with(set, i->a, 1);
        with(set, i->c, (uint32_t)i->d);
        return;
    case DR_OP_LOOKUP:
        with(set, i->b, DR_AT(f->entities, dr_entity, i->d).n_keys);
        return;
    case DR_OP_HOOK:
        with(set, i->b, DR_AT(f->hooks, dr_hook, DR_AT(f->calls, dr_call, i->d).hook).n_params);
        return;
    case DR_OP_LOOKON:
        with(set, i->b, DR_AT(f->entities, dr_entity, i->d).n_keys + 2);
        return;
    default: /* EMIT, and whatever is new */
        with(set, 0, 256);
        return;
    }
}

/* The one register it fills, or none. */
bool dr_op_fills(const dr_instr *i)
{
    return unary(i->op) || binary(i->op) || source(i->op) || i->op == DR_OP_STEPS || i->op == DR_OP_LOOKUP ||
           i->op == DR_OP_HOOK || i->op == DR_OP_LOOKON;
}
