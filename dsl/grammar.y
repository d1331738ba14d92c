/* drip: grammar.y, level 2a. The grammar, and one tree constructor per rule; nothing here knows types.
 *
 * Values live in the compile arena, so there are no destructors and nothing leaks on an error. Recovery
 * is at declarations: each begins with a word of its own. */
%require "3.8"
%define api.pure full
%define api.prefix {drip_yy}
%define api.token.prefix {TOK_}
%define api.location.type {dr_span}
%define parse.error custom
%define parse.lac full
%expect 0
%param {yyscan_t scanner}
%parse-param {dr_parse *p}
%locations

%code requires {
#include "ast.h"
typedef void *yyscan_t;
}
%union {
    const char *text;
    dr_ast *ast;
    int op;
}
%code {
#include <string.h>
#include "scan.h"
#include "tree.h"
static void drip_yyerror(const dr_span *span, yyscan_t scanner, dr_parse *p, const char *message);
#define YYLLOC_DEFAULT(Current, Rhs, N)                                                                          \
    do {                                                                                                         \
        if (N) {                                                                                                 \
            (Current) = YYRHSLOC(Rhs, 1);                                                                        \
            (Current).end = YYRHSLOC(Rhs, N).end;                                                                \
        } else {                                                                                                 \
            (Current) = YYRHSLOC(Rhs, 0);                                                                        \
            (Current).start = (Current).end;                                                                     \
        }                                                                                                        \
    } while (0)
#define OP(kind, a, b) dr_ast_op(p, kind, 0, dr_tree_span(p, a, b), a, b)
#define NEW(kind, loc, txt) dr_ast_text(p, kind, loc, txt)
}
%initial-action { @$.source = p->source_index; @$.start = 0; @$.end = 0; }

%token <text> NAME "name" LNAME "name at the start of a line" NUMBER "number" CODE "code" UNIT "unit" STRING "text in quotes"
%token <text> PIN "was #…" DATE "date" TIME "time" DATETIME "date and time"
%token BAD "bad character"
%token ABOUT "about" ADD "add" AFTER "after" ALSO "also" AMEND "amend" AND "and" ANY "any" AS "as" ATTRIBUTE "attribute" AXIS "axis" BECAUSE "because"
%token BEFORE "before" BEGINS "begins" BEST "best" BEYOND "beyond" BY "by" CITE "cite" CLOCK "clock" CLOSES "closes"
%token CONTAINS "contains" COUNT "count" CURE "cure" DEFAULTS "defaults" DIMENSION "dimension" DRIP "drip" EACH "each"
%token EARLIEST "earliest" EFFECTIVE "effective" ELSE "else" ENTITY "entity" ENUM "enum" EVERY "every" EXCEPT "except"
%token EXPECT "expect" EXTEND "extend" FINDING "finding" FIRST "first" FIXED "fixed" FOR "for" FORMAT "format" FROM "from"
%token GROUPS "groups" HAS "has" HIGHEST "highest" HOOK "hook" IN "in" INTERSECT "intersect" IS "is" KEY "key" KNOWN "known"
%token LAST "last" LATEST "latest" LAYER "layer" LEAST "least" LINE "line" LINES "lines" LIST "list" LONGEST "longest"
%token MARK "mark" MERGES "merges" MESSAGE "message" MINUS "minus" MISSING "missing" MOST "most" NO "no" NOT "not" NOTHING "nothing" OF "of" ON "on"
%token ONLY "only" ONWARD "onward" OPENS "opens" OR "or" ORDERED "ordered" OTHERWISE "otherwise" OUTRANKS "outranks"
%token OVER "over" OVERLAPS "overlaps" PARAM "param" PART "part" PER "per" PIECES "pieces" POLICY "policy"
%token PREVIOUS "previous" RESULT "result" ROUNDED "rounded" SAYS "says" SCENARIO "scenario" SET "set" SHORTHAND "shorthand" SHOWS "shows"
%token SOURCE "source" SUSPEND "suspend" STEPS "steps" SUM "sum of" TABLE "table" TESTS "tests" THIS "this" TO "to" TOPIC "topic" ON_TOPIC "topic of a finding" TOTALS "totals" UNDER "under"
%token UNION "union" UNIQUE "unique" UNTESTED "untested" UNTIL "until" VARY "vary" VERSION "version" WHEN "when" WHERE "where" WITH "with"
%token WITHIN "within" YES "yes"
%token AT_LEAST "at least" AT_MOST "at most" IS_NOT "is not" NOT_IN "not in" AS_CHARTED "as charted" LONGER_THAN "longer than" WITH_VALUES "with what is shown"
%token BARS "||" BAR "|" BAR_FIRST "| at the start of a line" BAR_LAST "| at the end of a line" DOTS ".." ARROW "->"

%type <text> name word period_end code_word
%type <ast> items item header decl period_opt periods period days head_period axis_opt version by_opt cites_opt cites cite dotted dotted_name names
%type <ast> dated_values dated dated_more type plain_type fields field as_opt enum_values enum_value units unit synonyms
%type <ast> groups_tail ordered_opt keys key clauses clause clause_body when_opt except_opt table rows row cells cell
%type <ast> hook_params some_params hook_param columns column column_as unit_opt data_rows data_row from_opt ways way texts line_body line_item mark_body mark_item family finding_body finding_item family_opt finding_name
%type <ast> expr postfix primary collection exprs set_literal where_opt quantity statements statement values value value_plain
%type <ast> bases families amend_mark amend_clause amend_line amend_finding pin_opt value_opt row_opt level_opt
%type <ast> set_names set_name pairs pair expectations expected codes_expected code_expected code_suffixed shown_pairs shown_pair shown_value findings_expected about_opt whom varies vary vary_opt scenario_opts params
%type <ast> shown shown_opt show decimals_opt
%type <op> role role_word required over_or_unique fixed_opt

%precedence LOW
%precedence AGG
%precedence FOR ','
%precedence NAME UNIT TO
%left OR
%left AND
%right NOT
%nonassoc IS IS_NOT IN NOT_IN OVER UNDER AT_LEAST AT_MOST WITHIN OVERLAPS CONTAINS OUTRANKS '>'
%nonassoc BEFORE AFTER /* tighter: `A within 28 days before B` */
%left UNION INTERSECT MINUS
%left '+' '-'
%left '*' '/'
%left ELSE
%precedence UMINUS
%left ROUNDED
%precedence OFARG
%left '.'

%%

file: edition items { p->items = $2; }
    | edition { p->items = NULL; }
    ;
edition: DRIP NUMBER { if ($2[0] != '1' || $2[1] != '\0') {
                           dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0103", @2, "this drip reads edition 1 of the language");
                           dr_diag_hint(p->diags, d, "begin the file with: drip 1");
                       } }
    ;
items: item { $$ = dr_ast_append(NULL, $1); }
    | items item { $$ = dr_ast_append($1, $2); }
    ;
