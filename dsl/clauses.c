/* drip: clauses.c, level 2a. An attribute is decided once: which clause gives way to which, which two
 * could both apply with different values, and which cases no clause covers.
 *
 * Guards are compared by what they must have: conditions on one path (a field, an attribute) over enum
 * values, yes and no, presence, or a range. What cannot be told apart so is left to the run, where two
 * clauses that do apply with different values become a finding that names both. */
#include "front.h"

#include <string.h>

typedef enum dr_lit_kind { LIT_MASK, LIT_PRESENCE, LIT_RANGE } dr_lit_kind;
typedef struct dr_lit {
    const dr_ast *path;
    uint8_t kind;
    uint64_t mask;     /* LIT_MASK: allowed values; LIT_PRESENCE: 1 known, 2 missing */
    int64_t low, high; /* LIT_RANGE, both included */
} dr_lit;

enum { LITS_MAX = 32 };
typedef struct dr_lits {
    dr_lit items[LITS_MAX];
    uint32_t n;
    bool whole; /* nothing but these literals */
} dr_lits;

static bool is_path(const dr_ast *e)
{
    for (; e != NULL; e = e->a) {
        if (e->kind == A_THIS ||
            (e->kind == A_NAME && (e->refers == R_SLOT || e->refers == R_VAR || e->refers == R_ROOT)))
            return true;
        if (e->kind != A_FIELD && e->kind != A_OF)
            return false;
    }
    return false;
}

static void lit_add(dr_lits *l, dr_lit lit)
{
    for (uint32_t i = 0; i < l->n; i++) {
        dr_lit *o = &l->items[i];
        if (o->kind != lit.kind || !dr_ast_equal(o->path, lit.path))
            continue;
        o->mask &= lit.mask;
        o->low = lit.low > o->low ? lit.low : o->low;
        o->high = lit.high < o->high ? lit.high : o->high;
        return;
    }
    if (l->n == LITS_MAX)
        l->whole = false;
    else
        l->items[l->n++] = lit;
}

static bool lit_values(dr_front *f, const dr_ast *e, bool truth, dr_lits *l)
{
    const dr_type t = e->a->type;
    int64_t v = 0;
    if (!is_path(e->a) || (t.kind != DR_ENUM && t.kind != DR_BOOL))
        return false;
    uint64_t mask = 0;
    if (e->kind == A_IS || e->kind == A_ISNOT) {
        if (!dr_constant(f, e->b, &v) || v < 0 || v > 61)
            return false;
        mask = (uint64_t)1 << v;
    } else {
        if (e->b->kind != A_SETLIT)
            return false;
        for (const dr_ast *m = e->b->a; m != NULL; m = m->next) {
            if (!dr_constant(f, m, &v) || v < 0 || v > 61)
                return false;
            mask |= (uint64_t)1 << v;
        }
    }
    bool positive = (e->kind == A_IS || e->kind == A_IN) == truth;
    lit_add(l, (dr_lit){e->a, LIT_MASK, positive ? mask : ~mask, 0, 0});
    return true;
}

static bool lit_range(dr_front *f, const dr_ast *e, bool truth, dr_lits *l)
{
    int64_t v = 0;
    uint8_t k = e->a->type.kind;
    if (!is_path(e->a) || (k != DR_INT && k != DR_DURATION && k != DR_DATE && k != DR_INSTANT) ||
        !dr_constant(f, e->b, &v))
        return false;
    if (v <= INT64_MIN + 2 || v >= INT64_MAX - 2)
        return false;
    dr_lit lit = {e->a, LIT_RANGE, ~(uint64_t)0, INT64_MIN, INT64_MAX};
    bool over = e->kind == A_OVER || e->kind == A_AFTER, under = e->kind == A_UNDER || e->kind == A_BEFORE;
    if ((over && truth) || (e->kind == A_ATMOST && !truth))
        lit.low = v + 1;
    else if ((under && truth) || (e->kind == A_ATLEAST && !truth))
        lit.high = v - 1;
    else if (e->kind == A_ATLEAST || under)
        lit.low = v;
    else
        lit.high = v;
    lit_add(l, lit);
    return true;
}

