/* drip: api_vary.c, level 3. For a change of a policy that no scenario notices: one that would.
 *
 * Taken are scenarios that reach the change, those first in which its clause applied and the shortest first, and what
 * lies near each (dsl/vary.c). They are compiled like any scenario and answered by the policy as it is, once
 * for all changes (a pool for each scenario), then by the changed one: the first whose answer differs is told, with
 * the answer of the policy as it is. So it says what is, and who pastes it has to see that this is right.
 *
 * What is told of a scenario is what tells the two answers apart (expected.c): one that lines and codes of findings tell
 * apart is preferred to one where that takes more. */
#include "api_mutate.h"

#include "../dsl/compile.h"
#include "../dsl/vary.h"
#include "witness.h"

#include <string.h>

enum { CASES_EACH = 12, RUNS_EACH = 2, ROUNDS = 8, FUEL = 4000000, SCENARIO_MAX = 1 << 20 };

typedef struct vary_one { /* a scenario that is not there */
    char *body, *changed;
    uint32_t line; /* where it begins in the source made of all */
    bool wrong;    /* drip refuses it */
    const char *json;
    size_t len;
    int64_t known_on;
    char *answer; /* NULL: none */
} vary_one;

typedef struct vary_pool { /* near one scenario */
    uint32_t of;           /* case */
    dr_arena arena;
    drip_program *home; /* has the texts */
    vary_one *items;
    uint32_t count, size;
    drip_status status;
} vary_pool;

typedef struct finding_all {
    dr_mutating *x;
    dr_stories *stories;
    vary_pool *pools; /* per case; size 0: not wanted */
    uint32_t *wanted; /* cases */
    uint32_t n_wanted;
} finding_all;

/* ---- answers */

static drip_status evaluated(drip_session *s, const vary_one *one)
{
    s->s.limits.fuel = FUEL;
    s->s.known_on = one->known_on;
    return drip_eval(s, one->json, one->len);
}

static drip_status answered(drip_session *s, const vary_one *one, dr_buf *answer)
{
    dr_buf_clear(answer);
    drip_status status = evaluated(s, one);
    if (status != DRIP_OK)
        return status;
    dr_answer_write(&s->s, &s->outcome, answer);
    dr_buf_char(answer, '\0');
    return !answer->failed ? DRIP_OK : answer->full ? DRIP_LIMIT : DRIP_NO_MEMORY;
}

/* ---- what lies near one scenario */

static void keep_one(void *context, const char *body, const char *changed)
{
    vary_pool *p = context;
    if (p->count == p->size) {
        uint32_t size = p->size == 0 ? 256 : p->size * 2;
        vary_one *items = dr_take_zero(&p->arena, size, sizeof *items);
        if (items == NULL) {
            p->status = DRIP_NO_MEMORY;
            return;
        }
        if (p->count > 0)
            memcpy(items, p->items, p->count * sizeof *items);
        p->items = items;
        p->size = size;
    }
    vary_one *one = &p->items[p->count];
    one->body = dr_take_text(&p->arena, body, strlen(body));
    one->changed = dr_take_text(&p->arena, changed, strlen(changed));
    if (one->body == NULL || one->changed == NULL)
        p->status = DRIP_NO_MEMORY;
    else
        p->count++;
}

static uint32_t lines_in(const char *text)
{
    uint32_t n = 0;
    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

/* Those that are not known to be wrong, as one source. */
static void write_source(const finding_all *f, vary_pool *p, dr_buf *out)
{
    uint32_t line = 3;
    dr_buf_clear(out);
    dr_buf_text(out, "drip 1\ntests for ");
    dr_buf_text(out, f->x->plain->p->name);
    dr_buf_char(out, '\n');
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->items[i].wrong)
            continue;
        p->items[i].line = line;
        dr_buf_text(out, "scenario \"");
        dr_buf_int(out, i);
        dr_buf_text(out, "\"\n");
        dr_buf_text(out, p->items[i].body);
        dr_buf_text(out, "  expect nothing\n");
        line += 2 + lines_in(p->items[i].body);
    }
}

