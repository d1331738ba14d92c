/* drip: front.h, level 2a. What the passes of the front end share: declare, check, order, emit.
 *
 * The compile arena holds tables and annotations and dies with the compile; what the program needs is
 * put into the program's arena by the builder vectors at the end of dr_front. */
#ifndef DR_FRONT_H
#define DR_FRONT_H

#include "ast.h"

typedef struct dr_vec {
    void *data;
    uint32_t count, size;
} dr_vec;
/* Room for one more, zeroed; NULL when memory is out. */
void *dr_vec_add(dr_arena *arena, dr_vec *v, size_t item);
#define DR_AT(v, type, i) (((type *)(v).data)[i])

/* What a name declares. Names are interned, so keys compare as pointers. */
typedef enum dr_decl_kind {
    D_ENTITY = 1,
    D_ENUM,
    D_SLOT,
    D_PARAM,
    D_TABLE,
    D_SOURCE,
    D_DIMENSION,
    D_FAMILY,
    D_RULE,
    D_SHORTHAND,
    D_CLAUSE,
    D_HOOK,
    D_TOPIC
} dr_decl_kind;
typedef struct dr_decl {
    uint8_t kind;
    uint16_t scope; /* D_SLOT, D_CLAUSE: entity or slot; else 0 */
    const char *name;
    uint32_t index;
    dr_span span;
} dr_decl;

/* One read that a node's code makes: another node must come first. */
typedef struct dr_edge {
    uint32_t to;        /* node */
    uint32_t back_list; /* slot of the list if it reads only rows before its own there, else DR_NONE */
} dr_edge;

typedef struct dr_guard { /* one clause, as the passes see it */
    dr_ast *ast;          /* A_CLAUSE, or A_ROW's stand-in */
    dr_ast *when, *value;
    uint32_t clause;  /* program clause */
    uint64_t *over;   /* bit set: all clauses that give way to it, directly or through another */
    uint64_t *above;  /* bit set: those that it gives way to */
    int64_t from, to; /* days in force */
    const dr_extent *also;
    uint32_t n_also;
} dr_guard;

typedef struct dr_work { /* a node being built */
    uint8_t kind;        /* dr_node_kind */
    uint16_t entity;
    dr_ast *ast;
    uint32_t slot;
    dr_vec edges; /* dr_edge */
    dr_guard *guards;
    uint32_t n_guards;
    uint32_t node; /* program.nodes index once ordered, DR_NONE before */
    uint32_t rule;
    uint32_t group, sccs; /* order.c */
    bool walked;
    bool broken;     /* an error was reported in it */
    uint64_t *apart; /* by two clauses, a bit: they never apply both */
} dr_work;

typedef struct dr_var {
    const char *name;
    uint16_t entity;
    uint8_t reg;
    uint32_t back_list;  /* rows before `this` in that list, else DR_NONE */
    const dr_ast *lines; /* emitted lines: A_LINESOF, or the A_FAMILY list of a mark; NULL: of any family */
} dr_var;

typedef struct dr_fact {
    const dr_ast *path;
} dr_fact;

typedef struct dr_layer_info {
    const char *name;
    const dr_ast *over; /* A_NAME list; NULL: the policy */
    dr_span span;
} dr_layer_info;

typedef struct dr_front {
    dr_alloc alloc;
    dr_arena *arena; /* of this compile */
    dr_diags *diags;
    dr_sources *sources; /* become the program's */
    dr_program *program;
    dr_syms *syms; /* the program's */
    bool no_memory;
    bool notes;                 /* say what is not proved */
    bool quick;                 /* say errors alone */
    struct dr_workspace *space; /* of reason.c */

    dr_vec items; /* dr_ast *: every declaration of every source */
    dr_vec decls; /* dr_decl */
    uint32_t *decl_slots;
    uint32_t n_decl_slots;

    dr_vec work;                    /* dr_work */
    dr_vec layers;                  /* dr_layer_info, base first */
    dr_vec scenarios;               /* dr_ast * */
    dr_vec untested;                /* dr_ast * */
    dr_vec changes, replaced, gone; /* of layers.c */
    dr_vec below;                   /* const dr_ast *: what layers amended or suspended, as it was */
    dr_ast *by;                     /* the policy's service date */
    dr_ast *defaults;               /* scenario defaults */
    const char *tests_for;

    /* while checking or emitting one node */
    dr_work *at;
    uint16_t this_entity;
    dr_var vars[16];
    uint32_t n_vars;
    dr_fact facts[64];
    uint32_t n_facts;

    /* emission */
    uint32_t next_reg, builders;
    bool too_complex;

    /* program parts being built, in the program's arena */
    dr_vec enums, units, dims, dim_names, entities, slots, shapes, nodes, clauses, conds, rules, fields,
        sort_fields, params, param_values, needs, tests, filters, alts, parts, pairs, consts, code, versions,
        axes;
    dr_vec topics;
    dr_vec hooks, calls, scripts;
    const char *const *hosts; /* names of functions that the program gives for hooks */
    uint32_t n_hosts;
    dr_vec shown, totals; /* dr_shown: of merged lines */
    dr_vec const_sets;    /* indexes of the constants that are sets */
} dr_front;

