/* drip: program.h, level 1. The compiled, immutable program: the only thing the front end and the
 * engine share.
 *
 * A program is a schema (entities with slots), nodes in the order in which they are decided, clauses,
 * constants and code. Cells are int64: booleans 0/1, integers, symbols (sym.h), enum values by
 * position, dates, instants, durations, row numbers; a number is a pointer to dr_num, a span set to
 * dr_spans, a set to dr_set, a list to dr_list, kept in the same cell. DR_MISSING is absence.
 *
 * Everything hangs in the program's own arena; sharing between threads needs no lock. */
#ifndef DR_PROGRAM_H
#define DR_PROGRAM_H

#include "clock.h"
#include "diag.h"
#include "num.h"
#include "sym.h"

#define DR_MISSING INT64_MIN
#define DR_NONE    UINT32_MAX

typedef enum dr_kind {
    DR_BOOL,
    DR_INT,
    DR_NUM,
    DR_TEXT,
    DR_ENUM,
    DR_DATE,
    DR_INSTANT,
    DR_DURATION,
    DR_SPANS,
    DR_REF,
    DR_SET,
    DR_LIST,
    DR_NOTHING
} dr_kind;

enum { DR_DIMS = 12 }; /* dimension 0 is time, built in; the rest are declared */

typedef struct dr_type {
    uint8_t kind;   /* dr_kind */
    uint8_t member; /* DR_SET: kind of its members (DR_TEXT or DR_ENUM) */
    bool optional;
    uint16_t of;         /* DR_ENUM, DR_SET of enum: enum; DR_REF, DR_LIST: entity */
    int8_t dim[DR_DIMS]; /* DR_NUM: exponents of its dimensions; all 0 is a plain decimal */
} dr_type;

typedef struct dr_set {
    uint32_t count;
    uint32_t hash;
    int64_t at[]; /* ascending, no twins */
} dr_set;

typedef struct dr_list {
    uint32_t count;
    uint32_t at[]; /* rows */
} dr_list;

static inline int64_t dr_cell(const void *p)
{
    return (int64_t)(intptr_t)p;
}
static inline const void *dr_ptr(int64_t cell)
{
    return (const void *)(intptr_t)cell;
}

typedef struct dr_enum {
    const char *name;
    uint32_t count; /* at most 62 */
    const char *const *names;
    const uint8_t *ranks; /* 0 highest; equal ranks allowed; NULL if the enum is not ordered */
} dr_enum;

typedef struct dr_unit { /* how a charted unit's text is read */
    const char *name;
    uint32_t dim;  /* index of its dimension */
    dr_num factor; /* base units in one of it */
} dr_unit;

/* A slot is one column: an input field (row-major, stride = fields of its entity) or an attribute
 * (a column of its own) or a data table's column. */
typedef struct dr_slot {
    const char *name;
    uint16_t entity;
    uint16_t field; /* input and result fields and table columns: index within the row; else UINT16_MAX */
    dr_type type;
    bool used;              /* some code reads it: texts that nobody reads are not kept */
    bool watched;           /* the session keeps the set of values seen (dr_need) */
    bool input;             /* filled by the reader */
    uint32_t clause_column; /* attributes: index of the column of deciding clauses, else DR_NONE */
    uint32_t node;          /* the node that fills it, or DR_NONE */
    dr_span span;           /* declaration */
} dr_slot;

typedef enum dr_entity_kind { DR_ROOT, DR_INPUT, DR_GROUP, DR_RESULT, DR_TABLE, DR_MERGED } dr_entity_kind;
/* A period by a date: an axis is the number of a parameter that holds the date. */
enum { DR_AXIS_SERVICE = 0, DR_AXIS_KNOWN = 1 };
typedef struct dr_extent {
    uint32_t axis;
    int64_t from, to; /* both included */
} dr_extent;
typedef struct dr_axis {
    uint32_t param;
    uint32_t pc; /* code for it, run for the root row */
} dr_axis;