item: decl
    | header
    | error {
        /* Each declaration may have an error of its own: see syntax.c. */
        $$ = dr_ast_new(p, A_ERROR, @1);
        if (!dr_begins_declaration(p, yychar, yylloc)) {
            yyclearin;
            p->skipping = true;
        }
        yyerrok;
    }
    ;

name: NAME | LNAME ;
word: name | NOTHING { $$ = "nothing"; } | KEY { $$ = "key"; } | LINE { $$ = "line"; } | SOURCE { $$ = "source"; } | FROM { $$ = "from"; } | TO { $$ = "to"; }
    | IS { $$ = "is"; } | CLOCK { $$ = "clock"; } | FIRST { $$ = "first"; } | LAST { $$ = "last"; } | EACH { $$ = "each"; }
    | SET { $$ = "set"; } | LIST { $$ = "list"; } | COUNT { $$ = "count"; } | ON { $$ = "on"; } | NO { $$ = "no"; }
    | PER { $$ = "per"; } | FORMAT { $$ = "format"; } | VERSION { $$ = "version"; } | POLICY { $$ = "policy"; }
    ;
names: name { $$ = NEW(A_NAME, @1, $1); }
    | names ',' name { $$ = dr_ast_append($1, NEW(A_NAME, @3, $3)); }
    ;
dotted: dotted_name ;
dotted_name: name { $$ = NEW(A_NAME, @1, $1); }
    | dotted_name '.' word { $$ = dr_tree_dotted(p, $1, $3, @$); }
    ;
bases: dotted { $$ = $1; }
    | bases ',' dotted { $$ = dr_ast_append($1, $3); }
    ;

header: POLICY name VERSION version head_period by_opt { $$ = dr_ast_set(p, NEW(A_POLICY, @2, $2), $4, $5, $6, NULL); }
    | LAYER dotted OVER bases VERSION version head_period
        { $$ = dr_ast_set(p, NEW(A_LAYER, @2, $2->text), $6, $4, $7, NULL); }
    | LAYER dotted OVER bases { $$ = dr_ast_set(p, NEW(A_LAYER, @2, $2->text), NULL, $4, NULL, NULL); }
    | PART OF dotted { $$ = NEW(A_PART, @3, $3->text); }
    | TESTS FOR dotted { $$ = NEW(A_TESTS, @3, $3->text); }
    | FORMAT STRING { $$ = NEW(A_FORMAT, @$, $2); }
    | SOURCE dotted STRING { $$ = dr_ast_set(p, NEW(A_SOURCE, @2, $2->text), NEW(A_STRING, @3, $3), NULL, NULL, NULL); }
    ;
version: NUMBER { $$ = NEW(A_STRING, @1, $1); } | STRING { $$ = NEW(A_STRING, @1, $1); } ;
head_period: %empty { $$ = NULL; } | EFFECTIVE days { $$ = dr_tree_wider($2, @$); } ;
period_opt: %empty { $$ = NULL; } | periods ;
periods: period { $$ = dr_ast_append(NULL, $1); }
    | periods period { $$ = dr_ast_append($1, $2); }
    ;
period: EFFECTIVE days axis_opt { $$ = dr_tree_wider(dr_ast_set(p, $2, $2 ? $2->a : NULL, $2 ? $2->b : NULL, $3, NULL), @$); }
    | KNOWN days { $$ = dr_tree_wider(dr_tree_flagged($2, 'k', 0), @$); }
    ;
axis_opt: %empty { $$ = NULL; } | BY name { $$ = NEW(A_NAME, @2, $2); } ;
days: DATE ONWARD { $$ = dr_ast_set(p, dr_ast_new(p, A_PERIOD, @$), NEW(A_DATE, @1, $1), NULL, NULL, NULL); }
    | DATE DOTS period_end { $$ = dr_ast_set(p, dr_ast_new(p, A_PERIOD, @$), NEW(A_DATE, @1, $1), NEW(A_DATE, @3, $3), NULL, NULL); }
    | UNTIL DATE { $$ = dr_ast_set(p, dr_ast_new(p, A_PERIOD, @$), NULL, NEW(A_DATE, @2, $2), NULL, NULL); }
    ;
period_end: DATE ;
by_opt: %empty { $$ = NULL; } | BY expr { $$ = $2; } ;
cites_opt: %empty { $$ = NULL; } | cites ;
cites: CITE cite { $$ = dr_ast_append(NULL, $2); }
    | cites ',' cite { $$ = dr_ast_append($1, $3); }
    ;
cite: dotted { $$ = NEW(A_CITE, @$, $1->text); }
    | dotted STRING { $$ = dr_ast_set(p, NEW(A_CITE, @$, $1->text), NEW(A_STRING, @2, $2), NULL, NULL, NULL); }
    ;

