/* drip: witness_tell.c, level 2b. What is told of a witness: its JSON, the answers, and the encounter in the notation of the
 * policy's own scenarios where that can say it.
 *
 * A scenario begins with the defaults of the notation, so a record that lacks one of them has none. Rows that are just
 * what a shorthand stands for are written as that, with what the first row has beyond behind a comma; a row no
 * shorthand fits is written with its list's name. */
#include "conds.h"
#include "result.h"
#include "witness.h"

#include <string.h>

enum { ARGS = 8, DAY = 86400, DAYS_AFTER = 9, TEXT_MAX = 1 << 20 };

/* ---- answers */

static void put_about(dr_session *s, const dr_set *about, dr_buf *out)
{
    const dr_member *texts = about == NULL ? NULL : dr_ordered(s, &s->arena, DR_TEXT, 0, about);
    for (uint32_t i = 0; texts != NULL && i < about->count; i++) {
        dr_buf_text(out, i == 0 ? " about " : ", ");
        dr_buf_plain(out, texts[i].bytes, texts[i].len);
    }
}

static void put_shown(dr_session *s, const dr_shown *shown, int64_t cell, dr_buf *out)
{
    if (cell == DR_MISSING)
        return;
    dr_buf_char(out, ' ');
    dr_buf_text(out, shown->name);
    dr_buf_char(out, ' ');
    dr_value_write(s->program, &s->syms, s->program->slots[shown->slot].type, cell, out);
}

void dr_answer_write(dr_session *s, const dr_outcome *o, dr_buf *out)
{
    static const char *const levels[] = {"deny", "hold", "warn", "info"};
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < o->n_lines; i++) {
        (void)dr_fields_json(s, o->lines[i].cells, out);
        for (uint32_t k = 0; k < p->n_shown; k++) {
            const dr_col col = s->cols[p->shown[k].slot];
            put_shown(s, &p->shown[k], col.base[(size_t)o->lines[i].row * col.stride], out);
        }
        dr_buf_char(out, '\n');
    }
    for (uint32_t i = 0; i < o->n_findings; i++) {
        const dr_out_finding *f = &o->findings[i];
        dr_buf_text(out, levels[f->level]);
        dr_buf_char(out, ' ');
        dr_buf_text(out, f->code);
        put_about(s, f->about, out);
        dr_buf_char(out, '\n');
    }
    for (uint32_t i = 0; i < p->n_totals && o->totals != NULL; i++)
        put_shown(s, &p->totals[i], o->totals[i], out);
}

/* ---- a scenario */

typedef struct telling {
    dr_hunt *h;
    const dr_program *p; /* whose notation it is */
    const dr_draft *d;
    int64_t day;
    dr_buf *out;
    bool ok;
} telling;

static bool is_plain_word(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || text[i] == '_' ||
              (i > 0 && text[i] >= '0' && text[i] <= '9')))
            return false;
    return len > 0;
}

/* 09:30, 09:30:15, 00:30+1; else with its day */
static void put_time(telling *t, const char *value)
{
    int64_t seconds = 0;
    bool has = false;
    int32_t offset = 0;
    if (!dr_draft_time(value, &seconds, &has, &offset)) {
        t->ok = false;
        return;
    }
    int64_t days = dr_date_of(seconds, 0) - t->day;
    size_t len = strlen(value);
    if (has || days < 0 || days > DAYS_AFTER) {
        dr_buf_bytes(t->out, value + 1, len - 2);
        return;
    }
    const char *from = memchr(value, 'T', len);
    dr_buf_bytes(t->out, from + 1, (size_t)(value + len - 1 - (from + 1)));
    if (days > 0) {
        dr_buf_char(t->out, '+');
        dr_buf_int(t->out, days);
    }
}