/* Rows of a data table that hold for some days. Columns: DR_NONE where there is none. */
enum { DR_PUBLISHED_MAX = 64 };
typedef struct dr_dated_rows {
    uint32_t starts, ends, known;
    const uint32_t *order;       /* rows, those of one key together, by their first days */
    const uint32_t (*groups)[2]; /* of each key: the first of its rows in order, and how many they are */
} dr_dated_rows;

typedef struct dr_entity {
    const char *name;
    uint8_t kind;
    uint32_t first_slot, n_fields; /* row-major fields are slots first_slot .. +n_fields-1 */
    const int64_t *rows;           /* DR_TABLE: its cells */
    uint32_t n_rows, n_keys;       /* DR_TABLE: the first n_keys columns are the key */
    const uint32_t *index;         /* DR_TABLE: open addressing over rows, row + 1, 0 empty */
    uint32_t n_index;              /* power of two */
    const dr_dated_rows *dated;    /* DR_TABLE whose rows have days, else NULL; index has groups then */
    uint32_t prefix;               /* DR_TABLE: its key column of prefixes, from 1; 0: it has none */
    uint32_t prefix_len;           /* the longest of them */
} dr_entity;

/* How a JSON object is read: its keys, sorted by (length, bytes). */
typedef enum dr_key_kind { DR_KEY_FIELD, DR_KEY_OBJECT, DR_KEY_ROWS } dr_key_kind;
typedef struct dr_json_key {
    const char *name;
    uint32_t len;
    uint8_t kind;
    uint32_t target; /* FIELD: slot; OBJECT: shape; ROWS: entity (an array of objects) */
    uint32_t shape;  /* ROWS: shape of its objects */
    bool required;   /* ROWS: refused where absent (a field's own type says whether it is optional) */
} dr_json_key;
typedef struct dr_shape {
    uint32_t entity; /* whose row its fields go to */
    uint32_t n_keys; /* at most 64 */
    const dr_json_key *keys;
} dr_shape;

typedef struct dr_instr {
    uint8_t op, a, b, c;
    int32_t d;
    int64_t k; /* of fused instructions; see opcodes.def */
} dr_instr;

typedef enum dr_op {
#define X(name, operands, cost, meaning) DR_OP_##name,
#include "opcodes.def"
#undef X
    DR_OP_COUNT
} dr_op;

/* What is paid for in fuel: kinds of work, the steps of each, and the kind of each instruction. */
typedef enum dr_cost {
#define X(name, steps, what) DR_COST_##name,
#include "costs.def"
#undef X
    DR_COST_COUNT
} dr_cost;
enum {
#define X(name, steps, what) DR_STEPS_##name = steps,
#include "costs.def"
#undef X
};
enum {
#define X(name, operands, cost, meaning) DR_COST_OF_##name = DR_COST_##cost,
#include "opcodes.def"
#undef X
};

/* Something must have been seen in the encounter for a clause to apply: slot's seen-set & mask != 0.
 * Seen-sets: bit v for boolean and enum value v, bit 62 for any other known value, bit 63 for missing. */
typedef struct dr_need {
    uint32_t slot;
    uint64_t mask;
} dr_need;
/* One condition on one cell: bit of its value & mask. Bits as in a seen-set. */
typedef struct dr_test {
    uint64_t mask;
    uint32_t slot;
    bool valued; /* booleans and enums have a bit for each value; others have bit 62 */
} dr_test;
/* What SELECT looks for among rows that pass all tests: one loop of the machine in one instruction. */
typedef enum dr_filter_kind {
    DR_FIND_ANY,
    DR_FIND_NONE,
    DR_FIND_COUNT,
    DR_FIND_FIRST,
    DR_FIND_LAST,
    DR_FIND_LEAST,
    DR_FIND_MOST,
    DR_FIND_HIGHEST,
    DR_FIND_UNION,
    DR_FIND_MEMBERS,
    DR_FIND_JOINED
} dr_filter_kind;
typedef struct dr_filter {
    uint8_t kind;
    uint16_t entity;       /* of the rows */
    uint16_t of;           /* HIGHEST: enum */
    uint32_t first, count; /* program.tests */
    uint32_t value;        /* slot; DR_NONE: the row itself, DR_NONE - 1: its number */
} dr_filter;

