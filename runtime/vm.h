/* drip: vm.h, level 2b. What the interpreter (vm.c), the builders (build.c), the nodes (node.c, group.c)
 * and the session (evaluate.c) share. Nothing outside the engine includes this; the reader does for
 * dr_vm_memory.
 *
 * A run decides one node for a range of rows without leaving the interpreter. Everything a run makes
 * lives in the session's arena; dr_vm itself and what is worked out from the program once live in
 * session->own. State that belongs to one evaluation carries its epoch, so that a reset clears little. */
#ifndef DR_VM_H
#define DR_VM_H

#include "session.h"

enum {
    DR_REGS = 256,
    DR_BUILDERS = 8,               /* of each sort, for code */
    DR_NODE_BUILDER = DR_BUILDERS, /* one more for the nodes, as code run by a node may use all of its own */
    DR_SMALL_ROWS = 8,             /* entities with up to so many rows are searched, not indexed */
    DR_FUEL_STEP = 1024            /* how often an interrupt is looked for; a power of two */
};

typedef enum dr_fault {
    DR_FAULT_NONE,
    DR_FAULT_NUMBER,
    DR_FAULT_ZERO,
    DR_FAULT_PARAM,
    DR_FAULT_MEMORY,
    DR_FAULT_FUEL,
    DR_FAULT_INTERRUPT
} dr_fault;

typedef struct dr_span_builder {
    dr_range *items;
    uint32_t count, size;
    const dr_spans *only; /* the first set added, not yet copied: often there is no second */
} dr_span_builder;

typedef struct dr_set_builder {
    int64_t *items;
    uint32_t count, size;
    const dr_set *only; /* the first set joined, not yet copied */
} dr_set_builder;

/* Entries of n_keys + 1 words: the keys, made to order as unsigned with missing last, then the row. */
typedef struct dr_sorter {
    uint64_t *items;
    uint32_t count, size, n_keys;
} dr_sorter;

typedef struct dr_set_table { /* open addressing, at most half full */
    struct dr_set_entry {
        const dr_set *set;
        uint32_t hash;
    } * slots;
    uint32_t count, n_slots;
} dr_set_table;

typedef struct dr_index_entry {
    int64_t key; /* DR_MISSING: free */
    uint32_t head, tail;
} dr_index_entry;

typedef struct dr_index { /* the rows of each value of a slot, chained in row order */
    dr_index_entry *entries;
    uint32_t *next; /* DR_NONE at the end */
    uint64_t seed;
    uint32_t epoch, n_rows, n_entries;
    uint16_t entity;
} dr_index;

typedef struct
    dr_lowered { /* what LOWER made of texts in this evaluation; open addressing, at most half full */
    struct {
        int64_t text, lower;
    } * slots;
    uint32_t count, n_slots;
} dr_lowered;

typedef struct dr_prefix { /* state of one PREFIX instruction */
    const dr_list *list;
    dr_spans *set; /* what the first `done` rows cover; handed out, and added to in a later run */
    uint64_t run;  /* the call of the interpreter it was handed to last, and its row */
    uint32_t row, pc, epoch, done, size;
} dr_prefix;

enum {
    DR_STEP_WATCHED = 1,
    DR_STEP_POS = 2,
    DR_STEP_KEEP = 4,
    DR_STEP_ROWS = 8,    /* without rows there is nothing to do */
    DR_STEP_VALUED = 16, /* an enum or boolean */
    DR_STEP_PLAIN = 32   /* an attribute that is nothing but its rows' values */
};
typedef struct dr_step { /* the part of a node that is needed for every encounter, close together */
    uint8_t kind, flags;
    uint16_t entity;
    uint32_t slot, pc, clause_column, n_alts, quick_pc, quick_const;
    uint16_t quick_clause;
    uint16_t n_keys; /* GROUP: width of its keys */
    const dr_alt *alts;
} dr_step;

/* Lines merged by a node of the program, or given from outside instead. */
typedef struct dr_merged {
    bool done, claimed;
    dr_out_line *lines;
    uint32_t n;
} dr_merged;

typedef struct dr_vm {
    int64_t r[DR_REGS];
    dr_span_builder spans[DR_BUILDERS + 1];
    dr_set_builder sets[DR_BUILDERS + 1];
    dr_sorter sorters[DR_BUILDERS + 1];
    dr_set_table fixed; /* sets of the program: for good */
    dr_set_table built; /* sets of this evaluation */
    dr_lowered lowered;
    dr_spent spent; /* meter.c: allocated when it is first wanted */
    const dr_set *no_members;
    dr_index *indexes;   /* per slot */
    dr_prefix *prefixes; /* by pc */
    uint32_t n_prefixes;
    uint32_t epoch;
    uint64_t run;        /* counts calls of the interpreter */
    uint64_t more;       /* work of the running instruction that is not paid for yet (PAY_MORE) */
    dr_step *steps;      /* per node */
    uint16_t *same;      /* each clause, then "none", as often as most entities have rows (DR_SMALL_ROWS) */
    uint32_t node;       /* being decided, for messages */
    uint32_t slot;       /* that it fills, for conflicts */
    int64_t spare_value; /* where the values of rules go */
    uint16_t spare_clause;
    uint32_t *rows;      /* n_rows of an empty encounter: the data tables' */
    uint32_t *set_slots; /* input slots that hold sets */
    uint32_t n_set_slots;
    int64_t from, to;           /* days for which params and version are as chosen */
    int64_t *cells;             /* of emitted lines, row-major */
    uint32_t n_cells_rows;      /* room, in rows */
    dr_merged merged;           /* of this encounter */
    struct dr_written *written; /* result_json.c: what is the same in every result */
    bool line_spans;            /* a field of a line is a span set */
    bool quiet;                 /* run for an explanation: nothing is emitted */
} dr_vm;