static void literals(dr_front *f, const dr_ast *e, bool truth, dr_lits *l)
{
    bool done = false;
    if (e == NULL || dr_constant_bool(f, e) == truth)
        return;
    switch (e->kind) {
    case A_AND:
    case A_OR:
        if ((e->kind == A_AND) == truth) {
            literals(f, e->a, truth, l);
            literals(f, e->b, truth, l);
            return;
        }
        break;
    case A_NOT:
        literals(f, e->a, !truth, l);
        return;
    case A_KNOWN:
    case A_MISSING:
        if (is_path(e->a)) {
            lit_add(l, (dr_lit){e->a, LIT_PRESENCE, (e->kind == A_KNOWN) == truth ? 1 : 2, 0, 0});
            done = true;
        }
        break;
    case A_IS:
    case A_ISNOT:
    case A_IN:
    case A_NOTIN:
        done = lit_values(f, e, truth, l);
        break;
    case A_OVER:
    case A_UNDER:
    case A_ATLEAST:
    case A_ATMOST:
    case A_BEFORE:
    case A_AFTER:
        done = lit_range(f, e, truth, l);
        break;
    default:
        if (e->type.kind == DR_BOOL && is_path(e)) {
            lit_add(l, (dr_lit){e, LIT_MASK, truth ? 2 : 1, 0, 0});
            done = true;
        }
        break;
    }
    if (!done)
        l->whole = false;
}

typedef enum dr_meet { MEET_NEVER, MEET_SURELY, MEET_PERHAPS } dr_meet;

static dr_meet guards_meet(dr_front *f, const dr_guard *a, const dr_guard *b)
{
    dr_lits x = {.n = 0, .whole = true}, y = {.n = 0, .whole = true};
    if (a->to < b->from || b->to < a->from)
        return MEET_NEVER;
    literals(f, a->when, true, &x);
    literals(f, b->when, true, &y);
    uint32_t shared = 0;
    for (uint32_t i = 0; i < x.n; i++) {
        for (uint32_t k = 0; k < y.n; k++) {
            const dr_lit *p = &x.items[i], *q = &y.items[k];
            if (p->kind != q->kind || !dr_ast_equal(p->path, q->path))
                continue;
            shared++;
            if ((p->mask & q->mask) == 0 || (p->low > q->high) || (q->low > p->high))
                return MEET_NEVER;
        }
    }
    bool same = shared == x.n && shared == y.n;
    bool always =
        (x.whole && x.n == 0) || (y.whole && y.n == 0); /* the other applies some time, or why is it there? */
    return always || (x.whole && y.whole && same) ? MEET_SURELY : MEET_PERHAPS;
}

static bool over(const dr_guard *g, uint32_t other)
{
    return g->over != NULL && (g->over[other / 64] >> (other % 64) & 1) != 0;
}

bool dr_guards_related(const dr_work *w, uint32_t a, uint32_t b)
{
    return over(&w->guards[a], b) || over(&w->guards[b], a);
}

/* Must the run look whether both apply? */
bool dr_guards_may_clash(dr_front *f, const dr_work *w, uint32_t a, uint32_t b)
{
    int64_t u = 0, v = 0;
    const dr_guard *x = &w->guards[a], *y = &w->guards[b];
    if (dr_guards_related(w, a, b) || guards_meet(f, x, y) == MEET_NEVER)
        return false;
    return !(dr_constant(f, x->value, &u) && dr_constant(f, y->value, &v) && u == v);
}

