/* drip: ast.h, level 2a. The tree that the grammar builds: one node type, kinds told apart by `kind`.
 *
 * Nodes live in the compile arena. Names are interned, so equal names are equal pointers. Lists are
 * chained through `next`, in source order. Every node keeps its height, so that a tree too deep to walk
 * is refused while it is being built and later passes may recurse. The checker writes its findings
 * (type, what a name means) into the node; nothing else changes it. */
#ifndef DR_AST_H
#define DR_AST_H

#include "../runtime/program.h"

typedef enum dr_ast_kind {
    /* expressions */
    A_NAME,     /* text */
    A_FIELD,    /* a . text */
    A_INDEX,    /* table text [ list a on b ] */
    A_CALL,     /* hook text ( list a ) */
    A_NUMBER,   /* text */
    A_QUANTITY, /* text, unit in b (A_NAME) */
    A_STRING,
    A_DATE,
    A_TIME,
    A_DATETIME,
    A_YES,
    A_NO,
    A_THIS,
    A_NOT,
    A_NEG,
    A_AND,
    A_OR,
    A_IS,
    A_ISNOT,
    A_KNOWN,
    A_MISSING,
    A_IN,
    A_NOTIN,  /* a in b; b is A_SETLIT or an expression */
    A_SETLIT, /* list a */
    A_OVER,
    A_UNDER,
    A_ATLEAST,
    A_ATMOST,
    A_BEFORE,
    A_AFTER,
    A_WITHIN,
    A_OVERLAPS,
    A_CONTAINS,
    A_OUTRANKS,
    A_ADD,
    A_SUB,
    A_MUL,
    A_DIV,
    A_UNION,
    A_INTERSECT,
    A_MINUS,
    A_ELSE,
    A_OF,         /* text of a: length of time */
    A_LONGER,     /* pieces of a longer than b */
    A_STEPS,      /* steps of a beyond b each c over d */
    A_ELAPSED,    /* text from a to b: whole years or months; ref: months of one */
    A_SPAN,       /* from a to b; op: 't' to, 'f' for a duration, 'o' onward */
    A_ROUND,      /* a rounded text to b or NULL; op: dr_round */
    A_PICK,       /* op: G_LEAST or G_MOST of the list a */
    A_PREVIOUS,   /* previous in a */
    A_AGG,        /* op: dr_agg; text: variable; a: collection; b: where; c: value; d: keys */
    A_BEFORETHIS, /* collection: before this in a */
    A_LINESOF,    /* collection: lines of family text */
    A_KEY,        /* sort key: op dr_keydir; a */
    /* types */
    A_TYPE, /* text; op: 't' plain, 's' set of, 'l' list of, 'e' enum inline (list a); flag optional; b: per */
    /* declarations */
    A_EDITION,
    A_POLICY, /* text; a: version; b: period; c: by */
    A_LAYER,  /* text over A_NAME list b; a: version; c: period */
    A_PART,   /* part of text */
    A_TESTS,  /* tests for text */
    A_FORMAT,
    A_SOURCE,
    A_PARAM,     /* text; a: type; b: A_DATED list; c: cites */
    A_SET,       /* text; b: A_DATED list; c: cites */
    A_DATED,     /* a: value; b: period */
    A_PERIOD,    /* a: from or NULL; b: to or NULL; c: A_NAME of its axis or NULL; op k: when it was known */
    A_AXIS,      /* text by a; op k: the day as of which things are known */
    A_WAY,       /* how a file is read: text; a: A_STRING list or A_NUMBER */
    A_ENUM,      /* text; a: A_ENUMVALUE list; flag: ranked; op 'x': extend */
    A_ENUMVALUE, /* text; op: '>' ranks below what precedes it, ',' beside */
    A_DIMENSION, /* text; a: A_UNIT list */
    A_UNIT,      /* text; a: factor; b: A_STRING synonyms; c: A_NAME decimals (a: A_NUMBER) or NULL */
    A_ENTITY,    /* text; b: in (A_NAME); c: as (A_STRING); a: A_FIELDDECL list; op 'x': extend */
    A_FIELDDECL, /* text; a: type; b: as; c: A_NAME unit of a file's cells, or A_STRING synonyms of a result's field; op: role letters k n c s u + b e w */
    A_GROUP,     /* text; a: member (A_NAME); b: list name; c: where; d: A_GROUPBY */
    A_GROUPBY,   /* a: keys; b: sort keys */
    A_RESULT,    /* text; c: as; a: A_FIELDDECL list; b: A_NAME list ordered by */
    A_MERGE,     /* text; b: A_NAME of the result; a: A_SHOWN list; op 'x': extend */
    A_SHOWN,     /* text: attribute or field; op: 's' shows, 't' totals; a: A_STRING as */
    A_CLOCK,     /* text.text2; a: list; b: where; c: A_NAME list action,at; d: three A_SETLIT */
    A_ATTRIBUTE, /* text.text2; a: type; b: A_CLAUSE list; c: A_TABLE; e: A_NAME of the entity */
    A_CLAUSE, /* text or NULL; a: except names; b: when; c: value; d: cites; e: period; flag, ref, ref2: below */
    A_TABLE, /* op: 'u' unique, 'f' first; a: head A_ROW; b: rows; d: cites */
    A_ROW,   /* text label or NULL; a: cells; b: result cells; d: cites of its own; flag, ref, ref2: below */
    A_CELL, /* op: '-' any, '=' list in a, 'o' over, 'u' under, 'l' at least, 'm' at most, 'k' known, 'x' missing, 'e' otherwise */
    A_DATATABLE, /* text; a: A_FIELDDECL list; b: rows; c: from file (a: A_WAY list); d: cites; op 'x': extend */
    A_HOOK,      /* text; a: A_FIELDDECL list; b: type; c: A_STRING file, or A_NAME: host; d: cites */
    A_LINE,      /* text; b: family; a: A_VAR; c: when; d: body; e: period */
    A_FINDING, /* text; b: A_NAME code; a: A_VAR; c: when; d: body; op: dr_level; e: period */
    A_TOPIC,   /* text; a: A_STRING title */
    A_MARK,    /* text; a: A_VAR; c: when; d: body; e: period */
    A_FAMILY,  /* text; ref: its symbol */
    A_AMEND, /* text; op 'c' clause, 'l' line, 'f' finding, 'm' mark; a: A_CLAUSE, A_ROW, A_LINE, A_FINDING or A_MARK with what is new; b: A_PIN */
    A_SUSPEND,  /* text; op as of A_AMEND; b: A_PIN; d: cites; e: period */
    A_ADDITION, /* text; b: A_CLAUSE list; c: A_ROW list; d: cites of the rows */
    A_PIN,      /* text: "was #hash"; a: A_STRING of what it was, or NULL */
    A_VAR,      /* text in a (A_NAME entity, or of a mark A_FAMILY list); b: a finding's level (A_NAME) */
    A_ASSIGN,   /* text = a when b */
    A_CITE,     /* source text; a: A_STRING place */
    A_MESSAGE,
    A_ON_TOPIC, /* text: the topic of a finding */
    A_CURE,     /* text */
    A_ABOUT,
    A_ALSO,      /* text: another line under whose clause this one stands, too */
    A_SAYS,      /* list a: what an explanation says, texts and values one behind the other */
    A_SHORTHAND, /* text; a: A_NAME list parameters; b: statements */
    A_DEFAULTS,  /* b: statements */
    A_SCENARIO,  /* a: A_STRING name; b: statements; c: A_NAME under; d: A_VARY list */
    A_UNTESTED,  /* text; a: A_STRING of a condition or NULL; b: A_STRING why */
    A_VARY,      /* a: A_STRING label or NULL; b: statements */
    A_STATEMENT, /* text; a: values; b: A_ASSIGN pairs (text, value a) */
    A_ON,        /* statement: on date a */
    A_KNOWNON,   /* statement: known on date a */
    A_WITH,      /* statement: with text = a */
    A_EXPECT,    /* statement: a: A_EXPECTED list */
    A_EXPECTED,  /* op: 'o' only, 'i' included, 'n' no, 'f' finding, 'F' no finding, 'x' nothing, 'b' because;
                   a: A_NAME list, of codes with b: A_NAME suffixes, c: count A_NAME, a: A_ASSIGN of a total; of findings with a: A_SETLIT, whom it
                   is about; c: A_ASSIGN list of what is expected of the last */
    A_ERROR
} dr_ast_kind;

