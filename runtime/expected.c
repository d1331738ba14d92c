/* drip: expected.c, level 2b. An answer as what a scenario expects of it: `only A x1, B x2; finding c`.
 *
 * Another answer must fail it. Where lines, how many they are and codes of findings do that, they are all that is said;
 * else what is shown of lines follows, or totals; else the other fields of lines, and whom findings are about. Lines
 * that are called alike are expected together, and of values only those that tell the answers apart. */
#include "expected.h"
#include "result.h"

#include <string.h>

enum { CHUNK = 1 << 14, MOST = 1 << 24, HOUR = 3600, MINUTE = 60 };

typedef struct side { /* one of the answers, in the notation of scenarios */
    dr_session *s;
    const dr_outcome *o;
    uint32_t n;
    const char **called; /* per line; NULL: the notation cannot say it */
    int64_t *units;
    const char **values; /* per line and name */
    const char **about;  /* per finding */
} side;

typedef struct telling {
    side is, other;
    dr_arena arena;
    dr_reserved_fn reserved;
    const char **names; /* of what is shown, then of fields */
    bool *use;
    uint32_t n_names, n_shown;
    dr_buf text, plain, *out;
    bool failed;
} telling;

static const char unsaid[] =
    "\n"; /* is not there, or the notation cannot say it: like no value that is said */

bool dr_told_find(const dr_session *s, const dr_out_line *line, const char *name, dr_told *to)
{
    const dr_program *p = s->program;
    for (uint32_t k = 0; k < p->n_shown; k++) {
        if (strcmp(p->shown[k].name, name) != 0)
            continue;
        uint32_t slot = p->shown[k].slot, column = p->slots[slot].clause_column;
        const dr_col col = s->cols[slot];
        *to = (dr_told){.type = p->slots[slot].type,
                        .cell = col.base[(size_t)line->row * col.stride],
                        .clause = column == DR_NONE ? DR_NONE : s->clauses[column][line->row]};
        return true;
    }
    for (uint32_t i = 0; i < p->n_fields; i++) {
        if (p->fields[i].role != DR_ROLE_PLAIN || strcmp(p->fields[i].name, name) != 0)
            continue;
        *to = (dr_told){.type = p->slots[p->fields[i].slot].type,
                        .cell = line->cells[i],
                        .clause = DR_NONE,
                        .field = true};
        return true;
    }
    return false;
}

/* ---- a value in the notation. False: the notation cannot say it. */

static bool ends_as_time(const char *text, size_t len)
{
    char last = len > 1 ? text[len - 1] : '0', before = len > 1 ? text[len - 2] : '0';
    return (last == 'm' || last == 'M') && strchr("apAP", before) != NULL;
}

