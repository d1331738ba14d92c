/* drip: read_plan.h, level 2b. What the reader prepares once per session from the program's shapes, and
 * the reader's state while it reads one encounter. Private to read*.c.
 *
 * The program says which keys an object may have and where their values go; the plan adds what makes
 * finding them quick: each key's name as two words to compare with the input at once, a small hash
 * table per object, the key that followed last time, enums' names the same way, and units' factors.
 * What stays in the plan from one encounter to the next are such guesses and pointers to what the program
 * knows; a wrong guess costs only time. */
#ifndef DR_READ_PLAN_H
#define DR_READ_PLAN_H

#include "json.h"

typedef struct dr_word { /* a name to be found by its bytes */
    const char *bytes;
    uint64_t prefix;
    uint32_t len;
} dr_word;
typedef struct dr_words {
    dr_word *items;
    uint16_t *slots; /* open addressing, power of two, index + 1 */
    uint32_t count, mask;
} dr_words;
int32_t dr_words_find(const dr_words *words, const char *bytes, size_t len); /* -1: none of them */

typedef enum dr_read_op {
    DR_READ_IGNORE,
    DR_READ_BOOL,
    DR_READ_INT,
    DR_READ_DECIMAL,
    DR_READ_QUANTITY,
    DR_READ_TEXT,
    DR_READ_ENUM,
    DR_READ_DATE,
    DR_READ_INSTANT,
    DR_READ_DURATION,
    DR_READ_SET,
    DR_READ_OBJECT,
    DR_READ_ROWS,
    DR_READ_VALUE,
    DR_READ_UNIT /* the two keys of a quantity */
} dr_read_op;

struct dr_reader;
struct dr_plan_key;
typedef enum dr_got { DR_GOT_VALUE, DR_GOT_NOTHING, DR_GOT_WRONG, DR_GOT_STOP } dr_got;
/* Reads the value at the cursor into *cell. GOT_WRONG: a refusal is on record and the cursor anywhere within
 * it. */
typedef dr_got (*dr_read_fn)(struct dr_reader *r, const struct dr_plan_key *key, int64_t *cell);

typedef struct dr_plan_key {
    uint64_t word[2], mask[2]; /* the name in its quotes, if that is at most 16 bytes; else never met */
    uint64_t bit;              /* its own among the object's */
    struct dr_plan_key *next;  /* the key that followed it last time */
    dr_read_fn read;
    const dr_json_key *key;
    const dr_type *type;
    const dr_words *names; /* enums, and sets of them */
    uint32_t width;        /* of the name in its quotes */
    uint32_t slot, watch;  /* watch: index into plan.seen; 0 where nobody watches */
    uint32_t table;        /* ROWS: whose rows */
    uint32_t shape;        /* OBJECT, ROWS */
    uint16_t field;
    uint8_t op;
    bool used, by_value; /* by_value: seen-bit is the value's own */
    bool is_format;
} dr_plan_key;

typedef struct dr_plan_shape {
    dr_plan_key *keys;
    dr_words words;
    dr_plan_key *first; /* the key that came first last time */
    uint64_t required;
    uint64_t absent; /* keys that some object of this shape lacked, in this encounter */
    uint32_t n_keys, table;
    uint32_t reads; /* objects of this shape read */
} dr_plan_shape;

typedef struct dr_plan_watch {
    uint32_t slot, table, shape, bit, n_keys;
} dr_plan_watch;

enum { DR_UNIT_TEXT = 24, DR_UNITS_KEPT = 64 };
typedef struct dr_unit_view { /* a unit as charted, "a/b" included */
    char text[DR_UNIT_TEXT];
    uint32_t len; /* 0: empty place */
    int8_t dim[DR_DIMS];
    dr_num factor;
} dr_unit_view;

typedef struct dr_table { /* the rows of an input entity */
    int64_t *cells;
    int64_t *shown; /* what the session's columns point at */
    uint32_t n_rows, size, n_fields, entity;
} dr_table;

enum { DR_KEPT_TEXTS = 128 };
typedef struct dr_kept_text { /* a text of up to 16 bytes met before, and its symbol */
    uint64_t head, tail;
    uint32_t len, epoch; /* 0: a text of the program's, for good */
    int64_t id;
} dr_kept_text;

typedef struct dr_plan {
    dr_plan_shape *shapes; /* the program's, then one more for {"value", "unit"} */
    dr_plan_watch *watches;
    uint64_t *seen; /* [0] is for what nobody watches */
    dr_words *enums;
    dr_table *tables;
    dr_words unit_names; /* the program's and those of time */
    dr_unit *units;
    dr_unit_view kept[DR_UNITS_KEPT]; /* units met before; made of the program's names only */
    dr_kept_text texts[DR_KEPT_TEXTS];
    size_t n_first_cells; /* of all tables together, before any grows */
    uint32_t n_watches, n_shapes, n_tables;
    uint32_t epoch; /* of the encounter that is being read */
} dr_plan;

/* Where the reader is: one per open object of a shape, on the C stack. */
typedef struct dr_scope {
    const struct dr_scope *up;
    dr_plan_shape *shape;
    const dr_plan_key *key; /* being read; NULL before the first and in what is undeclared */
    int64_t index;          /* within key's array; -1: not in one */
    int64_t *cells;         /* of the row */
    uint32_t table, row;
} dr_scope;

typedef struct dr_reader {
    dr_json json;
    dr_session *s;
    dr_plan *plan;
    dr_scope *scope;
    bool bad;  /* an error of meaning is on record; now only the id and the policy are looked for */
    bool told; /* so is an error of syntax, a limit or an interrupt */
    bool id_known, policy_known;
    char date_text[10]; /* the last date read, as most of an encounter's are the same */
    int64_t date;
    bool any_instant;
    bool offsets_differ;
    uint32_t size_offsets, n_members, size_members, n_undeclared, size_undeclared;
    int64_t *members; /* of the set that is being read */
    dr_slice *undeclared;
    char *said; /* the refusal, without the encounter's id: that may yet come */
} dr_reader;