decl: PARAM name fixed_opt ':' type dated_values cites_opt { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_PARAM, @2, $2), $5, $6, $7, NULL), 0, $3); }
    | SET name dated_values cites_opt { $$ = dr_ast_set(p, NEW(A_SET, @2, $2), NULL, $3, $4, NULL); }
    | AXIS name BY expr { $$ = dr_ast_set(p, NEW(A_AXIS, @2, $2), $4, NULL, NULL, NULL); }
    | AXIS KNOWN BY expr { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_AXIS, @2, "known"), $4, NULL, NULL, NULL), 'k', 0); }
    | ENUM name '{' enum_values '}' { $$ = dr_ast_set(p, NEW(A_ENUM, @2, $2), $4, NULL, NULL, NULL); }
    | EXTEND ENUM name '{' enum_values '}' { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_ENUM, @3, $3), $5, NULL, NULL, NULL), 'x', 0); }
    | EXTEND ENTITY name fields { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_ENTITY, @3, $3), $4, NULL, NULL, NULL), 'x', 0); }
    | DIMENSION name units { $$ = dr_ast_set(p, NEW(A_DIMENSION, @2, $2), $3, NULL, NULL, NULL); }
    | ENTITY name fields { $$ = dr_ast_set(p, NEW(A_ENTITY, @2, $2), $3, NULL, NULL, NULL); }
    | ENTITY name IN name AS STRING required fields
        { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_ENTITY, @2, $2), $8, NEW(A_NAME, @4, $4), NEW(A_STRING, @6, $6), NULL), 0, $7); }
    | ENTITY name GROUPS name AS name where_opt groups_tail
        { $$ = dr_ast_set(p, NEW(A_GROUP, @2, $2), NEW(A_NAME, @4, $4), NEW(A_NAME, @6, $6), $7, $8); }
    | ENTITY name MERGES name shown_opt
        { $$ = dr_ast_set(p, NEW(A_MERGE, @2, $2), $5, NEW(A_NAME, @4, $4), NULL, NULL); }
    | EXTEND ENTITY name shown
        { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_MERGE, @3, $3), $4, NULL, NULL, NULL), 'x', 0); }
    | RESULT name AS STRING fields ordered_opt
        { $$ = dr_ast_set(p, NEW(A_RESULT, @2, $2), $5, $6, NEW(A_STRING, @4, $4), NULL); }
    | CLOCK name '.' name OVER postfix where_opt BY names BEGINS names OPENS names CLOSES names
        { dr_ast *sets = dr_ast_append(dr_ast_append(dr_ast_append(NULL,
              dr_ast_op(p, A_SETLIT, 0, @11, $11, NULL)), dr_ast_op(p, A_SETLIT, 0, @13, $13, NULL)),
              dr_ast_op(p, A_SETLIT, 0, @15, $15, NULL));
          $$ = dr_tree_text2(dr_ast_set(p, NEW(A_CLOCK, @2, $2), $6, $7, $9, sets), $4); }
    | ATTRIBUTE name '.' name fixed_opt ':' type clause_body
        { $$ = dr_tree_flagged(dr_tree_extra(dr_tree_text2(dr_ast_set(p, NEW(A_ATTRIBUTE, @4, $2), $7, $8, NULL, NULL), $4), NEW(A_NAME, @2, $2)), 0, $5); }
    | ATTRIBUTE name '.' name fixed_opt ':' type clauses
        { $$ = dr_tree_flagged(dr_tree_extra(dr_tree_text2(dr_ast_set(p, NEW(A_ATTRIBUTE, @4, $2), $7, $8, NULL, NULL), $4), NEW(A_NAME, @2, $2)), 0, $5); }
    | ATTRIBUTE name '.' name fixed_opt ':' type table
        { $$ = dr_tree_flagged(dr_tree_extra(dr_tree_text2(dr_ast_set(p, NEW(A_ATTRIBUTE, @4, $2), $7, NULL, $8, NULL), $4), NEW(A_NAME, @2, $2)), 0, $5); }
    | TABLE name fixed_opt '(' columns ')' from_opt cites_opt data_rows
        { $$ = dr_tree_flagged(dr_tree_extra(dr_ast_set(p, NEW(A_DATATABLE, @2, $2), $5, $9, $7, $8), NULL), 0, $3); }
    | HOOK name '(' hook_params ')' ARROW type FROM STRING cites_opt
        { $$ = dr_ast_set(p, NEW(A_HOOK, @2, $2), $4, $7, NEW(A_STRING, @9, $9), $10); }
    | HOOK name '(' hook_params ')' ARROW type FROM name cites_opt
        { $$ = dr_ast_set(p, NEW(A_HOOK, @2, $2), $4, $7, NEW(A_NAME, @9, $9), $10); }
    | EXTEND TABLE name cites_opt data_rows
        { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_DATATABLE, @3, $3), NULL, $5, NULL, $4), 'x', 0); }
    | LINE dotted fixed_opt family_opt FOR name IN name when_opt period_opt line_body
        { dr_ast *v = dr_ast_set(p, NEW(A_VAR, @6, $6), NEW(A_NAME, @8, $8), NULL, NULL, NULL);
          $$ = dr_tree_reaching(dr_tree_extra(dr_ast_set(p, NEW(A_LINE, @2, $2->text), v, $4, $9, $11), $10), @$, $3); }
    | TOPIC name STRING { $$ = dr_ast_set(p, NEW(A_TOPIC, @2, $2), NEW(A_STRING, @3, $3), NULL, NULL, NULL); }
    | FINDING finding_name fixed_opt name FOR name IN name when_opt period_opt finding_body
        { dr_ast *v = dr_ast_set(p, NEW(A_VAR, @6, $6), NEW(A_NAME, @8, $8), NEW(A_NAME, @4, $4), NULL, NULL);
          $$ = dr_tree_reaching(dr_tree_text2(dr_tree_extra(dr_ast_set(p, NEW(A_FINDING, @2, $2->text), v, $2->a, $9, $11), $10), $4), @$, $3); }
    | MARK dotted fixed_opt FOR name IN LINES OF families when_opt period_opt mark_body
        { dr_ast *v = dr_ast_set(p, NEW(A_VAR, @5, $5), $9, NULL, NULL, NULL);
          $$ = dr_tree_reaching(dr_tree_extra(dr_ast_set(p, NEW(A_MARK, @2, $2->text), v, NULL, $10, $12), $11), @$, $3); }
    | AMEND dotted amend_clause pin_opt { $$ = dr_tree_changed(p, 'c', $2, $3, $4); }
    | AMEND LINE dotted when_opt period_opt amend_line pin_opt
        { $$ = dr_tree_changed(p, 'l', $3, dr_tree_extra(dr_tree_reaching(dr_ast_set(p, NEW(A_LINE, @3, $3->text), NULL, NULL, $4, $6), @$, 0), $5), $7); }
    | AMEND MARK dotted when_opt period_opt amend_mark pin_opt
        { $$ = dr_tree_changed(p, 'm', $3, dr_tree_extra(dr_tree_reaching(dr_ast_set(p, NEW(A_MARK, @3, $3->text), NULL, NULL, $4, $6), @$, 0), $5), $7); }
    | AMEND FINDING dotted level_opt when_opt period_opt amend_finding pin_opt
        { dr_ast *n = dr_ast_set(p, NEW(A_FINDING, @3, $3->text), $4, NULL, $5, $7);
          $$ = dr_tree_changed(p, 'f', $3, dr_tree_extra(dr_tree_reaching(n, @$, 0), $6), $8); }
    | SUSPEND dotted period_opt cites_opt pin_opt { $$ = dr_tree_suspended(p, 'c', $2, $3, $4, $5); }
    | SUSPEND LINE dotted period_opt cites_opt pin_opt { $$ = dr_tree_suspended(p, 'l', $3, $4, $5, $6); }
    | SUSPEND FINDING dotted period_opt cites_opt pin_opt { $$ = dr_tree_suspended(p, 'f', $3, $4, $5, $6); }
    | SUSPEND MARK dotted period_opt cites_opt pin_opt { $$ = dr_tree_suspended(p, 'm', $3, $4, $5, $6); }
    | ADD dotted clauses { $$ = dr_ast_set(p, NEW(A_ADDITION, @2, $2->text), NULL, $3, NULL, NULL); }
    | ADD dotted rows { $$ = dr_ast_set(p, NEW(A_ADDITION, @2, $2->text), NULL, NULL, $3, NULL); }
    | ADD dotted cites rows { $$ = dr_ast_set(p, NEW(A_ADDITION, @2, $2->text), NULL, NULL, $4, $3); }
    | SHORTHAND name params statements { $$ = dr_ast_set(p, NEW(A_SHORTHAND, @2, $2), $3, $4, NULL, NULL); }
    | SCENARIO DEFAULTS statements { $$ = dr_ast_set(p, dr_ast_new(p, A_DEFAULTS, @$), NULL, $3, NULL, NULL); }
    | SCENARIO STRING scenario_opts statements varies
        { $$ = dr_ast_set(p, dr_ast_new(p, A_SCENARIO, @2), NEW(A_STRING, @2, $2), $4, $3, $5); }
    | UNTESTED dotted BECAUSE STRING
        { $$ = dr_ast_set(p, NEW(A_UNTESTED, @2, $2->text), NULL, NEW(A_STRING, @4, $4), NULL, NULL); }
    | UNTESTED dotted texts BECAUSE STRING
        { $$ = dr_ast_set(p, NEW(A_UNTESTED, @2, $2->text), $3, NEW(A_STRING, @5, $5), NULL, NULL); }
    ;