static bool resolve_excepts(dr_front *f, dr_work *w)
{
    uint32_t words = (w->n_guards + 63) / 64;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        dr_guard *g = &w->guards[i];
        g->over = dr_take_zero(f->arena, words, sizeof *g->over);
        if (g->over == NULL)
            return f->no_memory = true, false;
        for (const dr_ast *name = g->ast->a; g->ast->kind == A_CLAUSE && name != NULL; name = name->next) {
            uint32_t target = DR_NONE;
            dr_suggest s;
            dr_suggest_init(&s, name->text, strlen(name->text));
            for (uint32_t k = 0; k < w->n_guards; k++) {
                if (w->guards[k].ast->text == NULL)
                    continue;
                dr_suggest_try(&s, w->guards[k].ast->text);
                if (w->guards[k].ast->text == name->text)
                    target = k;
            }
            if (target == DR_NONE || target == i) {
                dr_diag *d =
                    dr_error_at(f, name->span, "E0401",
                                "there is no other clause \"%s\" here to be an exception to", name->text);
                dr_hint_nearest(f, d, &s);
                return false;
            }
            g->over[target / 64] |= (uint64_t)1 << (target % 64);
        }
    }
    for (uint32_t round = 0; round < w->n_guards; round++)
        for (uint32_t i = 0; i < w->n_guards; i++)
            for (uint32_t k = 0; k < w->n_guards; k++)
                if (over(&w->guards[i], k))
                    for (uint32_t word = 0; word < words; word++)
                        w->guards[i].over[word] |= w->guards[k].over[word];
    for (uint32_t i = 0; i < w->n_guards; i++) {
        if (!over(&w->guards[i], i))
            continue;
        dr_error_at(f, w->guards[i].ast->span, "E0402",
                    "the clause \"%s\" is, through others, an exception to itself", w->guards[i].ast->text);
        return false;
    }
    return true;
}

static bool conflicts(dr_front *f, dr_work *w)
{
    bool ok = true;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        for (uint32_t k = i + 1; k < w->n_guards; k++) {
            dr_guard *a = &w->guards[i], *b = &w->guards[k];
            int64_t u = 0, v = 0;
            if (dr_guards_related(w, i, k) || guards_meet(f, a, b) != MEET_SURELY)
                continue;
            if (dr_constant(f, a->value, &u) && dr_constant(f, b->value, &v) && u == v)
                continue;
            if (dr_constant_bool(f, a->when) == 0 || dr_constant_bool(f, b->when) == 0)
                continue;
            dr_diag *d = dr_error_at(
                f, b->ast->span, "E0403", "\"%s\" and \"%s\" can both apply, with different values",
                a->ast->text != NULL ? a->ast->text : "this", b->ast->text != NULL ? b->ast->text : "this");
            if (d != NULL) {
                dr_diag_label(f->diags, d, a->ast->span, "the other clause");
                dr_diag_hint(f->diags, d, "make one an exception: \"%s except %s …\"",
                             b->ast->text != NULL ? b->ast->text : "this",
                             a->ast->text != NULL ? a->ast->text : "that");
            }
            ok = false;
        }
    }
    return ok;
}

/* The one condition of clause i, if it has no other. */
static bool only_literal(dr_front *f, const dr_work *w, uint32_t i, dr_lit *out)
{
    dr_lits l = {.n = 0, .whole = true};
    literals(f, w->guards[i].when, true, &l);
    if (!l.whole || l.n != 1 || w->guards[i].from != INT64_MIN || w->guards[i].to != INT64_MAX)
        return false;
    *out = l.items[0];
    return true;
}

/* The first value that no range of these clauses takes; false: there is none. */
static bool left_of_ranges(dr_front *f, const dr_work *w, const dr_lit *p, int64_t *value)
{
    *value = INT64_MIN;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        dr_lit l;
        if (!only_literal(f, w, i, &l) || l.kind != LIT_RANGE || !dr_ast_equal(l.path, p->path) ||
            l.low > *value || l.high < *value)
            continue;
        if (l.high == INT64_MAX)
            return false;
        *value = l.high + 1;
        i = UINT32_MAX; /* from the first clause again */
    }
    return true;
}

/* The greatest value that is too small for every range of these clauses. */
static int64_t below_ranges(dr_front *f, const dr_work *w)
{
    int64_t least = INT64_MAX;
    dr_lit l;
    for (uint32_t i = 0; i < w->n_guards; i++)
        if (only_literal(f, w, i, &l) && l.kind == LIT_RANGE && l.low < least)
            least = l.low;
    return least - 1;
}

