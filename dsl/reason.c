/* drip: reason.c, level 2a. Conditions to claims: topics found, limits gathered, cells worked out.
 *
 * A comparison with a constant is a test of its topic. A parameter whose value changes with time is each of
 * its values on its days. `A else CONSTANT` is A, with the test of the constant where A is missing. */
#include "reason.h"

#include <string.h>

enum { FIRST_BLOCK = 1 << 13, ARENA_MAX = 1 << 26 };

dr_reason *dr_reason_new(dr_front *f, bool open_params, uint32_t depth)
{
    dr_arena arena;
    dr_arena_init(&arena, &f->alloc, FIRST_BLOCK, ARENA_MAX);
    dr_reason *r = dr_take_zero(&arena, 1, sizeof *r);
    if (f->space == NULL)
        f->space = dr_take(f->arena, sizeof *f->space);
    if (r == NULL || f->space == NULL) {
        dr_arena_free(&arena);
        f->no_memory = true;
        return NULL;
    }
    r->f = f;
    r->arena = arena;
    r->open_params = open_params;
    r->depth = depth;
    r->looks = depth > 0;
    r->failed.kind = CLAIM_YES;
    return r;
}

void dr_reason_free(dr_reason *r)
{
    if (r == NULL)
        return;
    dr_arena arena = r->arena;
    dr_arena_free(&arena);
}

/* ---- written alike */

bool dr_ast_same(const dr_ast *a, const dr_ast *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->kind == A_FIELD && a->a->kind == A_THIS && b->kind == A_NAME)
        return b->refers == R_SLOT && a->text == b->text;
    if (b->kind == A_FIELD && b->a->kind == A_THIS && a->kind == A_NAME)
        return dr_ast_same(b, a);
    if (a->kind != b->kind || a->op != b->op || a->text != b->text)
        return false;
    if (a->kind == A_NAME &&
        (a->refers != b->refers || ((a->refers == R_VAR || a->refers == R_CONST) && a->ref != b->ref)))
        return false;
    const dr_ast *x[] = {a->a, a->b, a->c, a->d, a->e}, *y[] = {b->a, b->b, b->c, b->d, b->e};
    for (int i = 0; i < 5; i++) {
        const dr_ast *p = x[i], *q = y[i];
        for (; p != NULL && q != NULL; p = p->next, q = q->next)
            if (!dr_ast_same(p, q))
                return false;
        if (p != q)
            return false;
    }
    return true;
}

static bool reads_param(const dr_ast *e)
{
    if (e == NULL)
        return false;
    if (e->kind == A_NAME && e->refers == R_PARAM)
        return true;
    const dr_ast *parts[] = {e->a, e->b, e->c, e->d, e->e};
    for (int i = 0; i < 5; i++)
        for (const dr_ast *p = parts[i]; p != NULL; p = p->next)
            if (reads_param(p))
                return true;
    return false;
}

static uint32_t param_of(const dr_ast *e)
{
    return e->kind == A_NAME && e->refers == R_PARAM ? e->ref : DR_NONE;
}

/* ---- claims */

static dr_claim *claim_new(dr_reason *r, uint8_t kind)
{
    dr_claim *c = dr_take_zero(&r->arena, 1, sizeof *c);
    if (c == NULL) {
        r->f->no_memory = true;
        r->failed.next = NULL;
        return &r->failed;
    }
    r->n_claims++;
    c->kind = kind;
    return c;
}

dr_claim *dr_claim_plain(dr_reason *r, bool yes)
{
    return claim_new(r, yes ? CLAIM_YES : CLAIM_NO);
}

static void part_add(dr_claim *c, dr_claim *part)
{
    dr_claim **to = &c->part;
    while (*to != NULL)
        to = &(*to)->next;
    *to = part;
}

dr_claim *dr_claim_join(dr_reason *r, dr_claim_kind kind, dr_claim *a, dr_claim *b)
{
    uint8_t unit = kind == CLAIM_AND ? CLAIM_YES : CLAIM_NO, end = kind == CLAIM_AND ? CLAIM_NO : CLAIM_YES;
    if (r->f->no_memory)
        return &r->failed;
    if (a->kind == unit || b->kind == end)
        return b;
    if (b->kind == unit || a->kind == end)
        return a;
    if (a->kind != kind) {
        dr_claim *c = claim_new(r, (uint8_t)kind);
        if (c == &r->failed)
            return c;
        c->part = a;
        a = c;
    }
    part_add(a, b->kind == kind ? b->part : b);
    return a;
}

