/* drip: vary.c, level 2a. Scenarios that differ a little from one there is: for a change of the policy that no
 * scenario notices, one of them may (api_vary.c runs them).
 *
 * Nothing is invented. A statement of the scenario gets another value in the place of one that it has: a time or
 * amount a step away, or as far from another time of the scenario as a length of time that the policies name
 * and a minute more; a word, text or pair that stands in that place in some other scenario. A statement or pair is left
 * out, or one that another scenario has is added. So each is written as the people who wrote the scenarios write, and
 * few are refused when they are compiled. One change at a time: what was changed can be said. */
#include "front.h"
#include "vary.h"

#include <stdio.h>
#include <string.h>

enum {
    NODES_MAX = 4000000,
    FIRST_CHUNK = 1 << 16,
    DIAGS_MAX = 1,
    STATEMENTS = 64,
    WORDS = 10, /* others in the place of one */
    ADDED = 40, /* statements of other scenarios */
    LENGTHS_MAX = 40
};

typedef struct used {       /* what stands in a place of statements of this word */
    const char *word, *key; /* key: of a pair; NULL: by its position */
    uint32_t position;
    dr_vec values; /* const char *: as written */
} used;

struct dr_stories {
    dr_alloc alloc;
    dr_arena arena;
    const dr_sources *sources;
    dr_ast **items;           /* per source */
    dr_vec shorthands, lists; /* const char * */
    dr_vec places;            /* used */
    dr_vec statements;        /* const char *: each once */
    struct steps {
        int64_t at[LENGTHS_MAX]; /* ascending */
        uint32_t n;
    } lengths, numbers; /* in seconds, and plain ones, that the policies name */
    bool failed;
};

/* ---- reading */

static const char *slice(dr_stories *s, dr_span span)
{
    const char *text =
        dr_take_text(&s->arena, s->sources->items[span.source].bytes + span.start, span.end - span.start);
    s->failed = s->failed || text == NULL;
    return text == NULL ? "" : text;
}

static bool has(const dr_vec *v, const char *text)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (strcmp(DR_AT(*v, const char *, i), text) == 0)
            return true;
    return false;
}

static void keep(dr_stories *s, dr_vec *v, const char *text)
{
    if (has(v, text))
        return;
    const char **kept = dr_vec_add(&s->arena, v, sizeof *kept);
    s->failed = s->failed || kept == NULL;
    if (kept != NULL)
        *kept = text;
}

static used *find(const dr_stories *s, const char *word, const char *key, uint32_t position)
{
    for (uint32_t i = 0; i < s->places.count; i++) {
        used *u = &DR_AT(s->places, used, i);
        if (u->word == word && u->key == key && u->position == position)
            return u;
    }
    return NULL;
}

static void note_value(dr_stories *s, const char *word, const char *key, uint32_t position, dr_span value)
{
    used *u = find(s, word, key, position);
    if (u == NULL) {
        u = dr_vec_add(&s->arena, &s->places, sizeof *u);
        if (u == NULL) {
            s->failed = true;
            return;
        }
        *u = (used){.word = word, .key = key, .position = position};
    }
    keep(s, &u->values, slice(s, value));
}

/* `with` is written behind its name. */
static dr_span whole(const dr_ast *st)
{
    dr_span span = st->span;
    for (const dr_ast *v = st->a; v != NULL; v = v->next)
        span.end = v->span.end > span.end ? v->span.end : span.end;
    for (const dr_ast *p = st->b; p != NULL; p = p->next)
        span.end = p->span.end > span.end ? p->span.end : span.end;
    return span;
}

static void note_statements(dr_stories *s, const dr_ast *list)
{
    for (const dr_ast *st = list; st != NULL; st = st->next) {
        uint32_t position = 0;
        if (st->kind != A_STATEMENT)
            continue;
        keep(s, &s->statements, slice(s, whole(st)));
        for (const dr_ast *v = st->a; v != NULL; v = v->next)
            note_value(s, st->text, NULL, position++, v->span);
        for (const dr_ast *p = st->b; p != NULL; p = p->next)
            note_value(s, st->text, p->text, 0, p->a->span);
    }
}

static void note_step(struct steps *s, int64_t value, int64_t most)
{
    uint32_t at = 0;
    while (at < s->n && s->at[at] < value)
        at++;
    if (value <= 0 || value > most || s->n == LENGTHS_MAX || (at < s->n && s->at[at] == value))
        return;
    memmove(s->at + at + 1, s->at + at, (s->n - at) * sizeof *s->at);
    s->at[at] = value;
    s->n++;
}

