/* drip: unused.c, level 2a. What is declared and never used. Parameters, data tables and sources are there for the
 * policy's own clauses, so one that nothing uses is a mistake or a leftover: a warning. Attributes and words of
 * enums may be there for layers over the policy: `drip check -v` lists them. */
#include "layers.h"
#include "lint.h"

typedef struct dr_uses {
    dr_front *f;
    const char **texts; /* open addressing over interned names that some expression or statement has */
    uint32_t size, n;
    bool *params;
    bool full;
} dr_uses;

static uint32_t place_of(const dr_uses *u, const char *text)
{
    uint32_t at = (uint32_t)(((uintptr_t)text >> 3) * 2654435761u) & (u->size - 1);
    while (u->texts[at] != NULL && u->texts[at] != text)
        at = (at + 1) & (u->size - 1);
    return at;
}

static void grow(dr_uses *u)
{
    dr_uses bigger = {.f = u->f, .params = u->params, .size = u->size == 0 ? 1024 : u->size * 2, .n = u->n};
    bigger.texts = dr_take_zero(u->f->arena, bigger.size, sizeof *bigger.texts);
    if (bigger.texts == NULL) {
        u->f->no_memory = u->full = true;
        return;
    }
    for (uint32_t i = 0; i < u->size; i++)
        if (u->texts[i] != NULL)
            bigger.texts[place_of(&bigger, u->texts[i])] = u->texts[i];
    *u = bigger;
}

static void use_text(dr_uses *u, const char *text)
{
    if (u->n * 2 >= u->size)
        grow(u);
    if (u->full)
        return;
    uint32_t at = place_of(u, text);
    u->n += u->texts[at] == NULL;
    u->texts[at] = text;
}

static bool is_used(const dr_uses *u, const char *text)
{
    return u->full || u->texts[place_of(u, text)] == text;
}

static bool is_use(const dr_ast *e)
{
    return e->kind == A_NAME || e->kind == A_CITE || e->kind == A_INDEX || e->kind == A_CALL ||
           e->kind == A_STATEMENT;
}

static void gather(dr_uses *u, const dr_ast *e)
{
    for (; e != NULL && !u->full; e = e->next) {
        if (e->text != NULL && is_use(e))
            use_text(u, e->text);
        if (e->kind == A_NAME && e->refers == R_PARAM)
            u->params[e->ref] = true;
        const dr_ast *parts[] = {e->a, e->b, e->c, e->d, e->e};
        for (int i = 0; i < 5; i++)
            gather(u, parts[i]);
    }
}

/* What a layer amends or suspends uses what it names still, in the policy below. */
static void gather_below(dr_uses *u, const dr_ast *e)
{
    for (; e != NULL; e = e->next) {
        const dr_decl *p = e->kind == A_NAME ? dr_decl_find(u->f, D_PARAM, 0, e->text) : NULL;
        if (p != NULL)
            u->params[p->index] = true;
        if (e->text != NULL && is_use(e))
            use_text(u, e->text);
        const dr_ast *parts[] = {e->a, e->b, e->c, e->d, e->e};
        for (int i = 0; i < 5; i++)
            gather_below(u, parts[i]);
    }
}

static void gather_one(dr_uses *u, const dr_ast *item)
{
    bool data = item->kind == A_DATATABLE && !u->f->notes; /* its rows have constants only, and may be many */
    const dr_ast *parts[] = {item->a, data ? NULL : item->b, item->c, item->d, item->e};
    for (int i = 0; i < 5; i++)
        gather(u, parts[i]);
}

static void check_item(dr_uses *u, const dr_ast *item)
{
    dr_front *f = u->f;
    dr_diag *d = NULL;
    if (item->kind == A_PARAM) {
        const dr_decl *p = dr_decl_find(f, D_PARAM, 0, item->text);
        if (p == NULL || u->params[p->index])
            return;
        d = dr_warn_at(f, item->span, "W0606", "nothing reads the parameter \"%s\"", item->text);
        dr_diag_hint(f->diags, d, "use it in a condition, or take it away: to set it changes nothing");
    } else if (item->kind == A_DATATABLE && item->op != 'x' && !is_used(u, item->text)) {
        d = dr_warn_at(f, item->span, "W0607", "nothing looks up the table \"%s\"", item->text);
        dr_diag_hint(f->diags, d, "look it up with \"%s[…]\", or take it away", item->text);
    } else if (item->kind == A_HOOK && !is_used(u, item->text)) {
        d = dr_warn_at(f, item->span, "W0609", "nothing calls the hook \"%s\"", item->text);
        dr_diag_hint(f->diags, d, "call it with \"%s(…)\", or take it away", item->text);
    } else if (item->kind == A_SOURCE && !is_used(u, item->text)) {
        d = dr_warn_at(f, item->span, "W0608", "nothing cites the source \"%s\"", item->text);
        dr_diag_hint(f->diags, d, "write \"cite %s\" behind what it says, or take it away", item->text);
    }
}

static void note_attributes(dr_front *f)
{
    for (uint32_t i = 0; i < f->work.count; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind == DR_NODE_ATTR && !DR_AT(f->slots, dr_slot, w->slot).used)
            dr_diag_add(f->diags, DR_NOTE, "N0605", w->ast->span, "nothing reads the attribute \"%s\"",
                        w->ast->text2);
    }
}

/* A ranked enum is read by its ranks, and one of which nothing is mentioned is only passed on. */
static void note_values(const dr_uses *u, const dr_ast *item)
{
    dr_front *f = u->f;
    const dr_decl *e = item->kind == A_ENUM ? dr_decl_find(f, D_ENUM, 0, item->text) : NULL;
    if (e == NULL || DR_AT(f->enums, dr_enum, e->index).ranks != NULL)
        return;
    bool some = false;
    for (const dr_ast *v = item->a; v != NULL; v = v->next)
        some = some || is_used(u, v->text);
    for (const dr_ast *v = item->a; v != NULL && some; v = v->next)
        if (!is_used(u, v->text))
            dr_diag_add(f->diags, DR_NOTE, "N0604", v->span, "no clause or table mentions \"%s\" of %s",
                        v->text, item->text);
}

void dr_lint_unused(dr_front *f)
{
    dr_uses u = {.f = f};
    u.params = dr_take_zero(f->arena, f->params.count + 1, sizeof *u.params);
    if (u.params == NULL) {
        f->no_memory = true;
        return;
    }
    grow(&u);
    for (uint32_t i = 0; i < f->items.count; i++)
        gather_one(&u, DR_AT(f->items, dr_ast *, i));
    for (uint32_t i = 0; i < f->below.count; i++) {
        dr_ast alone = *DR_AT(f->below, const dr_ast *, i);
        alone.next = NULL;
        gather_below(&u, &alone);
    }
    for (uint32_t i = 0; i < f->scenarios.count && f->notes; i++)
        gather_one(&u, DR_AT(f->scenarios, dr_ast *, i));
    for (uint32_t i = 0; i < f->items.count && !u.full; i++) {
        check_item(&u, DR_AT(f->items, dr_ast *, i));
        if (f->notes)
            note_values(&u, DR_AT(f->items, dr_ast *, i));
    }
    if (f->notes)
        note_attributes(f);
}