params: %empty { $$ = NULL; }
    | params NAME { $$ = dr_ast_append($1, NEW(A_NAME, @2, $2)); }
    ;
finding_name: dotted { $$ = $1; }
    | dotted ':' name { $$ = dr_ast_set(p, $1, NEW(A_NAME, @3, $3), NULL, NULL, NULL); }
    ;
fixed_opt: %empty { $$ = 0; } | FIXED { $$ = DR_FIXED; } ;
amend_clause: except_opt when_opt period_opt value_opt cites_opt row_opt
        { $$ = dr_tree_extra(dr_ast_set(p, dr_ast_new(p, A_CLAUSE, @$), $1, $2, $4, $5), $3);
          if ($6 != NULL)
              $$ = dr_ast_set(p, $6, $6->a, $6->b, $$, $5);
          $$ = dr_tree_reaching($$, @$, 0); } ;
value_opt: %empty { $$ = NULL; } | '=' expr { $$ = $2; } ;
row_opt: %empty { $$ = NULL; } | row ;
amend_line: %empty { $$ = NULL; } | line_body ;
amend_mark: %empty { $$ = NULL; } | mark_body ;
amend_finding: %empty { $$ = NULL; } | finding_body ;
level_opt: %empty { $$ = NULL; } | NAME { $$ = NEW(A_NAME, @1, $1); } ;
pin_opt: %empty { $$ = NULL; }
    | PIN { $$ = NEW(A_PIN, @1, $1); }
    | PIN STRING { $$ = dr_ast_set(p, NEW(A_PIN, @1, $1), NEW(A_STRING, @2, $2), NULL, NULL, NULL); }
    ;
families: family { $$ = dr_ast_append(NULL, $1); }
    | families ',' family { $$ = dr_ast_append($1, $3); }
    ;
family: name { $$ = NEW(A_FAMILY, @1, $1); } ;
family_opt: %empty { $$ = NULL; } | IN name { $$ = NEW(A_NAME, @2, $2); } ;

dated_values: dated { $$ = dr_ast_append(NULL, $1); }
    | dated_more { $$ = $1; }
    ;
dated_more: dated dated { $$ = dr_ast_append(dr_ast_append(NULL, $1), $2); }
    | dated_more dated { $$ = dr_ast_append($1, $2); }
    ;
dated: '=' expr period_opt { $$ = dr_ast_set(p, dr_ast_new(p, A_DATED, @$), $2, $3, NULL, NULL); } ;

type: plain_type
    | plain_type '?' { $$ = dr_tree_flagged($1, 0, 1); }
    | '{' enum_values '}' { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_TYPE, @$), $2, NULL, NULL, NULL), 'e', 0); }
    ;
plain_type: name { $$ = dr_tree_flagged(NEW(A_TYPE, @1, $1), 't', 0); }
    | name PER name { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_TYPE, @$, $1), NULL, NEW(A_NAME, @3, $3), NULL, NULL), 't', 0); }
    | SET OF name { $$ = dr_tree_flagged(NEW(A_TYPE, @$, $3), 's', 0); }
    | LIST OF name { $$ = dr_tree_flagged(NEW(A_TYPE, @$, $3), 'l', 0); }
    ;
fields: field { $$ = dr_ast_append(NULL, $1); }
    | fields field { $$ = dr_ast_append($1, $2); }
    ;
field: LNAME ':' type as_opt role synonyms
        { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, $4, $6, NULL), $5, 0); } ;
shown_opt: %empty { $$ = NULL; } | shown ;
shown: show { $$ = dr_ast_append(NULL, $1); }
    | shown show { $$ = dr_ast_append($1, $2); }
    ;
show: SHOWS name AS STRING { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_SHOWN, @2, $2), NEW(A_STRING, @4, $4), NULL, NULL, NULL), 's', 0); }
    | TOTALS name AS STRING { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_SHOWN, @2, $2), NEW(A_STRING, @4, $4), NULL, NULL, NULL), 't', 0); }
    ;
required: %empty { $$ = 0; } | NAME { $$ = strcmp($1, "required") == 0 ? 1 : 2; } ;
as_opt: %empty { $$ = NULL; } | AS STRING { $$ = NEW(A_STRING, @2, $2); } ;
role: %empty { $$ = 0; } | role_word ;
role_word: KEY { $$ = 'k'; }
    | COUNT { $$ = 'c'; }
    | KNOWN { $$ = 'w'; }
    | NAME { $$ = dr_tree_role($1); }
    ;
enum_values: enum_value { $$ = dr_ast_append(NULL, $1); }
    | enum_values ',' enum_value { $$ = dr_ast_append($1, $3); }
    | enum_values '>' enum_value { $$ = dr_ast_append($1, dr_tree_flagged($3, '>', 0)); }
    ;
enum_value: word { $$ = dr_tree_flagged(NEW(A_ENUMVALUE, @1, $1), ',', 0); } ;
units: unit { $$ = dr_ast_append(NULL, $1); }
    | units unit { $$ = dr_ast_append($1, $2); }
    ;
unit: LNAME '=' NUMBER synonyms decimals_opt
        { $$ = dr_ast_set(p, NEW(A_UNIT, @1, $1), NEW(A_NUMBER, @3, $3), $4, $5, NULL); } ;
decimals_opt: %empty { $$ = NULL; }
    | NAME NUMBER { $$ = dr_ast_set(p, NEW(A_NAME, @$, $1), NEW(A_NUMBER, @2, $2), NULL, NULL, NULL); }
    ;
synonyms: %empty { $$ = NULL; }
    | ALSO STRING { $$ = NEW(A_STRING, @2, $2); }
    | synonyms ',' STRING { $$ = dr_ast_append($1, NEW(A_STRING, @3, $3)); }
    ;
groups_tail: BY exprs ordered_opt { $$ = dr_ast_op(p, A_GROUPBY, 0, @$, $2, $3); } ;
ordered_opt: %empty { $$ = NULL; } | ORDERED BY keys { $$ = $3; } ;
keys: key { $$ = dr_ast_append(NULL, $1); }
    | keys ',' key { $$ = dr_ast_append($1, $3); }
    ;
