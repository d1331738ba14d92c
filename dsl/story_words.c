/* drip: story_words.c, level 2a. The shorthands of scenarios, kept in the program: whoever writes or invents an
 * encounter later does it in the words of the policy. */
#include "story.h"

#include <string.h>

static uint32_t arg_of(const dr_ast *def, const dr_ast *value)
{
    uint32_t i = 0;
    for (const dr_ast *p = def->a; p != NULL && value->kind == A_NAME; p = p->next, i++)
        if (p->text == value->text)
            return i;
    return DR_NONE;
}

static void put_cell(story *s, dr_short_cell *to, const dr_ast *def, const char *entity, const char *path,
                     const dr_ast *value)
{
    dr_type type;
    *to = (dr_short_cell){.path = path, .arg = arg_of(def, value)};
    if (to->arg != DR_NONE)
        return;
    bool known = dr_story_path(s->f, entity, path, &type) == PATH_WHOLE;
    dr_buf_clear(&s->json);
    dr_story_value(s, value, known ? &type : NULL);
    to->value = s->json.failed ? NULL : dr_take_text(&s->f->program->arena, s->json.data, s->json.len);
    s->f->no_memory = s->f->no_memory || to->value == NULL;
}

/* A row of the declaration: "list field value, field value". */
static void put_row(story *s, dr_short_row *to, const dr_ast *def, const dr_ast *line)
{
    const dr_ast *item = dr_story_list(s->f, line->text);
    dr_short_cell *cells = dr_take_zero(&s->f->program->arena, dr_ast_count(line->b) + 1u, sizeof *cells);
    *to = (dr_short_row){.list = line->text, .cells = cells};
    if (cells == NULL)
        s->f->no_memory = true;
    if (cells == NULL || item == NULL || line->a == NULL || line->a->next == NULL)
        return;
    put_cell(s, &cells[to->n++], def, item->text, line->a->text, line->a->next);
    for (const dr_ast *p = line->b; p != NULL; p = p->next)
        put_cell(s, &cells[to->n++], def, item->text, p->text, p->a);
}

bool dr_story_shorthands(story *s)
{
    dr_program *p = s->f->program;
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->f->items.count; i++)
        n += DR_AT(s->f->items, dr_ast *, i)->kind == A_SHORTHAND;
    p->shorthands = dr_take_zero(&p->arena, n + 1u, sizeof *p->shorthands);
    for (uint32_t i = 0; p->shorthands != NULL && i < s->f->items.count; i++) {
        const dr_ast *def = DR_AT(s->f->items, dr_ast *, i);
        if (def->kind != A_SHORTHAND)
            continue;
        uint32_t count = dr_ast_count(def->b), k = 0;
        dr_short_row *rows = dr_take_zero(&p->arena, count + 1u, sizeof *rows);
        for (const dr_ast *line = def->b; rows != NULL && line != NULL; line = line->next)
            put_row(s, &rows[k++], def, line);
        p->shorthands[p->n_shorthands++] = (dr_shorthand){def->text, rows, dr_ast_count(def->a), k};
        s->f->no_memory = s->f->no_memory || rows == NULL;
    }
    return p->shorthands != NULL && !s->f->no_memory;
}