typedef enum dr_agg {
    G_ANY,
    G_NO,
    G_EVERY,
    G_COUNT,
    G_SUM,
    G_FIRST,
    G_LAST,
    G_LEAST,
    G_MOST,
    G_HIGHEST,
    G_UNION,
    G_SETOF,
    G_BEST,
    G_LIST
} dr_agg;
typedef enum dr_keydir { KEY_PLAIN, KEY_ASCENDING, KEY_DESCENDING, KEY_CHARTED } dr_keydir;

/* flag of A_CLAUSE, A_ROW, A_ATTRIBUTE, A_PARAM, A_DATATABLE, A_LINE, A_MARK and A_FINDING. What clauses, rows, lines,
 * marks and findings say reaches in their source from ref to ref2. */
enum {
    DR_FIXED = 1, /* no layer may change it */
    DR_PIECE = 2  /* one of several of its name, each with days of its own: see layers.c */
};

/* What a name turned out to be. */
typedef enum dr_refers { R_NONE, R_SLOT, R_VAR, R_PARAM, R_ROOT, R_ENTITY, R_CONST } dr_refers;

typedef struct dr_ast {
    uint8_t kind, op, flag;
    uint8_t refers; /* checker: dr_refers */
    uint16_t height;
    uint16_t narrowed; /* checker: 1 when presence was established before this read */
    dr_span span;
    const char *text, *text2;
    struct dr_ast *a, *b, *c, *d, *e;
    struct dr_ast *next, *last; /* last: tail, valid in a list's head */
    dr_type type;               /* checker */
    uint32_t ref;               /* checker: slot, variable, parameter, enum value, entity, constant … */
    uint32_t ref2;
} dr_ast;

