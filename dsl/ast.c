/* drip: ast.c, level 2a. Tree constructors. They charge the budget, keep heights, and never fail in a way
 * the grammar must look at: past a limit they hand out one stand-in node and set `stopped`, and no pass
 * runs over a tree whose parse was stopped. */
#include "ast.h"

#include <string.h>

enum { HEIGHT_MAX = 400, STAND_IN = 255 };

static void refuse(dr_parse *p, dr_span span, const char *code, const char *what)
{
    if (p->stopped)
        return;
    p->stopped = true;
    dr_diag_add(p->diags, DR_ERROR, code, span, "%s", what);
}

dr_ast *dr_ast_new(dr_parse *p, dr_ast_kind kind, dr_span span)
{
    dr_ast *n = NULL;
    if (p->nodes >= p->max_nodes)
        refuse(p, span, "E0104", "this policy is too large");
    else if (!p->stopped && (n = dr_take(p->arena, sizeof *n)) == NULL)
        refuse(p, span, "E0105", "out of memory while reading this policy");
    if (n == NULL) {
        n = &p->failed;
        memset(n, 0, sizeof *n);
        n->kind = A_ERROR;
        n->flag = STAND_IN;
        n->text = "";
        return n;
    }
    p->nodes++;
    memset(n, 0, sizeof *n);
    n->kind = (uint8_t)kind;
    n->span = span;
    n->height = 1;
    return n;
}

dr_ast *dr_ast_text(dr_parse *p, dr_ast_kind kind, dr_span span, const char *text)
{
    dr_ast *n = dr_ast_new(p, kind, span);
    n->text = text;
    return n;
}

static void grow(dr_parse *p, dr_ast *n, const dr_ast *child)
{
    for (; child != NULL; child = child->next) {
        if (child->height >= n->height)
            n->height = (uint16_t)(child->height + 1);
        if (n->height > HEIGHT_MAX)
            refuse(p, n->span, "E0106",
                   "this is too long, or nested too deeply: give parts of it attributes of their own");
    }
}

dr_ast *dr_ast_set(dr_parse *p, dr_ast *n, dr_ast *a, dr_ast *b, dr_ast *c, dr_ast *d)
{
    if (n->flag == STAND_IN || p->stopped)
        return n;
    n->a = a;
    n->b = b;
    n->c = c;
    n->d = d;
    grow(p, n, a);
    grow(p, n, b);
    grow(p, n, c);
    grow(p, n, d);
    return n;
}

dr_ast *dr_ast_op(dr_parse *p, dr_ast_kind kind, int op, dr_span span, dr_ast *a, dr_ast *b)
{
    dr_ast *n = dr_ast_new(p, kind, span);
    n->op = (uint8_t)op;
    return dr_ast_set(p, n, a, b, NULL, NULL);
}

dr_ast *dr_ast_append(dr_ast *list, dr_ast *item)
{
    if (item == NULL || item->flag == STAND_IN)
        return list;
    if (list == NULL || list->flag == STAND_IN) {
        item->last = item;
        return item;
    }
    (list->last != NULL ? list->last : list)->next = item; /* a lone node is a list without a tail */
    list->last = item;
    return list;
}

uint32_t dr_ast_count(const dr_ast *list)
{
    uint32_t n = 0;
    for (; list != NULL; list = list->next)
        n++;
    return n;
}

const char *dr_parse_join(dr_parse *p, const char *head, const char *tail)
{
    size_t a = strlen(head), b = strlen(tail);
    char *joined = dr_take(p->arena, a + b + 2);
    if (joined == NULL) {
        p->stopped = true;
        return "";
    }
    memcpy(joined, head, a);
    joined[a] = '.';
    memcpy(joined + a + 1, tail, b + 1);
    int64_t id = dr_sym(p->syms, joined, a + b + 1);
    if (id < 0) {
        p->stopped = true;
        return "";
    }
    return dr_sym_text(p->syms, id)->bytes;
}
