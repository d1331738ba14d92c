/* drip: test_solve.c, tests. The decision procedure behind conflicts, gaps and warnings, against going through
 * every case: small random claims over a few facts, some of which may depend on others. */
#include "unit.h"

#include "../../dsl/solve.h"

enum { FACTS = 4, CELLS = 3, FULL = (1 << CELLS) - 1, BOXES = FULL * FULL * FULL * FULL, CLAIMS = 64 };

typedef struct maker {
    uint64_t dice;
    uint32_t n;
    dr_claim claims[CLAIMS];
} maker;

static uint32_t below(maker *m, uint32_t n)
{
    return (uint32_t)(roll(&m->dice) % n);
}

static dr_claim *make(maker *m, uint32_t depth)
{
    dr_claim *c = &m->claims[m->n++];
    memset(c, 0, sizeof *c);
    if (depth == 0 || m->n > CLAIMS - 16 || below(m, 3) == 0) {
        c->kind = CLAIM_LEAF;
        c->fact = below(m, FACTS);
        c->cells = 1 + below(m, FULL - 1);
        if (below(m, 20) == 0)
            c->kind = below(m, 2) == 0 ? CLAIM_YES : CLAIM_NO;
        return c;
    }
    c->kind = below(m, 2) == 0 ? CLAIM_AND : CLAIM_OR;
    for (uint32_t parts = 2 + below(m, 2); parts > 0; parts--) {
        dr_claim *p = make(m, depth - 1);
        p->next = c->part;
        c->part = p;
    }
    return c;
}

typedef enum truth { NO, YES, OPEN } truth;

/* Where each fact lies somewhere in its box. */
static truth truth_in(const dr_claim *c, const uint64_t *box)
{
    if (c->kind == CLAIM_YES || c->kind == CLAIM_NO)
        return c->kind == CLAIM_YES ? YES : NO;
    if (c->kind == CLAIM_LEAF)
        return (box[c->fact] & ~c->cells) == 0 ? YES : (box[c->fact] & c->cells) == 0 ? NO : OPEN;
    truth all = c->kind == CLAIM_AND ? YES : NO;
    for (const dr_claim *p = c->part; p != NULL; p = p->next) {
        truth t = truth_in(p, box);
        if (t != OPEN && t != (c->kind == CLAIM_AND ? YES : NO))
            return t;
        all = t == OPEN ? OPEN : all;
    }
    return all;
}

static bool all_hold(const dr_claim *const *goals, uint32_t n, const uint64_t *box)
{
    for (uint32_t k = 0; k < n; k++)
        if (truth_in(goals[k], box) != YES)
            return false;
    return true;
}

/* The fewest facts, of those allowed, whose boxes make it hold; FACTS + 1: there are none. */
static uint32_t fewest(const dr_claim *const *goals, uint32_t n, uint32_t allowed)
{
    uint32_t best = FACTS + 1;
    for (uint32_t all = 0; all < BOXES; all++) {
        uint64_t box[FACTS];
        uint32_t rest = all, count = 0, fixed = 0;
        for (uint32_t i = 0; i < FACTS; i++, rest /= FULL) {
            box[i] = 1 + rest % FULL;
            count += box[i] != FULL;
            fixed |= (uint32_t)(box[i] != FULL) << i;
        }
        if ((fixed & ~allowed) == 0 && count < best && all_hold(goals, n, box))
            best = count;
    }
    return best;
}

static void check_example(const dr_solver *s, const dr_claim *const *goals, uint32_t n, uint32_t wanted)
{
    uint32_t fixed = 0;
    for (uint32_t i = 0; i < FACTS; i++) {
        fixed += s->cells[i] != s->all[i];
        assert_true(s->cells[i] != 0);
    }
    assert_true(all_hold(goals, n, s->cells));
    assert_int_equal(fixed, wanted);
}