static bool is_plain(const telling *t, const char *text, size_t len)
{
    bool digit = len > 0 && *text >= '0' && *text <= '9';
    for (size_t i = 0; i < len; i++) {
        bool letter =
            (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_';
        if (!letter && !(text[i] >= '0' && text[i] <= '9'))
            return false;
    }
    return len > 0 && !(digit && ends_as_time(text, len)) && !t->reserved(text, len);
}

static bool put_word(telling *t, const char *text, size_t len)
{
    if (is_plain(t, text, len)) {
        dr_buf_bytes(&t->text, text, len);
        return true;
    }
    dr_buf_clear(&t->plain);
    dr_buf_plain(&t->plain, text, len);
    dr_buf_char(&t->text, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            dr_buf_char(&t->text, '\\');
        dr_buf_char(&t->text, text[i]);
    }
    dr_buf_char(&t->text, '"');
    return t->plain.len == len;
}

static bool put_set(telling *t, const dr_session *s, uint8_t kind, uint16_t of, const dr_set *set)
{
    const dr_member *texts = dr_ordered(s, &t->arena, kind, of, set);
    bool ok = texts != NULL;
    dr_buf_text(&t->text, set->count > 1 ? "{" : "");
    for (uint32_t i = 0; i < set->count && ok; i++) {
        dr_buf_text(&t->text, i > 0 ? ", " : "");
        ok = put_word(t, texts[i].bytes, texts[i].len) &&
             (kind != DR_ENUM || is_plain(t, texts[i].bytes, texts[i].len));
    }
    dr_buf_text(&t->text, set->count > 1 ? "}" : "");
    return ok;
}

static bool put_duration(telling *t, int64_t seconds)
{
    int64_t unit = seconds % HOUR == 0 && seconds != 0 ? HOUR : seconds % MINUTE == 0 ? MINUTE : 1;
    dr_buf_int(&t->text, seconds / unit);
    dr_buf_text(&t->text, unit == HOUR ? " h" : unit == MINUTE ? " min" : " s");
    return seconds >= 0;
}

/* "12", "1.50", "1.50 USD", "2 mg/ml" */
static bool is_amount(const char *text)
{
    static const char digits[] = "0123456789";
    size_t n = strspn(text, digits);
    if (n == 0)
        return false;
    text += n;
    if (*text == '.') {
        n = strspn(text + 1, digits);
        if (n == 0)
            return false;
        text += n + 1;
    }
    if (*text == '\0')
        return true;
    if (*text++ != ' ')
        return false;
    for (n = 0; (text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z') ||
                (n > 0 && (text[n] == '/' || text[n] == '_'));)
        n++;
    return n > 0 && text[n] == '\0';
}

/* At the end of `text`. */
static bool put_value(telling *t, const dr_session *s, dr_type type, int64_t cell)
{
    dr_member word = {"", 0};
    size_t from = t->text.len;
    if (cell != DR_MISSING && type.kind == DR_TEXT)
        word = dr_text_of(s, DR_TEXT, 0, cell);
    if (cell == DR_MISSING || (type.kind == DR_TEXT && word.len == 0) ||
        (type.kind == DR_SET && ((const dr_set *)dr_ptr(cell))->count == 0)) {
        dr_buf_text(&t->text, "missing");
        return true;
    }
    switch ((dr_kind)type.kind) {
    case DR_TEXT:
        return put_word(t, word.bytes, word.len);
    case DR_SET:
        return put_set(t, s, type.member, type.of, dr_ptr(cell));
    case DR_DURATION:
        return put_duration(t, cell);
    case DR_ENUM:
        word = dr_text_of(s, DR_ENUM, type.of, cell);
        return put_word(t, word.bytes, word.len) && is_plain(t, word.bytes, word.len);
    case DR_BOOL:
    case DR_DATE:
    case DR_INSTANT:
    case DR_INT:
    case DR_NUM:
        dr_value_write(s->program, &s->syms, type, cell, &t->text);
        return type.kind == DR_BOOL || type.kind == DR_DATE || type.kind == DR_INSTANT ||
               (!t->text.failed && is_amount(t->text.data + from));
    default:
        return false;
    }
}

/* What is in `text`, kept; it is empty again. */
static const char *kept(telling *t, bool said)
{
    const char *text = dr_take_text(&t->arena, t->text.len == 0 ? "" : t->text.data, t->text.len);
    t->failed = t->failed || text == NULL || t->text.failed;
    dr_buf_clear(&t->text);
    return said && text != NULL ? text : unsaid;
}

/* ---- both answers in it */

static const char *called(telling *t, const dr_session *s, const dr_out_line *l)
{
    const dr_program *p = s->program;
    uint32_t name = dr_field_of(p, DR_ROLE_NAME), suffix = dr_field_of(p, DR_ROLE_SUFFIX);
    if (name == DR_NONE || l->cells[name] == DR_MISSING)
        return unsaid;
    dr_member word = dr_text_of(s, DR_TEXT, 0, l->cells[name]);
    bool said = put_word(t, word.bytes, word.len);
    const dr_set *set = suffix == DR_NONE || l->cells[suffix] == DR_MISSING ? NULL : dr_ptr(l->cells[suffix]);
    dr_type type = suffix == DR_NONE ? (dr_type){0} : p->slots[p->fields[suffix].slot].type;
    uint32_t n = set == NULL ? 0 : set->count;
    const dr_member *texts = n == 0 ? NULL : dr_ordered(s, &t->arena, type.member, type.of, set);
    for (uint32_t i = 0; i < n && texts != NULL; i++) {
        dr_buf_char(&t->text, '-');
        said = put_word(t, texts[i].bytes, texts[i].len) && said;
    }
    return kept(t, said && (n == 0 || texts != NULL));
}

static void read_lines(telling *t, side *d)
{
    uint32_t count = dr_field_of(d->s->program, DR_ROLE_COUNT);
    dr_told told;
    for (uint32_t i = 0; i < d->n; i++) {
        const dr_out_line *l = &d->o->lines[i];
        d->called[i] = called(t, d->s, l);
        d->units[i] = count == DR_NONE ? 1 : l->cells[count];
        for (uint32_t k = 0; k < t->n_names; k++) {
            bool there = dr_told_find(d->s, l, t->names[k], &told);
            d->values[i * t->n_names + k] =
                there ? kept(t, put_value(t, d->s, told.type, told.cell)) : unsaid;
        }
    }
}

static void read_side(telling *t, side *d, dr_answer a)
{
    const dr_type texts = {.kind = DR_SET, .member = DR_TEXT};
    uint32_t findings = a.o == NULL ? 0 : a.o->n_findings;
    *d = (side){.s = a.s, .o = a.o, .n = a.o == NULL ? 0 : a.o->n_lines};
    d->called = dr_take_zero(&t->arena, d->n + 1u, sizeof *d->called);
    d->units = dr_take_zero(&t->arena, d->n + 1u, sizeof *d->units);
    d->values = dr_take_zero(&t->arena, (size_t)d->n * t->n_names + 1, sizeof *d->values);
    d->about = dr_take_zero(&t->arena, findings + 1u, sizeof *d->about);
    if (d->called == NULL || d->units == NULL || d->values == NULL || d->about == NULL) {
        t->failed = true;
        d->n = 0;
        return;
    }
    if (a.o != NULL)
        read_lines(t, d);
    for (uint32_t i = 0; i < findings; i++) {
        const dr_set *set = a.o->findings[i].about;
        bool nobody = set == NULL || set->count == 0;
        if (nobody)
            dr_buf_text(&t->text, "nothing");
        d->about[i] = kept(t, nobody || put_value(t, a.s, texts, dr_cell(set)));
    }
}

/* Names by which values of lines can be asked for. */
static void read_names(telling *t, const dr_program *p)
{
    t->names = dr_take_zero(&t->arena, p->n_shown + p->n_fields + 1u, sizeof *t->names);
    t->use = dr_take_zero(&t->arena, p->n_shown + p->n_fields + 1u, sizeof *t->use);
    t->failed = t->failed || t->names == NULL || t->use == NULL;
    if (t->failed)
        return;
    for (uint32_t i = 0; i < p->n_shown; i++)
        t->names[t->n_names++] = p->shown[i].name;
    t->n_shown = t->n_names;
    for (uint32_t i = 0; i < p->n_fields; i++) {
        bool had = p->fields[i].role != DR_ROLE_PLAIN;
        for (uint32_t k = 0; k < t->n_shown; k++)
            had = had || strcmp(t->names[k], p->fields[i].name) == 0;
        if (!had)
            t->names[t->n_names++] = p->fields[i].name;
    }
}

/* ---- lines that are alike in the names that are used */

static const char *value_of(const telling *t, const side *d, uint32_t line, uint32_t name)
{
    return d->values[(size_t)line * t->n_names + name];
}

static bool alike(const telling *t, uint32_t line, const side *d, uint32_t i)
{
    if (strcmp(t->is.called[line], d->called[i]) != 0)
        return false;
    for (uint32_t k = 0; k < t->n_names; k++)
        if (t->use[k] && strcmp(value_of(t, &t->is, line, k), value_of(t, d, i, k)) != 0)
            return false;
    return true;
}

static int64_t sum(const telling *t, uint32_t line, const side *d)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < d->n; i++)
        total += alike(t, line, d, i) ? d->units[i] : 0;
    return total;
}