enum { DR_SAID = 384 }; /* bytes of `said` */

uint32_t dr_first_rows(const dr_program *program, const dr_table *t);
dr_plan *dr_plan_make(dr_session *s); /* NULL: memory is out */
/* An object with these keys, besides the program's; what is read by them is for the caller to say. False: no memory. */
bool dr_plan_shape_make(dr_arena *arena, dr_plan_shape *shape, const dr_json_key *keys, uint32_t n);
/* How the value of a key whose target is a slot is read. */
void dr_plan_field(const dr_program *p, dr_plan *plan, dr_plan_key *key);

/* The keys of an object one by one, from its opening bracket on. */
typedef struct dr_keys {
    dr_plan_shape *shape;
    dr_plan_key **guess;
    uint64_t met;
    uint32_t first_name;
    char before; /* what stands before the next key */
} dr_keys;
bool dr_open_keys(dr_reader *r, dr_keys *keys, dr_plan_shape *shape);
/* 1: *key is a declared one and the cursor at its value; 0: the object is closed; -1: stop. */
int dr_find_key(dr_reader *r, dr_keys *keys, const dr_plan_key **key);

/* The guessed key, with at most one space around it, is found by a comparison; all else by a search. Where
 * the cursor goes is left to branches: a predicted jump takes it further without waiting for the bytes. */
static inline int dr_next_key(dr_reader *r, dr_keys *keys, const dr_plan_key **key)
{
    dr_json *j = &r->json;
    const char *p = j->at;
    dr_plan_key *guess = *keys->guess;
    if (j->end - p < 24 || p >= j->look_up_at || *p != keys->before) {
        if (p == j->end || *p != '}' || keys->before != ',' || j->n_names != keys->first_name)
            return dr_find_key(r, keys, key);
        j->at++;
        j->depth--;
        return 0;
    }
    p++;
    if (__builtin_expect(*p == ' ', 0))
        p++;
    if ((dr_load_64(p) & guess->mask[0]) != guess->word[0] ||
        (dr_load_64(p + 8) & guess->mask[1]) != guess->word[1])
        return dr_find_key(r, keys, key);
    p += guess->width;
    if (*p != ':' || (keys->met & guess->bit) != 0)
        return dr_find_key(r, keys, key);
    p++;
    if (__builtin_expect(*p == ' ', 0))
        p++;
    j->at = p;
    if ((unsigned char)*p <= ' ')
        dr_json_space(j);
    keys->before = ',';
    keys->met |= guess->bit;
    keys->guess = &guess->next;
    *key = guess;
    return 1;
}

dr_read_fn dr_read_fn_for(uint8_t op); /* read_value.c */

/* read_value.c: values that are parsed already, into cells: for keys of the kind that each names. */
dr_got dr_keep_decimal(dr_reader *r, const dr_decimal *d, int64_t *cell);
dr_got dr_keep_decimal_text(dr_reader *r, dr_slice text, int64_t *cell);
dr_got dr_keep_int(dr_reader *r, const dr_plan_key *key, const dr_decimal *d, int64_t *cell);
dr_got dr_keep_minutes(dr_reader *r, const dr_decimal *d, int64_t *cell); /* DURATION as a number */
dr_got dr_keep_amount(dr_reader *r, const dr_plan_key *key, const dr_decimal *d, dr_slice unit,
                      int64_t *cell);
dr_got dr_keep_text(dr_reader *r, const dr_plan_key *key, dr_slice text, int64_t *cell);
dr_got dr_keep_enum(dr_reader *r, const dr_plan_key *key, dr_slice text, int64_t *cell);
dr_got dr_keep_date(dr_reader *r, dr_slice text, int64_t *cell);
dr_got dr_keep_instant(dr_reader *r, dr_slice text, int64_t *cell);
dr_got dr_keep_member(dr_reader *r, const dr_plan_key *key, dr_slice text); /* of r->members */
dr_got dr_keep_set(dr_reader *r, const dr_plan_key *key, int64_t *cell);    /* made of them */

/* read.c: the parts of reading one encounter. */
void dr_read_begin(dr_reader *r, const char *bytes, size_t len);
bool dr_read_tables(dr_reader *r);
bool dr_read_row(dr_reader *r, dr_table *t, uint32_t *row); /* with all its fields missing */
bool dr_read_format(dr_reader *r, dr_slice text);
bool dr_read_finish(dr_reader *r);

/* read_refuse.c: a refusal in words, where none is on record yet. It names the place, never what stands
 * there. */
__attribute__((format(printf, 2, 3))) dr_got dr_wrong(dr_reader *r, const char *format, ...);
/* The value at the cursor is not what was expected; GOT_STOP where it is no value at all. */
dr_got dr_wrong_type(dr_reader *r, const char *expected);
dr_got dr_wrong_name(dr_reader *r, const dr_plan_key *key,
                     size_t len); /* text that is none of the enum's names */
dr_got dr_wrong_required(dr_reader *r, const dr_plan_shape *shape, uint64_t lacking);
void dr_remember_id(dr_reader *r, const char *bytes, size_t len);
void dr_remember_policy(dr_reader *r, const char *bytes, size_t len);
/* The error of syntax or limit in json.wrong, told while the scopes that name its place are still there. */
void dr_wrong_text(dr_reader *r);
dr_status dr_read_refuse(dr_reader *r); /* puts the message together */
bool dr_note_undeclared(dr_reader *r, dr_slice name);
bool dr_list_undeclared(dr_reader *r);

#endif
