/* drip: clauses.c, level 2a. An attribute is decided once: which clause gives way to which, which two
 * could both apply with different values, and which cases no clause covers.
 *
 * Two clauses clash where both conditions and periods hold and no exception to either does; a case is left out
 * where none holds. Both are questions for reason.h. If plain facts alone make it so it is an error, shown by a
 * smallest example. If it hangs on conditions that drip cannot look into, it is an error only where one clause
 * applies wherever the other does; else the run looks, and adds a finding that names both. `drip check -v` lists
 * what was left to the run. Answers without looking through attributes are tried first: they are cheaper. */
#include "layers.h"
#include "reason.h"

#include <string.h>

enum { LOOK_DEPTH = 5, CLOSELY_MAX = 20000 };

/* The clauses of one attribute as claims. */
typedef struct dr_claims {
    dr_reason *r;
    const dr_work *w;
    dr_claim **holds, **fails; /* by clause */
    const dr_claim **goals;    /* room for a question */
    uint32_t n_goals;
} dr_claims;

static bool same_value(dr_front *f, const dr_work *w, uint32_t a, uint32_t b)
{
    int64_t u = 0, v = 0;
    const dr_ast *x = w->guards[a].value, *y = w->guards[b].value;
    if (dr_ast_same(x, y))
        return true;
    if (!dr_constant(f, x, &u) || !dr_constant(f, y, &v))
        return false;
    if (x->type.kind == DR_NUM && y->type.kind == DR_NUM)
        return dr_num_cmp(*(const dr_num *)dr_ptr(u), *(const dr_num *)dr_ptr(v)) == 0;
    return u == v;
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
    uint64_t bit = (uint64_t)a * w->n_guards + b;
    return !dr_guards_related(w, a, b) && !same_value(f, w, a, b) &&
           (w->apart == NULL || (w->apart[bit / 64] >> (bit % 64) & 1) == 0);
}

/* An exception to an exception also comes before the first. */
static void close_over(dr_work *w, uint32_t words)
{
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < w->n_guards; i++)
            for (uint32_t k = 0; k < w->n_guards; k++)
                for (uint32_t word = 0; over(&w->guards[i], k) && word < words; word++) {
                    uint64_t was = w->guards[i].over[word];
                    w->guards[i].over[word] |= w->guards[k].over[word];
                    more = more || w->guards[i].over[word] != was;
                }
    }
}

uint32_t dr_next_above(const dr_work *w, uint32_t i, uint32_t from)
{
    const uint64_t *above = w->guards[i].above;
    for (uint32_t k = from; above != NULL && k < w->n_guards; k = (k / 64 + 1) * 64) {
        uint64_t rest = above[k / 64] >> (k % 64);
        if (rest != 0)
            return k + (uint32_t)__builtin_ctzll(rest);
    }
    return DR_NONE;
}

/* A clause without a name is called by its attribute's. */
static bool is_called(const dr_work *w, uint32_t i, const char *name)
{
    const char *own = w->guards[i].ast->text;
    return own != NULL ? own == name : strcmp(w->ast->text2, name) == 0;
}

/* All pieces of the clause that i names as one to be an exception to; one that a layer suspended has none. */
static bool excepted(dr_front *f, const dr_work *w, uint32_t i, const dr_ast *name)
{
    bool some = false;
    dr_suggest s;
    dr_suggest_init(&s, name->text, strlen(name->text));
    for (uint32_t k = 0; k < w->n_guards; k++) {
        dr_suggest_try(&s, w->guards[k].ast->text == NULL ? w->ast->text2 : w->guards[k].ast->text);
        if (!is_called(w, k, name->text) || is_called(w, i, name->text))
            continue;
        w->guards[i].over[k / 64] |= (uint64_t)1 << (k % 64);
        some = true;
    }
    if (some || dr_clause_is_gone(f, w->ast, name->text))
        return true;
    dr_diag *d = dr_error_at(f, name->span, "E0401",
                             "there is no other clause \"%s\" here to be an exception to", name->text);
    dr_hint_nearest(f, d, &s);
    return false;
}

