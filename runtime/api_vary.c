/* drip: api_vary.c, level 3. For a change of a policy that no scenario notices: one that would.
 *
 * Taken are scenarios that reach the change, those first in which its clause applied and the shortest first, and what
 * lies near each (dsl/vary.c). They are compiled like any scenario and answered by the policy as it is, once
 * for all changes (a pool for each scenario), then by the changed one: the first whose answer differs is told, with
 * the answer of the policy as it is. So it says what is, and who pastes it has to see that this is right.
 *
 * An answer is compared as the text that would be expected of it: lines and findings; where these agree, what is shown
 * of lines and totals. */
#include "api_mutate.h"

#include "../dsl/vary.h"

#include <string.h>

enum { CASES_EACH = 12, RUNS_EACH = 2, ROUNDS = 8, FUEL = 4000000, SCENARIO_MAX = 1 << 20 };

typedef struct vary_one { /* a scenario that is not there */
    char *body, *changed;
    uint32_t line; /* where it begins in the source made of all */
    bool wrong;    /* drip refuses it */
    const char *json;
    size_t len;
    int64_t known_on;
    char *lines, *shown; /* its answer */
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

/* ---- an answer as what is expected of it */

static bool plain_word(const char *text)
{
    bool digits = *text >= '0' && *text <= '9';
    for (const char *at = text; *at != '\0'; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '_';
        if (!letter && !(*at >= '0' && *at <= '9'))
            return false;
    }
    return digits || *text != '\0';
}

static void put_word(dr_buf *out, const char *text, size_t len)
{
    char word[64];
    if (len < sizeof word) {
        memcpy(word, text, len);
        word[len] = '\0';
    }
    if (len < sizeof word && plain_word(word))
        dr_buf_text(out, word);
    else
        dr_buf_json(out, text, len);
}

static void put_called(drip_session *s, uint32_t i, dr_buf *out)
{
    const dr_program *p = s->s.program;
    uint32_t name = dr_field_of(p, DR_ROLE_NAME), suffix = dr_field_of(p, DR_ROLE_SUFFIX);
    const char *text = name == DR_NONE ? "" : drip_result_line_text(s, i, name);
    put_word(out, text, strlen(text));
    text = suffix == DR_NONE ? "" : drip_result_line_text(s, i, suffix);
    for (const char *at = text; *at != '\0'; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ",");
        dr_buf_char(out, '-');
        put_word(out, at, len);
        at += len;
    }
}

static bool called_alike(const drip_session *s, uint32_t a, uint32_t b)
{
    const dr_program *p = s->s.program;
    uint32_t name = dr_field_of(p, DR_ROLE_NAME), suffix = dr_field_of(p, DR_ROLE_SUFFIX);
    const int64_t *x = s->outcome.lines[a].cells, *y = s->outcome.lines[b].cells;
    return (name == DR_NONE || x[name] == y[name]) && (suffix == DR_NONE || x[suffix] == y[suffix]);
}

/* The least code behind `before`; NULL: there is none. */
static const char *next_code(const dr_outcome *o, const char *before)
{
    const char *least = NULL;
    for (uint32_t i = 0; i < o->n_findings; i++) {
        const char *code = o->findings[i].code;
        if (strcmp(code, before) > 0 && (least == NULL || strcmp(code, least) < 0))
            least = code;
    }
    return least;
}

/* Each once, in order of their codes: an expectation asks for no more. */
static void put_findings(const drip_session *s, dr_buf *out)
{
    const dr_outcome *o = &s->outcome;
    const char *before = "; finding ";
    if (o->n_findings == 0)
        dr_buf_text(out, "; no finding");
    for (const char *code = next_code(o, ""); code != NULL; code = next_code(o, code)) {
        dr_buf_text(out, before);
        dr_buf_text(out, code);
        before = ", ";
    }
}