/* {"value":5,"unit":"mg"}: 5 mg */
static void put_quantity(telling *t, const char *value)
{
    static const char begins[] = "{\"value\":", goes_on[] = ",\"unit\":\"";
    size_t n = sizeof begins - 1, m = sizeof goes_on - 1;
    const char *middle = strstr(value, goes_on), *end = middle == NULL ? NULL : strchr(middle + m, '"');
    if (strncmp(value, begins, n) != 0 || value[n] == '-' || end == NULL || end[1] != '}' || end[2] != '\0') {
        t->ok = false;
        return;
    }
    dr_buf_bytes(t->out, value + n, (size_t)(middle - value) - n);
    dr_buf_char(t->out, ' ');
    dr_buf_bytes(t->out, middle + m, (size_t)(end - middle) - m);
}

static void put_set(telling *t, const char *value)
{
    dr_buf_char(t->out, '{');
    for (const char *at = value + 1; *at != ']' && *at != '\0'; at++) {
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (end == NULL) {
            t->ok = t->ok && (*at == ',' || *at == ' ');
            continue;
        }
        dr_buf_text(t->out, t->out->data[t->out->len - 1] == '{' ? "" : ", ");
        if (is_plain_word(at + 1, (size_t)(end - at - 1)))
            dr_buf_bytes(t->out, at + 1, (size_t)(end - at - 1));
        else
            dr_buf_bytes(t->out, at, (size_t)(end - at + 1));
        at = end;
    }
    dr_buf_char(t->out, '}');
}

static void put_value(telling *t, const char *list, const char *path, const char *value)
{
    const dr_form_field *f = dr_form_find(&t->h->form, list, path);
    size_t len = strlen(value);
    dr_kind kind = f == NULL ? DR_NOTHING : (dr_kind)f->type.kind;
    if (kind == DR_INSTANT)
        put_time(t, value);
    else if (kind == DR_BOOL)
        dr_buf_text(t->out, strcmp(value, "true") == 0 ? "yes" : "no");
    else if (kind == DR_SET)
        put_set(t, value);
    else if ((kind == DR_ENUM || kind == DR_DATE) && value[0] == '"')
        dr_buf_bytes(t->out, value + 1, len - 2);
    else if (value[0] == '{')
        put_quantity(t, value);
    else if (kind == DR_TEXT && strchr(value, '\\') != NULL)
        t->ok = false;
    else if (value[0] == '-')
        t->ok = false;
    else
        dr_buf_bytes(t->out, value, len);
    if (kind == DR_DURATION && value[0] != '{') /* a bare number is so many minutes */
        dr_buf_text(t->out, " min");
}

/* A name is written without quotes where it looks like one: it begins with a letter, and only letters and digits
 * follow. */
static void put_arg(telling *t, const char *list, const char *path, const char *value)
{
    size_t len = strlen(value);
    bool name = len > 3 && len < 7 && value[0] == '"' && value[1] >= 'A' && value[1] <= 'Z';
    for (size_t i = 2; name && i < len - 1; i++)
        name = value[i] >= '0' && value[i] <= '9';
    const dr_form_field *f = dr_form_find(&t->h->form, list, path);
    if (name && f != NULL && f->type.kind == DR_TEXT)
        dr_buf_bytes(t->out, value + 1, len - 2);
    else
        put_value(t, list, path, value);
}

static size_t behind(const char *path, const char *part, size_t len)
{
    size_t n = strlen(part);
    return len > n && strcmp(path + len - n, part) == 0 ? len - n : 0;
}