key: expr %prec LOW { $$ = dr_ast_op(p, A_KEY, KEY_PLAIN, @1, $1, NULL); }
    | EARLIEST expr %prec LOW { $$ = dr_ast_op(p, A_KEY, KEY_ASCENDING, @2, $2, NULL); }
    | LEAST expr %prec LOW { $$ = dr_ast_op(p, A_KEY, KEY_ASCENDING, @2, $2, NULL); }
    | LATEST expr %prec LOW { $$ = dr_ast_op(p, A_KEY, KEY_DESCENDING, @2, $2, NULL); }
    | MOST expr %prec LOW { $$ = dr_ast_op(p, A_KEY, KEY_DESCENDING, @2, $2, NULL); }
    | LONGEST expr %prec LOW { $$ = dr_ast_op(p, A_KEY, KEY_DESCENDING, @2, $2, NULL); }
    | AS_CHARTED { $$ = dr_ast_op(p, A_KEY, KEY_CHARTED, @1, NULL, NULL); }
    ;
clauses: clause { $$ = dr_ast_append(NULL, $1); }
    | clauses clause { $$ = dr_ast_append($1, $2); }
    ;
clause: LNAME fixed_opt except_opt when_opt period_opt '=' expr cites_opt
        { $$ = dr_tree_reaching(dr_tree_extra(dr_ast_set(p, NEW(A_CLAUSE, @1, $1), $3, $4, $7, $8), $5), @$, $2); } ;
clause_body: when_opt '=' expr cites_opt
        { $$ = dr_ast_append(NULL, dr_tree_reaching(dr_ast_set(p, dr_ast_new(p, A_CLAUSE, @3), NULL, $1, $3, $4), @$, 0)); } ;
except_opt: %empty { $$ = NULL; } | EXCEPT names { $$ = $2; } ;
when_opt: %empty { $$ = NULL; } | WHEN expr { $$ = $2; } ;

table: TABLE over_or_unique cites_opt rows
        { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_TABLE, @1), $4, NULL, NULL, $3), $2, 0); } ;
over_or_unique: UNIQUE { $$ = 'u'; } | FIRST { $$ = 'f'; } ;
rows: row { $$ = dr_ast_append(NULL, $1); }
    | rows row { $$ = dr_ast_append($1, $2); }
    ;
row: BAR_FIRST cells BARS cells BAR_LAST { $$ = dr_tree_reaching(dr_ast_set(p, dr_ast_new(p, A_ROW, @$), $2, $4, NULL, NULL), @$, 0); }
    | LNAME fixed_opt BAR cells BARS cells BAR_LAST { $$ = dr_tree_reaching(dr_ast_set(p, NEW(A_ROW, @$, $1), $4, $6, NULL, NULL), @$, $2); }
    ;
cells: cell { $$ = dr_ast_append(NULL, $1); }
    | cells BAR cell { $$ = dr_ast_append($1, $3); }
    ;
cell: '-' { $$ = dr_tree_flagged(dr_ast_new(p, A_CELL, @1), '-', 0); }
    | OTHERWISE { $$ = dr_tree_flagged(dr_ast_new(p, A_CELL, @1), 'e', 0); }
    | exprs { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_CELL, @1), $1, NULL, NULL, NULL), '=', 0); }
    | OVER expr { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_CELL, @$), $2, NULL, NULL, NULL), 'o', 0); }
    | UNDER expr { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_CELL, @$), $2, NULL, NULL, NULL), 'u', 0); }
    | AT_LEAST expr { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_CELL, @$), $2, NULL, NULL, NULL), 'l', 0); }
    | AT_MOST expr { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_CELL, @$), $2, NULL, NULL, NULL), 'm', 0); }
    | KNOWN { $$ = dr_tree_flagged(dr_ast_new(p, A_CELL, @1), 'k', 0); }
    | MISSING { $$ = dr_tree_flagged(dr_ast_new(p, A_CELL, @1), 'x', 0); }
    ;
columns: column { $$ = dr_ast_append(NULL, $1); }
    | columns ',' column { $$ = dr_ast_append($1, $3); }
    ;
column: name ':' type unit_opt { $$ = dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, NULL, $4, NULL); }
    | name ':' type unit_opt column_as { $$ = dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, $5, $4, NULL); }
    | name ':' type unit_opt role_word { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, NULL, $4, NULL), $5, 0); }
    | name ':' type unit_opt column_as role_word { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, $5, $4, NULL), $6, 0); }
    | name ':' type unit_opt role_word column_as { $$ = dr_tree_flagged(dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, $6, $4, NULL), $5, 0); }
    | name ':' type unit_opt KEY NAME { $$ = dr_tree_key_column(dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, NULL, $4, NULL), $6); }
    | name ':' type unit_opt column_as KEY NAME { $$ = dr_tree_key_column(dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, $5, $4, NULL), $7); }
    | name ':' type unit_opt KEY NAME column_as { $$ = dr_tree_key_column(dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, $7, $4, NULL), $6); }
    ;
unit_opt: %empty { $$ = NULL; } | IN NAME { $$ = NEW(A_NAME, @2, $2); } | IN UNIT { $$ = NEW(A_NAME, @2, $2); } ;
column_as: AS STRING { $$ = NEW(A_STRING, @2, $2); }
    | AS NAME NUMBER { $$ = dr_ast_set(p, NEW(A_NAME, @$, $2), NEW(A_NUMBER, @3, $3), NULL, NULL, NULL); }
    ;
hook_params: %empty { $$ = NULL; } | some_params ;
some_params: hook_param { $$ = dr_ast_append(NULL, $1); }
    | some_params ',' hook_param { $$ = dr_ast_append($1, $3); }
    ;
hook_param: name ':' type { $$ = dr_ast_set(p, NEW(A_FIELDDECL, @1, $1), $3, NULL, NULL, NULL); } ;
from_opt: %empty { $$ = NULL; }
    | FROM STRING ways { $$ = dr_ast_set(p, NEW(A_STRING, @2, $2), $3, NULL, NULL, NULL); }
    ;
ways: %empty { $$ = NULL; }
    | ways way { $$ = dr_ast_append($1, $2); }
    ;
way: name NUMBER LINES { $$ = dr_ast_set(p, NEW(A_WAY, @$, $1), NEW(A_NUMBER, @2, $2), NULL, NULL, NULL); }
    | name texts { $$ = dr_ast_set(p, NEW(A_WAY, @$, $1), $2, NULL, NULL, NULL); }
    | MISSING texts { $$ = dr_ast_set(p, NEW(A_WAY, @$, "missing"), $2, NULL, NULL, NULL); }
    | UNTIL texts { $$ = dr_ast_set(p, NEW(A_WAY, @$, "until"), $2, NULL, NULL, NULL); }
    ;
texts: STRING { $$ = dr_ast_append(NULL, NEW(A_STRING, @1, $1)); }
    | texts ',' STRING { $$ = dr_ast_append($1, NEW(A_STRING, @3, $3)); }
    ;
data_rows: %empty { $$ = NULL; }
    | data_rows data_row { $$ = dr_ast_append($1, $2); }
    ;
data_row: BAR_FIRST cells BAR_LAST { $$ = dr_ast_set(p, dr_ast_new(p, A_ROW, @$), $2, NULL, NULL, NULL); } ;

line_body: line_item { $$ = dr_ast_append(NULL, $1); }
    | line_body line_item { $$ = dr_ast_append($1, $2); }
    ;