static bool resolve_excepts(dr_front *f, dr_work *w)
{
    uint32_t words = (w->n_guards + 63) / 64;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        dr_guard *g = &w->guards[i];
        g->over = dr_take_zero(f->arena, words, sizeof *g->over);
        g->above = dr_take_zero(f->arena, words, sizeof *g->above);
        if (g->over == NULL || g->above == NULL)
            return f->no_memory = true, false;
        for (const dr_ast *name = g->ast->a; g->ast->kind == A_CLAUSE && name != NULL; name = name->next)
            if (!excepted(f, w, i, name))
                return false;
    }
    close_over(w, words);
    for (uint32_t i = 0; i < w->n_guards; i++)
        for (uint32_t k = 0; k < w->n_guards; k++)
            if (over(&w->guards[k], i))
                w->guards[i].above[k / 64] |= (uint64_t)1 << (k % 64);
    for (uint32_t i = 0; i < w->n_guards; i++) {
        if (!over(&w->guards[i], i))
            continue;
        dr_error_at(f, w->guards[i].ast->span, "E0402",
                    "the clause \"%s\" is, through others, an exception to itself", w->guards[i].ast->text);
        return false;
    }
    return true;
}

/* ---- questions */

/* only: of these clauses; NULL: of all. */
static bool claims_open(dr_front *f, const dr_work *w, uint32_t depth, const bool *only, dr_claims *c)
{
    *c = (dr_claims){.r = dr_reason_new(f, false, depth), .w = w};
    if (c->r == NULL)
        return false;
    c->holds = dr_take_zero(&c->r->arena, w->n_guards + 1, sizeof *c->holds);
    c->fails = dr_take_zero(&c->r->arena, w->n_guards + 1, sizeof *c->fails);
    c->goals = dr_take_zero(&c->r->arena, 2 * (size_t)w->n_guards + 4, sizeof *c->goals);
    if (c->holds == NULL || c->fails == NULL || c->goals == NULL)
        f->no_memory = true;
    for (uint32_t i = 0; i < w->n_guards && !f->no_memory; i++) {
        if (only != NULL && !only[i])
            continue;
        c->holds[i] = dr_claim_guard(c->r, &w->guards[i], true);
        c->fails[i] = dr_claim_guard(c->r, &w->guards[i], false);
    }
    if (!f->no_memory)
        dr_reason_seal(c->r);
    return !f->no_memory;
}

static void claims_close(dr_claims *c)
{
    dr_reason_free(c->r);
    c->r = NULL;
}

static void ask(dr_claims *c, const dr_claim *goal)
{
    c->goals[c->n_goals++] = goal;
}

static void ask_undefeated(dr_claims *c, uint32_t i)
{
    for (uint32_t k = dr_next_above(c->w, i, 0); k != DR_NONE; k = dr_next_above(c->w, i, k + 1))
        ask(c, c->fails[k]);
}

static void ask_both(dr_claims *c, uint32_t a, uint32_t b)
{
    c->n_goals = 0;
    ask(c, c->holds[a]);
    ask(c, c->holds[b]);
    ask_undefeated(c, a);
    ask_undefeated(c, b);
}

static void ask_none(dr_claims *c, uint32_t a, uint32_t b)
{
    (void)a;
    (void)b;
    c->n_goals = 0;
    for (uint32_t k = 0; k < c->w->n_guards; k++)
        ask(c, c->fails[k]);
}

static bool refuted_with(dr_claims *c, const dr_claim *more)
{
    c->goals[c->n_goals] = more;
    return dr_reason_refutes(c->r, c->goals, c->n_goals + 1);
}