typedef struct dr_alt { /* one guarded clause: it can apply only if all its needs hold */
    uint32_t first, count;
} dr_alt;

typedef enum dr_node_kind {
    DR_NODE_ATTR,
    DR_NODE_WALK,
    DR_NODE_GROUP,
    DR_NODE_CLOCK,
    DR_NODE_RULE,
    DR_NODE_MERGE
} dr_node_kind;
typedef struct dr_node {
    uint8_t kind;
    uint16_t
        entity; /* ATTR, RULE, MERGE: whose rows; WALK: the member entity; GROUP: the group; CLOCK: the owner */
    uint32_t
        slot; /* ATTR: filled slot. MERGE: the first of its columns. GROUP: back reference on the member. CLOCK: the span set. WALK: the list slot */
    uint32_t pc; /* code: ATTR value; GROUP where+keys (RETN); CLOCK filter or DR_NONE; RULE */
    /* ATTR and RULE: when every alt lacks a need, ATTR runs quick_pc for its rows instead, or (quick_pc
     * DR_NONE) stores K[quick_const] with quick_clause; RULE does nothing. n_alts 0: always runs. */
    uint32_t first_alt, n_alts, quick_pc, quick_const, quick_clause;
    uint32_t pos_slot;  /* ATTR whose value is a list of rows that keep their place, and GROUP: slot on the
                           member that gets its place in the list (missing if in none); else DR_NONE */
    uint32_t member;    /* GROUP, WALK: member entity; WALK: its owner entity is `owner` */
    uint32_t owner;     /* WALK: entity that has the list */
    uint32_t list_slot; /* GROUP: members list on the group. CLOCK: list of events on the owner */
    uint32_t sort_pc;   /* GROUP: sort keys of a member (RETN), DR_NONE: as charted */
    uint32_t first_part, n_parts; /* WALK: program.parts: ATTR nodes decided row by row, in this order */
    uint32_t at_slot, action_slot, open_slot,
        early_slot; /* CLOCK: instant and enum of an event; outputs (open: instant?, early: int) */
    uint64_t begins, opens, closes; /* CLOCK: sets of action values */
    uint32_t rule;                  /* RULE */
    uint32_t where;                 /* GROUP: program.conds: which members are in a group; DR_NONE: all */
    const char *name;
} dr_node;

/* What a condition asks of its left side, for those who tell about it. */
typedef enum dr_ask {
    DR_ASK_YES, /* a boolean, or a question of another form: its text says it all */
    DR_ASK_KNOWN,
    DR_ASK_MISSING,
    DR_ASK_IS,
    DR_ASK_IS_NOT,
    DR_ASK_IN,
    DR_ASK_NOT_IN,
    DR_ASK_OVER,
    DR_ASK_UNDER,
    DR_ASK_AT_LEAST,
    DR_ASK_AT_MOST,
    DR_ASK_BEFORE,
    DR_ASK_AFTER,
    DR_ASK_WITHIN,
    DR_ASK_OVERLAPS,
    DR_ASK_CONTAINS,
    DR_ASK_OUTRANKS
} dr_ask;
typedef enum dr_cond_kind {
    DR_COND_TEST,
    DR_COND_ALL,
    DR_COND_ANY,
    DR_COND_NOT,
    DR_COND_SAYS, /* no condition: a text or value that an explanation says; in `left` */
    DR_COND_FIELD /* no condition: a field of a line, with the condition on which it is given as its child */
} dr_cond_kind;

/* One side of a test: code that gives its value, and its text. */
typedef struct dr_side {
    uint32_t pc; /* DR_NONE: a constant that stands in the text, or there is no such side */
    dr_type type;
    dr_span span;
    uint32_t param; /* it is this parameter and nothing else; 0: it is not */
} dr_side;