/* How many more are wrong. */
static uint32_t blame(vary_pool *p, const drip_error *error, const char *origin)
{
    drip_diag d;
    uint32_t n = 0;
    for (uint32_t i = 0; drip_error_diag(error, i, &d) == DRIP_OK; i++)
        for (uint32_t k = p->count; k-- > 0 && d.at.origin != NULL && strcmp(d.at.origin, origin) == 0;) {
            if (p->items[k].wrong || p->items[k].line > d.at.line)
                continue;
            p->items[k].wrong = d.level == DRIP_ERROR;
            n += p->items[k].wrong;
            break;
        }
    return n;
}

/* With the shorthands that stand beside the scenario. */
static drip_status compile_pool(const finding_all *f, vary_pool *p)
{
    static const char origin[] = "(near)";
    dr_buf text;
    drip_status status = DRIP_BAD_POLICY;
    uint32_t more = 1;
    dr_buf_init(&text, &f->x->engine->alloc, (size_t)1 << 26);
    for (int round = 0; round < ROUNDS && status == DRIP_BAD_POLICY && more > 0; round++) {
        drip_error *error = NULL;
        write_source(f, p, &text);
        status = dr_mut_compile_with(f->x, origin, &text, NULL, &p->home, &error);
        more = status == DRIP_BAD_POLICY && error != NULL ? blame(p, error, origin) : 0;
        drip_error_free(error);
    }
    dr_buf_free(&text);
    return status;
}

static uint32_t number_in(const char *name)
{
    uint32_t n = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        n = n * 10 + (uint32_t)(*name - '0');
    return n;
}

static drip_status answer_pool(const finding_all *f, vary_pool *p)
{
    drip_session *s = NULL;
    drip_status status = drip_session_new(f->x->runs[f->x->cases[p->of].run].program, &s);
    dr_buf answer;
    dr_buf_init(&answer, &f->x->engine->alloc, SCENARIO_MAX);
    for (uint32_t i = 0; status == DRIP_OK && i < p->home->p->n_cases; i++) {
        const dr_case *c = &p->home->p->cases[i];
        vary_one *one = &p->items[number_in(c->name)];
        one->json = c->json;
        one->len = c->len;
        one->known_on = c->known_on;
        status = answered(s, one, &answer);
        one->wrong = status != DRIP_OK;
        if (one->wrong && status != DRIP_NO_MEMORY)
            status = DRIP_OK;
        if (one->wrong)
            continue;
        one->answer = dr_take_text(&p->arena, answer.data, answer.len - 1);
        if (one->answer == NULL)
            status = DRIP_NO_MEMORY;
    }
    drip_session_free(s);
    dr_buf_free(&answer);
    return status;
}

static void fill_pool(void *context, uint32_t task)
{
    finding_all *f = context;
    vary_pool *p = &f->pools[f->wanted[task]];
    const dr_case *c = f->x->cases[f->wanted[task]].c;
    p->of = f->wanted[task];
    dr_arena_init(&p->arena, &f->x->engine->alloc, (size_t)1 << 14, f->x->engine->limits.compile_heap);
    if (!dr_stories_near(f->stories, c->span.source, c->span.start, keep_one, p))
        p->status = DRIP_NO_MEMORY;
    if (p->status == DRIP_OK)
        p->status = compile_pool(f, p);
    if (p->status == DRIP_OK)
        p->status = answer_pool(f, p);
    if (p->status == DRIP_BAD_POLICY) { /* none of them can be told */
        p->status = DRIP_OK;
        p->count = 0;
    }
}

/* ---- which scenarios to begin with */

/* Those it applied in, then those it was asked in; the shortest first. At most CASES_EACH, of RUNS_EACH settings. */
static uint32_t nearest(const dr_mutating *x, const dr_mut_item *it, uint32_t *out)
{
    uint32_t n = 0, runs[RUNS_EACH], n_runs = 0;
    for (uint32_t round = 0; n < CASES_EACH && round < CASES_EACH; round++) {
        uint32_t best = DR_NONE;
        uint8_t best_reach = 1;
        for (uint32_t i = 0; i < x->n_cases; i++) {
            uint8_t reach = dr_mut_reach(x, it, &x->cases[i]);
            bool taken = false, run_known = n_runs < RUNS_EACH;
            for (uint32_t k = 0; k < n; k++)
                taken = taken || out[k] == i || x->cases[out[k]].c->len == x->cases[i].c->len;
            for (uint32_t k = 0; k < n_runs; k++)
                run_known = run_known || runs[k] == x->cases[i].run;
            if (reach < best_reach || taken || !run_known)
                continue;
            if (best == DR_NONE || reach > best_reach || x->cases[i].c->len < x->cases[best].c->len) {
                best = i;
                best_reach = reach;
            }
        }
        if (best == DR_NONE)
            break;
        out[n++] = best;
        bool had = false;
        for (uint32_t k = 0; k < n_runs; k++)
            had = had || runs[k] == x->cases[best].run;
        if (!had)
            runs[n_runs++] = x->cases[best].run;
    }
    return n;
}