static bool whole_number(const dr_ast *e, int64_t *n)
{
    if ((e->kind != A_QUANTITY && e->kind != A_NUMBER) || strlen(e->text) > 5 ||
        strspn(e->text, "0123456789") != strlen(e->text))
        return false;
    *n = 0;
    for (const char *d = e->text; *d != '\0'; d++)
        *n = *n * 10 + (*d - '0');
    return true;
}

/* Of a unit of time; 0: it is none. */
static int64_t seconds_in(const char *unit)
{
    return strcmp(unit, "s") == 0 ? 1 : strcmp(unit, "min") == 0 ? 60 : strcmp(unit, "h") == 0 ? 3600 : 0;
}

/* Every length of time and number that the policies name. */
static void note_steps(dr_stories *s, const dr_ast *e)
{
    for (; e != NULL; e = e->next) {
        int64_t n = 0;
        if (whole_number(e, &n) && e->kind == A_QUANTITY)
            note_step(&s->lengths, n * seconds_in(e->b->text), 86400);
        else if (whole_number(e, &n))
            note_step(&s->numbers, n, 9999);
        note_steps(s, e->a);
        note_steps(s, e->b);
        note_steps(s, e->c);
        note_steps(s, e->d);
    }
}

static void note_item(dr_stories *s, const dr_ast *i)
{
    if (i->kind == A_SHORTHAND)
        keep(s, &s->shorthands, i->text);
    else if (i->kind == A_ENTITY && i->b != NULL && i->c != NULL)
        keep(s, &s->lists, i->c->text);
    else if (i->kind == A_ATTRIBUTE || i->kind == A_PARAM || i->kind == A_SET || i->kind == A_AMEND ||
             i->kind == A_ADDITION || i->kind == A_FINDING || i->kind == A_LINE || i->kind == A_MARK) {
        note_steps(s, i->a);
        note_steps(s, i->b);
        note_steps(s, i->c);
        note_steps(s, i->d);
    }
    if (i->kind != A_SCENARIO)
        return;
    note_statements(s, i->b);
    for (const dr_ast *v = i->d; v != NULL; v = v->next)
        note_statements(s, v->b);
}

static dr_ast *parsed(dr_stories *s, dr_syms *syms, dr_diags *diags, uint32_t source)
{
    dr_parse *p = dr_take_zero(&s->arena, 1, sizeof *p);
    if (p == NULL)
        return s->failed = true, NULL;
    p->arena = &s->arena;
    p->syms = syms;
    p->diags = diags;
    p->source = &s->sources->items[source];
    p->source_index = source;
    p->max_nodes = NODES_MAX;
    s->failed = !dr_parse_source(p) || s->failed;
    return p->items;
}

dr_stories *dr_stories_open(const dr_alloc *alloc, const dr_sources *sources, size_t heap)
{
    dr_syms syms;
    dr_diags diags;
    dr_stories *s = dr_new(alloc, sizeof *s);
    if (s == NULL)
        return NULL;
    s->alloc = *alloc;
    s->sources = sources;
    dr_arena_init(&s->arena, alloc, FIRST_CHUNK, heap);
    dr_syms_init(&syms, &s->arena, NULL, 0x9E3779B9u);
    dr_diags_init(&diags, alloc, DIAGS_MAX);
    s->items = dr_take_zero(&s->arena, (size_t)sources->count + 1, sizeof *s->items);
    for (uint32_t i = 0; i < sources->count && s->items != NULL && !s->failed; i++) {
        size_t len = strlen(sources->items[i].origin);
        if (len < 5 || strcmp(sources->items[i].origin + len - 5, ".drip") != 0)
            continue;
        s->items[i] = parsed(s, &syms, &diags, i);
        for (const dr_ast *item = s->items[i]; item != NULL; item = item->next)
            note_item(s, item);
    }
    dr_diags_free(&diags);
    if (s->items != NULL && !s->failed)
        return s;
    dr_stories_close(s);
    return NULL;
}

void dr_stories_close(dr_stories *s)
{
    if (s == NULL)
        return;
    dr_alloc a = s->alloc;
    dr_arena_free(&s->arena);
    dr_free(&a, s, sizeof *s);
}

/* ---- one scenario */

typedef struct nearby {
    const dr_stories *s;
    const dr_ast *statements[STATEMENTS];
    uint32_t n;
    dr_buf body, changed;
    dr_vary_fn fn;
    void *context;
    bool lost; /* there was no memory for one */
} nearby;