/* Wherever b decides, could a decide as well? */
static bool always_with(dr_claims *c, uint32_t a, uint32_t b)
{
    c->n_goals = 0;
    ask(c, c->holds[b]);
    ask_undefeated(c, b);
    bool always = refuted_with(c, c->fails[a]);
    for (uint32_t k = dr_next_above(c->w, a, 0); k != DR_NONE && always; k = dr_next_above(c->w, a, k + 1))
        always = refuted_with(c, c->holds[k]);
    return always;
}

/* As an answer costs more through attributes, the claims that look through them are made when they are needed. */
typedef struct dr_trial {
    dr_front *f;
    dr_work *w;
    dr_claims flat, deep;
    const bool *only;   /* the clauses in question; NULL: all of them */
    uint32_t n_closely; /* pairs looked at by themselves */
    dr_buf words;       /* the example */
} dr_trial;

static dr_claims *deep(dr_trial *k)
{
    if (k->deep.r == NULL)
        (void)claims_open(k->f, k->w, LOOK_DEPTH, k->only, &k->deep);
    return &k->deep;
}

static dr_verdict answer(dr_trial *k, void (*question)(dr_claims *, uint32_t, uint32_t), uint32_t a,
                         uint32_t b)
{
    question(&k->flat, a, b);
    dr_buf_clear(&k->words);
    if (dr_reason_refutes(k->flat.r, k->flat.goals, k->flat.n_goals))
        return DR_NEVER;
    dr_claims *c = deep(k);
    if (k->f->no_memory)
        return DR_UNDECIDED;
    question(c, a, b);
    dr_verdict v = dr_reason_solve(c->r, c->goals, c->n_goals);
    if (v == DR_EXAMPLE || v == DR_PERHAPS)
        dr_reason_example(c->r, &k->words);
    return v;
}

static const char *example(const dr_trial *k)
{
    return k->words.len == 0 || k->words.data == NULL ? NULL : k->words.data;
}

/* ---- conflicts */

static const char *name_of(const dr_guard *g)
{
    return g->ast->text != NULL ? g->ast->text : "this";
}

static void say_values(dr_trial *k, dr_diag *d, const dr_guard *a, const dr_guard *b)
{
    dr_buf text;
    dr_buf_init(&text, &k->f->alloc, 1000);
    dr_buf_text(&text, "there \"");
    dr_buf_text(&text, name_of(a));
    dr_buf_text(&text, "\" gives ");
    dr_write_source(k->f, a->value->span, &text);
    dr_buf_text(&text, ", \"");
    dr_buf_text(&text, name_of(b));
    dr_buf_text(&text, "\" gives ");
    dr_write_source(k->f, b->value->span, &text);
    dr_buf_text(&text, ", and neither is an exception to the other");
    if (text.data != NULL)
        dr_diag_note(k->f->diags, d, "%s", text.data);
    dr_buf_free(&text);
}

static void say_conflict(dr_trial *k, const dr_guard *a, const dr_guard *b)
{
    const char *words = example(k);
    dr_diag *d =
        words == NULL
            ? dr_error_at(k->f, b->ast->span, "E0403",
                          "\"%s\" and \"%s\" can both apply, with different values", name_of(a), name_of(b))
            : dr_error_at(k->f, b->ast->span, "E0403",
                          "\"%s\" and \"%s\" can both apply, with different values: for example where %s",
                          name_of(a), name_of(b), words);
    if (d == NULL)
        return;
    dr_diag_label(k->f->diags, d, a->ast->span, "the other clause");
    say_values(k, d, a, b);
    dr_diag_hint(k->f->diags, d, "make one an exception: \"%s except %s …\"", name_of(b), name_of(a));
    if (a->ast->text == NULL || b->ast->text == NULL)
        return;
    const dr_ast *last = b->ast->a != NULL ? b->ast->a : b->ast; /* of its own exceptions */
    while (last != b->ast && last->next != NULL)
        last = last->next;
    dr_span at = {last->span.source, last->span.end, last->span.end};
    dr_diag_fix(k->f->diags, d, false, at, "%s%s", last == b->ast ? " except " : ", ", a->ast->text);
}

