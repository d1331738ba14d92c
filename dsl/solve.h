/* drip: solve.h, level 2a. Can some conditions all hold at once? Decided exactly, within a budget.
 *
 * Each fact (what a condition speaks about) has up to 64 cells: its values as far as the conditions tell
 * them apart. A claim is yes, no, "this fact lies in these cells", or an and/or of claims; negation is in
 * the cells. Facts are independent of each other, so a set of claims is possible if each fact keeps a cell.
 * What holds in truth may still be less: a fact that is not `plain` may depend on others, and an example
 * that needs one is no proof. */
#ifndef DR_SOLVE_H
#define DR_SOLVE_H

#include "../runtime/mem.h"

typedef enum dr_claim_kind { CLAIM_YES, CLAIM_NO, CLAIM_LEAF, CLAIM_AND, CLAIM_OR } dr_claim_kind;

typedef struct dr_claim {
    uint8_t kind;
    bool denied;                 /* reason.c: the cells in which the test fails */
    uint32_t fact;               /* CLAIM_LEAF */
    uint64_t cells;              /* CLAIM_LEAF: where it holds */
    struct dr_claim *part;       /* CLAIM_AND, CLAIM_OR: the first; a claim is part of one other at most */
    struct dr_claim *next;       /* the next part of the same claim */
    const struct dr_query *test; /* CLAIM_LEAF: reason.c works the cells out from it */
} dr_claim;

typedef enum dr_verdict {
    DR_NEVER,    /* they cannot all hold */
    DR_EXAMPLE,  /* they can: plain facts alone make them hold */
    DR_PERHAPS,  /* they could, if facts that may depend on others allow it */
    DR_UNDECIDED /* the budget is spent */
} dr_verdict;

typedef struct dr_trail {
    uint32_t fact;
    uint64_t was;
} dr_trail;

enum { DR_FACTS_MAX = 256, DR_PENDING_MAX = 8192, DR_TRAIL_MAX = 4096 };
typedef struct dr_workspace { /* may be shared by solvers that take turns */
    dr_trail trail[DR_TRAIL_MAX];
    const dr_claim *pending[DR_PENDING_MAX];
} dr_workspace;

typedef struct dr_solver {
    dr_workspace *space;
    uint32_t n_facts;
    uint64_t *all;   /* by fact: cells that exist */
    bool *plain;     /* by fact */
    uint64_t *cells; /* by fact: the example, after DR_EXAMPLE and DR_PERHAPS; as `all`: not part of it */
    uint32_t budget; /* steps left, of all questions put to it */

    /* while it searches */
    uint64_t *now;                    /* by fact */
    uint32_t n_trail, narrowed, most; /* at most so many facts may be narrowed */
    uint32_t steps;                   /* left for this search */
    bool plain_only, smallest, spent;
} dr_solver;

/* Makes room for so many facts, with no cells yet. */
bool dr_solver_init(dr_solver *s, dr_arena *arena, dr_workspace *space, uint32_t n_facts, uint32_t budget);
/* The example is a smallest one: as few facts as can be. */
dr_verdict dr_solve(dr_solver *s, const dr_claim *const *goals, uint32_t n);
/* DR_NEVER, or DR_PERHAPS without an example: as much as a proof needs, for a part of the cost. */
dr_verdict dr_refute(dr_solver *s, const dr_claim *const *goals, uint32_t n);

#endif