/* As scenario.c does: what a variation says takes the place of what it says again. */
static bool replaces(const dr_stories *s, const dr_ast *a, const dr_ast *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == A_ON || a->kind == A_KNOWNON)
        return true;
    if (strcmp(a->text, b->text) != 0)
        return false;
    if (a->kind == A_WITH || a->a == NULL || b->a == NULL)
        return true;
    bool row = has(&s->lists, a->text), short_hand = has(&s->shorthands, a->text);
    const char *x = a->a->text, *y = b->a->text;
    if (!row && !short_hand && a->a->next == NULL)
        return true;
    if (x == NULL || y == NULL || strcmp(x, y) != 0)
        return false;
    x = row && a->a->next != NULL ? a->a->next->text : "";
    y = row && b->a->next != NULL ? b->a->next->text : "";
    return !row || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

static void gather(nearby *b, const dr_ast *list)
{
    uint32_t before = b->n;
    for (const dr_ast *st = list; st != NULL; st = st->next) {
        uint32_t at = b->n;
        if (st->kind == A_EXPECT)
            continue;
        for (uint32_t i = 0; i < before; i++)
            at = replaces(b->s, b->statements[i], st) ? i : at;
        if (at == STATEMENTS)
            return;
        b->statements[at] = st;
        b->n += at == b->n;
    }
}

static bool begins_at(const dr_ast *e, uint32_t start)
{
    return e->span.start == start;
}

static bool find_story(nearby *b, const dr_ast *items, uint32_t start)
{
    for (const dr_ast *i = items; i != NULL; i = i->next) {
        if (i->kind != A_SCENARIO)
            continue;
        const dr_ast *vary = i->d;
        while (vary != NULL && !begins_at(vary, start))
            vary = vary->next;
        if (vary == NULL && !begins_at(i, start))
            continue;
        gather(b, i->b);
        if (vary != NULL)
            gather(b, vary->b);
        return true;
    }
    return false;
}

/* ---- writing one */

static void put_slice(nearby *b, dr_span span)
{
    dr_buf_bytes(&b->body, b->s->sources->items[span.source].bytes + span.start, span.end - span.start);
}

static void put_statement(nearby *b, const dr_ast *st)
{
    dr_buf_text(&b->body, "  ");
    if (st->kind == A_WITH) {
        dr_buf_text(&b->body, "with ");
        dr_buf_text(&b->body, st->text);
        dr_buf_text(&b->body, " = ");
        put_slice(b, st->a->span);
    } else {
        put_slice(b, whole(st));
    }
    dr_buf_char(&b->body, '\n');
}

/* One that is too long is left out. */
static void hand_over(nearby *b)
{
    if (!b->body.failed && !b->changed.failed)
        b->fn(b->context, b->body.data == NULL ? "" : b->body.data,
              b->changed.data == NULL ? "" : b->changed.data);
    else if (!b->body.full && !b->changed.full)
        b->lost = true;
}

/* All statements; of statement `at` what stands at `out` becomes `text`. at b->n: none. */
static void tell(nearby *b, uint32_t at, dr_span out, const char *text)
{
    dr_buf_clear(&b->body);
    for (uint32_t i = 0; i < b->n; i++) {
        dr_span all = whole(b->statements[i]);
        if (i != at) {
            put_statement(b, b->statements[i]);
            continue;
        }
        if (out.start == all.start && out.end == all.end && *text == '\0')
            continue; /* left out */
        dr_buf_text(&b->body, "  ");
        put_slice(b, (dr_span){all.source, all.start, out.start});
        dr_buf_text(&b->body, text);
        put_slice(b, (dr_span){all.source, out.end, all.end});
        dr_buf_char(&b->body, '\n');
    }
    hand_over(b);
}

static void say(nearby *b, const char *before, dr_span at, const char *instead)
{
    dr_buf_clear(&b->changed);
    dr_buf_text(&b->changed, before);
    const dr_source *s = &b->s->sources->items[at.source];
    if (*instead != '\0') {
        dr_buf_text(&b->changed, instead);
        dr_buf_text(&b->changed, " instead of ");
    }
    dr_buf_bytes(&b->changed, s->bytes + at.start, at.end - at.start);
}

static void instead(nearby *b, uint32_t at, dr_span value, const char *text)
{
    size_t len = value.end - value.start;
    const char *now = b->s->sources->items[value.source].bytes + value.start;
    if (strlen(text) == len && memcmp(now, text, len) == 0)
        return;
    say(b, "", value, text);
    tell(b, at, value, text);
}

/* ---- times */

