/* drip: scan.h, level 2a. The one door to bison's generated header and to the scanner. Only scan.l,
 * grammar.y, syntax.c, parse.c and the formatter include it. */
#ifndef DR_SCAN_H
#define DR_SCAN_H

#include "ast.h"

typedef void *yyscan_t;
#include "grammar.tab.h"

int drip_yylex_init_extra(dr_parse *p, yyscan_t *scanner);
struct yy_buffer_state *drip_yy_scan_buffer(char *base, size_t size, yyscan_t scanner);
int drip_yylex_destroy(yyscan_t scanner);
void drip_scan_leave(yyscan_t scanner);
int drip_yylex(DRIP_YYSTYPE *value, DRIP_YYLTYPE *span, yyscan_t scanner);

#endif