line_item: LNAME '=' expr when_opt { $$ = dr_ast_set(p, NEW(A_ASSIGN, @1, $1), $3, $4, NULL, NULL); }
    | SAYS exprs { $$ = dr_ast_op(p, A_SAYS, 0, @$, $2, NULL); }
    | ALSO dotted { $$ = NEW(A_ALSO, @2, $2->text); }
    | CITE cite { $$ = $2; }
    ;
mark_body: mark_item { $$ = dr_ast_append(NULL, $1); }
    | mark_body mark_item { $$ = dr_ast_append($1, $2); }
    ;
mark_item: LNAME '=' expr when_opt { $$ = dr_ast_set(p, NEW(A_ASSIGN, @1, $1), $3, $4, NULL, NULL); }
    | SAYS exprs { $$ = dr_ast_op(p, A_SAYS, 0, @$, $2, NULL); }
    | CITE cite { $$ = $2; }
    ;
finding_body: finding_item { $$ = dr_ast_append(NULL, $1); }
    | finding_body finding_item { $$ = dr_ast_append($1, $2); }
    ;
finding_item: MESSAGE STRING { $$ = NEW(A_MESSAGE, @2, $2); }
    | ON_TOPIC name { $$ = NEW(A_ON_TOPIC, @2, $2); }
    | CURE STRING { $$ = NEW(A_CURE, @2, $2); }
    | ABOUT expr { $$ = dr_ast_op(p, A_ABOUT, 0, @2, $2, NULL); }
    | SAYS exprs { $$ = dr_ast_op(p, A_SAYS, 0, @$, $2, NULL); }
    | CITE cite { $$ = $2; }
    ;

where_opt: %empty %prec AGG { $$ = NULL; } | WHERE expr %prec AGG { $$ = $2; } ;
collection: IN postfix { $$ = $2; }
    | IN LINES OF name { $$ = NEW(A_LINESOF, @$, $4); }
    | IN LINES OF LINES { $$ = NEW(A_LINESOF, @$, "lines"); }
    | BEFORE THIS IN postfix { $$ = dr_ast_op(p, A_BEFORETHIS, 0, @$, $4, NULL); }
    ;
exprs: expr { $$ = dr_ast_append(NULL, $1); }
    | exprs ',' expr { $$ = dr_ast_append($1, $3); }
    ;
set_literal: '{' '}' { $$ = dr_ast_op(p, A_SETLIT, 0, @$, NULL, NULL); }
    | '{' exprs '}' { $$ = dr_ast_op(p, A_SETLIT, 0, @$, $2, NULL); } ;

expr: postfix
    | NOT expr { $$ = dr_ast_op(p, A_NOT, 0, @$, $2, NULL); }
    | '-' expr %prec UMINUS { $$ = dr_ast_op(p, A_NEG, 0, @$, $2, NULL); }
    | expr AND expr { $$ = OP(A_AND, $1, $3); }
    | expr OR expr { $$ = OP(A_OR, $1, $3); }
    | expr IS KNOWN { $$ = dr_ast_op(p, A_KNOWN, 0, @$, $1, NULL); }
    | expr IS MISSING { $$ = dr_ast_op(p, A_MISSING, 0, @$, $1, NULL); }
    | expr IS_NOT KNOWN { $$ = dr_ast_op(p, A_MISSING, 0, @$, $1, NULL); }
    | expr IS_NOT MISSING { $$ = dr_ast_op(p, A_KNOWN, 0, @$, $1, NULL); }
    | expr IS expr { $$ = OP(A_IS, $1, $3); }
    | expr IS_NOT expr { $$ = OP(A_ISNOT, $1, $3); }
    | expr IN expr { $$ = OP(A_IN, $1, $3); }
    | expr NOT_IN expr { $$ = OP(A_NOTIN, $1, $3); }
    | expr OVER expr { $$ = OP(A_OVER, $1, $3); }
    | expr '>' expr { $$ = OP(A_OVER, $1, $3); }
    | expr UNDER expr { $$ = OP(A_UNDER, $1, $3); }
    | expr AT_LEAST expr { $$ = OP(A_ATLEAST, $1, $3); }
    | expr AT_MOST expr { $$ = OP(A_ATMOST, $1, $3); }
    | expr BEFORE expr { $$ = OP(A_BEFORE, $1, $3); }
    | expr AFTER expr { $$ = OP(A_AFTER, $1, $3); }
    | expr WITHIN expr { $$ = OP(A_WITHIN, $1, $3); }
    | expr OVERLAPS expr { $$ = OP(A_OVERLAPS, $1, $3); }
    | expr CONTAINS expr { $$ = OP(A_CONTAINS, $1, $3); }
    | expr OUTRANKS expr { $$ = OP(A_OUTRANKS, $1, $3); }
    | expr UNION expr { $$ = OP(A_UNION, $1, $3); }
    | expr INTERSECT expr { $$ = OP(A_INTERSECT, $1, $3); }
    | expr MINUS expr { $$ = OP(A_MINUS, $1, $3); }
    | expr '+' expr { $$ = OP(A_ADD, $1, $3); }
    | expr '-' expr { $$ = OP(A_SUB, $1, $3); }
    | expr '*' expr { $$ = OP(A_MUL, $1, $3); }
    | expr '/' expr { $$ = OP(A_DIV, $1, $3); }
    | expr ELSE expr { $$ = OP(A_ELSE, $1, $3); }
    | expr ROUNDED name %prec LOW { $$ = dr_ast_set(p, NEW(A_ROUND, @$, $3), $1, NULL, NULL, NULL); }
    | expr ROUNDED name TO postfix %prec OFARG { $$ = dr_ast_set(p, NEW(A_ROUND, @$, $3), $1, $5, NULL, NULL); }
    | LEAST OF '(' exprs ')' { $$ = dr_ast_op(p, A_PICK, G_LEAST, @$, $4, NULL); }
    | MOST OF '(' exprs ')' { $$ = dr_ast_op(p, A_PICK, G_MOST, @$, $4, NULL); }
    | set_literal
    | ANY name collection where_opt { $$ = dr_tree_agg(p, @$, G_ANY, $2, $3, $4, NULL); }
    | NO NAME collection where_opt { $$ = dr_tree_agg(p, @$, G_NO, $2, $3, $4, NULL); }
    | EVERY name collection HAS expr %prec AGG { $$ = dr_tree_agg(p, @$, G_EVERY, $2, $3, NULL, $5); }
    | COUNT name collection where_opt { $$ = dr_tree_agg(p, @$, G_COUNT, $2, $3, $4, NULL); }
    | SUM expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_SUM, $4, $5, $6, $2); }
    | FIRST expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_FIRST, $4, $5, $6, $2); }
    | LAST expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_LAST, $4, $5, $6, $2); }
    | EARLIEST expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_LEAST, $4, $5, $6, $2); }
    | LEAST expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_LEAST, $4, $5, $6, $2); }
    | LATEST expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_MOST, $4, $5, $6, $2); }
    | MOST expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_MOST, $4, $5, $6, $2); }
    | HIGHEST expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_HIGHEST, $4, $5, $6, $2); }
    | UNION expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_UNION, $4, $5, $6, $2); }
    | SET OF expr FOR name collection where_opt { $$ = dr_tree_agg(p, @$, G_SETOF, $5, $6, $7, $3); }
    | BEST name collection where_opt BY keys %prec AGG { $$ = dr_ast_set(p, dr_tree_agg(p, @$, G_BEST, $2, $3, $4, NULL), $3, $4, NULL, $6); }
    | LIST name collection where_opt BY keys %prec AGG { $$ = dr_ast_set(p, dr_tree_agg(p, @$, G_LIST, $2, $3, $4, NULL), $3, $4, NULL, $6); }
    | FROM expr TO expr %prec AGG { $$ = dr_ast_op(p, A_SPAN, 't', @$, $2, $4); }
    | FROM expr FOR expr %prec AGG { $$ = dr_ast_op(p, A_SPAN, 'f', @$, $2, $4); }
    | FROM expr ONWARD { $$ = dr_ast_op(p, A_SPAN, 'o', @$, $2, NULL); }
    | STEPS OF postfix BEYOND postfix EACH postfix OVER postfix
        { $$ = dr_ast_set(p, dr_ast_new(p, A_STEPS, @$), $3, $5, $7, $9); }
    | NAME FROM postfix TO postfix { $$ = dr_ast_set(p, NEW(A_ELAPSED, @$, $1), $3, $5, NULL, NULL); }
    | PIECES OF postfix LONGER_THAN postfix { $$ = dr_ast_op(p, A_LONGER, 0, @$, $3, $5); }
    | PREVIOUS IN postfix { $$ = dr_ast_op(p, A_PREVIOUS, 0, @$, $3, NULL); }
    ;