/* ---- declare.c: names, entities, fields, enums, units, parameters; attributes by their declared types */
dr_decl *dr_decl_find(const dr_front *f, uint8_t kind, uint16_t scope, const char *name);
dr_decl *dr_decl_add(dr_front *f, uint8_t kind, uint16_t scope, const char *name, uint32_t index,
                     dr_span span);
bool dr_type_of_ast(dr_front *f, const dr_ast *t, dr_type *out);
int64_t dr_enum_value(const dr_front *f, uint32_t e, const char *name);

/* ---- types.c */
bool dr_type_same(dr_type a, dr_type b);          /* apart from optional */
const char *dr_type_name(dr_front *f, dr_type t); /* "a duration", "a mass", "Class" */
bool dr_unit_find(const dr_front *f, const char *text, size_t len, dr_type *type, dr_num *factor);
dr_type dr_type_plain(uint8_t kind);

/* ---- errors.c */
dr_diag *dr_error_at(dr_front *f, dr_span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
dr_diag *dr_warn_at(dr_front *f, dr_span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void dr_no_such_day(dr_front *f, dr_span at, const char *text);
/* "declared here", where an expression is a field, an attribute or a parameter. */
void dr_label_declared(dr_front *f, dr_diag *d, const dr_ast *e);
dr_diag *dr_newest(dr_front *f,
                   uint32_t before); /* what was reported since there were `before`; may be NULL */
dr_span dr_first_part(dr_span span, const char *word); /* of a longer place, the word it begins with */
const char *dr_written(dr_front *f, const dr_ast *e,
                       int *len); /* as it stands, if that is short; else "this" */
bool dr_only_blanks(dr_front *f, dr_span between, const char *word); /* does it hold nothing but this word? */
/* ---- advice.c: a value of one type where another is wanted: what was meant */
void dr_advise_type(dr_front *f, dr_diag *d, const dr_ast *e, dr_type wanted);
void dr_advise_compare(dr_front *f, dr_diag *d, const dr_ast *e);
bool dr_repeats_value(dr_front *f, dr_ast *e);                  /* `x is a or b`: reported */
void dr_advise_field(dr_front *f, dr_diag *d, const dr_ast *e); /* another row has it */
bool dr_advise_name(dr_front *f, dr_diag *d, const dr_ast *e, const dr_type *expected);
void dr_hint_nearest(dr_front *f, dr_diag *d, const dr_suggest *s); /* did you mean …? */
void dr_suggest_names(dr_front *f, dr_diag *d, const char *name, uint8_t kind, uint16_t scope);

/* ---- check.c, check_ops.c: types of expressions. expected may be NULL. False: an error was reported. */
bool dr_check(dr_front *f, dr_ast *e, const dr_type *expected);
bool dr_check_as(dr_front *f, dr_ast *e, dr_type wanted, const char *what); /* and it must be of this type */
bool dr_check_ops(dr_front *f, dr_ast *e, const dr_type *expected);
bool dr_check_agg(dr_front *f, dr_ast *e, const dr_type *expected);
bool dr_check_quiet(dr_front *f, dr_ast *e, const dr_type *expected); /* reads through what may be missing */
uint32_t dr_facts_add(dr_front *f, const dr_ast *e,
                      bool truth); /* what holds when e is `truth`; returns the old count */
bool dr_ast_equal(const dr_ast *a, const dr_ast *b);
bool dr_known_here(const dr_front *f, const dr_ast *e);
void dr_depend_slot(dr_front *f, uint32_t slot, uint32_t back_list);
void dr_depend_entity(dr_front *f, uint32_t entity);

/* ---- nodes.c: every node's expressions checked */
bool dr_check_nodes(dr_front *f);
/* ---- clauses.c: exceptions, conflicts, gaps; tables */
bool dr_check_clauses(dr_front *f);
bool dr_table_to_guards(dr_front *f, dr_work *w, dr_ast *table, dr_type type);
/* ---- constant.c: the value of an expression that needs no encounter */
bool dr_constant(dr_front *f, const dr_ast *e, int64_t *value);
int dr_constant_bool(dr_front *f, const dr_ast *e); /* 0, 1, or -1: not known when compiled */
bool dr_param_constant(const dr_front *f, uint32_t param, int64_t *value);

/* ---- order.c: which node after which; cycles; walks */
bool dr_order_nodes(dr_front *f, uint32_t **order, uint32_t *n);

/* ---- emit.c and friends */
bool dr_emit_all(dr_front *f, const uint32_t *order, uint32_t n);
uint32_t dr_const_add(dr_front *f, int64_t value);
uint32_t dr_code(dr_front *f, uint8_t op, uint32_t a, uint32_t b, uint32_t c, int64_t d); /* its pc */
uint32_t dr_pc(const dr_front *f);
void dr_patch(dr_front *f, uint32_t pc);        /* the jump at pc goes here */
uint32_t dr_reg(dr_front *f);                   /* a fresh register */
uint32_t dr_emit(dr_front *f, const dr_ast *e); /* value in the returned register */
void dr_emit_to(dr_front *f, const dr_ast *e, uint32_t reg);
void dr_emit_jump(dr_front *f, const dr_ast *e, bool want, dr_vec *patches); /* jumps when e is `want` */
void dr_patch_later(dr_front *f, dr_vec *patches, uint32_t pc); /* the jump at pc waits for its place */
void dr_patch_all(dr_front *f, dr_vec *patches);
uint32_t dr_emit_agg(dr_front *f, const dr_ast *e);
uint32_t dr_emit_keys(dr_front *f, const dr_ast *keys, uint32_t *n); /* first register; smaller is better */

void dr_emit_begin(dr_front *f, uint16_t entity); /* code for a row of this entity */
/* conds.c: after all nodes; program.conds and their code */
bool dr_emit_conds(dr_front *f);

/* ---- declare.c, slots.c, data.c: what the pipeline runs first */
void dr_declare_names(dr_front *f);
bool dr_declare_slots(dr_front *f);
bool dr_declare_params(dr_front *f);
bool dr_fill_tables(dr_front *f);
uint32_t dr_slot_new(dr_front *f, const char *name, uint16_t entity, dr_type type, dr_span span, bool named);
/* A table keyed by one enum that has a row for each of its values always answers; else the value without one. */
bool dr_table_total(dr_front *f, uint32_t entity);
const char *dr_table_hole(dr_front *f, uint32_t entity);

/* ---- marks.c: what a mark reads and gives, and who waits for it */
bool dr_check_marked(dr_front *f, dr_work *w); /* the lines and fields that it names */
void dr_depend_lines(dr_front *f, uint32_t family);
/* The node reads this field of lines (of these families; NULL: of any): marks that give it come first. */
bool dr_depend_marks(dr_front *f, const dr_ast *read, uint32_t slot, const dr_ast *lines);

dr_work *dr_work_new(dr_front *f, uint8_t kind, uint16_t entity, dr_ast *ast, uint32_t slot);

/* ---- merges.c: the lines as they go out */
bool dr_second_merge(dr_front *f, const dr_ast *item); /* a policy has one such entity: reported */
void dr_merge_slots(dr_front *f);                      /* after the result's */
bool dr_check_merge(dr_front *f, dr_work *w);
bool dr_check_shown(dr_front *f); /* once all attributes are declared: program.shown and program.totals */

/* ---- topics.c: what findings are about and what is to be done about them */
void dr_declare_topics(dr_front *f);
bool dr_check_advice(dr_front *f, const dr_ast *body, dr_rule *rule);

/* ---- hooks.c */
bool dr_declare_hooks(dr_front *f);
bool dr_check_call(dr_front *f, dr_ast *e);
uint32_t dr_emit_call(dr_front *f, const dr_ast *e);
/* csv.c: the source that `name` means beside the policy of `at`; DR_NONE: reported. */
uint32_t dr_source_beside(dr_front *f, dr_span at, const dr_ast *name);

/* ---- nodes.c, check_agg.c, clauses.c: asked for by other passes too */
bool dr_check_keys(dr_front *f, dr_ast *keys);
bool dr_period(dr_front *f, const dr_ast *period, int64_t *from, int64_t *to); /* days; NULL: for ever */
uint64_t dr_clock_set(dr_front *f, const dr_ast *clock, uint32_t index); /* 0 begins, 1 opens, 2 closes */
bool dr_guards_related(const dr_work *w, uint32_t a, uint32_t b);        /* one gives way to the other */
uint32_t dr_next_above(const dr_work *w, uint32_t i,
                       uint32_t from); /* that i gives way to; DR_NONE: no more */
bool dr_guards_may_clash(dr_front *f, const dr_work *w, uint32_t a, uint32_t b); /* the run must look */
uint32_t dr_pos_slot(const dr_front *f, uint32_t list_slot); /* where a row of the list keeps its place */

/* ---- distance.c: so many days before or after another, and months */
/* ---- rounded.c */
bool dr_check_round(dr_front *f, dr_ast *e);
bool dr_check_round_alone(dr_front *f,
                          const dr_ast *e); /* of a sum or product: is it plain what is rounded? */
bool dr_check_pick(dr_front *f, dr_ast *e);
bool dr_round_constant(dr_front *f, const dr_ast *e, int64_t *value);
bool dr_pick_constant(dr_front *f, const dr_ast *e, int64_t *value);
uint32_t dr_emit_round(dr_front *f, const dr_ast *e);
uint32_t dr_emit_pick(dr_front *f, const dr_ast *e);

bool dr_is_distance(const dr_ast *e);
bool dr_check_distance(dr_front *f, dr_ast *e); /* e becomes comparisons */
bool dr_is_months(const dr_ast *e);
bool dr_check_elapsed(dr_front *f, dr_ast *e); /* whole years or months from one date to another */
bool dr_check_months(dr_front *f, dr_ast *e);  /* a date and months behind + or -: op m */
int64_t dr_months_of(const dr_ast *e);
bool dr_no_months(dr_front *f, const dr_ast *e);

/* ---- force.c: the dates by which things are chosen */
bool dr_declare_axes(dr_front *f); /* the first parameters */
bool dr_check_axes(dr_front *f);
void dr_axis_not_set(dr_front *f, const dr_ast *setting, dr_span declared);
const dr_ast *dr_axis_date(const dr_front *f, uint32_t axis); /* its expression; NULL: none */
const dr_ast *dr_service_period(const dr_ast *period);        /* of several, the one by the service date */
bool dr_same_date(const dr_ast *period, const dr_ast *other); /* are both by one date? */
const dr_ast *dr_period_by(const dr_ast *periods,
                           const dr_ast *like); /* the one by the same date; NULL: none */
bool dr_days_of(dr_front *f, const dr_ast *period, int64_t *from, int64_t *to); /* of this one alone */
bool dr_periods_meet(dr_front *f, const dr_ast *a,
                     const dr_ast *b); /* is there a time at which all of both hold? */
bool dr_right_periods(dr_front *f,
                      const dr_ast *periods); /* no two by one date, none that ends before it begins */
/* The periods by other dates. */
bool dr_period_also(dr_front *f, const dr_ast *period, const dr_extent **also, uint32_t *n);
/* Has a parameter whose values have such periods one value in each cell? */
bool dr_covers_plane(dr_front *f, const dr_ast *item, const dr_dated *values, uint32_t n);

/* ---- untested.c: f->untested to program.untested */
bool dr_make_untested(dr_front *f);
/* ---- scenario.c: f->scenarios to cases of the program */
bool dr_make_cases(dr_front *f);

/* ---- front.c */
bool dr_front_open(dr_front *f, const dr_alloc *alloc, dr_arena *arena, dr_sources *sources, dr_diags *diags,
                   size_t heap);
bool dr_front_run(dr_front *f); /* all passes; f->program is then complete */

#endif