/* ---- topics */

static bool ordered(uint8_t kind)
{
    return kind == DR_INT || kind == DR_NUM || kind == DR_DURATION || kind == DR_DATE || kind == DR_INSTANT;
}

static bool is_path(const dr_ast *e)
{
    for (; e != NULL; e = e->a) {
        if (e->kind == A_THIS || e->kind == A_NAME)
            return true;
        if (e->kind != A_FIELD && e->kind != A_OF)
            return false;
    }
    return false;
}

/* Lengths and counts are never below nothing, places in the chart begin at one. */
static int64_t least_of(const dr_ast *e)
{
    static const char *const counts[] = {"length", "count", "size", "stretches"};
    if (e == NULL)
        return INT64_MIN;
    if (e->kind == A_STEPS || (e->kind == A_AGG && e->op == G_COUNT))
        return 0;
    if ((e->kind == A_NAME || e->kind == A_FIELD) && e->refers == R_NONE)
        return 1;
    for (size_t i = 0; e->kind == A_OF && i < sizeof counts / sizeof *counts; i++)
        if (strcmp(e->text, counts[i]) == 0)
            return 0;
    return INT64_MIN;
}

static uint32_t topic_add(dr_reason *r, const dr_ast *e, const dr_ast *other, uint8_t kind)
{
    dr_topic *t = dr_vec_add(&r->arena, &r->topics, sizeof *t);
    if (t == NULL) {
        r->f->no_memory = true;
        return 0;
    }
    *t = (dr_topic){.kind = kind, .e = e, .other = other, .low = least_of(e), .high = INT64_MAX};
    if (e != NULL)
        t->type = e->type;
    t->plain = other == NULL && (e == NULL || is_path(e));
    return r->topics.count - 1;
}

static uint32_t topic_of(dr_reason *r, const dr_ast *e)
{
    uint8_t k = e->type.kind;
    uint8_t kind = k == DR_BOOL || k == DR_ENUM ? TOPIC_VALUES : ordered(k) ? TOPIC_ORDERED : TOPIC_EQUAL;
    for (uint32_t i = 0; i < r->topics.count; i++) {
        const dr_topic *t = &DR_AT(r->topics, dr_topic, i);
        if (t->kind == kind && t->other == NULL && dr_ast_same(t->e, e))
            return i;
    }
    return topic_add(r, e, NULL, kind);
}

static uint32_t day_topic(dr_reason *r, uint32_t axis)
{
    for (uint32_t i = 0; i < r->topics.count; i++)
        if (DR_AT(r->topics, dr_topic, i).kind == TOPIC_DAY && DR_AT(r->topics, dr_topic, i).axis == axis)
            return i;
    uint32_t at = topic_add(r, NULL, NULL, TOPIC_DAY);
    if (r->f->no_memory)
        return 0;
    dr_topic *t = &DR_AT(r->topics, dr_topic, at);
    t->e = dr_axis_date(r->f, axis);
    t->axis = axis;
    t->type = dr_type_plain(DR_DATE);
    if (r->f->versions.count > 0 && axis == DR_AXIS_SERVICE) {
        t->low = DR_AT(r->f->versions, dr_version, 0).from;
        t->high = DR_AT(r->f->versions, dr_version, r->f->versions.count - 1).to;
    }
    return at;
}

static void limit_add(dr_reason *r, uint32_t topic, int64_t value, const dr_ast *written)
{
    dr_limit *l = dr_vec_add(&r->arena, &DR_AT(r->topics, dr_topic, topic).limits, sizeof *l);
    if (l == NULL)
        r->f->no_memory = true;
    else
        *l = (dr_limit){value, written};
}

/* ---- tests of a topic */