/* The condition of a clause as a tree, kept apart from the code that runs: what an explanation, a measure of
 * coverage or a search for the nearest miss asks about. Code here has no effects, and is run for a row only
 * where all tests before it in an ALL held, and all before it in an ANY did not: they guard its reads. */
typedef struct dr_cond {
    uint8_t kind, ask;
    int8_t fixed;         /* TEST: 0 or 1 where the parameters decide it in every encounter, else -1 */
    uint32_t first, next; /* first child; next of the same parent; DR_NONE */
    uint32_t pc;          /* TEST: code for 1 or 0 */
    uint32_t field;       /* FIELD: index in program.fields */
    uint32_t clause;      /* DR_NONE: of a group */
    dr_span span;
    dr_side left, right; /* TEST; FIELD: left is its value, with code even for a constant */
} dr_cond;

typedef enum dr_clause_kind {
    DR_CLAUSE_VALUE,
    DR_CLAUSE_ROW,
    DR_CLAUSE_LINE,
    DR_CLAUSE_FINDING,
    DR_CLAUSE_MARK
} dr_clause_kind;
/* What a clause of a layer says instead of, as it was below it. */
typedef struct dr_amended {
    dr_span span;
    const char *cite;
    const struct dr_amended *next; /* below it again */
} dr_amended;
typedef struct dr_clause {
    const char *name;         /* full: Service.method.quick, or a rule's own name */
    const char *cite;         /* "source title, place; …" or NULL */
    const dr_amended *amends; /* NULL: it says nothing else instead of */
    dr_span span, said;       /* said: all its words */
    uint8_t kind;
    uint32_t slot;             /* VALUE, ROW: the attribute */
    uint32_t pc_start, pc_end; /* its guard and value, for explain */
    uint32_t cond;             /* program.conds: when it applies; DR_NONE: always */
    uint32_t fields;           /* LINE, MARK: the first of its FIELDs, chained by next; DR_NONE */
    uint32_t says;             /* LINE, FINDING, MARK: the first of its SAYS, chained by next; DR_NONE */
    uint16_t entity;           /* whose rows it is for */
    int64_t from, to;      /* days of service on which it is in force; DR_MISSING and INT64_MAX: no bound */
    const dr_extent *also; /* its periods by other dates */
    uint32_t n_also;
    const uint32_t *families; /* MARK: of which lines' rows; symbols */
    uint32_t n_families;
    dr_side value; /* VALUE, ROW */
} dr_clause;

typedef enum dr_level { DR_DENY, DR_HOLD, DR_WARN, DR_INFO } dr_level;
typedef struct dr_rule {
    uint8_t kind;    /* DR_CLAUSE_LINE, _FINDING or _MARK */
    uint16_t entity; /* whose rows it runs over */
    uint32_t clause;
    uint32_t named[2], n_named; /* the clauses that a result names: its own last */
    uint32_t family;            /* LINE: symbol id of its family */
    uint8_t level;              /* FINDING */
    const char *code, *message; /* FINDING */
    const char *cure;           /* FINDING: what is to be done; NULL: not said */
    uint32_t topic;             /* FINDING: index in program.topics; DR_NONE */
} dr_rule;

/* What findings are about: a row of the checklist, in the order of the declarations. */
typedef struct dr_heading {
    const char *name, *title;
    dr_span span;
} dr_heading;

/* The declared shape of a result line. */
typedef enum dr_merge { DR_MERGE_KEY, DR_MERGE_SUM, DR_MERGE_UNION } dr_merge;
typedef enum dr_role { DR_ROLE_PLAIN, DR_ROLE_NAME, DR_ROLE_COUNT, DR_ROLE_SUFFIX } dr_role;
typedef struct dr_result_field {
    const char *name;
    uint32_t slot;
    uint8_t merge, role;
    const char *const *also; /* other names under which lines from outside may give it */
    uint32_t n_also;
} dr_result_field;

/* What the answer shows of a merged line, at a dotted path behind its own members: those of one object are next
 * to each other. Of a total, the name among the totals. */
typedef struct dr_shown {
    const char *name, *path;
    uint32_t slot; /* of program.merge_entity */
    dr_span span;
} dr_shown;