static inline dr_vm *dr_vm_of(const dr_session *s)
{
    return s->vm;
}

/* Code run for rows row .. end-1. RET stores a row's value at out and its clause at clause, and steps both. */
typedef struct dr_job {
    uint32_t pc, row, end;
    uint32_t step; /* 0: each row's values overwrite the last one's */
    int64_t *out;
    uint16_t *clause;
    uint32_t *counts;     /* not NULL: RETN stores a row's values at out, `step` apart, and here how many */
    bool chain;           /* this is a run of the nodes in order: when it ends, dr_next_run tells the next */
    dr_status status;     /* of a chain: DR_OK until something fails */
    uint32_t node, lines; /* of a chain: being decided; lines there were before it */
    /* of the last row: */
    uint32_t reg, n; /* its values are vm->r[reg ..] */
    uint32_t by;     /* deciding clause */
} dr_job;

/* vm.c */
dr_status dr_loop_plain(dr_session *s, dr_job *job);
dr_status dr_loop_traced(dr_session *s, dr_job *job);
static inline dr_status dr_vm_run(dr_session *s, dr_job *job)
{
    return s->trace == NULL && s->spent == NULL ? dr_loop_plain(s, job) : dr_loop_traced(s, job);
}
/* node.c: ends the run of a chain and works out the next one. False: there is none, or job->status failed. */
bool dr_next_run(dr_session *s, dr_job *job);
/* One row, not paid for, for its values in vm->r[job->reg ..]. */
dr_status dr_vm_values(dr_session *s, uint32_t pc, uint32_t row, dr_job *job);
dr_status dr_vm_pay_slow(dr_session *s, uint64_t steps);
/* Paid by the node being decided, outside its code. Out of fuel, nothing is left of it. */
static inline dr_status dr_vm_pay(dr_session *s, uint64_t steps)
{
    if (__builtin_expect(s->fuel % DR_FUEL_STEP >= steps && s->spent == NULL, 1)) {
        s->fuel -= steps;
        return DR_OK;
    }
    return dr_vm_pay_slow(s, steps);
}
/* Puts the message together and returns the status; pc DR_NONE: blames the node. */
dr_status dr_vm_fault(dr_session *s, dr_fault fault, uint32_t pc);
/* The clause that this code of a node belongs to. */
uint32_t dr_clause_of_code(const dr_session *s, uint32_t pc, uint32_t node);
dr_status dr_vm_memory(dr_session *s); /* after the arena refused: DR_LIMIT or DR_NO_MEMORY */
dr_status dr_refuse(dr_session *s, dr_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* meter.c */
uint32_t dr_node_end(const dr_program *p, uint32_t node);         /* of its code, which it must have */
uint64_t dr_node_spent(const dr_session *s, uint32_t node);       /* only with s->spent */
void dr_meter_tell(const dr_session *s, char *room, size_t size); /* "; most went to …", or "" */

/* build.c: what returns bool or a pointer fails only for want of memory (false, NULL). */
bool dr_vm_grow(dr_arena *arena, void **items, uint32_t count, uint32_t *size, size_t item_size);
bool dr_spanb_set(dr_arena *arena, dr_span_builder *b, const dr_spans *set);
bool dr_spanb_range(dr_arena *arena, dr_span_builder *b, int64_t start, int64_t end);
const dr_spans *dr_spanb_end(dr_arena *arena, dr_span_builder *b);
bool dr_setb_add(dr_arena *arena, dr_set_builder *b, int64_t member);
bool dr_setb_join(dr_arena *arena, dr_set_builder *b, const dr_set *set);
const dr_set *dr_setb_end(dr_session *s, dr_set_builder *b);
/* The one set of this evaluation that is equal to `set`; `set` itself if it is the first. */
const dr_set *dr_set_canonical(dr_session *s, const dr_set *set);
bool dr_set_fix(dr_session *s, const dr_set *set); /* makes a set of the program the canonical one */
bool dr_set_has(const dr_set *set, int64_t member);
bool dr_set_within(const dr_set *a, const dr_set *b);
bool dr_sorter_add(dr_arena *arena, dr_sorter *b, uint32_t row, const int64_t *keys, uint32_t n_keys);
dr_list *dr_sorter_list(dr_arena *arena, const dr_sorter *b);
int64_t dr_sorter_best(const dr_sorter *b);

/* result_json.c: at the session's start, in its own arena. False: no memory. */
bool dr_written_make(dr_session *s);

/* lookup.c */
void dr_note_looked(dr_looked *looked, uint32_t entity, int64_t row); /* once; DR_MISSING: no row */
const dr_index *dr_index_of(dr_session *s, uint32_t slot);
uint32_t dr_index_head(const dr_index *index, int64_t key); /* DR_NONE */
typedef struct dr_before { /* the first n rows of a list, asked for by the PREFIX at pc for a row */
    const dr_list *list;
    int64_t n;
    uint32_t slot, pc, row;
} dr_before;
const dr_spans *dr_prefix_union(dr_session *s, const dr_before *what);
/* A span set about to outlive its run: copied if a PREFIX may add to it later. False: no memory. */
bool dr_prefix_copy(dr_session *s, int64_t *cell);
dr_status dr_prefix_keep(dr_session *s, int64_t *cell); /* the same for a row's value, paid for */
/* The symbol of the text in lower case, of each text made once; missing stays missing; -1: no memory. */
int64_t dr_lower(dr_session *s, int64_t symbol);
/* A data table's row, or DR_MISSING. Of a table whose rows have days the one that holds on days[0], of those
 * published by days[1]; else days is not read. */
int64_t dr_table_find(const dr_syms *syms, const dr_entity *table, const int64_t *keys, const int64_t *days);

/* call.c: what was paid for is in vm->more. */
dr_fault dr_call_hook(dr_session *s, uint32_t call, uint32_t pc, uint64_t fuel, const int64_t *cells,
                      int64_t *value);

/* node.c */
dr_status dr_decide_all(dr_session *s);
bool dr_emit_line(dr_session *s, uint32_t rule, uint32_t row, const int64_t *fields);
bool dr_emit_finding(dr_session *s, uint32_t rule, uint32_t row, int64_t about);
bool dr_note_conflict(dr_session *s, uint32_t pair, uint32_t row);
dr_status dr_decide_merge(dr_session *s, const dr_node *n); /* merge.c */
void dr_note_seen(dr_session *s, uint32_t slot, const int64_t *cells, uint32_t count);
/* A column of its own for a slot: one cell for each row of its entity, not filled. */
int64_t *dr_column(dr_session *s, uint32_t slot);
/* The same, every cell missing. */
int64_t *dr_column_missing(dr_session *s, uint32_t slot);

/* group.c */
dr_status dr_decide_group(dr_session *s, const dr_step *step, const dr_node *n);
dr_status dr_decide_clock(dr_session *s, const dr_node *n);

/* The bit of an enum's or boolean's value, 63 if it is missing. */
static inline uint64_t dr_value_bit(int64_t cell)
{
    return (uint64_t)1 << ((uint64_t)(cell | cell >> 63) & 63u);
}

/* The bit of a value in a test's mask. */
static inline uint32_t dr_cell_bit(int64_t cell, bool valued)
{
    return cell == DR_MISSING ? 63u : valued ? (uint32_t)cell & 63u : 62u;
}
/* select.c: `rows` NULL: rows 0 .. count-1. False: out of memory. */
bool dr_select(dr_session *s, const dr_filter *f, const uint32_t *rows, uint32_t count, uint32_t pc,
               int64_t *found);
/* Nothing is recorded where only fuel is told apart (session->spent). */
bool dr_trace_read(dr_session *s, uint32_t slot, uint32_t row, uint32_t pc, int64_t value);

static inline uint64_t dr_mix(uint64_t h)
{
    h = (h ^ h >> 32) * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 29) * 0xD6E8FEB86659FD93u;
    return h ^ h >> 32;
}

/* Where code really starts in this encounter: past the tests that come out the same for every row, as all
 * values seen pass or all fail. */
static inline const dr_instr *dr_skip_tests(const dr_session *s, uint32_t pc)
{
    const dr_instr *in = s->program->code + pc;
    while (in->op >= DR_OP_JBIT && in->op <= DR_OP_JLACKS && (in->a == 0 || in->a == DR_REGS - 1)) {
        uint64_t seen = s->seen[(uint32_t)in->b | (uint32_t)in->c << 8], mask = (uint64_t)in->k;
        if (seen == 0 || ((seen & mask) != 0 && (seen & ~mask) != 0))
            break; /* not watched, or it depends */
        in = (seen & mask) != 0 ? in + 1 : s->program->code + in->d;
    }
    return in;
}

static inline uint64_t dr_seen_bit(uint8_t kind, int64_t cell)
{
    if (cell == DR_MISSING)
        return (uint64_t)1 << 63;
    if ((kind == DR_ENUM || kind == DR_BOOL) && (uint64_t)cell < 62)
        return (uint64_t)1 << (uint64_t)cell;
    return (uint64_t)1 << 62;
}

#endif