static dr_claim *leaf(dr_reason *r, uint32_t topic, const dr_query *test, bool truth)
{
    dr_claim *c = claim_new(r, CLAIM_LEAF);
    dr_query *kept = dr_take(&r->arena, sizeof *kept);
    dr_claim **listed = dr_vec_add(&r->arena, &r->leaves, sizeof *listed);
    if (c == &r->failed || kept == NULL || listed == NULL) {
        r->f->no_memory = true;
        return &r->failed;
    }
    *kept = *test;
    c->fact = topic;
    c->test = kept;
    c->denied = !truth;
    *listed = c;
    const dr_topic *t = &DR_AT(r->topics, dr_topic, topic);
    if (t->kind == TOPIC_VALUES || t->kind == TOPIC_PAIR || test->kind == A_KNOWN)
        return c;
    int64_t v = 0;
    for (const dr_ast *m = test->members; m != NULL; m = m->next)
        if (dr_constant(r->f, m, &v))
            limit_add(r, topic, v, m);
    if (test->members == NULL && test->value != INT64_MIN)
        limit_add(r, topic, test->value, test->written);
    if (test->kind == A_WITHIN && test->upto != INT64_MAX)
        limit_add(r, topic, test->upto, NULL);
    return c;
}

/* Could the path be missing, if nobody had asked? */
static bool may_miss(const dr_ast *e)
{
    if (e->type.optional || e->narrowed)
        return true;
    if (e->kind == A_NAME || e->kind == A_FIELD || e->kind == A_THIS)
        return false;
    return true;
}

dr_claim *dr_claim_test(dr_reason *r, const dr_ast *e, dr_query test, bool truth)
{
    int64_t fallback = 0;
    if (e->kind == A_ELSE && test.kind != A_KNOWN && e->a->type.kind == e->b->type.kind &&
        dr_constant(r->f, e->b, &fallback)) {
        test.missing = dr_query_holds(r, &test, e->type, fallback);
        e = e->a;
    }
    if (param_of(e) != DR_NONE && !r->open_params && !DR_AT(r->f->params, dr_param, e->ref).axis)
        return NULL;
    uint8_t k = e->type.kind;
    if (test.kind != A_KNOWN && k != DR_BOOL && k != DR_ENUM && k != DR_TEXT && !ordered(k))
        return NULL;
    if (k == DR_TEXT && test.kind != A_KNOWN && test.kind != A_IS && test.kind != A_ISNOT &&
        test.kind != A_IN)
        return NULL;
    bool hidden = false;
    dr_claim *decided = dr_claim_decided(r, e, &test, truth, &hidden);
    if (decided != NULL)
        return decided;
    uint32_t topic = topic_of(r, e);
    if (r->f->no_memory)
        return &r->failed;
    if (hidden)
        DR_AT(r->topics, dr_topic, topic).plain = false;
    if (may_miss(e) && (test.kind == A_KNOWN || test.missing || e->type.optional || e->narrowed))
        DR_AT(r->topics, dr_topic, topic).optional = true;
    return leaf(r, topic, &test, truth);
}

static dr_claim *on_axis(dr_reason *r, uint32_t axis, int64_t from, int64_t to, bool truth)
{
    if (from == INT64_MIN && to == INT64_MAX)
        return dr_claim_plain(r, truth);
    uint32_t day = day_topic(r, axis);
    if (r->f->no_memory)
        return &r->failed;
    dr_query test = {.kind = A_WITHIN, .value = from, .upto = to, .param = DR_NONE};
    return leaf(r, day, &test, truth);
}

/* In force by the service date and all others. */
static dr_claim *on_days(dr_reason *r, int64_t from, int64_t to, const dr_extent *also, uint32_t n,
                         bool truth)
{
    dr_claim *c = on_axis(r, DR_AXIS_SERVICE, from, to, truth);
    for (uint32_t i = 0; i < n; i++)
        c = dr_claim_join(r, truth ? CLAIM_AND : CLAIM_OR, c,
                          on_axis(r, also[i].axis, also[i].from, also[i].to, truth));
    return c;
}

static dr_claim *dated_in_force(dr_reason *r, const dr_dated *d)
{
    return on_days(r, d->from, d->to, d->also, d->n_also, true);
}

/* ---- comparisons */

static uint8_t mirrored(uint8_t kind)
{
    switch (kind) {
    case A_OVER:
    case A_AFTER:
        return A_UNDER;
    case A_UNDER:
    case A_BEFORE:
        return A_OVER;
    case A_ATLEAST:
        return A_ATMOST;
    case A_ATMOST:
        return A_ATLEAST;
    case A_OUTRANKS:
        return DR_OUTRANKED;
    default:
        return kind;
    }
}