/* Would what is expected of this line fail for the other answer? Asked of the first of those that are alike. */
static bool tells(const telling *t, uint32_t line)
{
    int64_t mine = sum(t, line, &t->is);
    for (uint32_t i = 0; i < line; i++)
        if (alike(t, line, &t->is, i))
            return false;
    return mine >= 0 && mine != sum(t, line, &t->other);
}

static bool any_tells(const telling *t)
{
    for (uint32_t i = 0; i < t->is.n; i++)
        if (tells(t, i))
            return true;
    return false;
}

static bool can_be_said(const telling *t, uint32_t name)
{
    for (uint32_t i = 0; i < t->is.n; i++)
        if (value_of(t, &t->is, i, name) == unsaid)
            return false;
    return true;
}

/* Each of these names that tells the answers apart alone; where none does, all of them together. False: nor do they. */
static bool choose(telling *t, uint32_t from, uint32_t to)
{
    bool any = false, *chosen = dr_take_zero(&t->arena, t->n_names + 1u, sizeof *chosen);
    if (chosen == NULL) {
        t->failed = true;
        return false;
    }
    memset(t->use, 0, t->n_names * sizeof *t->use);
    for (uint32_t k = from; k < to; k++) {
        t->use[k] = can_be_said(t, k);
        chosen[k] = t->use[k] && any_tells(t);
        any = any || chosen[k];
        t->use[k] = false;
    }
    for (uint32_t k = from; k < to; k++)
        t->use[k] = any ? chosen[k] : can_be_said(t, k);
    return any_tells(t);
}

