/* drip: points.c, level 2b. Two programs set side by side by name: what only one has, and what both have and say in
 * other words (words.h: layout, comments and citations do not count). Several pieces of one name, each in force for
 * days of its own, are compared in their order. */
#include "points.h"
#include "dump.h"
#include "order.h"
#include "words.h"

#include <string.h>

enum { TEXT_MAX = 1 << 16, DUMP_MAX = 1 << 28 };

typedef struct side { /* things of one program, sorted by name */
    const char **names, **said;
    uint32_t *order;
    uint32_t *entity, *row; /* of tables; else NULL */
    uint32_t n;
} side;

typedef struct finding {
    const dr_program *const *programs;
    dr_arena *arena;
    dr_points *out;
    bool failed;
} finding;

static const char *kept(finding *f, dr_buf *text)
{
    const char *copy =
        text->failed ? NULL : dr_take_text(f->arena, text->data == NULL ? "" : text->data, text->len);
    f->failed = f->failed || copy == NULL;
    dr_buf_free(text);
    return copy == NULL ? "" : copy;
}

static dr_point *new_point(finding *f)
{
    dr_points *p = f->out;
    if (p->n == p->size) {
        uint32_t size = p->size == 0 ? 16 : p->size * 2;
        dr_point *grown = dr_take(f->arena, size * sizeof *grown);
        if (grown == NULL) {
            f->failed = true;
            return NULL;
        }
        if (p->n > 0)
            memcpy(grown, p->items, p->n * sizeof *grown);
        p->items = grown;
        p->size = size;
    }
    memset(&p->items[p->n], 0, sizeof *p->items);
    return &p->items[p->n++];
}

/* ---- by name */

static int by_name(const void *context, uint32_t a, uint32_t b)
{
    const side *s = context;
    return strcmp(s->names[a], s->names[b]);
}

static side new_side(finding *f, uint32_t n)
{
    side s = {.n = 0};
    s.names = dr_take(f->arena, (n + 1u) * sizeof *s.names);
    s.said = dr_take(f->arena, (n + 1u) * sizeof *s.said);
    s.order = dr_take(f->arena, (n + 1u) * sizeof *s.order);
    f->failed = f->failed || s.names == NULL || s.said == NULL || s.order == NULL;
    return s;
}

static void add_thing(side *s, const char *name, const char *said)
{
    s->names[s->n] = name;
    s->said[s->n] = said;
    s->order[s->n] = s->n;
    s->n++;
}

static void add_point(finding *f, dr_point_kind kind, const side sides[2], uint32_t a, uint32_t b)
{
    dr_point *point = new_point(f);
    if (point == NULL)
        return;
    point->kind = (uint8_t)kind;
    point->name = a != DR_NONE ? sides[0].names[a] : sides[1].names[b];
    point->said[0] = a != DR_NONE ? sides[0].said[a] : NULL;
    point->said[1] = b != DR_NONE ? sides[1].said[b] : NULL;
    point->clause[0] = kind == DR_POINT_CLAUSE ? a : DR_NONE;
    point->clause[1] = kind == DR_POINT_CLAUSE ? b : DR_NONE;
    for (int i = 0; i < 2; i++) {
        uint32_t thing = i == 0 ? a : b;
        bool is_row = kind == DR_POINT_ROW && thing != DR_NONE;
        point->entity[i] = is_row ? sides[i].entity[thing] : DR_NONE;
        point->row[i] = is_row ? sides[i].row[thing] : DR_NONE;
    }
}

static void compare(finding *f, dr_point_kind kind, side sides[2])
{
    for (int i = 0; i < 2 && !f->failed; i++)
        f->failed = !dr_order(f->arena, sides[i].order, sides[i].n, by_name, &sides[i]);
    for (uint32_t i = 0, k = 0; !f->failed && (i < sides[0].n || k < sides[1].n);) {
        uint32_t a = i < sides[0].n ? sides[0].order[i] : DR_NONE;
        uint32_t b = k < sides[1].n ? sides[1].order[k] : DR_NONE;
        int way = a == DR_NONE ? 1 : b == DR_NONE ? -1 : strcmp(sides[0].names[a], sides[1].names[b]);
        if (way == 0 && strcmp(sides[0].said[a], sides[1].said[b]) != 0)
            add_point(f, kind, sides, a, b);
        if (way != 0)
            add_point(f, kind, sides, way < 0 ? a : DR_NONE, way < 0 ? DR_NONE : b);
        i += way <= 0;
        k += way >= 0;
    }
}

