/* drip: scan.h, level 2a. The one door to bison's generated header and to the scanner. Only scan.l,
 * grammar.y, syntax.c, foreign.c, parse.c and the formatter include it. */
#ifndef DR_SCAN_H
#define DR_SCAN_H

#include "ast.h"

typedef void *yyscan_t;
#include "grammar.tab.h"

int drip_yylex_init_extra(dr_parse *p, yyscan_t *scanner);
struct yy_buffer_state *drip_yy_scan_buffer(char *base, size_t size, yyscan_t scanner);
int drip_yylex_destroy(yyscan_t scanner);
void drip_scan_leave(yyscan_t scanner);

/* ---- foreign.c: what was meant, reported with the edit. Tokens; 0: passed over. */
int dr_foreign_sign(dr_parse *p, dr_span at, const char *text, size_t len);
int dr_foreign_character(dr_parse *p, dr_span *at, const char *text);
void dr_foreign_comment(dr_parse *p, dr_span at, const char *text, size_t len);
const char *dr_foreign_date(dr_parse *p, dr_span at, const char *text);
const char *dr_foreign_time(dr_parse *p, dr_span at, const char *text);
const char *dr_foreign_text(dr_parse *p, dr_span at, const char *text, size_t len);
dr_ast *dr_foreign_quantity(dr_parse *p, dr_span at, const char *text);

int drip_yylex(DRIP_YYSTYPE *value, DRIP_YYLTYPE *span, yyscan_t scanner);

#endif
