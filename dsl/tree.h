/* drip: tree.h, level 2a. Pieces of the tree for the actions of the grammar. */
#ifndef DR_TREE_H
#define DR_TREE_H

#include "ast.h"

/* From the beginning of the one to the end of the other. */
dr_span dr_tree_span(dr_parse *p, const dr_ast *a, const dr_ast *b);
/* An aggregate: of `in`, named by the variable, where, its value. */
dr_ast *dr_tree_agg(dr_parse *p, dr_span at, int op, const char *variable, dr_ast *in, dr_ast *where,
                    dr_ast *value);
/* The node with its fifth child, its second text, a longer name; op and flag where they are not 0. */
dr_ast *dr_tree_extra(dr_ast *n, dr_ast *e);
dr_ast *dr_tree_text2(dr_ast *n, const char *text2);
dr_ast *dr_tree_dotted(dr_parse *p, dr_ast *head, const char *tail, dr_span at);
dr_ast *dr_tree_flagged(dr_ast *n, int op, int flag);
/* What it says stands from the first of its words to the last. */
dr_ast *dr_tree_reaching(dr_ast *n, dr_span whole, int fixed);
/* What layers do to what is below them. */
dr_ast *dr_tree_changed(dr_parse *p, int op, dr_ast *name, dr_ast *what, dr_ast *pin);
dr_ast *dr_tree_suspended(dr_parse *p, int op, dr_ast *name, dr_ast *period, dr_ast *cites, dr_ast *pin);
/* What a field is to a line; '?' is refused by the checker. */
int dr_tree_role(const char *word);
/* A key column with a word behind `key`: its cells are prefixes. */
dr_ast *dr_tree_key_column(dr_ast *column, const char *word);
/* A period with the word before its days and what stands behind them. */
dr_ast *dr_tree_wider(dr_ast *n, dr_span at);

#endif