static dr_claim *pair_claim(dr_reason *r, uint8_t kind, const dr_ast *a, const dr_ast *b, bool truth)
{
    uint32_t at = DR_NONE;
    for (uint32_t i = 0; i < r->topics.count && at == DR_NONE; i++) {
        const dr_topic *t = &DR_AT(r->topics, dr_topic, i);
        if (t->kind != TOPIC_PAIR)
            continue;
        if (dr_ast_same(t->e, a) && dr_ast_same(t->other, b))
            at = i;
        else if (dr_ast_same(t->e, b) && dr_ast_same(t->other, a)) {
            at = i;
            kind = mirrored(kind);
        }
    }
    if (at == DR_NONE)
        at = topic_add(r, a, b, TOPIC_PAIR);
    if (r->f->no_memory)
        return &r->failed;
    dr_query test = {.kind = kind, .param = DR_NONE};
    return leaf(r, at, &test, truth);
}

/* "no x in …" is that "any x in …" does not hold. */
static const dr_ast *affirmed(dr_reason *r, const dr_ast *e, bool *truth)
{
    if (e->kind != A_AGG || e->op != G_NO)
        return e;
    dr_ast *any = dr_take(&r->arena, sizeof *any);
    if (any == NULL) {
        r->f->no_memory = true;
        return e;
    }
    *any = *e;
    any->op = G_ANY;
    *truth = !*truth;
    return any;
}

static dr_claim *condition_claim(dr_reason *r, const dr_ast *written, bool truth)
{
    dr_query yes = {.kind = A_IS, .value = 1, .param = DR_NONE};
    const dr_ast *e = affirmed(r, written, &truth);
    uint32_t before = r->topics.count, topic = topic_of(r, e);
    if (r->f->no_memory)
        return &r->failed;
    if (r->topics.count > before)
        DR_AT(r->topics, dr_topic, topic).denied = e != written;
    DR_AT(r->topics, dr_topic, topic).plain = false;
    return leaf(r, topic, &yes, truth);
}

/* With a parameter whose value changes with time: each value on its days. NULL: it is no such comparison. */
static dr_claim *dated_claim(dr_reason *r, const dr_ast *path, const dr_ast *param, uint8_t kind, bool truth)
{
    if (param_of(param) == DR_NONE || path->type.kind != param->type.kind)
        return NULL;
    dr_claim *any = dr_claim_plain(r, false);
    const dr_param *p = &DR_AT(r->f->params, dr_param, param->ref);
    if (p->axis)
        return NULL;
    for (uint32_t i = 0; i < p->count; i++) {
        const dr_dated *d = &DR_AT(r->f->param_values, dr_dated, p->first + i);
        dr_query test = {.kind = kind, .value = d->value, .written = param, .param = param->ref};
        int64_t constant = 0;
        dr_claim *c = dr_constant(r->f, path, &constant)
                          ? dr_claim_plain(r, dr_query_holds(r, &test, path->type, constant) == truth)
                          : dr_claim_test(r, path, test, truth);
        if (c == NULL)
            return NULL;
        any = dr_claim_join(r, CLAIM_OR, any, dr_claim_join(r, CLAIM_AND, dated_in_force(r, d), c));
    }
    return any;
}

static dr_claim *compare_claim(dr_reason *r, const dr_ast *e, uint8_t kind, bool truth)
{
    const dr_ast *a = e->a, *b = e->b;
    int64_t v = 0;
    dr_claim *c = NULL;
    bool alike = a->type.kind == b->type.kind && (kind != A_OUTRANKS || a->type.kind == DR_ENUM);
    bool free_param = r->open_params && param_of(a) != DR_NONE;
    if (r->open_params && !free_param && param_of(b) != DR_NONE && dr_constant(r->f, a, &v))
        return compare_claim(r, &(dr_ast){.a = e->b, .b = e->a}, mirrored(kind), truth);
    if (alike && !free_param && !dr_constant(r->f, b, &v))
        c = dated_claim(r, a, b, kind, truth);
    if (c == NULL && alike && !free_param && !dr_constant(r->f, a, &v))
        c = dated_claim(r, b, a, mirrored(kind), truth);
    dr_query test = {.kind = kind, .written = b, .param = param_of(b)};
    if (c == NULL && alike && dr_constant(r->f, b, &test.value))
        c = dr_claim_test(r, a, test, truth);
    if (c != NULL)
        return c;
    test = (dr_query){.kind = mirrored(kind), .written = a, .param = param_of(a)};
    if (alike && dr_constant(r->f, a, &test.value))
        c = dr_claim_test(r, b, test, truth);
    if (c != NULL)
        return c;
    return kind == A_OUTRANKS ? condition_claim(r, e, truth) : pair_claim(r, kind, a, b, truth);
}