postfix: primary
    | postfix '.' word { $$ = dr_ast_text(p, A_FIELD, @$, $3); if ($$) dr_ast_set(p, $$, $1, NULL, NULL, NULL); }
    | name '[' exprs ON expr ']' { $$ = dr_ast_set(p, NEW(A_INDEX, @$, $1), $3, $5, NULL, NULL); }
    | name '[' exprs ']' { $$ = dr_ast_set(p, NEW(A_INDEX, @$, $1), $3, NULL, NULL, NULL); }
    | name '(' exprs ')' { dr_habit_call(p, @1, @2, $1); $$ = dr_ast_set(p, NEW(A_CALL, @$, $1), $3, NULL, NULL, NULL); }
    | name '(' ')' { $$ = NEW(A_CALL, @$, $1); }
    | name OF postfix %prec OFARG { $$ = dr_ast_set(p, NEW(A_OF, @$, $1), $3, NULL, NULL, NULL); }
    | FIRST OF postfix %prec OFARG { $$ = dr_ast_set(p, NEW(A_OF, @$, "first"), $3, NULL, NULL, NULL); }
    | LAST OF postfix %prec OFARG { $$ = dr_ast_set(p, NEW(A_OF, @$, "last"), $3, NULL, NULL, NULL); }
    | COUNT OF postfix %prec OFARG { $$ = dr_ast_set(p, NEW(A_OF, @$, "count"), $3, NULL, NULL, NULL); }
    ;
primary: name { $$ = NEW(A_NAME, @1, $1); }
    | NUMBER %prec LOW { $$ = NEW(A_NUMBER, @1, $1); }
    | CODE { $$ = dr_foreign_quantity(p, @1, $1); }
    | quantity
    | STRING { $$ = NEW(A_STRING, @1, $1); }
    | DATE { $$ = NEW(A_DATE, @1, $1); }
    | YES { $$ = dr_ast_new(p, A_YES, @1); }
    | NO %prec LOW { $$ = dr_ast_new(p, A_NO, @1); }
    | NOTHING { $$ = NEW(A_NAME, @1, "nothing"); }
    | EACH { $$ = NEW(A_NAME, @1, "each"); }
    | THIS { $$ = dr_ast_new(p, A_THIS, @1); }
    | '(' expr ')' { $$ = $2; }
    ;
quantity: NUMBER NAME { $$ = dr_ast_set(p, NEW(A_QUANTITY, @$, $1), NULL, NEW(A_NAME, @2, $2), NULL, NULL); }
    | NUMBER UNIT { $$ = dr_ast_set(p, NEW(A_QUANTITY, @$, $1), NULL, NEW(A_NAME, @2, $2), NULL, NULL); }
    ;

scenario_opts: %empty { $$ = NULL; } | UNDER dotted { $$ = $2; } ;
statements: statement { $$ = dr_ast_append(NULL, $1); }
    | statements statement { $$ = dr_ast_append($1, $2); }
    ;
statement: LNAME { $$ = NEW(A_STATEMENT, @1, $1); }
    | LNAME values { $$ = dr_ast_set(p, NEW(A_STATEMENT, @$, $1), $2, NULL, NULL, NULL); }
    | LNAME values ',' pairs { $$ = dr_ast_set(p, NEW(A_STATEMENT, @$, $1), $2, $4, NULL, NULL); }
    | ON DATE { $$ = dr_ast_set(p, dr_ast_new(p, A_ON, @$), NEW(A_DATE, @2, $2), NULL, NULL, NULL); }
    | KNOWN ON DATE { $$ = dr_ast_set(p, dr_ast_new(p, A_KNOWNON, @$), NEW(A_DATE, @3, $3), NULL, NULL, NULL); }
    | WITH name '=' value { $$ = dr_ast_set(p, NEW(A_WITH, @2, $2), $4, NULL, NULL, NULL); }
    | EXPECT expectations { $$ = dr_ast_set(p, dr_ast_new(p, A_EXPECT, @$), $2, NULL, NULL, NULL); }
    ;
values: value { $$ = dr_ast_append(NULL, $1); }
    | values value { $$ = dr_ast_append($1, $2); }
    | values TO value { $$ = dr_ast_append($1, $3); }
    | values '-' value { $$ = dr_ast_append($1, $3); }
    ;
value: value_plain
    | '{' set_names '}' { $$ = dr_ast_op(p, A_SETLIT, 0, @$, $2, NULL); }
    ;
set_names: set_name { $$ = $1; }
    | set_names ',' set_name { $$ = dr_ast_append($1, $3); }
    ;
set_name: name { $$ = NEW(A_NAME, @1, $1); }
    | STRING { $$ = NEW(A_STRING, @1, $1); }
    | NUMBER { $$ = NEW(A_STRING, @1, $1); }
    | CODE { $$ = NEW(A_STRING, @1, $1); }
    ;