/* ---- clauses */

static void put_days(const dr_program *p, int64_t from, int64_t to, const dr_extent *also, uint32_t n,
                     dr_buf *out)
{
    if (from != DR_MISSING) {
        dr_buf_text(out, " from ");
        dr_date_write(from, out);
    }
    if (to != INT64_MAX) {
        dr_buf_text(out, " to ");
        dr_date_write(to, out);
    }
    for (uint32_t i = 0; i < n; i++) {
        dr_buf_char(out, ' ');
        dr_buf_text(out, p->params[also[i].axis].name);
        put_days(p, also[i].from, also[i].to, NULL, 0, out);
    }
}

/* Days that the words say already are not said twice. */
static const char *said_by(finding *f, const dr_program *p, const dr_clause *c)
{
    dr_buf text, days;
    dr_buf_init(&text, &f->arena->alloc, TEXT_MAX);
    dr_buf_init(&days, &f->arena->alloc, TEXT_MAX);
    if (c->said.end > c->said.start)
        dr_words_put(p->sources.items[c->said.source].bytes + c->said.start, c->said.end - c->said.start,
                     &text);
    put_days(p, c->from, c->to, c->also, c->n_also, &days);
    bool said = text.data != NULL && strstr(text.data, "effective ") != NULL;
    if (days.data != NULL && !said)
        dr_buf_bytes(&text, days.data, days.len);
    dr_buf_free(&days);
    return kept(f, &text);
}

static void compare_clauses(finding *f)
{
    side sides[2];
    for (int i = 0; i < 2; i++) {
        const dr_program *p = f->programs[i];
        sides[i] = new_side(f, p->n_clauses);
        for (uint32_t k = 0; k < p->n_clauses && !f->failed; k++)
            add_thing(&sides[i], p->clauses[k].name, said_by(f, p, &p->clauses[k]));
    }
    compare(f, DR_POINT_CLAUSE, sides);
}

/* ---- parameters, enums, scripts */

static const char *param_said(finding *f, const dr_program *p, const dr_param *param)
{
    dr_buf text;
    dr_buf_init(&text, &f->arena->alloc, TEXT_MAX);
    for (uint32_t i = param->first; i < param->first + param->count; i++) {
        const dr_dated *value = &p->param_values[i];
        dr_buf_text(&text, i > param->first ? "; " : "");
        dr_value_write(p, &p->syms, param->type, value->value, &text);
        put_days(p, value->from, value->to, value->also, value->n_also, &text);
    }
    return kept(f, &text);
}

static const char *enum_said(finding *f, const dr_enum *e)
{
    dr_buf text;
    dr_buf_init(&text, &f->arena->alloc, TEXT_MAX);
    for (uint32_t i = 0; i < e->count; i++) {
        bool ranked = i > 0 && e->ranks != NULL && e->ranks[i] != e->ranks[i - 1];
        dr_buf_text(&text, i == 0 ? "" : ranked ? " > " : ", ");
        dr_buf_text(&text, e->names[i]);
    }
    return kept(f, &text);
}

static const char *days_said(finding *f, const dr_program *p)
{
    dr_buf text;
    dr_buf_init(&text, &f->arena->alloc, TEXT_MAX);
    dr_buf_text(&text, "in force");
    for (uint32_t i = 0; i < p->n_versions; i++) {
        dr_buf_text(&text, i > 0 ? ";" : "");
        put_days(p, p->versions[i].from, p->versions[i].to, NULL, 0, &text);
    }
    return kept(f, &text);
}