/* "name value", and "name 5 mg" for name.value and name.unit. */
static void put_cell(telling *t, const dr_draft_row *row, uint32_t at, const char *before)
{
    const dr_draft_cell *c = &row->cells[at];
    size_t len = strlen(c->path), head = behind(c->path, ".value", len);
    if (head == 0 && behind(c->path, ".unit", len) > 0)
        return; /* said with its value */
    dr_buf_text(t->out, before);
    if (head == 0) {
        t->ok = t->ok && strchr(c->path, '.') == NULL;
        dr_buf_text(t->out, c->path);
        dr_buf_char(t->out, ' ');
        put_arg(t, row->list, c->path, c->value);
        return;
    }
    const char *unit = NULL;
    for (uint32_t i = 0; i < row->n; i++)
        if (strncmp(row->cells[i].path, c->path, head) == 0 &&
            strcmp(row->cells[i].path + head, ".unit") == 0)
            unit = row->cells[i].value;
    t->ok = t->ok && unit != NULL && unit[0] == '"' && memchr(c->path, '.', head) == NULL;
    if (!t->ok)
        return;
    dr_buf_bytes(t->out, c->path, head);
    dr_buf_char(t->out, ' ');
    dr_buf_text(t->out, c->value);
    dr_buf_char(t->out, ' ');
    dr_buf_bytes(t->out, unit + 1, strlen(unit) - 2);
}

/* Does the shorthand stand for the rows from here on? Only the first may have more cells. */
static bool fits(const telling *t, uint32_t row, const dr_shorthand *s, const char **args, uint32_t *more)
{
    memset((void *)args, 0, ARGS * sizeof *args);
    *more = 0;
    if (s->n_args > ARGS || row + s->n_rows > t->d->n || s->n_rows == 0)
        return false;
    for (uint32_t i = 0; i < s->n_rows; i++) {
        const dr_draft_row *r = &t->d->rows[row + i];
        if (strcmp(r->list, s->rows[i].list) != 0 || r->n < s->rows[i].n || (i > 0 && r->n > s->rows[i].n))
            return false;
        *more += r->n - s->rows[i].n;
        for (uint32_t k = 0; k < s->rows[i].n; k++) {
            const dr_short_cell *c = &s->rows[i].cells[k];
            const dr_draft_cell *there = dr_draft_cell_at(r, c->path);
            if (there == NULL || (c->value != NULL && strcmp(c->value, there->value) != 0))
                return false;
            if (c->value == NULL && args[c->arg] != NULL && strcmp(args[c->arg], there->value) != 0)
                return false;
            if (c->value == NULL)
                args[c->arg] = there->value;
        }
    }
    return true;
}

static const dr_short_cell *cell_of_arg(const dr_shorthand *s, uint32_t arg, const char **list)
{
    for (uint32_t i = 0; i < s->n_rows; i++)
        for (uint32_t k = 0; k < s->rows[i].n; k++)
            if (s->rows[i].cells[k].value == NULL && s->rows[i].cells[k].arg == arg) {
                *list = s->rows[i].list;
                return &s->rows[i].cells[k];
            }
    return NULL;
}

static void put_shorthand(telling *t, uint32_t row, const dr_shorthand *s, const char *const *args)
{
    bool was_time = false;
    dr_buf_text(t->out, "  ");
    dr_buf_text(t->out, s->name);
    for (uint32_t i = 0; i < s->n_args; i++) {
        const char *list = "";
        const dr_short_cell *c = cell_of_arg(s, i, &list);
        if (c == NULL || args[i] == NULL) {
            t->ok = false;
            return;
        }
        bool time = dr_draft_is_time(&t->h->form, list, c->path);
        dr_buf_text(t->out, was_time && time ? " to " : " ");
        put_arg(t, list, c->path, args[i]);
        was_time = time;
    }
    const dr_draft_row *r = &t->d->rows[row];
    for (uint32_t i = 0; i < r->n; i++) {
        bool said = false;
        for (uint32_t k = 0; k < s->rows[0].n; k++)
            said = said || strcmp(s->rows[0].cells[k].path, r->cells[i].path) == 0;
        if (!said)
            put_cell(t, r, i, ", ");
    }
    dr_buf_char(t->out, '\n');
}

static void put_row(telling *t, uint32_t row)
{
    const dr_draft_row *r = &t->d->rows[row];
    t->ok = t->ok && r->n > 0;
    dr_buf_text(t->out, "  ");
    dr_buf_text(t->out, r->list);
    for (uint32_t i = 0; i < r->n; i++)
        put_cell(t, r, i, i == 0 ? " " : ", ");
    dr_buf_char(t->out, '\n');
}