typedef struct dr_comment {
    dr_span span;
} dr_comment;

enum { DR_OPEN_MAX = 16 };
typedef struct dr_parse {
    dr_arena *arena;
    dr_syms *syms;
    dr_diags *diags;
    const dr_source *source;
    uint32_t source_index;
    uint32_t last_start, last_end; /* the newest token */
    bool line_start;               /* no token yet on this line */
    uint32_t nodes, max_nodes, depth, max_depth;
    bool stopped;                    /* a limit was reached */
    bool skipping;                   /* after an error, to the next declaration */
    dr_span newest, before, earlier; /* the token the parser has, and the two before it */
    dr_span when, line_name;         /* the newest of "when" and "where", and of names that begin a line */
    dr_span equals, next_equals;     /* the last but one "=", and the last */
    dr_span open[DR_OPEN_MAX];       /* what was opened and is not closed */
    uint32_t n_open;                 /* may be more than are kept */
    bool stray;                      /* the newest token closes what was never opened */
    bool begun;                      /* the newest token begins a declaration */
    dr_ast *items;                   /* the file's declarations */
    uint64_t reserve[64];            /* flex's three small allocations come from here, so they cannot fail */
    size_t reserved;
    dr_ast failed; /* stands in for a node that could not be made */
} dr_parse;

/* What the parser met where it cannot go on. */
typedef struct dr_syntax {
    dr_span at;
    bool at_end, is_keyword;
} dr_syntax;
enum { DR_EXPECTED_MAX = 160 };

/* ---- syntax.c */
/* Reports it; names are those of the tokens that could stand there, NULL the end of the file. */
void dr_syntax_error(dr_parse *p, const dr_syntax *found, const char *const *names, int n);
/* habits.c: is it a habit from elsewhere? Then it is reported as that. */
bool dr_habit(dr_parse *p, const dr_syntax *found, const char *const *names, int n);
/* A call of a name that is none of a hook, as in length(x): reported. */
void dr_habit_call(dr_parse *p, dr_span name, dr_span open, const char *text);
/* A count that stands apart from its x, as in x 2: reported. */
bool dr_habit_count(dr_parse *p, const dr_ast *x, const dr_ast *number);
bool dr_declaration_word(int token); /* a word that only a declaration begins with */
/* Is this the end, or a declaration's first word in the first column? */
bool dr_begins_declaration(const dr_parse *p, int token, dr_span at);

/* ---- parse.c */
/* Parses one source; declarations in p->items. False if there were errors (in diags). */
bool dr_parse_source(dr_parse *p);

/* ---- ast.c */
dr_ast *dr_ast_new(dr_parse *p, dr_ast_kind kind, dr_span span);
dr_ast *dr_ast_text(dr_parse *p, dr_ast_kind kind, dr_span span, const char *text);
dr_ast *dr_ast_op(dr_parse *p, dr_ast_kind kind, int op, dr_span span, dr_ast *a, dr_ast *b);
/* Adds to a list (NULL: starts one) and returns its head. */
dr_ast *dr_ast_append(dr_ast *list, dr_ast *item);
dr_ast *dr_ast_set(dr_parse *p, dr_ast *n, dr_ast *a, dr_ast *b, dr_ast *c, dr_ast *d);
/* "head.tail", interned. */
const char *dr_parse_join(dr_parse *p, const char *head, const char *tail);
uint32_t dr_ast_count(const dr_ast *list);

#endif