static void compare_others(finding *f)
{
    side params[2], enums[2], hooks[2], days[2];
    for (int i = 0; i < 2; i++) {
        const dr_program *p = f->programs[i];
        params[i] = new_side(f, p->n_params);
        enums[i] = new_side(f, p->n_enums);
        hooks[i] = new_side(f, p->n_hooks);
        days[i] = new_side(f, 1);
        if (!f->failed)
            add_thing(&days[i], f->programs[1]->name, days_said(f, p));
        for (uint32_t k = 2; k < p->n_params && !f->failed; k++)
            add_thing(&params[i], p->params[k].name, param_said(f, p, &p->params[k]));
        for (uint32_t k = 0; k < p->n_enums && !f->failed; k++)
            add_thing(&enums[i], p->enums[k].name, enum_said(f, &p->enums[k]));
        for (uint32_t k = 0; k < p->n_hooks && !f->failed; k++)
            add_thing(&hooks[i], p->hooks[k].name, p->sources.items[p->hooks[k].source].bytes);
    }
    if (f->failed)
        return;
    compare(f, DR_POINT_PARAM, params);
    compare(f, DR_POINT_ENUM, enums);
    compare(f, DR_POINT_HOOK, hooks);
    compare(f, DR_POINT_DAYS, days);
}

/* ---- data tables */

static void place_row(side *s, const dr_program *p, const dr_entity *e, uint32_t row)
{
    s->entity[s->n] = (uint32_t)(e - p->entities);
    s->row[s->n] = row;
}

/* "name[key, key]" and "cell, cell …" */
static void add_table_row(finding *f, side *s, const dr_program *p, const dr_entity *e, uint32_t row)
{
    place_row(s, p, e, row);
    dr_buf name, said;
    dr_buf_init(&name, &f->arena->alloc, TEXT_MAX);
    dr_buf_init(&said, &f->arena->alloc, TEXT_MAX);
    dr_buf_text(&name, e->name);
    dr_buf_char(&name, '[');
    for (uint32_t i = 0; i < e->n_fields; i++) {
        dr_buf *out = i < e->n_keys ? &name : &said;
        dr_buf_text(out, i == 0 || i == e->n_keys ? "" : ", ");
        dr_value_write(p, &p->syms, p->slots[e->first_slot + i].type, e->rows[(size_t)row * e->n_fields + i],
                       out);
    }
    dr_buf_char(&name, ']');
    const char *kept_name = kept(f, &name);
    add_thing(s, kept_name, kept(f, &said));
}

static bool has_table(const dr_program *p, const char *name)
{
    for (uint32_t i = 0; i < p->n_entities; i++)
        if (p->entities[i].kind == DR_TABLE && strcmp(p->entities[i].name, name) == 0)
            return true;
    return false;
}

/* A table that only one program has is one thing. */
static void add_table(finding *f, side *s, int which, const dr_entity *e)
{
    const dr_program *p = f->programs[which];
    if (has_table(f->programs[1 - which], e->name)) {
        for (uint32_t row = 0; row < e->n_rows && !f->failed; row++)
            add_table_row(f, s, p, e, row);
        return;
    }
    dr_buf said;
    dr_buf_init(&said, &f->arena->alloc, TEXT_MAX);
    dr_buf_int(&said, e->n_rows);
    dr_buf_text(&said, e->n_rows == 1 ? " row" : " rows");
    place_row(s, p, e, DR_NONE);
    add_thing(s, e->name, kept(f, &said));
}

static void compare_tables(finding *f)
{
    side sides[2];
    for (int i = 0; i < 2; i++) {
        const dr_program *p = f->programs[i];
        uint32_t n = 0;
        for (uint32_t k = 0; k < p->n_entities; k++)
            n += p->entities[k].kind == DR_TABLE ? p->entities[k].n_rows + 1 : 0;
        sides[i] = new_side(f, n);
        sides[i].entity = dr_take(f->arena, (n + 1u) * sizeof *sides[i].entity);
        sides[i].row = dr_take(f->arena, (n + 1u) * sizeof *sides[i].row);
        f->failed = f->failed || sides[i].entity == NULL || sides[i].row == NULL;
        for (uint32_t k = 0; k < p->n_entities && !f->failed; k++)
            if (p->entities[k].kind == DR_TABLE)
                add_table(f, &sides[i], i, &p->entities[k]);
    }
    if (!f->failed)
        compare(f, DR_POINT_ROW, sides);
}

/* ---- who uses it */

static bool mentions(const char *said, const char *name, size_t len)
{
    for (const char *at = strstr(said, name); at != NULL; at = strstr(at + 1, name))
        if ((at == said || !dr_is_word(at[-1])) && !dr_is_word(at[len]))
            return true;
    return false;
}