/* ---- findings */

static bool has_code(const dr_outcome *o, const char *code)
{
    for (uint32_t i = 0; o != NULL && i < o->n_findings; i++)
        if (strcmp(o->findings[i].code, code) == 0)
            return true;
    return false;
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

/* A code that no rule has cannot be asked for. */
static bool is_known(const dr_program *p, const char *code)
{
    for (uint32_t i = 0; i < p->n_rules; i++)
        if (p->rules[i].kind == DR_CLAUSE_FINDING && strcmp(p->rules[i].code, code) == 0)
            return true;
    return strcmp(code, "conflict") == 0;
}

/* Does the other answer have it, and this one not? */
static bool only_other(const telling *t, const char *code)
{
    return !has_code(t->is.o, code) && is_known(t->is.s->program, code);
}

static bool has_pair(const side *d, const char *code, const char *about)
{
    for (uint32_t i = 0; i < d->o->n_findings; i++)
        if (strcmp(d->o->findings[i].code, code) == 0 && strcmp(d->about[i], about) == 0)
            return true;
    return false;
}

/* Is finding i of `d` of this code, and about whom none of the other side is? The first of those that are equal. */
static bool is_own(const side *d, uint32_t i, const char *code, const side *not_in)
{
    if (strcmp(d->o->findings[i].code, code) != 0 || d->about[i] == unsaid ||
        has_pair(not_in, code, d->about[i]))
        return false;
    for (uint32_t k = 0; k < i; k++)
        if (strcmp(d->o->findings[k].code, code) == 0 && strcmp(d->about[k], d->about[i]) == 0)
            return false;
    return true;
}

/* Those of `d` that are about others than in the other answer. */
static bool put_own(telling *t, const side *d, const side *not_in, const char *code, const char *what)
{
    bool any = false;
    for (uint32_t i = 0; i < d->o->n_findings; i++) {
        if (!is_own(d, i, code, not_in))
            continue;
        dr_buf_text(t->out, what);
        dr_buf_text(t->out, code);
        dr_buf_text(t->out, " about ");
        dr_buf_text(t->out, d->about[i]);
        any = true;
    }
    return any;
}

/* Codes in their order, each once, with `about` whom those are about that tell the answers apart. */
static bool put_findings(telling *t, bool about)
{
    const dr_outcome *o = t->is.o;
    static const char what[] = "; finding ";
    bool any = false;
    if (o->n_findings == 0)
        dr_buf_text(t->out, "; no finding");
    for (const char *code = next_code(o, ""); code != NULL; code = next_code(o, code)) {
        if (about && put_own(t, &t->is, &t->other, code, what)) {
            any = true;
            continue;
        }
        dr_buf_text(t->out, what);
        dr_buf_text(t->out, code);
    }
    return any;
}

/* What the other answer finds and this one does not. */
static bool put_others(telling *t, bool about)
{
    const dr_outcome *o = t->other.o;
    static const char what[] = "; no finding ";
    bool any = false;
    if (o == NULL || t->is.o->n_findings == 0)
        return o != NULL && o->n_findings > 0;
    for (const char *code = next_code(o, ""); code != NULL; code = next_code(o, code)) {
        if (about && has_code(t->is.o, code))
            any = put_own(t, &t->other, &t->is, code, what) || any;
        if (about || !only_other(t, code))
            continue;
        dr_buf_text(t->out, what);
        dr_buf_text(t->out, code);
        any = true;
    }
    return any;
}

/* ---- lines */

/* False: the notation cannot say one of them. */
static bool put_lines(telling *t)
{
    bool said = true;
    memset(t->use, 0, t->n_names * sizeof *t->use);
    dr_buf_text(t->out, t->is.n == 0 ? "nothing" : "only ");
    for (uint32_t i = 0; i < t->is.n; i++) {
        uint32_t first = 0;
        while (!alike(t, i, &t->is, first))
            first++;
        if (first < i)
            continue;
        dr_buf_text(t->out, i == 0 ? "" : ", ");
        dr_buf_text(t->out, t->is.called[i] == unsaid ? "?" : t->is.called[i]);
        dr_buf_text(t->out, " x");
        dr_buf_int(t->out, sum(t, i, &t->is));
        said = said && t->is.called[i] != unsaid && sum(t, i, &t->is) >= 0;
    }
    return said;
}

static bool other_lines(const telling *t)
{
    for (uint32_t k = 0; k < t->other.n; k++) {
        bool there = false;
        for (uint32_t i = 0; i < t->is.n && !there; i++)
            there = strcmp(t->is.called[i], t->other.called[k]) == 0;
        if (!there)
            return true;
    }
    return any_tells(t);
}

static void put_values(telling *t)
{
    for (uint32_t i = 0; i < t->is.n; i++) {
        if (!tells(t, i))
            continue;
        const char *before = " with ";
        dr_buf_text(t->out, "; ");
        dr_buf_text(t->out, t->is.called[i]);
        dr_buf_text(t->out, " x");
        dr_buf_int(t->out, sum(t, i, &t->is));
        for (uint32_t k = 0; k < t->n_names; k++) {
            if (!t->use[k])
                continue;
            dr_buf_text(t->out, before);
            dr_buf_text(t->out, t->names[k]);
            dr_buf_char(t->out, ' ');
            dr_buf_text(t->out, value_of(t, &t->is, i, k));
            before = ", ";
        }
    }
}

/* ---- totals */

static const char *total_of(telling *t, const side *d, const char *name)
{
    const dr_program *p = d->s->program;
    for (uint32_t i = 0; i < p->n_totals && d->o->totals != NULL; i++)
        if (strcmp(p->totals[i].name, name) == 0)
            return kept(t, put_value(t, d->s, p->slots[p->totals[i].slot].type, d->o->totals[i]));
    return unsaid;
}

static bool put_totals(telling *t)
{
    const dr_program *p = t->is.s->program;
    bool any = false;
    for (uint32_t i = 0; i < p->n_totals; i++) {
        const char *mine = total_of(t, &t->is, p->totals[i].name);
        if (mine == unsaid || strcmp(mine, total_of(t, &t->other, p->totals[i].name)) == 0)
            continue;
        dr_buf_text(t->out, "; total ");
        dr_buf_text(t->out, p->totals[i].name);
        dr_buf_char(t->out, ' ');
        dr_buf_text(t->out, mine);
        any = true;
    }
    return any;
}

/* ---- all of it */

static bool same_codes(const telling *t)
{
    for (uint32_t i = 0; i < t->is.o->n_findings; i++)
        if (!has_code(t->other.o, t->is.o->findings[i].code))
            return false;
    return true;
}

static dr_apart tell_apart(telling *t)
{
    size_t from = t->out->len;
    bool said = put_lines(t), lines = t->other.o == NULL || other_lines(t);
    (void)put_findings(t, false);
    if (t->other.o == NULL || !said || t->failed)
        return said && !t->failed ? DR_APART_PLAIN : DR_APART_NOT;
    bool codes = put_others(t, false) || !same_codes(t);
    if (lines || codes)
        return DR_APART_PLAIN;
    if (choose(t, 0, t->n_shown)) {
        put_values(t);
        return DR_APART_SHOWN;
    }
    if (put_totals(t))
        return DR_APART_SHOWN;
    t->out->len = from;
    (void)put_lines(t);
    bool about = put_findings(t, true);
    bool values = choose(t, t->n_shown, t->n_names) || choose(t, 0, t->n_names);
    if (values)
        put_values(t);
    return values || about || put_others(t, true) ? DR_APART_MORE : DR_APART_NOT;
}

dr_apart dr_expect_apart(dr_answer is, dr_answer other, dr_reserved_fn reserved, dr_buf *out)
{
    telling t = {.reserved = reserved, .out = out};
    dr_arena_init(&t.arena, &is.s->alloc, CHUNK, MOST);
    dr_buf_init(&t.text, &is.s->alloc, MOST);
    dr_buf_init(&t.plain, &is.s->alloc, MOST);
    read_names(&t, is.s->program);
    dr_apart apart = DR_APART_NOT;
    if (!t.failed) {
        read_side(&t, &t.is, is);
        read_side(&t, &t.other, other);
    }
    if (!t.failed)
        apart = tell_apart(&t);
    out->failed = out->failed || t.failed || t.plain.failed;
    dr_buf_free(&t.plain);
    dr_buf_free(&t.text);
    dr_arena_free(&t.arena);
    return apart;
}