/* "09:16", "09:16:01", "09:16+1" for the next day: seconds from midnight; -1: it is no time. */
static int64_t seconds_of(const dr_ast *v)
{
    unsigned hours = 0, minutes = 0, seconds = 0, days = 0;
    int used_up = 0;
    if (v == NULL || v->kind != A_TIME)
        return -1;
    if (sscanf(v->text, "%2u:%2u%n", &hours, &minutes, &used_up) < 2)
        return -1;
    const char *rest = v->text + used_up;
    if (*rest == ':' && sscanf(rest + 1, "%2u", &seconds) == 1)
        rest += 3;
    if (*rest == '+' && sscanf(rest + 1, "%3u", &days) != 1)
        return -1;
    return (int64_t)days * 86400 + hours * 3600 + minutes * 60 + seconds;
}

static void at_time(nearby *b, uint32_t at, dr_span value, int64_t seconds)
{
    char text[48], tail[16] = "";
    if (seconds < 0 || seconds > 3 * 86400)
        return;
    unsigned n = (unsigned)(seconds % 86400), day = (unsigned)(seconds / 86400);
    if (n % 60 != 0)
        (void)snprintf(tail, sizeof tail, ":%02u", n % 60);
    (void)snprintf(text, sizeof text, "%02u:%02u%s", n / 3600, n / 60 % 60, tail);
    if (day > 0)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "+%u", day);
    instead(b, at, value, text);
}

/* As far behind the time before it, and behind the first of the scenario, as a length that the policies name. */
static void vary_time(nearby *b, uint32_t at, const dr_ast *v, int64_t before, int64_t first)
{
    int64_t now = seconds_of(v);
    at_time(b, at, v->span, now + 60);
    at_time(b, at, v->span, now - 60);
    at_time(b, at, v->span, now + 1);
    for (uint32_t i = 0; i < b->s->lengths.n; i++)
        for (int64_t more = 0; more <= 60; more += 60) {
            if (before >= 0)
                at_time(b, at, v->span, before + b->s->lengths.at[i] + more);
            if (first >= 0 && first != before)
                at_time(b, at, v->span, first + b->s->lengths.at[i] + more);
        }
}

/* ---- other values */

static void vary_number(nearby *b, uint32_t at, const dr_ast *v)
{
    char text[64];
    const char *unit = v->kind == A_QUANTITY ? v->b->text : "", *gap = *unit != '\0' ? " " : "";
    long long n = 0;
    int used_up = 0;
    if (sscanf(v->text, "%15lld%n", &n, &used_up) != 1 || v->text[used_up] != '\0')
        return;
    for (int step = -1; step <= 1; step += 2) {
        if (n + step < 0)
            continue;
        (void)snprintf(text, sizeof text, "%lld%s%.30s", n + step, gap, unit);
        instead(b, at, v->span, text);
    }
}

/* As large as what the policies name, and a step more. */
static void vary_size(nearby *b, uint32_t at, const dr_ast *v)
{
    char text[64];
    int64_t n = 0, unit = v->kind == A_QUANTITY ? seconds_in(v->b->text) : 0;
    const struct steps *steps = v->kind == A_NUMBER ? &b->s->numbers : &b->s->lengths;
    if ((v->kind != A_NUMBER && unit == 0) || !whole_number(v, &n))
        return;
    for (uint32_t i = 0; i < steps->n; i++)
        for (int64_t more = 0; more <= 1; more++) {
            bool minutes = unit > 0 && steps->at[i] % 60 == 0;
            int64_t size = (minutes ? steps->at[i] / 60 : steps->at[i]) + more;
            (void)snprintf(text, sizeof text, "%lld%s", (long long)size,
                           unit == 0 ? ""
                           : minutes ? " min"
                                     : " s");
            instead(b, at, v->span, text);
        }
}

static void vary_day(nearby *b, uint32_t at, const dr_ast *v)
{
    int64_t day = 0;
    if (!dr_date_parse(v->text, strlen(v->text), &day))
        return;
    for (int step = -1; step <= 1; step += 2) {
        dr_buf text;
        dr_buf_init(&text, &b->s->alloc, 64);
        dr_date_write(day + step, &text);
        if (!text.failed && text.data != NULL)
            instead(b, at, v->span, text.data);
        dr_buf_free(&text);
    }
}

static void vary_value(nearby *b, uint32_t at, const dr_ast *v, const used *others)
{
    if (v->kind == A_NUMBER || v->kind == A_QUANTITY)
        vary_number(b, at, v);
    vary_size(b, at, v);
    if (v->kind == A_DATE)
        vary_day(b, at, v);
    uint32_t n = others == NULL || v->kind == A_TIME ? 0 : others->values.count;
    for (uint32_t i = 0; i < n && i < WORDS; i++) /* evenly from all there are */
        instead(b, at, v->span, DR_AT(others->values, const char *, n > WORDS ? i * n / WORDS : i));
}

