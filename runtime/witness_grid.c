/* drip: witness_grid.c, level 2b. The values that the search for witnesses gives to fields, and changes by chance.
 *
 * Words and booleans have all their values. A text or number has those that stand in the field in the seeds, the most
 * frequent first, and behind them the texts and numbers that stand in what the programs say differently, with the
 * neighbours of numbers; a text also one that nobody names. Times have no values but steps: the durations of parameters
 * and clauses, each with a minute and a second to both sides. */
#include "witness.h"

#include <string.h>

enum {
    FROM_SEEDS = 12,
    FROM_POINTS = 24,
    FROM_ENDS = 6,
    MINUTE = 60,
    HOUR = 3600,
    DAY = 86400,
    DURATIONS = 12
};

uint64_t dr_hunt_random(dr_hunt *h, uint64_t below)
{
    h->random ^= h->random << 13;
    h->random ^= h->random >> 7;
    h->random ^= h->random << 17;
    return below == 0 ? 0 : (h->random >> 11) % below;
}

/* ---- collecting */

static void add_value(dr_grid_field *g, const char *value, uint32_t most)
{
    for (uint32_t i = 0; i < g->n; i++)
        if (strcmp(g->values[i], value) == 0) {
            g->seen[i]++;
            for (; i > 0 && g->seen[i] > g->seen[i - 1]; i--) {
                const char *v = g->values[i];
                uint32_t n = g->seen[i];
                g->values[i] = g->values[i - 1];
                g->seen[i] = g->seen[i - 1];
                g->values[i - 1] = v;
                g->seen[i - 1] = n;
            }
            return;
        }
    if (g->n < most && g->n < DR_GRID_MAX) {
        g->values[g->n] = value;
        g->seen[g->n++] = 1;
    }
}

/* A value that must find room: the rarest gives way. */
static void put_value(dr_grid_field *g, const char *value)
{
    for (uint32_t i = 0; i < g->n; i++)
        if (strcmp(g->values[i], value) == 0)
            return;
    uint32_t at = g->n < DR_GRID_MAX ? g->n++ : DR_GRID_MAX - 1;
    g->values[at] = value;
    g->seen[at] = 0;
}

static const char *quoted(dr_hunt *h, const char *text, size_t len)
{
    dr_buf out;
    dr_buf_init(&out, &h->arena.alloc, 4096);
    dr_buf_json(&out, text, len);
    const char *kept = out.failed ? NULL : dr_take_text(&h->arena, out.data, out.len);
    dr_buf_free(&out);
    if (kept == NULL)
        h->failed = DR_NO_MEMORY;
    return kept == NULL ? "\"\"" : kept;
}

static const char *number(dr_hunt *h, int64_t n)
{
    dr_buf out;
    dr_buf_init(&out, &h->arena.alloc, 64);
    dr_buf_int(&out, n);
    const char *kept = out.failed ? NULL : dr_take_text(&h->arena, out.data, out.len);
    dr_buf_free(&out);
    if (kept == NULL)
        h->failed = DR_NO_MEMORY;
    return kept == NULL ? "0" : kept;
}

static bool sorted_add(int64_t *items, uint32_t *n, int64_t item)
{
    uint32_t at = 0;
    while (at < *n && items[at] < item)
        at++;
    if (*n == DR_STEPS_MAX || (at < *n && items[at] == item))
        return false;
    for (uint32_t i = *n; i > at; i--)
        items[i] = items[i - 1];
    items[at] = item;
    (*n)++;
    return true;
}

static void add_duration(dr_grid *g, int64_t seconds)
{
    static const int64_t beside[] = {0, MINUTE, -MINUTE, 1, -1};
    for (uint32_t i = 0; i < sizeof beside / sizeof *beside; i++)
        if (seconds + beside[i] > 0)
            sorted_add(g->steps, &g->n_steps, seconds + beside[i]);
}

static void add_day(dr_grid *g, int64_t day)
{
    if (day == DR_MISSING || day == INT64_MAX)
        return;
    sorted_add(g->days, &g->n_days, day);
    sorted_add(g->days, &g->n_days, day - 1);
}