/* Of the shorthands that fit the one that says most: most rows, then fewest cells beyond. */
static uint32_t put_rows(telling *t, uint32_t row)
{
    const dr_shorthand *best = NULL;
    const char *args[ARGS], *best_args[ARGS] = {NULL};
    uint32_t more = 0, best_more = 0;
    for (uint32_t i = 0; i < t->p->n_shorthands; i++) {
        const dr_shorthand *s = &t->p->shorthands[i];
        if (!fits(t, row, s, args, &more) ||
            (best != NULL && (s->n_rows < best->n_rows || (s->n_rows == best->n_rows && more >= best_more))))
            continue;
        best = s;
        best_more = more;
        memcpy((void *)best_args, args, sizeof args);
    }
    if (best == NULL) {
        put_row(t, row);
        return 1;
    }
    put_shorthand(t, row, best, best_args);
    return best->n_rows;
}

/* A time of the defaults that was written without a day, so that "on" moves it: one on the notation's day. */
static bool moves(const telling *t, int64_t begins)
{
    int64_t days = dr_date_of(begins, 0) - t->p->story_day;
    return days >= 0 && days <= DAYS_AFTER;
}

/* A time of the defaults is on the scenario's day. */
static bool as_scenario_begins(const telling *t, const dr_draft_cell *was, const dr_draft_cell *now)
{
    int64_t mine = 0, begins = 0;
    bool has = false, had = false;
    int32_t offset = 0;
    if (!dr_draft_is_time(&t->h->form, "", now->path))
        return strcmp(was->value, now->value) == 0;
    return dr_draft_time(was->value, &begins, &had, &offset) &&
           dr_draft_time(now->value, &mine, &has, &offset) && !has && !had &&
           mine - begins == (moves(t, begins) ? (t->day - t->p->story_day) * DAY : 0);
}

/* "group field value" for group.field. */
static void put_record(telling *t)
{
    const dr_draft_row *r = &t->d->rows[0];
    for (uint32_t i = 0; i < t->h->defaults.rows[0].n; i++)
        t->ok = t->ok && dr_draft_cell_at(r, t->h->defaults.rows[0].cells[i].path) != NULL;
    for (uint32_t i = 0; i < r->n && t->ok; i++) {
        const dr_draft_cell *was = dr_draft_cell_at(&t->h->defaults.rows[0], r->cells[i].path);
        if (was != NULL && as_scenario_begins(t, was, &r->cells[i]))
            continue;
        const char *dot = strchr(r->cells[i].path, '.');
        dr_buf_text(t->out, "  ");
        dr_buf_bytes(t->out, r->cells[i].path, strcspn(r->cells[i].path, "."));
        if (dot != NULL) {
            t->ok = strchr(dot + 1, '.') == NULL;
            dr_buf_char(t->out, ' ');
            dr_buf_text(t->out, dot + 1);
        }
        dr_buf_char(t->out, ' ');
        put_arg(t, "", r->cells[i].path, r->cells[i].value);
        dr_buf_char(t->out, '\n');
    }
}

static void put_text(dr_buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        dr_buf_char(out, *text == '"' || *text == '\\' || *text == '\n' ? ' ' : *text);
}

/* On which day the scenario is: that of the notation, unless a time with which a scenario begins is the same on
 * another day. */
static bool other_day(telling *t)
{
    int64_t mine = 0, begins = 0;
    bool has = false;
    int32_t offset = 0;
    const dr_draft_row *record = &t->h->defaults.rows[0];
    t->day = t->p->story_day;
    for (uint32_t i = 0; i < record->n; i++) {
        const dr_draft_cell *c = dr_draft_cell_at(&t->d->rows[0], record->cells[i].path);
        if (c == NULL || !dr_draft_is_time(&t->h->form, "", c->path) ||
            !dr_draft_time(record->cells[i].value, &begins, &has, &offset) ||
            !dr_draft_time(c->value, &mine, &has, &offset) || has || (mine - begins) % DAY != 0 ||
            !moves(t, begins))
            continue;
        t->day = t->p->story_day + (mine - begins) / DAY;
        return mine != begins;
    }
    return false;
}