static void note_unproved(dr_trial *k, const dr_guard *a, const dr_guard *b)
{
    if (!k->f->notes)
        return;
    const char *words = example(k);
    dr_diag *d =
        words == NULL
            ? dr_diag_add(k->f->diags, DR_NOTE, "N0601", b->ast->span,
                          "not proved: that \"%s\" and \"%s\" never apply together", name_of(a), name_of(b))
            : dr_diag_add(k->f->diags, DR_NOTE, "N0601", b->ast->span,
                          "not proved: that \"%s\" and \"%s\" never apply together. They would where %s",
                          name_of(a), name_of(b), words);
    dr_diag_label(k->f->diags, d, a->ast->span, "the other clause");
    dr_diag_note(
        k->f->diags, d,
        "where both apply with different values, the answer has the finding \"conflict\", which names both");
}

/* What holds of the pair, once it is known that the run need not look or that it must. */
static bool settle_pair(dr_trial *k, uint32_t a, uint32_t b)
{
    dr_work *w = k->w;
    dr_verdict v = answer(k, ask_both, a, b);
    if (v == DR_NEVER) {
        for (uint32_t turn = 0; turn < 2; turn++) {
            uint64_t bit = turn == 0 ? (uint64_t)a * w->n_guards + b : (uint64_t)b * w->n_guards + a;
            w->apart[bit / 64] |= (uint64_t)1 << (bit % 64);
        }
        return true;
    }
    if (v == DR_EXAMPLE || always_with(&k->flat, a, b) || always_with(&k->flat, b, a)) {
        say_conflict(k, &w->guards[a], &w->guards[b]);
        return false;
    }
    note_unproved(k, &w->guards[a], &w->guards[b]);
    return true;
}

/* Where all clauses together compare one thing with too many constants, two of them may not. */
static bool closely(dr_trial *k, uint32_t a, uint32_t b)
{
    dr_work *w = k->w;
    bool *only = dr_take_zero(&k->flat.r->arena, w->n_guards + 1, sizeof *only);
    if (only == NULL)
        return k->f->no_memory = true, false;
    for (uint32_t i = 0; i < w->n_guards; i++)
        only[i] = i == a || i == b || over(&w->guards[i], a) || over(&w->guards[i], b);
    dr_trial pair = {.f = k->f, .w = w, .only = only, .words = k->words};
    bool ok = claims_open(k->f, w, 0, only, &pair.flat) && settle_pair(&pair, a, b);
    claims_close(&pair.flat);
    claims_close(&pair.deep);
    k->words = pair.words;
    return ok;
}

static bool one_pair(dr_trial *k, uint32_t a, uint32_t b)
{
    if (dr_guards_related(k->w, a, b) || same_value(k->f, k->w, a, b))
        return true;
    return k->flat.r->too_fine && k->n_closely++ < CLOSELY_MAX ? closely(k, a, b) : settle_pair(k, a, b);
}

static bool conflicts(dr_trial *k)
{
    dr_work *w = k->w;
    bool ok = true;
    uint64_t words = ((uint64_t)w->n_guards * w->n_guards + 63) / 64;
    w->apart = dr_take_zero(k->f->arena, words + 1, sizeof *w->apart);
    if (w->apart == NULL)
        return k->f->no_memory = true, false;
    for (uint32_t a = 0; a < w->n_guards; a++)
        for (uint32_t b = a + 1; b < w->n_guards && !k->f->no_memory; b++)
            ok = one_pair(k, a, b) && ok;
    return ok;
}

/* ---- gaps */