/* ---- from the words of the points */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Numbers from 0 to 18 digits; the rest of a longer one is passed over. */
static const char *read_number(const char *at, int64_t *n)
{
    for (*n = 0; is_digit(*at); at++)
        *n = *n < 100000000 ? *n * 10 + (*at - '0') : *n;
    return at;
}

static int64_t time_unit(const char *at)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {{"min", MINUTE}, {"h", HOUR}, {"s", 1}, {"days", DAY}, {"day", DAY}};
    for (uint32_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t len = strlen(units[i].name);
        char end = strncmp(at, units[i].name, len) == 0 ? at[len] : 'x';
        if (!((end >= 'a' && end <= 'z') || (end >= 'A' && end <= 'Z') || end == '_'))
            return units[i].seconds;
    }
    return 0;
}

static void text_from_point(dr_hunt *h, const char *text, size_t len)
{
    const char *value = quoted(h, text, len);
    for (uint32_t i = 0; i < h->form.n; i++)
        if (h->form.fields[i].used && h->form.fields[i].type.kind == DR_TEXT &&
            h->grid.fields[i].n < FROM_POINTS)
            put_value(&h->grid.fields[i], value);
}

static void number_from_point(dr_hunt *h, int64_t n)
{
    for (int64_t by = -1; by <= 1; by++) {
        if (n + by < 0)
            continue;
        const char *value = number(h, n + by);
        for (uint32_t i = 0; i < h->form.n; i++) {
            uint8_t kind = h->form.fields[i].type.kind;
            if (h->form.fields[i].used && (kind == DR_INT || kind == DR_NUM || kind == DR_DURATION) &&
                h->grid.fields[i].n < FROM_POINTS)
                put_value(&h->grid.fields[i], value);
        }
    }
}

static void day_from_point(dr_hunt *h, const char *text, size_t len)
{
    int64_t day = 0;
    if (dr_date_parse(text, len, &day))
        add_day(&h->grid, day);
}