static void test_random(void **state)
{
    (void)state;
    uint32_t seen[4] = {0};
    dr_arena arena;
    dr_arena_init(&arena, NULL, 1 << 16, 1 << 24);
    dr_workspace *space = dr_take(&arena, sizeof *space);
    assert_non_null(space);
    for (uint32_t seed = 1; seed <= 5000; seed++) {
        maker m = {.dice = seed};
        const dr_claim *goals[3];
        uint32_t n = 1 + below(&m, 3), plain = below(&m, 1 << FACTS);
        dr_solver s;
        assert_true(dr_solver_init(&s, &arena, space, FACTS, 1 << 20));
        for (uint32_t i = 0; i < FACTS; i++) {
            s.all[i] = FULL;
            s.plain[i] = (plain >> i & 1) != 0;
        }
        for (uint32_t k = 0; k < n; k++)
            goals[k] = make(&m, 3);
        uint32_t any = fewest(goals, n, (1 << FACTS) - 1), by_plain = fewest(goals, n, plain);
        dr_verdict quick = dr_refute(&s, goals, n), v = dr_solve(&s, goals, n);
        assert_int_equal(quick == DR_NEVER, any > FACTS);
        assert_int_equal(v, any > FACTS ? DR_NEVER : by_plain > FACTS ? DR_PERHAPS : DR_EXAMPLE);
        seen[v]++;
        if (v == DR_EXAMPLE || v == DR_PERHAPS)
            check_example(&s, goals, n, v == DR_EXAMPLE ? by_plain : any);
    }
    for (int v = DR_NEVER; v <= DR_PERHAPS; v++)
        assert_true(seen[v] > 100);
    dr_arena_free(&arena);
}

/* So many pigeons, one hole fewer: each fact says which hole a pigeon has, and no two have the same. */
static uint32_t pigeons(dr_claim *claims, const dr_claim **goals, uint32_t n)
{
    uint32_t used = 0, count = 0;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = a + 1; b < n; b++)
            for (uint32_t hole = 0; hole + 1 < n; hole++) {
                dr_claim * or = &claims[used++], *x = &claims[used++], *y = &claims[used++];
                *x = (dr_claim){.kind = CLAIM_LEAF, .fact = a, .cells = ~((uint64_t)1 << hole)};
                *y = (dr_claim){.kind = CLAIM_LEAF, .fact = b, .cells = ~((uint64_t)1 << hole), .next = NULL};
                x->next = y;
                * or = (dr_claim){.kind = CLAIM_OR, .part = x};
                goals[count++] = or ;
            }
    return count;
}

static void check_pigeons(uint32_t n, uint32_t budget, dr_verdict wanted)
{
    dr_arena arena;
    dr_arena_init(&arena, NULL, 1 << 16, 1 << 24);
    dr_workspace *space = dr_take(&arena, sizeof *space);
    dr_claim *claims = dr_take(&arena, 3000 * sizeof *claims);
    const dr_claim **goals = dr_take(&arena, 1000 * sizeof *goals);
    dr_solver s;
    assert_true(space != NULL && claims != NULL && goals != NULL);
    assert_true(dr_solver_init(&s, &arena, space, n, budget));
    for (uint32_t i = 0; i < n; i++) {
        s.all[i] = ((uint64_t)1 << (n - 1)) - 1;
        s.plain[i] = true;
    }
    uint32_t count = pigeons(claims, goals, n);
    assert_int_equal(dr_solve(&s, goals, count), wanted);
    assert_true(s.budget <= budget);
    dr_arena_free(&arena);
}

/* What would take too long is given up, and not taken for an answer. */
static void test_budget(void **state)
{
    (void)state;
    check_pigeons(3, 1 << 20, DR_NEVER);
    check_pigeons(4, 1 << 20, DR_NEVER);
    check_pigeons(4, 20, DR_UNDECIDED);
    check_pigeons(12, 1 << 20, DR_UNDECIDED);
    check_pigeons(12, 0, DR_UNDECIDED);
}

static void test_none(void **state)
{
    (void)state;
    dr_arena arena;
    dr_arena_init(&arena, NULL, 1 << 16, 1 << 24);
    dr_workspace *space = dr_take(&arena, sizeof *space);
    dr_solver s;
    assert_false(dr_solver_init(&s, &arena, space, DR_FACTS_MAX + 1, 100));
    assert_true(dr_solver_init(&s, &arena, space, 0, 100));
    assert_int_equal(dr_solve(&s, NULL, 0), DR_EXAMPLE);
    dr_claim no = {.kind = CLAIM_NO};
    const dr_claim *goal = &no;
    assert_int_equal(dr_solve(&s, &goal, 1), DR_NEVER);
    dr_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