static void find_users(finding *f, dr_point *point, int which, const char *const *said)
{
    const dr_program *p = f->programs[which];
    uint32_t *users = dr_take(f->arena, (p->n_clauses + 1u) * sizeof *users), n = 0;
    size_t len = strcspn(point->name, "[");
    char name[128];
    if (users == NULL) {
        f->failed = true;
        return;
    }
    if (len >= sizeof name)
        len = sizeof name - 1;
    memcpy(name, point->name, len);
    name[len] = '\0';
    for (uint32_t i = 0; i < p->n_clauses; i++)
        if (point->kind == DR_POINT_CLAUSE ? i == point->clause[which] : mentions(said[i], name, len))
            users[n++] = i;
    point->users[which] = users;
    point->n_users[which] = n;
}

static void find_all_users(finding *f)
{
    for (int which = 0; which < 2; which++) {
        const dr_program *p = f->programs[which];
        const char **said = dr_take(f->arena, (p->n_clauses + 1u) * sizeof *said);
        f->failed = f->failed || said == NULL;
        for (uint32_t i = 0; i < p->n_clauses && !f->failed && f->out->n > 0; i++)
            said[i] = said_by(f, p, &p->clauses[i]);
        for (uint32_t i = 0; i < f->out->n && !f->failed; i++)
            find_users(f, &f->out->items[i], which, said);
    }
}

/* ---- what is none of these */

static void dump(finding *f, const dr_program *p, dr_buf *out)
{
    dr_buf_init(out, &f->arena->alloc, DUMP_MAX);
    dr_dump_answers(p, out);
    f->failed = f->failed || out->failed;
}

static void compare_rest(finding *f)
{
    dr_buf texts[2];
    side sides[2] = {{.n = 0}, {.n = 0}};
    dump(f, f->programs[0], &texts[0]);
    dump(f, f->programs[1], &texts[1]);
    if (!f->failed &&
        (texts[0].len != texts[1].len || memcmp(texts[0].data, texts[1].data, texts[0].len) != 0))
        for (int i = 0; i < 2; i++) {
            sides[i] = new_side(f, 1);
            if (!f->failed)
                add_thing(&sides[i], "something else, perhaps only an order", i == 0 ? "one" : "other");
        }
    dr_buf_free(&texts[0]);
    dr_buf_free(&texts[1]);
    if (!f->failed)
        compare(f, DR_POINT_REST, sides);
}

bool dr_points_find(const dr_program *const programs[2], dr_arena *arena, dr_points *out)
{
    finding f = {.programs = programs, .arena = arena, .out = out};
    *out = (dr_points){NULL, 0, 0};
    compare_clauses(&f);
    if (!f.failed)
        compare_others(&f);
    if (!f.failed)
        compare_tables(&f);
    if (!f.failed && out->n == 0)
        compare_rest(&f);
    if (!f.failed)
        find_all_users(&f);
    return !f.failed;
}

static bool was_looked(const dr_looked *looked, uint32_t entity, uint32_t row)
{
    for (uint32_t i = 0; i < looked->n; i++)
        if (looked->entity[i] == entity && (row == DR_NONE || looked->row[i] == row))
            return true;
    return looked->full;
}

bool dr_point_looked(const dr_point *point, const dr_looked looked[2])
{
    if (point->kind != DR_POINT_ROW)
        return true;
    for (int i = 0; i < 2; i++)
        if (point->entity[i] != DR_NONE && was_looked(&looked[i], point->entity[i], point->row[i]))
            return true;
    return false;
}

static bool uses(const dr_point *p, const uint32_t clauses[2])
{
    for (int which = 0; which < 2; which++)
        for (uint32_t k = 0; clauses[which] != DR_NONE && k < p->n_users[which]; k++)
            if (p->users[which][k] == clauses[which])
                return true;
    return false;
}

uint32_t dr_point_of(const dr_points *points, const uint32_t clauses[2], const dr_looked looked[2])
{
    uint32_t through = DR_NONE, row = DR_NONE;
    for (uint32_t i = 0; i < points->n; i++) {
        const dr_point *p = &points->items[i];
        if (!uses(p, clauses) || !dr_point_looked(p, looked))
            continue;
        if (p->kind == DR_POINT_CLAUSE)
            return i;
        if (p->kind != DR_POINT_ROW)
            through = through == DR_NONE ? i : through;
        else
            row = row == DR_NONE ? i : row;
    }
    return row != DR_NONE ? row : through;
}