/* What stands in quotes, dates, durations and numbers. `all`: also texts and numbers, not durations alone. */
static void take_words(dr_hunt *h, const char *said, bool all)
{
    enum { DATE = 10 };
    bool inside = false; /* a word */
    for (const char *at = said; *at != '\0';) {
        int64_t n = 0;
        if (*at == '"') {
            const char *end = strchr(at + 1, '"');
            if (end == NULL)
                return;
            if (all)
                text_from_point(h, at + 1, (size_t)(end - at - 1));
            at = end + 1;
            continue;
        }
        bool word = is_digit(*at) || (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '_';
        if (!is_digit(*at) || inside) {
            inside = word;
            at++;
            continue;
        }
        const char *end = read_number(at, &n);
        if (end - at == 4 && *end == '-' && strnlen(at, DATE) == DATE) {
            day_from_point(h, at, DATE);
            end = at + DATE;
        } else {
            int64_t unit = time_unit(*end == ' ' ? end + 1 : end);
            if (unit > 0)
                add_duration(&h->grid, n * unit);
            if (all)
                number_from_point(h, n);
        }
        inside = true;
        at = end;
    }
}

/* "name[key, key]": the keys as texts. */
static void take_keys(dr_hunt *h, const char *name)
{
    const char *at = strchr(name, '[');
    while (at != NULL && *at != '\0' && *at != ']') {
        at += 1 + (at[1] == ' ');
        size_t len = strcspn(at, ",]");
        text_from_point(h, at, len);
        take_words(h, at, true);
        at += len;
    }
}

/* Of a table that one program alone has, which is one point: what stands in its first rows. */
static void take_rows(dr_hunt *h, const dr_program *p, const char *name)
{
    enum { ROWS = 8 };
    const dr_entity *e = p->entities;
    const dr_entity *end = e + p->n_entities;
    while (e < end && (e->kind != DR_TABLE || strcmp(e->name, name) != 0))
        e++;
    dr_buf text;
    dr_buf_init(&text, &h->arena.alloc, 4096);
    for (uint32_t i = 0; e < end && i < e->n_rows && i < ROWS && h->failed == DR_OK; i++)
        for (uint32_t k = 0; k < e->n_fields; k++) {
            dr_type type = p->slots[e->first_slot + k].type;
            dr_buf_clear(&text);
            dr_value_write(p, &p->syms, type, e->rows[(size_t)i * e->n_fields + k], &text);
            if (text.failed)
                h->failed = DR_NO_MEMORY;
            else if (text.data != NULL && k < e->n_keys && type.kind == DR_TEXT)
                text_from_point(h, text.data, text.len);
            else if (text.data != NULL)
                take_words(h, text.data, true);
        }
    dr_buf_free(&text);
}

static void from_points(dr_hunt *h)
{
    enum { MOST = 200 };
    for (uint32_t i = 0; i < h->points.n && i < MOST && h->failed == DR_OK; i++) {
        const dr_point *p = &h->points.items[i];
        if (p->kind == DR_POINT_ROW)
            take_keys(h, p->name);
        for (int which = 0; which < 2; which++) {
            if (p->kind == DR_POINT_ROW && p->said[which] != NULL && strchr(p->name, '[') == NULL)
                take_rows(h, h->programs[which], p->name);
            if (p->said[which] != NULL)
                take_words(h, p->said[which], p->kind != DR_POINT_HOOK);
            for (uint32_t k = 0; k < p->n_users[which] && k < 2; k++)
                take_words(h, h->programs[which]->clauses[p->users[which][k]].name, false);
        }
    }
}

/* ---- from the programs and the seeds */

static void from_program(dr_hunt *h, const dr_program *p)
{
    for (uint32_t i = 2; i < p->n_params; i++)
        for (uint32_t k = p->params[i].first; k < p->params[i].first + p->params[i].count; k++) {
            if (p->params[i].type.kind == DR_DURATION && p->param_values[k].value != DR_MISSING)
                add_duration(&h->grid, p->param_values[k].value);
            add_day(&h->grid, p->param_values[k].from);
        }
    for (uint32_t i = 0; i < p->n_versions; i++) {
        add_day(&h->grid, p->versions[i].from);
        if (p->versions[i].to != INT64_MAX)
            add_day(&h->grid, p->versions[i].to + 1);
    }
    for (uint32_t i = 0; i < p->n_clauses; i++) {
        add_day(&h->grid, p->clauses[i].from);
        if (p->clauses[i].to != INT64_MAX)
            add_day(&h->grid, p->clauses[i].to + 1);
    }
}

static void from_seeds(dr_hunt *h)
{
    for (uint32_t i = 0; i < h->n_seeds; i++)
        for (uint32_t row = 0; row < h->seeds[i].n; row++)
            for (uint32_t k = 0; k < h->seeds[i].rows[row].n; k++) {
                const dr_draft_cell *c = &h->seeds[i].rows[row].cells[k];
                const dr_form_field *f = dr_form_find(&h->form, h->seeds[i].rows[row].list, c->path);
                if (f != NULL && f->type.kind != DR_INSTANT && f->type.kind != DR_ENUM &&
                    f->type.kind != DR_BOOL)
                    add_value(&h->grid.fields[f - h->form.fields], c->value, FROM_SEEDS);
            }
}

static void all_values(dr_hunt *h, uint32_t at)
{
    const dr_form_field *f = &h->form.fields[at];
    dr_grid_field *g = &h->grid.fields[at];
    if (f->type.kind == DR_BOOL) {
        put_value(g, "true");
        put_value(g, "false");
    }
    for (int i = 0; i < 2 && f->type.kind == DR_ENUM; i++) /* the other program may have more of them */
        for (uint32_t e = 0; e < h->programs[i]->n_enums; e++) {
            const dr_enum *words = &h->programs[i]->enums[e];
            if (strcmp(words->name, f->program->enums[f->type.of].name) != 0)
                continue;
            for (uint32_t k = 0; k < words->count && g->n < DR_GRID_MAX; k++)
                put_value(g, quoted(h, words->names[k], strlen(words->names[k])));
        }
}

bool dr_grid_make(dr_hunt *h)
{
    h->grid.fields = dr_take_zero(&h->arena, h->form.n + 1u, sizeof *h->grid.fields);
    if (h->grid.fields == NULL)
        return false;
    for (uint32_t i = 0; i < h->form.n; i++)
        all_values(h, i);
    from_seeds(h);
    from_points(h);
    for (int i = 1; i >= 0; i--)
        from_program(h, h->programs[i]);
    add_duration(&h->grid, MINUTE);
    add_duration(&h->grid, HOUR);
    for (uint32_t i = 0; i < h->form.n; i++)
        if (h->form.fields[i].type.kind == DR_TEXT && h->form.fields[i].used)
            put_value(&h->grid.fields[i], "\"something else\"");
    return h->failed == DR_OK && !h->arena.failed;
}

/* ---- changes by chance */

static const char *some_time(dr_hunt *h, const dr_draft *d)
{
    int64_t t = 0, from = 0;
    bool has = false;
    int32_t offset = 0;
    uint64_t n = 0;
    for (uint32_t i = 0; i < d->n; i++) /* any of them, each as likely */
        for (uint32_t k = 0; k < d->rows[i].n; k++)
            if (dr_draft_is_time(&h->form, d->rows[i].list, d->rows[i].cells[k].path) &&
                dr_draft_time(d->rows[i].cells[k].value, &t, &has, &offset) && dr_hunt_random(h, ++n) == 0)
                from = t;
    if (n == 0)
        return NULL;
    uint64_t way = dr_hunt_random(h, 5);
    if (way > 0 && h->grid.n_steps > 0)
        from += (way > 1 ? 1 : -1) * h->grid.steps[dr_hunt_random(h, h->grid.n_steps)];
    return dr_draft_time_text(&h->scratch, from, has, offset);
}

const char *dr_hunt_some_value(dr_hunt *h, const dr_draft *d, const char *list, const char *path)
{
    const dr_form_field *f = dr_form_find(&h->form, list, path);
    if (f == NULL)
        return NULL;
    if (f->type.kind == DR_INSTANT)
        return some_time(h, d);
    const dr_grid_field *g = &h->grid.fields[f - h->form.fields];
    if (g->n == 0)
        return NULL;
    if (g->n > FROM_ENDS && dr_hunt_random(h, 3) == 0) /* what the points say stands at the end */
        return g->values[g->n - 1 - dr_hunt_random(h, FROM_ENDS)];
    return g->values[dr_hunt_random(h, g->n)];
}

static bool change_cell(dr_hunt *h, dr_draft *d)
{
    dr_draft_row *row = &d->rows[dr_hunt_random(h, d->n)];
    if (row->n == 0)
        return false;
    dr_draft_cell *c = &row->cells[dr_hunt_random(h, row->n)];
    const char *value = dr_hunt_some_value(h, d, row->list, c->path);
    if (value != NULL)
        c->value = value;
    return value != NULL;
}

static bool add_cell(dr_hunt *h, dr_draft *d)
{
    dr_draft_row *row = &d->rows[dr_hunt_random(h, d->n)];
    uint64_t n = 0;
    const dr_form_field *field = NULL;
    for (uint32_t i = 0; i < h->form.n; i++)
        if (h->form.fields[i].used && strcmp(h->form.fields[i].list, row->list) == 0 &&
            dr_draft_cell_at(row, h->form.fields[i].path) == NULL && dr_hunt_random(h, ++n) == 0)
            field = &h->form.fields[i];
    const char *value = field == NULL ? NULL : dr_hunt_some_value(h, d, row->list, field->path);
    return value != NULL && dr_draft_add_cell(row, &h->scratch, field->path, value);
}

static bool drop_cell(dr_hunt *h, dr_draft *d)
{
    dr_draft_row *row = &d->rows[dr_hunt_random(h, d->n)];
    if (row->n == 0)
        return false;
    dr_draft_drop_cell(row, (uint32_t)dr_hunt_random(h, row->n));
    return true;
}

static bool drop_row(dr_hunt *h, dr_draft *d)
{
    if (d->n < 2)
        return false;
    dr_draft_drop_row(d, 1 + (uint32_t)dr_hunt_random(h, d->n - 1));
    return true;
}

/* Rows of a seed beside those that are there: one of them, or all. */
static bool add_rows(dr_hunt *h, dr_draft *d)
{
    if (h->n_seeds == 0)
        return false;
    const dr_draft *seed = &h->seeds[dr_hunt_random(h, h->n_seeds)];
    if (seed->n < 2)
        return false;
    uint32_t one = dr_hunt_random(h, 2) == 0 ? 1 + (uint32_t)dr_hunt_random(h, seed->n - 1) : 0;
    for (uint32_t i = 1; i < seed->n; i++)
        if ((one == 0 || one == i) && dr_draft_add_row(d, &h->scratch, &seed->rows[i]) == NULL)
            return false;
    return true;
}

static bool double_row(dr_hunt *h, dr_draft *d)
{
    if (d->n < 2)
        return false;
    const dr_draft_row like = d->rows[1 + dr_hunt_random(h, d->n - 1)];
    dr_draft_row *row = dr_draft_add_row(d, &h->scratch, &like);
    if (row == NULL || row->n == 0)
        return false;
    dr_draft_cell *c = &row->cells[dr_hunt_random(h, row->n)];
    const char *value = dr_hunt_some_value(h, d, row->list, c->path);
    c->value = value != NULL ? value : c->value;
    return true;
}

/* All times on another day. */
static bool change_day(dr_hunt *h, dr_draft *d)
{
    int64_t t = 0, by = 0;
    bool has = false, any = false;
    int32_t offset = 0;
    if (h->grid.n_days == 0)
        return false;
    int64_t day = h->grid.days[dr_hunt_random(h, h->grid.n_days)];
    for (uint32_t i = 0; i < d->n; i++)
        for (uint32_t k = 0; k < d->rows[i].n; k++) {
            dr_draft_cell *c = &d->rows[i].cells[k];
            if (!dr_draft_is_time(&h->form, d->rows[i].list, c->path) ||
                !dr_draft_time(c->value, &t, &has, &offset))
                continue;
            by = any ? by : (day - dr_date_of(t, offset)) * DAY;
            any = true;
            const char *moved = dr_draft_time_text(&h->scratch, t + by, has, offset);
            c->value = moved != NULL ? moved : c->value;
        }
    return any;
}

static bool add_shorthand(dr_hunt *h, dr_draft *d)
{
    enum { ARGS = 8 };
    const dr_program *p = h->programs[h->programs[1]->n_shorthands > 0];
    const char *args[ARGS] = {NULL};
    if (p->n_shorthands == 0)
        return false;
    const dr_shorthand *s = &p->shorthands[dr_hunt_random(h, p->n_shorthands)];
    for (uint32_t i = 0; i < s->n_rows && s->n_args <= ARGS; i++)
        for (uint32_t k = 0; k < s->rows[i].n; k++)
            if (s->rows[i].cells[k].value == NULL && args[s->rows[i].cells[k].arg] == NULL)
                args[s->rows[i].cells[k].arg] =
                    dr_hunt_some_value(h, d, s->rows[i].list, s->rows[i].cells[k].path);
    return s->n_args <= ARGS && dr_hunt_shorthand(h, d, s, args);
}

bool dr_hunt_shorthand(dr_hunt *h, dr_draft *d, const dr_shorthand *s, const char *const *args)
{
    for (uint32_t i = 0; i < s->n_rows; i++) {
        const dr_draft_row empty = {s->rows[i].list, NULL, 0};
        dr_draft_row *row = dr_draft_add_row(d, &h->scratch, &empty);
        for (uint32_t k = 0; row != NULL && k < s->rows[i].n; k++) {
            const dr_short_cell *c = &s->rows[i].cells[k];
            const char *value = c->value != NULL ? c->value : args[c->arg];
            if (value == NULL || !dr_draft_add_cell(row, &h->scratch, c->path, value))
                return false;
        }
        if (row == NULL)
            return false;
    }
    return true;
}

bool dr_hunt_mutate(dr_hunt *h, dr_draft *d)
{
    switch (dr_hunt_random(h, 12)) {
    case 0:
    case 1:
    case 2:
        return add_cell(h, d);
    case 3:
        return drop_cell(h, d);
    case 4:
        return drop_row(h, d);
    case 5:
        return add_rows(h, d);
    case 6:
        return double_row(h, d);
    case 7:
        return change_day(h, d);
    case 8:
        return add_shorthand(h, d);
    default:
        return change_cell(h, d);
    }
}