/* A function of a script, typed both ways, and the places where it is called. */
typedef struct dr_hook {
    const char *name;
    uint32_t source, script; /* its script: index in sources, and in program.scripts; DR_NONE: of the host */
    const dr_type *params;
    uint32_t n_params;
    dr_type result;
    dr_span span;
} dr_hook;
typedef struct dr_call {
    uint32_t hook;
    dr_span span;
} dr_call;

typedef struct dr_param {
    const char *name;
    dr_type type;
    const char *cite;      /* of what gave it its values */
    uint32_t first, count; /* program.param_values */
    dr_span span;
    bool axis;     /* no values: the run works it out */
    dr_span given; /* where it got its values: there, or where a layer set it */
} dr_param;
typedef struct dr_dated { /* a value in force from one day to another, both included */
    int64_t from, to;
    int64_t value;
    const dr_extent *also; /* and its periods by other dates */
    uint32_t n_also;
} dr_dated;

typedef struct dr_version {
    const char *name;
    int64_t from, to;
} dr_version;

/* A scenario, or one variation of it: an encounter and what is expected of its answer. */
typedef struct dr_expect_value {
    const char *name,
        *text; /* of what is shown or totalled, or of a field; and the text that a result has of it; NULL: missing */
    const char *const *members; /* of a set, in the order of their bytes; NULL: it is none */
    uint32_t n_members;
} dr_expect_value;
typedef struct dr_expect {
    uint8_t
        kind; /* o only these codes, i this code, n not this code, f finding, F no finding, x nothing, b because, t total */
    bool first;       /* begins an `only` list; the rest of the list follows */
    const char *text; /* code, finding or clause; NULL: any (F) */
    const char *const *suffixes;
    uint32_t n_suffixes;
    int64_t count;                 /* -1: any */
    const dr_expect_value *values; /* i, o: of the line; t: the one that is added up */
    uint32_t n_values;
    const char *const
        *about; /* f, F: about exactly these, in the order of their bytes; NULL: about whomever */
    uint32_t n_about;
} dr_expect;
typedef struct dr_case {
    const char *name, *under; /* under: a policy; NULL: the file's own */
    dr_span span;
    const char *json;
    size_t len;
    int64_t known_on;     /* the day as of which things are known; DR_MISSING: not said */
    const char *settings; /* source of a layer that sets parameters, or NULL */
    dr_expect *expects;
    uint32_t n_expects;
} dr_case;

/* A word of the short notation of scenarios: the rows that it stands for, and what is filled in. */
typedef struct dr_short_cell {
    const char *path, *value; /* value: as JSON; NULL: the argument `arg` */
    uint32_t arg;
} dr_short_cell;
typedef struct dr_short_row {
    const char *list;
    const dr_short_cell *cells;
    uint32_t n;
} dr_short_row;
typedef struct dr_shorthand {
    const char *name;
    const dr_short_row *rows;
    uint32_t n_args, n_rows;
} dr_shorthand;

/* Why no scenario exercises something: said in the sources, told with the measure of coverage. */
typedef struct dr_untested {
    const char *name; /* of a clause or parameter */
    const char *text; /* of a condition of it, or of a value; NULL: all there is of it */
    const char *why;
    dr_span span;
} dr_untested;

#define DR_ARROW " \xE2\x86\x92 "
/* Is it about a change of the policy that no scenario notices, "FROM → TO", and not about what none exercises? */
bool dr_about_change(const dr_untested *u);