/* Lines that are called alike are expected together. */
static void put_lines(drip_session *s, dr_buf *out)
{
    uint32_t n = s->outcome.n_lines, count = dr_field_of(s->s.program, DR_ROLE_COUNT);
    dr_buf_text(out, n == 0 ? "nothing" : "only ");
    for (uint32_t i = 0; i < n; i++) {
        int64_t sum = 0;
        bool told = false;
        for (uint32_t k = 0; k < n; k++) {
            if (!called_alike(s, i, k))
                continue;
            told = told || k < i;
            sum += count == DR_NONE ? 1 : s->outcome.lines[k].cells[count];
        }
        if (told)
            continue;
        dr_buf_text(out, i == 0 ? "" : ", ");
        put_called(s, i, out);
        dr_buf_text(out, " x");
        dr_buf_int(out, sum);
    }
    put_findings(s, out);
}

/* Amounts and numbers; a word as it is. */
static void put_value(const drip_shown *view, dr_buf *out)
{
    dr_buf_text(out, view->name);
    dr_buf_char(out, ' ');
    if (*view->text == '\0')
        dr_buf_text(out, "missing");
    else if (view->number)
        dr_buf_text(out, view->text);
    else
        put_word(out, view->text, strlen(view->text));
}

static void put_shown(drip_session *s, dr_buf *out)
{
    drip_shown view;
    for (uint32_t i = 0; i < s->outcome.n_lines; i++) {
        bool any = false;
        for (uint32_t k = 0; drip_result_shown(s, i, k, &view) == DRIP_OK; k++) {
            if (*view.text == '\0')
                continue;
            if (!any) {
                dr_buf_text(out, "; ");
                put_called(s, i, out);
            }
            dr_buf_text(out, any ? ", " : " with ");
            put_value(&view, out);
            any = true;
        }
    }
    for (uint32_t k = 0; drip_result_total(s, k, &view) == DRIP_OK; k++) {
        dr_buf_text(out, "; total ");
        put_value(&view, out);
    }
}