/* ---- a survivor */

static void put_indented(dr_buf *out, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        dr_buf_bytes(out, text, len);
        dr_buf_char(out, '\n');
        text += len + (text[len] == '\n');
    }
}

static void tell(const dr_mutating *x, dr_mut_item *it, const vary_pool *p, const vary_one *one,
                 const char *expected)
{
    dr_buf out, name;
    const dr_case *c = x->cases[p->of].c;
    dr_buf_init(&out, &x->engine->alloc, SCENARIO_MAX);
    dr_buf_init(&name, &x->engine->alloc, SCENARIO_MAX);
    dr_buf_text(&name, c->name);
    if (*one->changed != '\0') {
        dr_buf_text(&name, ", ");
        dr_buf_text(&name, one->changed);
    }
    for (size_t i = 0; i < name.len; i++) /* a name is a text on one line */
        name.data[i] = name.data[i] == '"' || name.data[i] == '\n' ? '\'' : name.data[i];
    dr_buf_text(&out, "scenario \"");
    dr_buf_bytes(&out, name.data, name.len);
    dr_buf_text(&out, "\"\n");
    put_indented(&out, one->body);
    dr_buf_text(&out, "  expect ");
    dr_buf_text(&out, expected);
    dr_buf_char(&out, '\n');
    if (!out.failed && !name.failed) {
        it->scenario = dr_api_copy(&x->engine->alloc, out.data, out.len);
        it->scenario_size = out.len + 1;
    }
    if (it->scenario == NULL)
        it->status = DRIP_NO_MEMORY;
    dr_buf_free(&out);
    dr_buf_free(&name);
}

typedef struct telling_apart {
    drip_session *plain, *changed;
    const vary_one *found;
    dr_apart apart;
    dr_buf answer, expected, best;
    drip_status status;
} telling_apart;

/* Else it is refused; without memory nothing can be said of it. */
static bool is_done(telling_apart *t, drip_status status)
{
    if (status == DRIP_NO_MEMORY)
        t->status = status;
    return status == DRIP_OK;
}

/* Does the changed policy answer it otherwise, and can that be expected? */
static void try_one(telling_apart *t, const vary_one *one)
{
    if (one->wrong || one->answer == NULL || !is_done(t, answered(t->changed, one, &t->answer)) ||
        strcmp(t->answer.data, one->answer) == 0 || !is_done(t, evaluated(t->plain, one)))
        return;
    dr_buf_clear(&t->expected);
    dr_answer is = {&t->plain->s, &t->plain->outcome}, other = {&t->changed->s, &t->changed->outcome};
    dr_apart apart = dr_expect_apart(is, other, dr_is_keyword, &t->expected);
    if (t->expected.failed && !t->expected.full)
        t->status = DRIP_NO_MEMORY;
    if (apart == DR_APART_NOT || t->expected.failed || (t->found != NULL && apart >= t->apart))
        return;
    t->found = one;
    t->apart = apart;
    dr_buf_clear(&t->best);
    dr_buf_bytes(&t->best, t->expected.data, t->expected.len);
}

/* The first of the pool that gets another answer; of those, one that needs the least to tell them apart. */
static void search_pool(const dr_mutating *x, dr_mut_item *it, const vary_pool *p, drip_session *plain,
                        drip_session *changed)
{
    telling_apart t = {.plain = plain, .changed = changed};
    dr_buf *bufs[] = {&t.answer, &t.expected, &t.best};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        dr_buf_init(bufs[i], &x->engine->alloc, SCENARIO_MAX);
    for (uint32_t i = 0; i < p->count && t.status == DRIP_OK && (t.found == NULL || t.apart > DR_APART_SHOWN);
         i++)
        try_one(&t, &p->items[i]);
    if (t.status != DRIP_OK || (t.found != NULL && t.best.failed))
        it->status = DRIP_NO_MEMORY;
    else if (t.found != NULL)
        tell(x, it, p, t.found, t.best.data);
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        dr_buf_free(bufs[i]);
}

