/* drip: story.c, level 2a. The rows of a scenario, as the JSON of an encounter. */
#include "story.h"

#include <string.h>

static void write_time(story *s, const dr_ast *v)
{
    const char *plus = strchr(v->text, '+');
    int64_t day = s->day;
    size_t len = plus == NULL ? strlen(v->text) : (size_t)(plus - v->text);
    for (const char *d = plus == NULL ? "" : plus + 1; *d != '\0' && day < s->day + 10000; d++)
        day = s->day + (day - s->day) * 10 + (*d - '0');
    dr_buf_char(&s->json, '"');
    dr_date_write(day, &s->json);
    dr_buf_char(&s->json, 'T');
    dr_buf_bytes(&s->json, v->text, len);
    dr_buf_char(&s->json, '"');
}

void dr_story_value(story *s, const dr_ast *v, const dr_type *type)
{
    bool text = type != NULL && type->kind == DR_TEXT;
    switch (v->kind) {
    case A_TIME:
        write_time(s, v);
        break;
    case A_YES:
    case A_NO:
        dr_buf_text(&s->json, v->kind == A_YES ? "true" : "false");
        break;
    case A_NUMBER:
        if (!text) {
            dr_buf_text(&s->json, v->text);
            break;
        }
        dr_buf_json(&s->json, v->text, strlen(v->text));
        break;
    case A_QUANTITY:
        dr_buf_text(&s->json, "{\"value\":");
        dr_buf_text(&s->json, v->text);
        dr_buf_text(&s->json, ",\"unit\":");
        dr_buf_json(&s->json, v->b->text, strlen(v->b->text));
        dr_buf_char(&s->json, '}');
        break;
    case A_SETLIT:
        dr_buf_char(&s->json, '[');
        for (const dr_ast *m = v->a; m != NULL; m = m->next) {
            dr_buf_json(&s->json, m->text, strlen(m->text));
            if (m->next != NULL)
                dr_buf_char(&s->json, ',');
        }
        dr_buf_char(&s->json, ']');
        break;
    default:
        dr_buf_json(&s->json, v->text, strlen(v->text));
        break;
    }
}

/* The pairs whose keys go on below `prefix`, as the inside of an object. */
static void write_pairs(story *s, const char *entity, const row_pair *pairs, uint32_t n, const char *prefix,
                        uint32_t skip)
{
    bool any = false;
    for (uint32_t i = 0; i < n; i++) {
        if (strncmp(pairs[i].key, prefix, skip) != 0)
            continue;
        const char *key = pairs[i].key + skip, *dot = strchr(key, '.');
        uint32_t len = dot == NULL ? (uint32_t)strlen(key) : (uint32_t)(dot - key), first = 0;
        while (strncmp(pairs[first].key, pairs[i].key, skip + len) != 0 ||
               (pairs[first].key[skip + len] != '.' && dot != NULL))
            first++;
        if (dot != NULL && first != i)
            continue;
        if (any)
            dr_buf_char(&s->json, ',');
        any = true;
        dr_buf_json(&s->json, key, len);
        dr_buf_char(&s->json, ':');
        dr_type type;
        if (dot != NULL) {
            dr_buf_char(&s->json, '{');
            write_pairs(s, entity, pairs, n, pairs[i].key, skip + len + 1);
            dr_buf_char(&s->json, '}');
        } else {
            bool known = dr_story_path(s->f, entity, pairs[i].key, &type) == PATH_WHOLE;
            dr_story_value(s, pairs[i].value, known ? &type : NULL);
        }
    }
}

static void write_lists(story *s)
{
    for (uint32_t i = 0; i < s->n_rows; i++) {
        const char *list = s->rows[i].list;
        bool seen = list == NULL;
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = s->rows[k].list != NULL && strcmp(s->rows[k].list, list) == 0;
        if (seen)
            continue;
        const char *entity = dr_story_list(s->f, list)->text;
        dr_buf_char(&s->json, ',');
        dr_buf_json(&s->json, list, strlen(list));
        dr_buf_text(&s->json, ":[");
        bool any = false;
        for (uint32_t k = i; k < s->n_rows; k++) {
            if (s->rows[k].list == NULL || strcmp(s->rows[k].list, list) != 0)
                continue;
            if (any)
                dr_buf_char(&s->json, ',');
            any = true;
            dr_buf_char(&s->json, '{');
            write_pairs(s, entity, s->rows[k].pairs, s->rows[k].n, "", 0);
            dr_buf_char(&s->json, '}');
        }
        dr_buf_char(&s->json, ']');
    }
}

/* Lists that must be there, and are not in the story, are empty. */
static void write_required_lists(story *s)
{
    for (uint32_t i = 0; i < s->f->items.count; i++) {
        const dr_ast *item = DR_AT(s->f->items, dr_ast *, i);
        if (item->kind != A_ENTITY || item->op == 'x' || item->b == NULL || item->flag == 0)
            continue;
        bool there = false;
        for (uint32_t k = 0; k < s->n_rows; k++)
            there = there || (s->rows[k].list != NULL && strcmp(s->rows[k].list, item->c->text) == 0);
        if (there)
            continue;
        dr_buf_char(&s->json, ',');
        dr_buf_json(&s->json, item->c->text, strlen(item->c->text));
        dr_buf_text(&s->json, ":[]");
    }
}

void dr_story_write(story *s)
{
    const dr_ast *root = dr_story_list(s->f, NULL);
    row_pair *pairs = dr_take_zero(s->f->arena, STATEMENTS_MAX, sizeof *pairs);
    uint32_t n = 0;
    if (pairs == NULL || root == NULL) {
        s->ok = false;
        return;
    }
    for (uint32_t i = 0; i < s->n_rows; i++) {
        for (uint32_t k = 0; k < s->rows[i].n && s->rows[i].list == NULL && n < STATEMENTS_MAX; k++) {
            uint32_t at = n;
            for (uint32_t o = 0; o < n; o++)
                if (strcmp(pairs[o].key, s->rows[i].pairs[k].key) == 0)
                    at = o;
            pairs[at] = s->rows[i].pairs[k];
            n += at == n;
        }
    }
    dr_buf_char(&s->json, '{');
    if (s->f->program->format_in != NULL) {
        dr_buf_text(&s->json, "\"format\":");
        dr_buf_json(&s->json, s->f->program->format_in, strlen(s->f->program->format_in));
        dr_buf_char(&s->json, n > 0 ? ',' : ' ');
    }
    write_pairs(s, root->text, pairs, n, "", 0);
    write_lists(s);
    write_required_lists(s);
    dr_buf_char(&s->json, '}');
}