value_plain: NAME { $$ = NEW(A_NAME, @1, $1); }
    | KEY { $$ = NEW(A_NAME, @1, "key"); } | FIRST { $$ = NEW(A_NAME, @1, "first"); }
    | NUMBER %prec LOW { $$ = NEW(A_NUMBER, @1, $1); }
    | CODE { $$ = NEW(A_NAME, @1, $1); }
    | quantity
    | STRING { $$ = NEW(A_STRING, @1, $1); }
    | DATE { $$ = NEW(A_DATE, @1, $1); }
    | TIME { $$ = NEW(A_TIME, @1, $1); }
    | DATETIME { $$ = NEW(A_DATETIME, @1, $1); }
    | YES { $$ = dr_ast_new(p, A_YES, @1); }
    | NO { $$ = dr_ast_new(p, A_NO, @1); }
    | NOTHING { $$ = NEW(A_NAME, @1, "nothing"); }
    | EACH { $$ = NEW(A_NAME, @1, "each"); }
    ;
pairs: pair { $$ = dr_ast_append(NULL, $1); }
    | pairs ',' pair { $$ = dr_ast_append($1, $3); }
    ;
pair: word value { $$ = dr_ast_set(p, NEW(A_ASSIGN, @$, $1), $2, NULL, NULL, NULL); } ;
expectations: expected { $$ = dr_ast_append(NULL, $1); }
    | expectations ';' expected { $$ = dr_ast_append($1, $3); }
    ;
expected: ONLY codes_expected WITH_VALUES shown_pairs
        { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $2, NULL, $4, NULL), 'o', 0); }
    | codes_expected WITH_VALUES shown_pairs
        { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $1, NULL, $3, NULL), 'i', 0); }
    | ONLY codes_expected { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $2, NULL, NULL, NULL), 'o', 0); }
    | codes_expected { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $1, NULL, NULL, NULL), 'i', 0); }
    | NOTHING { $$ = dr_tree_flagged(dr_ast_new(p, A_EXPECTED, @$), 'x', 0); }
    | NO codes_expected { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $2, NULL, NULL, NULL), 'n', 0); }
    | FINDING findings_expected { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $2, NULL, NULL, NULL), 'f', 0); }
    | NO FINDING findings_expected { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $3, NULL, NULL, NULL), 'F', 0); }
    | NO FINDING { $$ = dr_tree_flagged(dr_ast_new(p, A_EXPECTED, @$), 'F', 0); }
    | BECAUSE dotted { $$ = dr_tree_flagged(dr_ast_set(p, dr_ast_new(p, A_EXPECTED, @$), $2, NULL, NULL, NULL), 'b', 0); }
    ;
codes_expected: code_expected { $$ = dr_ast_append(NULL, $1); }
    | codes_expected ',' code_expected { $$ = dr_ast_append($1, $3); }
    ;
code_expected: code_suffixed { $$ = $1; }
    | code_suffixed NAME { $$ = dr_ast_set(p, $1, NULL, $1->b, NEW(A_NAME, @2, $2), NULL); }
    | code_suffixed NAME shown_value
        { dr_ast *name = NEW(A_NAME, @2, $2);
          bool count = dr_habit_count(p, name, $3);
          dr_ast *total = count ? NULL : dr_ast_set(p, NEW(A_ASSIGN, @2, $2), $3, NULL, NULL, NULL);
          $$ = dr_ast_set(p, $1, total, $1->b, NULL, NULL); }
    ;
shown_pairs: shown_pair { $$ = dr_ast_append(NULL, $1); }
    | shown_pairs ',' shown_pair { $$ = dr_ast_append($1, $3); }
    ;
shown_pair: word shown_value { $$ = dr_ast_set(p, NEW(A_ASSIGN, @$, $1), $2, NULL, NULL, NULL); } ;
shown_value: value { $$ = $1; } | MISSING { $$ = dr_ast_new(p, A_MISSING, @1); }
    | '{' '}' { $$ = dr_ast_op(p, A_SETLIT, 0, @$, NULL, NULL); }
    ;
code_suffixed: code_word { $$ = NEW(A_NAME, @1, $1); }
    | code_suffixed '-' code_word { $$ = dr_ast_set(p, $1, NULL, dr_ast_append($1->b, NEW(A_NAME, @3, $3)), NULL, NULL); }
    ;
code_word: NAME | NUMBER | CODE | STRING ;
findings_expected: NAME about_opt { $$ = dr_ast_append(NULL, dr_ast_set(p, NEW(A_NAME, @1, $1), $2, NULL, NULL, NULL)); }
    | findings_expected ',' name about_opt { $$ = dr_ast_append($1, dr_ast_set(p, NEW(A_NAME, @3, $3), $4, NULL, NULL, NULL)); }
    ;
about_opt: %empty { $$ = NULL; } | ABOUT whom { $$ = $2; } ;
whom: code_word { $$ = dr_ast_op(p, A_SETLIT, 0, @$, NEW(A_STRING, @1, $1), NULL); }
    | '{' set_names '}' { $$ = dr_ast_op(p, A_SETLIT, 0, @$, $2, NULL); }
    | NOTHING { $$ = dr_ast_op(p, A_SETLIT, 0, @$, NULL, NULL); }
    ;
varies: %empty { $$ = NULL; } | varies vary { $$ = dr_ast_append($1, $2); } ;
vary: VARY vary_opt statements { $$ = dr_ast_set(p, dr_ast_new(p, A_VARY, @1), $2, $3, NULL, NULL); } ;
vary_opt: %empty { $$ = NULL; } | STRING { $$ = NEW(A_STRING, @1, $1); } ;

%%

/* Only for what bison itself reports: memory exhausted, which is nesting beyond its stack. */
static void drip_yyerror(const dr_span *span, yyscan_t scanner, dr_parse *p, const char *message)
{
    (void)scanner;
    (void)message;
    if (!p->stopped)
        dr_diag_add(p->diags, DR_ERROR, "E0106", *span, "this is too long, or nested too deeply: give parts of it attributes of their own");
    p->stopped = true;
}

/* What it says stands in syntax.c: this only asks bison what could have stood here. */
static int yyreport_syntax_error(const yypcontext_t *context, yyscan_t scanner, dr_parse *p)
{
    (void)scanner;
    yysymbol_kind_t expected[DR_EXPECTED_MAX];
    const char *names[DR_EXPECTED_MAX];
    yysymbol_kind_t kind = yypcontext_token(context);
    if (kind == YYSYMBOL_BAD || p->stopped)
        return 0; /* the scanner has said what is wrong */
    int n = yypcontext_expected_tokens(context, expected, DR_EXPECTED_MAX);
    for (int i = 0; i < n; i++)
        names[i] = expected[i] == YYSYMBOL_YYEOF ? NULL : yysymbol_name(expected[i]);
    const char *first = yysymbol_name(kind);
    bool keyword = kind > YYSYMBOL_BAD && first[0] >= 'a' && first[0] <= 'z';
    dr_syntax found = {*yypcontext_location(context), kind == YYSYMBOL_YYEOF, keyword};
    dr_syntax_error(p, &found, names, n);
    return 0;
}