/* What one setting of parameters needs. */
typedef struct pair {
    uint32_t run; /* DR_NONE: none */
    drip_program *program;
    drip_session *plain, *changed;
} pair;

static void close_pair(pair *p)
{
    drip_session_free(p->changed);
    drip_session_free(p->plain);
    drip_program_free(p->program);
    *p = (pair){.run = DR_NONE};
}

static drip_status open_pair(const dr_mutating *x, const dr_mut_item *it, uint32_t run, pair *p)
{
    close_pair(p);
    p->run = run;
    drip_status status = dr_mutated(x, it, x->runs[run].settings, &p->program);
    if (status != DRIP_OK)
        return status == DRIP_BAD_POLICY ? DRIP_OK : status;
    status = drip_session_new(p->program, &p->changed);
    return status != DRIP_OK ? status : drip_session_new(x->runs[run].program, &p->plain);
}

static void find_for(void *context, uint32_t at)
{
    finding_all *f = context;
    dr_mutating *x = f->x;
    dr_mut_item *it = &x->items[at];
    uint32_t cases[CASES_EACH];
    pair p = {.run = DR_NONE};
    if (it->state != MUT_SURVIVED || it->status != DRIP_OK)
        return;
    uint32_t n = nearest(x, it, cases);
    for (uint32_t i = 0; i < n && it->scenario == NULL && it->status == DRIP_OK; i++) {
        uint32_t run = x->cases[cases[i]].run;
        if (run != p.run)
            it->status = open_pair(x, it, run, &p);
        if (it->status == DRIP_OK && p.plain != NULL)
            search_pool(x, it, &f->pools[cases[i]], p.plain, p.changed);
    }
    close_pair(&p);
}

/* ---- all survivors */

static bool want(finding_all *f)
{
    dr_mutating *x = f->x;
    uint32_t cases[CASES_EACH];
    bool *is = dr_take_zero(&x->arena, (size_t)x->n_cases + 1, sizeof *is);
    f->pools = dr_take_zero(&x->arena, (size_t)x->n_cases + 1, sizeof *f->pools);
    f->wanted = dr_take_zero(&x->arena, (size_t)x->n_cases + 1, sizeof *f->wanted);
    if (is == NULL || f->pools == NULL || f->wanted == NULL)
        return false;
    for (uint32_t i = 0; i < x->n_items; i++) {
        uint32_t n = x->items[i].state == MUT_SURVIVED ? nearest(x, &x->items[i], cases) : 0;
        for (uint32_t k = 0; k < n; k++)
            is[cases[k]] = true;
    }
    for (uint32_t i = 0; i < x->n_cases; i++)
        if (is[i])
            f->wanted[f->n_wanted++] = i;
    return true;
}

static drip_status fill_all(finding_all *f)
{
    dr_api_share(f->n_wanted, f->x->options->jobs, fill_pool, f);
    for (uint32_t i = 0; i < f->n_wanted; i++)
        if (f->pools[f->wanted[i]].status != DRIP_OK)
            return f->pools[f->wanted[i]].status;
    dr_api_share(f->x->n_items, f->x->options->jobs, find_for, f);
    return DRIP_OK;
}

drip_status dr_mut_find(dr_mutating *x)
{
    finding_all f = {.x = x};
    if (!want(&f))
        return DRIP_NO_MEMORY;
    if (f.n_wanted == 0)
        return DRIP_OK;
    f.stories = dr_stories_open(&x->engine->alloc, &x->home->p->sources, x->engine->limits.compile_heap);
    drip_status status = f.stories == NULL ? DRIP_NO_MEMORY : fill_all(&f);
    for (uint32_t i = 0; i < f.n_wanted; i++) {
        vary_pool *p = &f.pools[f.wanted[i]];
        drip_program_free(p->home);
        dr_arena_free(&p->arena);
    }
    dr_stories_close(f.stories);
    return status;
}
