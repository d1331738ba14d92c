/* drip: tree.c, level 2a. What the actions of the grammar build nodes with beyond ast.h: a node that is missing, as memory was
 * out or something before it was wrong, stays missing. */
#include "tree.h"

#include <string.h>

dr_span dr_tree_span(dr_parse *p, const dr_ast *a, const dr_ast *b)
{
    dr_span s = {p->source_index, 0, 0};
    if (a != NULL)
        s = a->span;
    if (b != NULL)
        s.end = b->span.end;
    return s;
}

dr_ast *dr_tree_agg(dr_parse *p, dr_span at, int op, const char *variable, dr_ast *in, dr_ast *where,
                    dr_ast *value)
{
    dr_ast *n = dr_ast_text(p, A_AGG, at, variable);
    if (n != NULL)
        n->op = (uint8_t)op;
    return dr_ast_set(p, n, in, where, value, NULL);
}

dr_ast *dr_tree_extra(dr_ast *n, dr_ast *e)
{
    if (n != NULL)
        n->e = e;
    return n;
}

dr_ast *dr_tree_text2(dr_ast *n, const char *text2)
{
    if (n != NULL)
        n->text2 = text2;
    return n;
}

dr_ast *dr_tree_flagged(dr_ast *n, int op, int flag)
{
    if (n == NULL)
        return n;
    if (op != 0)
        n->op = (uint8_t)op;
    if (flag != 0)
        n->flag = (uint8_t)flag;
    return n;
}

dr_ast *dr_tree_reaching(dr_ast *n, dr_span whole, int fixed)
{
    if (n == NULL)
        return n;
    n->ref = whole.start;
    n->ref2 = whole.end;
    return dr_tree_flagged(n, 0, fixed);
}

dr_ast *dr_tree_changed(dr_parse *p, int op, dr_ast *name, dr_ast *what, dr_ast *pin)
{
    return dr_tree_flagged(
        dr_ast_set(p, dr_ast_text(p, A_AMEND, name->span, name->text), what, pin, NULL, NULL), op, 0);
}

dr_ast *dr_tree_suspended(dr_parse *p, int op, dr_ast *name, dr_ast *period, dr_ast *cites, dr_ast *pin)
{
    dr_ast *n = dr_ast_set(p, dr_ast_text(p, A_SUSPEND, name->span, name->text), NULL, pin, NULL, cites);
    return dr_tree_flagged(dr_tree_extra(n, period), op, 0);
}

dr_ast *dr_tree_wider(dr_ast *n, dr_span at)
{
    if (n != NULL)
        n->span = at;
    return n;
}

int dr_tree_role(const char *word)
{
    static const struct {
        const char *word;
        int role;
    } roles[] = {{"chooses", 'p'}, {"name", 'n'},   {"suffix", 's'}, {"summed", '+'},
                 {"united", 'u'},  {"starts", 'b'}, {"ends", 'e'}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].word, word) == 0)
            return roles[i].role;
    return '?';
}

dr_ast *dr_tree_key_column(dr_ast *column, const char *word)
{
    return dr_tree_flagged(column, strcmp(word, "prefix") == 0 ? 'k' : '?', 1);
}

dr_ast *dr_tree_dotted(dr_parse *p, dr_ast *head, const char *tail, dr_span at)
{
    if (head == NULL)
        return NULL;
    head->text = dr_parse_join(p, head->text, tail);
    head->span = at;
    return head;
}