typedef struct dr_program {
    dr_arena arena;
    int refs; /* counted with atomics */
    dr_syms syms;
    const char *name, *digest; /* policy name; "sha256:" + 64 hex */
    const char **layers;       /* from the base up */
    dr_version *versions;
    dr_enum *enums;
    dr_unit *units;
    const char **dims;         /* name of each dimension's base unit */
    uint8_t decimals[DR_DIMS]; /* that an amount of it is written with at least */
    dr_entity *entities;
    dr_slot *slots;
    dr_shape *shapes; /* shapes[0] is the encounter */
    dr_node *nodes;   /* in order; those at index >= n_nodes are parts of walks */
    dr_clause *clauses;
    dr_cond *conds;
    dr_rule *rules;
    dr_result_field *fields; /* of a result line */
    uint32_t *sort_fields;   /* indexes into fields */
    dr_shown *shown, *totals;
    dr_param *params; /* [0] is the service date, [1] the day as of which things are known */
    dr_axis *axes;    /* besides the service date; in the order of their declarations */
    dr_dated *param_values;
    dr_need *needs;
    dr_test *tests;
    dr_filter *filters;
    dr_alt *alts;
    uint32_t *parts;      /* indexes into nodes */
    uint32_t (*pairs)[2]; /* clauses of a conflict */
    int64_t *consts;
    dr_instr *code;
    dr_heading *topics;
    dr_hook *hooks;
    dr_call *calls;
    uint32_t *scripts; /* sources */
    uint32_t n_topics, n_hooks, n_calls, n_scripts, n_shown, n_totals;
    dr_sources sources;      /* kept for explain */
    uint32_t *source_layers; /* per source: index in layers; DR_NONE: of no layer, so above all */
    uint32_t n_layers, n_versions, n_enums, n_units, n_dims, n_entities, n_slots, n_shapes, n_nodes, n_parts,
        n_axes, n_all_nodes, n_clauses, n_conds, n_rules, n_fields, n_sort, n_params, n_param_values, n_needs,
        n_tests, n_filters, n_alts, n_pairs, n_consts, n_code, n_clause_columns;
    uint32_t told_pc;     /* code from here on belongs to conds, and is no part of an evaluation */
    uint32_t id_slot;     /* the root's key field */
    uint32_t policy_slot; /* the root's text that names the policy to apply; DR_NONE */
    uint32_t date_pc;     /* code for the service date of the root row */
    uint32_t result_entity, family_slot; /* emitted lines as rows: DR_NONE if the world declares no result */
    uint32_t merge_entity;               /* of lines as they go out, merged: DR_NONE */
    const char *result_name;             /* JSON name of the list of lines */
    const char *format_in;               /* "drip.encounter/1" */
    dr_case *cases;                      /* scenarios in the sources */
    uint32_t n_cases;
    dr_shorthand *shorthands; /* and the encounter that a scenario of which nothing is said would be */
    const char *defaults;     /* as JSON; NULL: the policy has no notation for scenarios */
    size_t defaults_len;
    int64_t story_day; /* on which its times without a day are */
    uint32_t n_shorthands;
    dr_untested *untested;
    uint32_t n_untested;
    const char *tests_for; /* policy that a tests file names, or NULL */
    uint32_t *const_sets;  /* indexes of the consts that are sets: the session makes them canonical, so that
                                  EQ of one with a set built or read is true. Equal sets must be one const */
    uint32_t n_const_sets;
} dr_program;

/* The program and everything in it; NULL-safe. */
void dr_program_free(dr_program *program);
const char *dr_op_name(uint8_t op);
/* "Event.voided", a rule and a group by their own names; cut off where there is no room. */
void dr_node_name(const dr_program *program, uint32_t node, char *room, size_t size);
/* The first field of a line with this role; DR_NONE: the policy declares none. */
uint32_t dr_field_of(const dr_program *program, dr_role role);
enum { DR_PREFIX_KEYS_MAX = 8 }; /* keys of a table with a column of prefixes */
/* Where a data table's row goes in dr_entity.index: slot = hash & (n_index - 1), then linear probing. */
uint32_t dr_table_hash(const int64_t *keys, uint32_t n);

/* A number, padded with the decimals of its dimension; never rounded. */
void dr_number_write(const dr_program *program, dr_type type, dr_num number, dr_buf *out);
/* A value as a person reads it: 96 min → "1 h 36 min", 2/5 g → "0.4 g", spans, lists by count. syms may be
 * a session's table. */
void dr_value_write(const dr_program *program, const dr_syms *syms, dr_type type, int64_t cell, dr_buf *out);

#endif