static dr_claim *member_claim(dr_reason *r, const dr_ast *e, bool truth)
{
    int64_t v = 0;
    dr_query test = {.kind = A_IN, .param = DR_NONE, .members = e->b->kind == A_SETLIT ? e->b->a : NULL};
    for (const dr_ast *m = test.members; m != NULL; m = m->next) {
        if (!dr_constant(r->f, m, &v) || m->type.kind != e->a->type.kind)
            return NULL;
        if (param_of(m) != DR_NONE)
            test.param = param_of(m);
    }
    return test.members == NULL ? NULL : dr_claim_test(r, e->a, test, truth);
}

static dr_claim *bool_claim(dr_reason *r, const dr_ast *e, bool truth)
{
    dr_claim *c = NULL;
    dr_query yes = {.kind = A_IS, .value = 1, .param = DR_NONE};
    if (!r->open_params && param_of(e) != DR_NONE && DR_AT(r->f->params, dr_param, e->ref).count > 1) {
        dr_claim *any = dr_claim_plain(r, false);
        const dr_param *p = &DR_AT(r->f->params, dr_param, e->ref);
        for (uint32_t i = 0; i < p->count; i++) {
            const dr_dated *d = &DR_AT(r->f->param_values, dr_dated, p->first + i);
            if ((d->value == 1) == truth)
                any = dr_claim_join(r, CLAIM_OR, any, dated_in_force(r, d));
        }
        return any;
    }
    if (is_path(e) || e->kind == A_ELSE)
        c = dr_claim_test(r, e, yes, truth);
    return c != NULL ? c : condition_claim(r, e, truth);
}

dr_claim *dr_claim_of(dr_reason *r, const dr_ast *e, bool truth)
{
    dr_claim *c = NULL;
    dr_query known = {.kind = A_KNOWN, .param = DR_NONE};
    if (r->f->no_memory)
        return &r->failed;
    int constant = e == NULL || !r->open_params || !reads_param(e) ? dr_constant_bool(r->f, e) : -1;
    if (constant >= 0)
        return dr_claim_plain(r, (constant == 1) == truth);
    switch (e->kind) {
    case A_AND:
    case A_OR:
        c = dr_claim_of(r, e->a, truth);
        return dr_claim_join(r, (e->kind == A_AND) == truth ? CLAIM_AND : CLAIM_OR, c,
                             dr_claim_of(r, e->b, truth));
    case A_NOT:
        return dr_claim_of(r, e->a, !truth);
    case A_KNOWN:
    case A_MISSING:
        if (e->a->kind == A_ELSE)
            return condition_claim(r, e, truth);
        truth = truth == (e->kind == A_KNOWN);
        return may_miss(e->a) ? dr_claim_test(r, e->a, known, truth) : dr_claim_plain(r, truth);
    case A_IS:
    case A_ISNOT:
    case A_OVER:
    case A_UNDER:
    case A_ATLEAST:
    case A_ATMOST:
    case A_BEFORE:
    case A_AFTER:
    case A_OUTRANKS:
        return compare_claim(r, e, e->kind, truth);
    case A_IN:
    case A_NOTIN:
        c = member_claim(r, e, truth == (e->kind == A_IN));
        return c != NULL ? c : condition_claim(r, e, truth);
    default:
        return bool_claim(r, e, truth);
    }
}

dr_claim *dr_claim_guard(dr_reason *r, const dr_guard *g, bool truth)
{
    dr_claim *when = dr_claim_of(r, g->when, truth);
    return dr_claim_join(r, truth ? CLAIM_AND : CLAIM_OR,
                         on_days(r, g->from, g->to, g->also, g->n_also, truth), when);
}

uint32_t dr_claim_params(const dr_claim *c, uint32_t *param)
{
    if (c->kind == CLAIM_LEAF) {
        if (c->test->param == DR_NONE || c->test->param == *param)
            return *param != DR_NONE;
        bool first = *param == DR_NONE;
        *param = c->test->param;
        return first ? 1 : 2;
    }
    uint32_t most = *param != DR_NONE;
    for (const dr_claim *p = c->part; p != NULL && most < 2; p = p->next) {
        uint32_t n = dr_claim_params(p, param);
        most = n > most ? n : most;
    }
    return most;
}