/* DRIP_NO_MEMORY, or else whether the encounter can be answered, in so many words. */
static drip_status answered(drip_session *s, const vary_one *one, dr_buf *lines, dr_buf *shown)
{
    s->s.known_on = one->known_on;
    dr_buf_clear(lines);
    dr_buf_clear(shown);
    drip_status status = drip_eval(s, one->json, one->len);
    if (status != DRIP_OK)
        return status;
    s->lost = false;
    put_lines(s, lines);
    put_shown(s, shown);
    dr_buf_char(lines, '\0');
    dr_buf_char(shown, '\0');
    if (s->lost || (lines->failed && !lines->full) || (shown->failed && !shown->full))
        return DRIP_NO_MEMORY;
    return lines->failed || shown->failed ? DRIP_LIMIT : DRIP_OK;
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
    const dr_alloc *a = &f->x->engine->alloc;
    size_t bytes = (f->x->base.count + 1) * sizeof *f->x->base.items;
    drip_layers layers = f->x->base;
    dr_buf text;
    drip_status status = DRIP_BAD_POLICY;
    uint32_t more = 1;
    dr_buf_init(&text, a, (size_t)1 << 26);
    layers.items = dr_new(a, bytes);
    for (int round = 0; round < ROUNDS && status == DRIP_BAD_POLICY && more > 0; round++) {
        drip_error *error = NULL;
        write_source(f, p, &text);
        if (layers.items == NULL || text.failed) {
            status = DRIP_NO_MEMORY;
            break;
        }
        memcpy(layers.items, f->x->base.items, bytes - sizeof *layers.items);
        layers.items[layers.count] = (dr_layer_source){(char *)(uintptr_t)origin, text.data, text.len};
        layers.count++;
        status = dr_api_compile(&layers, NULL, &p->home, &error);
        layers.count--;
        more = status == DRIP_BAD_POLICY && error != NULL ? blame(p, error, origin) : 0;
        drip_error_free(error);
    }
    dr_free(a, layers.items, bytes);
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
    dr_buf lines, shown;
    dr_buf_init(&lines, &f->x->engine->alloc, SCENARIO_MAX);
    dr_buf_init(&shown, &f->x->engine->alloc, SCENARIO_MAX);
    for (uint32_t i = 0; status == DRIP_OK && i < p->home->p->n_cases; i++) {
        const dr_case *c = &p->home->p->cases[i];
        vary_one *one = &p->items[number_in(c->name)];
        s->s.limits.fuel = FUEL;
        one->json = c->json;
        one->len = c->len;
        one->known_on = c->known_on;
        status = answered(s, one, &lines, &shown);
        one->wrong = status != DRIP_OK;
        if (one->wrong && status != DRIP_NO_MEMORY)
            status = DRIP_OK;
        if (one->wrong)
            continue;
        one->lines = dr_take_text(&p->arena, lines.data, lines.len - 1);
        one->shown = dr_take_text(&p->arena, shown.data, shown.len - 1);
        if (one->lines == NULL || one->shown == NULL)
            status = DRIP_NO_MEMORY;
    }
    drip_session_free(s);
    dr_buf_free(&lines);
    dr_buf_free(&shown);
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

static void tell(const dr_mutating *x, dr_mut_item *it, const vary_pool *p, const vary_one *one, bool shown)
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
    dr_buf_text(&out, one->lines);
    if (shown)
        dr_buf_text(&out, one->shown);
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

/* Does any of the pool get another answer? */
static bool search_pool(const dr_mutating *x, dr_mut_item *it, const vary_pool *p, drip_session *s)
{
    dr_buf lines, shown;
    const vary_one *found = NULL;
    bool by_shown = false;
    dr_buf_init(&lines, &x->engine->alloc, SCENARIO_MAX);
    dr_buf_init(&shown, &x->engine->alloc, SCENARIO_MAX);
    s->s.limits.fuel = FUEL;
    for (uint32_t i = 0; i < p->count && found == NULL && it->status == DRIP_OK; i++) {
        const vary_one *one = &p->items[i];
        drip_status status =
            one->wrong || one->lines == NULL ? DRIP_NOT_FOUND : answered(s, one, &lines, &shown);
        if (status == DRIP_NO_MEMORY)
            it->status = status;
        if (status != DRIP_OK)
            continue;
        by_shown = strcmp(lines.data, one->lines) == 0;
        if (!by_shown || strcmp(shown.data, one->shown) != 0)
            found = one;
    }
    dr_buf_free(&lines);
    dr_buf_free(&shown);
    if (found != NULL)
        tell(x, it, p, found, by_shown);
    return found != NULL;
}

static void find_for(void *context, uint32_t at)
{
    finding_all *f = context;
    dr_mutating *x = f->x;
    dr_mut_item *it = &x->items[at];
    uint32_t cases[CASES_EACH], run = DR_NONE;
    drip_program *program = NULL;
    drip_session *s = NULL;
    if (it->state != MUT_SURVIVED || it->status != DRIP_OK)
        return;
    uint32_t n = nearest(x, it, cases);
    for (uint32_t i = 0; i < n && it->scenario == NULL && it->status == DRIP_OK; i++) {
        const dr_mut_case *c = &x->cases[cases[i]];
        if (c->run != run) {
            drip_session_free(s);
            drip_program_free(program);
            s = NULL;
            program = NULL;
            run = c->run;
            drip_status status = dr_mutated(x, it, x->runs[run].settings, &program);
            it->status = status == DRIP_BAD_POLICY ? DRIP_OK : status;
            if (program != NULL)
                it->status = drip_session_new(program, &s);
        }
        if (s != NULL)
            (void)search_pool(x, it, &f->pools[cases[i]], s);
    }
    drip_session_free(s);
    drip_program_free(program);
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