/* The values, of those that `p` speaks about, that no clause with a condition on them alone takes. */
static uint64_t left_of_mask(dr_front *f, const dr_work *w, const dr_lit *p)
{
    uint64_t left = p->kind == LIT_PRESENCE || p->path->type.kind == DR_BOOL
                        ? 3
                        : ((uint64_t)1 << DR_AT(f->enums, dr_enum, p->path->type.of).count) - 1;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        dr_lit l;
        if (only_literal(f, w, i, &l) && l.kind == p->kind && dr_ast_equal(l.path, p->path))
            left &= ~l.mask;
    }
    return p->kind == LIT_PRESENCE ? left & 3 : left;
}

static void describe_left(dr_front *f, const dr_lit *p, uint64_t left, int64_t value, dr_buf *out)
{
    const dr_span s = p->path->span;
    uint32_t at = 0;
    while (left != 0 && (left >> at & 1) == 0)
        at++;
    dr_buf_bytes(out, f->sources->items[s.source].bytes + s.start, s.end - s.start);
    dr_buf_text(out, " is ");
    if (p->kind == LIT_PRESENCE)
        dr_buf_text(out, at == 0 ? "known" : "missing");
    else if (p->kind == LIT_MASK)
        dr_buf_text(out, p->path->type.kind == DR_BOOL
                             ? (at == 0 ? "no" : "yes")
                             : DR_AT(f->enums, dr_enum, p->path->type.of).names[at]);
    else if (p->path->type.kind == DR_DURATION)
        dr_duration_write(value, out);
    else if (p->path->type.kind == DR_DATE)
        dr_date_write(value, out);
    else
        dr_buf_int(out, value);
}

/* Do single conditions on one path, taken together, leave nothing out? If they are all there is, an example
 * of what they leave out is put into *out. */
static bool complete_on_one_path(dr_front *f, const dr_work *w, dr_buf *out)
{
    for (uint32_t i = 0; i < w->n_guards; i++) {
        dr_lit p, l;
        if (!only_literal(f, w, i, &p))
            continue;
        int64_t value = 0;
        uint64_t left = p.kind == LIT_RANGE ? 0 : left_of_mask(f, w, &p);
        bool some = p.kind == LIT_RANGE ? left_of_ranges(f, w, &p, &value) : left != 0;
        if (!some)
            return true;
        bool alone = p.kind != LIT_RANGE || p.path->type.kind != DR_INSTANT;
        for (uint32_t k = 0; k < w->n_guards && alone; k++)
            alone = only_literal(f, w, k, &l) && l.kind == p.kind && dr_ast_equal(l.path, p.path);
        if (alone && out->len == 0)
            describe_left(f, &p, left, value == INT64_MIN ? below_ranges(f, w) : value, out);
    }
    return false;
}

static bool gaps(dr_front *f, dr_work *w, dr_type type)
{
    if (type.optional)
        return true;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        const dr_guard *g = &w->guards[i];
        if (dr_constant_bool(f, g->when) == 1 && g->from == INT64_MIN && g->to == INT64_MAX)
            return true;
    }
    dr_buf left;
    dr_buf_init(&left, &f->alloc, 1024);
    bool complete = complete_on_one_path(f, w, &left);
    if (!complete) {
        dr_diag *d =
            left.len == 0
                ? dr_error_at(f, w->ast->span, "E0404",
                              "there are cases in which no clause of \"%s\" applies", w->ast->text2)
                : dr_error_at(f, w->ast->span, "E0404", "no clause of \"%s\" applies in this case: %s",
                              w->ast->text2, left.data);
        dr_diag_hint(
            f->diags, d,
            "give it a clause without \"when\", or a type that may be missing: with \"?\" behind it");
    }
    dr_buf_free(&left);
    return complete;
}

bool dr_check_clauses(dr_front *f, dr_work *w, dr_type type)
{
    if (w->ast->c != NULL) /* a table has been looked through already */
        return true;
    return resolve_excepts(f, w) && conflicts(f, w) && gaps(f, w, type);
}