/* ---- the answers in the words of a scenario: "only A x1, B x2; finding c" */

static const char *answer_of(dr_hunt *h, int which)
{
    dr_session *s = h->sessions[which];
    dr_buf out;
    dr_buf_init(&out, &h->arena.alloc, TEXT_MAX);
    if (h->status[which] != DR_OK)
        dr_buf_text(&out, s->refusal.message);
    else
        (void)dr_expect_apart((dr_answer){s, &h->outcomes[which]}, (dr_answer){s, NULL}, h->reserved, &out);
    const char *kept = out.failed ? NULL : dr_take_text(&h->arena, out.data == NULL ? "" : out.data, out.len);
    dr_buf_free(&out);
    if (kept == NULL)
        h->failed = DR_NO_MEMORY;
    return kept;
}

/* What holds of the second answer and not of the first; false: nothing that can be expected. */
static bool put_expected(dr_hunt *h, dr_buf *out)
{
    if (h->status[1] != DR_OK)
        return false;
    dr_answer is = {h->sessions[1], &h->outcomes[1]},
              other = {h->sessions[0], h->status[0] == DR_OK ? &h->outcomes[0] : NULL};
    return dr_expect_apart(is, other, h->reserved, out) != DR_APART_NOT;
}

/* ---- all of it */

static const char *scenario_of(dr_hunt *h, const dr_witness *w)
{
    dr_buf out;
    dr_buf_init(&out, &h->arena.alloc, TEXT_MAX);
    telling t = {.h = h,
                 .p = h->programs[h->programs[1]->defaults != NULL],
                 .d = &w->draft,
                 .out = &out,
                 .ok = h->has_defaults};
    const char *kept = NULL;
    if (t.ok) {
        dr_buf_text(&out, "scenario \"");
        put_text(&out, w->name);
        dr_buf_text(&out, "\"\n");
        if (other_day(&t)) {
            dr_buf_text(&out, "  on ");
            dr_date_write(t.day, &out);
            dr_buf_char(&out, '\n');
        }
        put_record(&t);
        for (uint32_t i = 1; i < t.d->n && t.ok;)
            i += put_rows(&t, i);
        dr_buf_text(&out, "  expect ");
        t.ok = put_expected(h, &out) && t.ok;
        dr_buf_char(&out, '\n');
    }
    if (t.ok)
        kept = out.failed ? NULL : dr_take_text(&h->arena, out.data, out.len);
    if (out.failed)
        h->failed = DR_NO_MEMORY;
    dr_buf_free(&out);
    return kept;
}

bool dr_witness_tell(dr_hunt *h, dr_witness *w)
{
    dr_witness as;
    dr_parting p;
    dr_hunt_place(h, &as, &p);
    for (int i = 0; i < 2; i++) {
        const char *whole = h->answers[i].data == NULL ? "" : h->answers[i].data;
        w->clause[i] = as.clause[i];
        w->clauses[i] = as.clauses[i];
        w->answers[i] = dr_take_text(&h->arena, whole, strlen(whole));
        w->answer_lines[i] = answer_of(h, i);
    }
    w->parted = dr_take_text(&h->arena, as.parted, strlen(as.parted));
    w->json = dr_take_text(&h->arena, h->json.data, h->json.len);
    w->rows = w->draft.n - 1;
    w->cells = dr_draft_cells(&w->draft);
    w->scenario = scenario_of(h, w);
    return w->json != NULL && w->parted != NULL && w->answers[0] != NULL && w->answers[1] != NULL &&
           h->failed == DR_OK;
}