static bool say_gap(dr_trial *k, dr_verdict v)
{
    const char *words = example(k), *name = k->w->ast->text2;
    dr_front *f = k->f;
    dr_span at = k->w->ast->span;
    dr_diag *d;
    if (v == DR_UNDECIDED)
        d = dr_error_at(f, at, "E0404", "drip cannot see that a clause of \"%s\" applies in every case",
                        name);
    else if (words == NULL)
        d = dr_error_at(f, at, "E0404", "there is no case in which a clause of \"%s\" applies", name);
    else if (v == DR_EXAMPLE)
        d = dr_error_at(f, at, "E0404", "no clause of \"%s\" applies in this case: %s", name, words);
    else
        d = dr_error_at(f, at, "E0404", "it is not sure that a clause of \"%s\" applies in this case: %s",
                        name, words);
    if (dr_label_changes(f, d, k->w->ast))
        dr_diag_hint(f->diags, d, "add what holds in this case: add %s.%s", k->w->ast->text, name);
    else
        dr_diag_hint(
            f->diags, d,
            "give it a clause without \"when\", or a type that may be missing: with \"?\" behind it");
    return false;
}

static bool gaps(dr_trial *k, dr_type type)
{
    if (type.optional)
        return true;
    dr_reason_refill(k->flat.r);
    if (k->deep.r != NULL)
        dr_reason_refill(k->deep.r);
    dr_verdict v = answer(k, ask_none, 0, 0);
    return v == DR_NEVER || say_gap(k, v);
}

/* A clause without a condition takes what the others leave; do they leave anything? */
static void note_default(dr_trial *k)
{
    const dr_work *w = k->w;
    dr_claims *c = &k->flat;
    for (uint32_t i = 0; i < w->n_guards && w->n_guards > 1; i++) {
        if (c->holds[i]->kind != CLAIM_YES)
            continue;
        c->n_goals = 0;
        for (uint32_t n = 0; n < w->n_guards; n++)
            if (n != i)
                c->goals[c->n_goals++] = c->fails[n];
        if (dr_reason_refutes(c->r, c->goals, c->n_goals))
            continue;
        dr_diag_add(k->f->diags, DR_NOTE, "N0602", w->guards[i].ast->span,
                    "not proved: that \"%s\" is right wherever no other clause of \"%s\" applies",
                    name_of(&w->guards[i]), w->ast->text2);
    }
}

static void note_table(dr_front *f, const dr_work *w)
{
    if (w->ast->c->op == 'f')
        dr_diag_add(f->diags, DR_NOTE, "N0603", w->ast->c->span,
                    "not proved: that each case of \"%s\" is meant for the uppermost row that takes it",
                    w->ast->text2);
}

static bool check_one(dr_front *f, dr_work *w)
{
    if (w->n_guards == 1 && w->guards[0].when == NULL && w->ast->b->e == NULL)
        return true;
    dr_trial k = {.f = f, .w = w};
    dr_buf_init(&k.words, &f->alloc, 1000);
    bool ok = claims_open(f, w, 0, NULL, &k.flat) && conflicts(&k) &&
              gaps(&k, DR_AT(f->slots, dr_slot, w->slot).type);
    if (ok && f->notes)
        note_default(&k);
    claims_close(&k.flat);
    claims_close(&k.deep);
    dr_buf_free(&k.words);
    return ok;
}

bool dr_check_clauses(dr_front *f)
{
    bool ok = true;
    for (uint32_t i = 0; i < f->work.count; i++) {
        dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind == DR_NODE_ATTR && w->ast->c == NULL && w->guards != NULL && !w->broken &&
            !resolve_excepts(f, w)) {
            w->broken = true;
            ok = false;
        }
    }
    for (uint32_t i = 0; i < f->work.count && !f->no_memory; i++) {
        dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind != DR_NODE_ATTR || w->broken || w->guards == NULL)
            continue;
        if (w->ast->c != NULL && f->notes)
            note_table(f, w);
        if (w->ast->c == NULL) /* a table has been looked through already */
            ok = check_one(f, w) && ok;
    }
    return ok && !f->no_memory;
}