/* ---- pairs */

static void leave_out_pairs(nearby *b, uint32_t at, const dr_ast *st)
{
    uint32_t from = st->span.start;
    for (const dr_ast *v = st->a; v != NULL; v = v->next)
        from = v->span.end;
    for (const dr_ast *p = st->b; p != NULL; p = p->next) {
        say(b, "without ", p->span, "");
        tell(b, at, (dr_span){p->span.source, from, p->span.end}, "");
        from = p->span.end;
    }
}

static void add_pairs(nearby *b, uint32_t at, const dr_ast *st)
{
    enum { EACH = 3 };
    char text[256];
    dr_span end = whole(st);
    end.start = end.end;
    for (uint32_t i = 0; i < b->s->places.count; i++) {
        const used *u = &DR_AT(b->s->places, used, i);
        const dr_ast *p = st->b;
        while (p != NULL && u->key != NULL && strcmp(p->text, u->key) != 0)
            p = p->next;
        if (u->key == NULL || strcmp(u->word, st->text) != 0 || p != NULL || st->a == NULL)
            continue;
        for (uint32_t k = 0; k < u->values.count && k < EACH; k++) {
            int len = snprintf(text, sizeof text, ", %s %s", u->key, DR_AT(u->values, const char *, k));
            if (len < 0 || (size_t)len >= sizeof text)
                continue;
            say(b, "with ", end, "");
            dr_buf_text(&b->changed, text + 2);
            tell(b, at, end, text);
        }
    }
}

/* ---- all */

static void vary_statement(nearby *b, uint32_t at, int64_t *before, int64_t *first)
{
    const dr_ast *st = b->statements[at];
    uint32_t position = 0;
    if (st->kind == A_ON)
        vary_day(b, at, st->a);
    if (st->kind != A_STATEMENT)
        return;
    for (const dr_ast *v = st->a; v != NULL; v = v->next) {
        int64_t time = seconds_of(v);
        if (time >= 0)
            vary_time(b, at, v, *before, *first);
        *before = time >= 0 ? time : *before;
        *first = *first < 0 ? time : *first;
        vary_value(b, at, v, find(b->s, st->text, NULL, position++));
    }
    for (const dr_ast *p = st->b; p != NULL; p = p->next) {
        if (seconds_of(p->a) >= 0)
            vary_time(b, at, p->a, *before, *first);
        vary_value(b, at, p->a, find(b->s, st->text, p->text, 0));
    }
    leave_out_pairs(b, at, st);
    add_pairs(b, at, st);
}

static void add_statements(nearby *b)
{
    uint32_t n = b->s->statements.count, before = b->n;
    for (uint32_t i = 0; i < n && i < ADDED; i++) {
        const char *text = DR_AT(b->s->statements, const char *, n > ADDED ? i * n / ADDED : i);
        dr_buf_clear(&b->changed);
        dr_buf_text(&b->changed, "with ");
        dr_buf_text(&b->changed, text);
        dr_buf_clear(&b->body);
        for (uint32_t k = 0; k < before; k++)
            put_statement(b, b->statements[k]);
        dr_buf_text(&b->body, "  ");
        dr_buf_text(&b->body, text);
        dr_buf_char(&b->body, '\n');
        hand_over(b);
    }
}

static void tell_all(nearby *b)
{
    int64_t before = -1, first = -1;
    dr_buf_clear(&b->changed);
    tell(b, b->n, (dr_span){0, 0, 0}, "");
    for (uint32_t i = 0; i < b->n; i++)
        vary_statement(b, i, &before, &first);
    for (uint32_t i = 0; i < b->n && b->n > 1; i++) {
        if (b->statements[i]->kind == A_WITH)
            continue;
        say(b, "without ", whole(b->statements[i]), "");
        tell(b, i, whole(b->statements[i]), "");
    }
    add_statements(b);
}

bool dr_stories_near(const dr_stories *s, uint32_t source, uint32_t start, dr_vary_fn fn, void *context)
{
    nearby b = {.s = s, .fn = fn, .context = context};
    if (source >= s->sources->count || !find_story(&b, s->items[source], start))
        return true;
    dr_buf_init(&b.body, &s->alloc, (size_t)1 << 20);
    dr_buf_init(&b.changed, &s->alloc, (size_t)1 << 20);
    tell_all(&b);
    bool ok = !b.lost;
    dr_buf_free(&b.body);
    dr_buf_free(&b.changed);
    return ok;
}
