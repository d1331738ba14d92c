/* drip.h, level 3. The public interface of libdrip: policies in, answers about encounters out.
 *
 *   engine  -> layers -> program -> session -> result
 *
 * Threads: an engine and a program may be used from any number of threads at once; layers, a session
 * and its result belong to one thread at a time. drip_session_interrupt alone may be called from another
 * thread or a signal handler.
 * Status: every function that can fail returns a drip_status; 0 is success. Outputs come after inputs and
 * are set to NULL on failure. A drip_error, where asked for, says why, and is the caller's to free.
 * Ownership: _new and _compile give ownership, _free takes it and accepts NULL; every other pointer is
 * borrowed from the object its comment names.
 * Text goes in as bytes and length. Nothing here prints, exits, installs handlers, reads the clock, the
 * locale or the environment, or opens a file unless its name says so.
 * Amounts are exact decimals as text, times are ISO 8601 text, units of codes are integers. */
#ifndef DRIP_H
#define DRIP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DRIP_API __attribute__((visibility("default")))
#else
#define DRIP_API
#endif

#define DRIP_VERSION_MAJOR 0
#define DRIP_VERSION_MINOR 1
#define DRIP_VERSION_PATCH 0
#define DRIP_VERSION_TEXT  "0.1.0"

typedef enum drip_status {
    DRIP_OK = 0,
    DRIP_BAD_POLICY = 1,  /* a policy has errors: see the drip_error */
    DRIP_BAD_INPUT = 2,   /* an encounter was refused; the session stays usable */
    DRIP_LIMIT = 3,       /* a budget was used up */
    DRIP_INTERRUPTED = 4, /* drip_session_interrupt was called */
    DRIP_NO_MEMORY = 5,
    DRIP_MISUSE = 6,   /* the caller broke a contract stated here */
    DRIP_IO = 7,       /* a file could not be read */
    DRIP_NOT_FOUND = 8 /* no such policy, line or clause */
} drip_status;

typedef struct drip_engine drip_engine;
typedef struct drip_layers drip_layers;
typedef struct drip_program drip_program;
typedef struct drip_session drip_session;
typedef struct drip_error drip_error;
typedef struct drip_coverage drip_coverage;

/* The version of the linked library, "0.1.0". Static text. */
DRIP_API const char *drip_version(void);
/* A stable identifier of a status, "bad_policy". Static text. */
DRIP_API const char *drip_status_name(drip_status status);

/* new_size 0 frees and must not fail; ptr NULL allocates; old_size is exact. Called from the threads that
 * call the library. */
typedef void *(*drip_alloc_fn)(void *context, void *ptr, size_t old_size, size_t new_size);

/* Budgets; 0 takes the default given. */
typedef struct drip_limits {
    size_t struct_size;
    size_t source_bytes; /* of all policy sources of one compile; 64 MiB */
    size_t compile_heap; /* bytes of one compile; 512 MiB */
    size_t heap;         /* bytes of one evaluation; 256 MiB */
    size_t input_bytes;  /* one encounter; 16 MiB */
    uint64_t fuel;       /* steps of one evaluation; 100 million. The same encounter under the same
                             policy always takes the same number */
    uint32_t depth;      /* JSON nesting; 64 */
    uint32_t rows;       /* rows of one kind in one encounter; 1 million */
    uint64_t hook_steps; /* of one call of a hook: 100,000, which is also the most, as the stated cost counts
                             it; these are steps of fuel like others. A hook that takes more has failed */
    size_t hook_bytes;   /* of memory that a hook may hold, besides its script; 4 MiB */
} drip_limits;
#define DRIP_LIMITS_INIT                                                                                     \
    {                                                                                                        \
        sizeof(drip_limits), 0, 0, 0, 0, 0, 0, 0, 0, 0                                                       \
    }

/* Which budget it was, where a call answers DRIP_LIMIT: of a session see drip_session_limit, of sources and compiles
 * drip_error_limit. */
typedef enum drip_limit {
    DRIP_LIMIT_NONE = 0,
    DRIP_LIMIT_SOURCE_BYTES,
    DRIP_LIMIT_COMPILE_HEAP,
    DRIP_LIMIT_HEAP,
    DRIP_LIMIT_INPUT_BYTES,
    DRIP_LIMIT_FUEL,
    DRIP_LIMIT_DEPTH,
    DRIP_LIMIT_ROWS,
    DRIP_LIMIT_HOOK_STEPS,
    DRIP_LIMIT_HOOK_BYTES
} drip_limit;
/* A stable identifier of a limit, the name of its member in drip_limits. Static text. */
DRIP_API const char *drip_limit_name(drip_limit limit);

/* Either argument may be NULL: the C library's allocator, the default limits. */
DRIP_API drip_status drip_engine_new(drip_alloc_fn alloc, void *context, const drip_limits *limits,
                                     drip_engine **engine);
DRIP_API void drip_engine_free(drip_engine *engine); /* after everything made from it */

/* ---- values ---- */

/* The type of a value. Texts stand for several: how each is written is the same as in JSON. */
typedef enum drip_type {
    DRIP_TYPE_BOOL,
    DRIP_TYPE_INT,
    DRIP_TYPE_NUMBER, /* an exact decimal */
    DRIP_TYPE_AMOUNT, /* with a unit */
    DRIP_TYPE_TEXT,
    DRIP_TYPE_ENUM,     /* a text, of those that the policy lists */
    DRIP_TYPE_DATE,     /* text, "2026-03-02" */
    DRIP_TYPE_INSTANT,  /* text, "2026-03-02T09:00" and perhaps an offset */
    DRIP_TYPE_DURATION, /* minutes as a number, or an amount of time */
    DRIP_TYPE_SET,      /* of texts */
    DRIP_TYPE_OTHER
} drip_type;
typedef struct drip_text {
    const char *bytes; /* UTF-8; no NUL is needed behind it */
    size_t len;
} drip_text;

/* ---- policies ---- */

/* Layers without sources, which keep the engine. DRIP_NO_MEMORY. One thread at a time uses them. */
DRIP_API drip_status drip_layers_new(drip_engine *engine, drip_layers **layers);
/* Frees layers and the copies of their sources; programs compiled of them stay. NULL is fine. */
DRIP_API void drip_layers_free(drip_layers *layers);
/* Copies one source; origin is what messages call it. Parsed by drip_compile. */
DRIP_API drip_status drip_layers_add(drip_layers *layers, const char *origin, const char *bytes, size_t len,
                                     drip_error **error);
/* Reads a policy from files: "national", a name under payers/, or a path to a file or folder. Its bases
 * are added first. search_path: folders separated by ':', each holding rulesets/ and payers/. */
DRIP_API drip_status drip_layers_add_policy_files(drip_layers *layers, const char *name,
                                                  const char *search_path, drip_error **error);
/* Overrides a parameter, as a layer on top would: drip_layers_set(layers, "push_limit", "10 min", …). */
DRIP_API drip_status drip_layers_set(drip_layers *layers, const char *param, const char *value,
                                     drip_error **error);

/* ---- functions of the host ---- */

/* A policy may ask its host: `hook price(item: text, units: int) -> number from host`. The host then gives a function
 * of that name with the layers; a policy that asks for one that is not given does not compile (E0561). Such a
 * function is called in the thread that evaluates, as often as the policy asks and also while an explanation is made,
 * and by as many threads at once as evaluate. It must answer the same for the same values, not use the session that
 * calls it, and not throw or jump out. Its time is not counted in steps and not ended by drip_session_interrupt.
 * Where it fails or answers what the hook does not declare, the value is missing and the result has the finding
 * `hook-failed`, as with scripts. */
typedef struct drip_host_value {
    drip_type type;  /* of a given value; of the result, what is declared */
    int missing;     /* of the result: 1 until the function says otherwise */
    int64_t integer; /* BOOL, INT; DURATION: seconds */
    const char
        *text; /* TEXT, ENUM, DATE; NUMBER and AMOUNT: exact, "142.55", or "1/3" where no decimal is; amounts
                         in the base unit. Of the result it must live until the function is called again */
    size_t len;
    const drip_text *members; /* SET */
    uint32_t n_members;
} drip_host_value;
typedef struct drip_call {
    const char *hook; /* its name */
    const drip_host_value *values;
    uint32_t n_values;
    drip_host_value result; /* for the function to fill */
    const char
        *reason; /* where it fails: why, a part of a sentence that holds nothing of the record; or NULL */
} drip_call;
/* 0: it answers; all else: it failed. */
typedef int (*drip_host_fn)(void *context, drip_call *call);
/* The function for hooks of this name; context is handed to it. Must be usable as long as any program compiled of these
 * layers is. Given again, the last counts. */
DRIP_API drip_status drip_layers_set_host_function(drip_layers *layers, const char *name,
                                                   drip_host_fn function, void *context);

/* With `on`, what a compile reports also has notes: what it could not prove, and what nothing uses. */
DRIP_API void drip_layers_set_notes(drip_layers *layers, int on);
/* All or nothing. With DRIP_OK, *error may still hold warnings. The layers may be freed afterwards. */
DRIP_API drip_status drip_compile(drip_layers *layers, drip_program **program, drip_error **error);
/* One reference more to a program, for another owner; its drip_program_free drops it. Any thread may. NULL is fine. */
DRIP_API drip_program *drip_program_ref(drip_program *program);
DRIP_API void drip_program_free(drip_program *program); /* drops one reference; NULL is fine */
DRIP_API const char *drip_program_name(const drip_program *program);
/* "sha256:" and 64 hexadecimal digits, of all sources in the order of their layers. Borrowed from the program. */
DRIP_API const char *drip_program_digest(const drip_program *program);

/* ---- evaluation ---- */

/* A session under a program, which it keeps. DRIP_NO_MEMORY. One thread at a time uses it. */
DRIP_API drip_status drip_session_new(drip_program *program, drip_session **session);
/* Frees a session with its result and all that was borrowed from it. NULL is fine. */
DRIP_API void drip_session_free(drip_session *session);
/* "YYYY-MM-DD": answers as of this date of service; NULL: the encounter's own. */
DRIP_API drip_status drip_session_set_date(drip_session *session, const char *date);
/* "YYYY-MM-DD": answers as was known on that day; NULL: as the policy says, which is with all that is known. */
DRIP_API drip_status drip_session_set_known(drip_session *session, const char *date);
/* Collects the names of fields that no policy declares (drip_result_undeclared). */
DRIP_API void drip_session_set_strict(drip_session *session, int strict);
/* From any thread, or a signal handler: the evaluation that runs, or the next one, ends with DRIP_INTERRUPTED. */
DRIP_API void drip_session_interrupt(drip_session *session);

/* The program that the session evaluates; borrowed. */
DRIP_API drip_program *drip_session_program(const drip_session *session);

/* Evaluates one drip.encounter/1 object. On failure there is no result, drip_session_message says why, and
 * the session is ready for the next encounter. A result lives until the next call with this session. */
DRIP_API drip_status drip_eval(drip_session *session, const char *json, size_t len);
DRIP_API const char *
drip_session_message(const drip_session *session); /* why the last encounter was refused */
/* Which limit ended the last evaluation. Where it was not ended by one: the first that a hook came to, which is then a
 * finding, or none. */
DRIP_API drip_limit drip_session_limit(const drip_session *session);
DRIP_API const char *drip_session_encounter(const drip_session *session); /* its id, "" if none was read */
/* The policy that the last encounter asks for: the text of its field that the policy declares with the role
 * `chooses`, also if the encounter was refused, where it could be read. "" if it asks for none; what is longer than
 * 79 bytes is cut. It is text of the record: make sure it is a name before it is used as one. Borrowed until the
 * next call with this session. */
DRIP_API const char *drip_session_policy(const drip_session *session);
/* Microseconds are the caller's affair; these are counts: steps taken and bytes used by the last evaluation. */
DRIP_API uint64_t drip_session_fuel_used(const drip_session *session);
/* Bytes of memory that the last evaluation took, out of drip_limits.heap. */
DRIP_API size_t drip_session_bytes_used(const drip_session *session);

/* ---- encounters without JSON ---- */

/* A host that has the record in tables need not write it down as JSON. It looks lists and fields up once, by the names
 * that JSON has for them, and gives values: begin, add rows, set values, evaluate. What is checked, what a refusal
 * says, limits and results are as if the same record had come as JSON; what is not given is missing. The text of a
 * refusal, drip_session_message, is there as soon as a call fails. A first error of meaning ends nothing yet: of what
 * follows only the encounter's id is taken, so that drip_eval_input can name it. drip_eval, drip_session_free and
 * another drip_input_begin drop what was given. Bytes count as drip_limits.input_bytes does: of a value its text,
 * and eight. No explanation by least changes and no edits of a claim come from such a record: these read its JSON. */

/* How many lists of rows the record may hold; NULL has none. */
DRIP_API uint32_t drip_program_lists(const drip_program *program);
/* The k-th list's name, "mar"; NULL past the last. Borrowed from the program. */
DRIP_API const char *drip_program_list_name(const drip_program *program, uint32_t k);
/* The number of a list, by its name; "" is the encounter itself, whose only row is 0. Numbers hold for this program.
 * DRIP_NOT_FOUND: the policy declares no such list. */
DRIP_API drip_status drip_program_list(const drip_program *program, const char *name, uint32_t *list);
/* The number of a field of a list's rows, by its path, "at" or "site.side". DRIP_NOT_FOUND likewise. */
DRIP_API drip_status drip_program_field(const drip_program *program, uint32_t list, const char *path,
                                        uint32_t *field);
typedef struct drip_field {
    char path[256];
    uint32_t id; /* as drip_program_field gives it */
    drip_type type;
    int required;
} drip_field;
/* The k-th field of a list. DRIP_NOT_FOUND past the last. The view is a copy. */
DRIP_API drip_status drip_program_field_at(const drip_program *program, uint32_t list, uint32_t k,
                                           drip_field *view);

/* Begins an encounter; the session's result is gone. DRIP_NO_MEMORY, or DRIP_LIMIT, if there is no room for it. */
DRIP_API drip_status drip_input_begin(drip_session *session);
/* One row more in a list: *row gets its number, from 0. DRIP_LIMIT: there are too many. */
DRIP_API drip_status drip_input_row(drip_session *session, uint32_t list, uint32_t *row);
/* n rows more; *first (may be NULL) gets the number of the first of them. With n 0 the list is there and empty, which is
 * not the same as absent where the policy requires it. */
DRIP_API drip_status drip_input_rows(drip_session *session, uint32_t list, uint32_t n, uint32_t *first);

/* One value. The bytes are copied. DRIP_BAD_INPUT: it is refused, for reasons that name list, row and field, or was
 * given before. DRIP_MISUSE: there is no such field or row, or drip_input_begin was not called. */
DRIP_API drip_status drip_input_text(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                                     size_t len);
/* A number as JSON writes it, "12.50". */
DRIP_API drip_status drip_input_number(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                                       size_t len);
/* A whole number; for a duration, minutes. */
DRIP_API drip_status drip_input_int(drip_session *session, uint32_t field, uint32_t row, int64_t value);
/* 0 is false, all else true. */
DRIP_API drip_status drip_input_bool(drip_session *session, uint32_t field, uint32_t row, int value);
/* A number and the text of its unit, as in {"value": 12.5, "unit": "mg"}. With a unit that is not known, or is of
 * another kind, the value is missing, as in JSON. */
DRIP_API drip_status drip_input_amount(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                                       size_t len, const char *unit, size_t unit_len);
/* One member of a set. Those of one set are best given one behind the other. */
DRIP_API drip_status drip_input_member(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                                       size_t len);
/* A set that is there, and so far empty. */
DRIP_API drip_status drip_input_set(drip_session *session, uint32_t field, uint32_t row);

typedef enum drip_column_kind {
    DRIP_COLUMN_TEXT,   /* texts */
    DRIP_COLUMN_INT,    /* ints */
    DRIP_COLUMN_NUMBER, /* texts: numbers as JSON writes them */
    DRIP_COLUMN_BOOL,   /* bools */
    DRIP_COLUMN_AMOUNT, /* texts and units */
    DRIP_COLUMN_SET     /* texts and ends */
} drip_column_kind;
/* Values of one field for n rows; only the arrays that its kind names need be there. */
typedef struct drip_column {
    size_t struct_size;
    drip_column_kind kind;
    const drip_text *texts;
    const drip_text *units;
    const int64_t *ints;
    const uint8_t *bools;
    const uint32_t *ends; /* SET: where the members of each row end in texts; those of the first begin at 0 */
    const uint8_t *valid; /* value i is there if bit i % 8 of byte i / 8 is set, as in Arrow; NULL: all are */
} drip_column;
/* The rows first to first + n - 1 of a field's list, which were added before. Stops at the first that is refused, and
 * says so as for that one. */
DRIP_API drip_status drip_input_column(drip_session *session, uint32_t field, uint32_t first, uint32_t n,
                                       const drip_column *column);

/* Evaluates what was given, as drip_eval does the same record in JSON. */
DRIP_API drip_status drip_eval_input(drip_session *session);

/* ---- cost ---- */

/* How many steps of fuel an evaluation takes at most, as a function of how much the encounter holds: a sum
 * of products of sizes, "3·Service·Event + 12·Service". A size is the number of rows of one kind; the last
 * size is the most members that any one set in the record has. Worked out from the compiled program, from
 * the same table by which evaluations are charged. Never changes: any number of threads may read it. */
typedef struct drip_costs drip_costs;
DRIP_API drip_status drip_costs_new(drip_program *program, drip_costs **costs); /* keeps the program */
DRIP_API void drip_costs_free(drip_costs *costs);
typedef struct drip_cost {
    const char *name;  /* of the attribute, group, clock or rule; borrowed from the program */
    const char *bound; /* borrowed from the drip_costs; "no bound" where none was found */
    uint32_t degree;   /* 2: grows as the square; only if known */
    int known;
} drip_cost;
/* Items 0 to count - 1, in the order in which they are decided; then, at count, the whole program, and at
 * count + 1 the whole program once more in the sizes of the record alone, with no groups and lines. */
DRIP_API uint32_t drip_costs_count(const drip_costs *costs);
/* The bound of one item. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_costs_item(const drip_costs *costs, uint32_t item, drip_cost *view);
/* How many sizes a bound is made of. */
DRIP_API uint32_t drip_costs_sizes(const drip_costs *costs);
DRIP_API const char *drip_costs_size_name(const drip_costs *costs, uint32_t size); /* NULL past the last */
/* The bound's value for these sizes, one for each; UINT64_MAX where it is larger or not known. */
DRIP_API uint64_t drip_costs_steps(const drip_costs *costs, uint32_t item, const uint64_t *sizes);
/* The sizes of the encounter that the session evaluated last, which must be under the same program. */
DRIP_API drip_status drip_costs_measure(const drip_costs *costs, const drip_session *session,
                                        uint64_t *sizes);

/* ---- results: borrowed from the session until its next call ---- */

/* drip.result/1 on one line, no newline. */
DRIP_API drip_status drip_result_json(drip_session *session, const char **json, size_t *len);
/* How many lines the last result has; 0 without a result. */
DRIP_API uint32_t drip_result_lines(const drip_session *session);
/* How many findings it has; 0 without a result. */
DRIP_API uint32_t drip_result_findings(const drip_session *session);
/* The fields a line has, as the policy's world declares them: 0 is its name (the code). */
DRIP_API uint32_t drip_result_fields(const drip_session *session);
/* A field's name in the JSON; "" past the last. Borrowed from the program. */
DRIP_API const char *drip_result_field_name(const drip_session *session, uint32_t field);
/* Field of a line as text ("" when missing, or where there is no memory for it: drip_result_line_value needs none); a set is joined
 * with ", ". */
DRIP_API const char *drip_result_line_text(drip_session *session, uint32_t line, uint32_t field);
typedef enum drip_role { DRIP_ROLE_PLAIN, DRIP_ROLE_NAME, DRIP_ROLE_COUNT, DRIP_ROLE_SUFFIX } drip_role;
/* What a field is for: which is the name of the line, its count, its suffixes. PLAIN past the last. */
DRIP_API drip_role drip_result_field_role(const drip_session *session, uint32_t field);

/* A clause that decided a line (its k-th) or a finding. NULL past the last. */
typedef struct drip_clause {
    const char *name, *cite; /* cite may be NULL */
    const char *origin;      /* file */
    uint32_t line, column;   /* 1-based */
} drip_clause;
/* A line's k-th clause. DRIP_NOT_FOUND past the last; the texts are borrowed from the program. */
DRIP_API drip_status drip_result_line_clause(drip_session *session, uint32_t line, uint32_t k,
                                             drip_clause *clause);

typedef enum drip_severity { DRIP_DENY, DRIP_HOLD, DRIP_WARN, DRIP_INFO } drip_severity;
typedef struct drip_finding {
    drip_severity severity;
    const char *code, *message, *about; /* about: ids joined with ", " */
    drip_clause clause;
} drip_finding;
/* A finding, in the order of the JSON. DRIP_MISUSE past the last. `about` is borrowed until the next evaluation. */
DRIP_API drip_status drip_result_finding(drip_session *session, uint32_t finding, drip_finding *view);
/* What the policy shows of each line besides its fields (`shows` in its entity that merges lines): the k-th of a
 * line, 0 to the count - 1, in the order of the JSON. DRIP_NOT_FOUND past the last. Texts are borrowed like those
 * of lines; a policy that shows nothing has none. */
typedef struct drip_shown {
    const char *name;   /* of the attribute, "paid" */
    const char *path;   /* its place in a line of the JSON, "expected.amount"; of a total, its name there */
    int number;         /* a number or an amount */
    const char *text;   /* its value, "142.55 USD"; "" where it is missing */
    drip_clause clause; /* that decided it; its name is NULL where none did, and for totals */
} drip_shown;
/* How many values the policy shows of each line. */
DRIP_API uint32_t drip_result_shown_count(const drip_session *session);
/* One of them. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_result_shown(drip_session *session, uint32_t line, uint32_t k, drip_shown *view);
/* What it adds up over all lines (`totals`); "" where no line has a value. */
DRIP_API uint32_t drip_result_totals(const drip_session *session);
/* One total. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_result_total(drip_session *session, uint32_t k, drip_shown *view);

/* ---- the same result value by value: all that the JSON says, typed ---- */

typedef struct drip_value {
    drip_type type;
    int missing; /* nothing is known of it, and the JSON leaves it out */
    int64_t
        integer; /* BOOL, INT; DATE: days since 1970-01-01; INSTANT: seconds since 1970-01-01T00:00, both as
                         charted, without its offset; DURATION: seconds */
    const char *text; /* what the JSON writes for it, without quotes; "" of a set */
    size_t len;
    uint32_t members; /* of a SET: how many */
} drip_value;
/* A field of a line. Texts are borrowed until the next evaluation. DRIP_NOT_FOUND past the last field. */
DRIP_API drip_status drip_result_line_value(drip_session *session, uint32_t line, uint32_t field,
                                            drip_value *view);
/* The k-th member of a field that is a set, in the order of the JSON. DRIP_NOT_FOUND past the last, and where it is
 * no set. */
DRIP_API drip_status drip_result_line_member(drip_session *session, uint32_t line, uint32_t field, uint32_t k,
                                             drip_text *member);
/* The same of what the policy shows of a line (drip_result_shown). */
DRIP_API drip_status drip_result_shown_value(drip_session *session, uint32_t line, uint32_t shown,
                                             drip_value *view);
/* The k-th member of one that is a set. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_result_shown_member(drip_session *session, uint32_t line, uint32_t shown,
                                              uint32_t k, drip_text *member);
/* What a finding is about: its k-th id. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_result_finding_about(drip_session *session, uint32_t finding, uint32_t k,
                                               drip_text *id);
/* A total, as drip_result_total; missing where no line has a value. */
DRIP_API drip_status drip_result_total_value(drip_session *session, uint32_t k, drip_value *view);
/* The encounter's id, a text or a whole number as charted. */
DRIP_API drip_status drip_result_encounter(drip_session *session, drip_value *id);
/* How many findings deny; 0 without a result. */
DRIP_API uint32_t drip_result_denied(const drip_session *session);
/* The policy's version in force on the date of service; "" if it has none. Borrowed from the program. */
DRIP_API const char *drip_result_version(const drip_session *session);
/* The policies that lie upon one another in a program, from the base up: NULL past the last. Borrowed. */
DRIP_API const char *drip_program_layer(const drip_program *program, uint32_t k);
/* What the policy calls the list of lines in a result. Borrowed. */
DRIP_API const char *drip_program_result_name(const drip_program *program);

/* ---- the checklist: the same findings, by the topics that the policy declares ---- */

typedef enum drip_topic_status {
    DRIP_TOPIC_OK,     /* looked at: nothing is denied, held or warned of */
    DRIP_TOPIC_OPEN,   /* something is */
    DRIP_TOPIC_NOTHING /* the record holds nothing that the topic's findings look at */
} drip_topic_status;
typedef struct drip_topic {
    const char *name, *title; /* name NULL: of the findings that have no topic */
    drip_topic_status status;
    uint32_t findings[4]; /* by drip_severity */
} drip_topic;
/* In the order of their declarations; last, where there are findings without a topic, one for these. */
DRIP_API uint32_t drip_result_topics(const drip_session *session);
/* One of them. DRIP_MISUSE past the last. Texts are borrowed from the program. */
DRIP_API drip_status drip_result_topic(drip_session *session, uint32_t topic, drip_topic *view);

typedef struct drip_advice {
    uint32_t topic;       /* of drip_result_topic */
    const char *cure;     /* what is to be done; NULL: the policy does not say */
    uint32_t places;      /* in the record; 0: it is about the record as a whole */
    uint32_t more_places; /* beyond those, which are at most eight */
} drip_advice;
/* What goes with a finding in the checklist. DRIP_MISUSE past the last finding. */
DRIP_API drip_status drip_result_advice(drip_session *session, uint32_t finding, drip_advice *view);
typedef struct drip_spot {
    const char *pointer; /* JSON pointer into the encounter, "/mar/3" */
    const char *name;    /* the same as explanations write it, "mar[3]" */
    const char *at;      /* the first instant charted there, "" if none */
} drip_spot;
/* A finding's k-th place. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_result_spot(drip_session *session, uint32_t finding, uint32_t k, drip_spot *view);
/* All of it, drip.audit/1 on one line, no newline. Takes the place of what drip_result_json gave. */
DRIP_API drip_status drip_result_checklist(drip_session *session, const char **json, size_t *len);

/* Undeclared fields met, one a line ("mar[].colour"), "" if none or not strict. */
DRIP_API const char *drip_result_undeclared(const drip_session *session);

/* ---- explanation ---- */

typedef struct drip_options_explain {
    size_t struct_size;
    const char *why;     /* only lines and findings with this code; may be NULL */
    const char *why_not; /* why this code is not there; may be NULL */
    const char *json; /* the encounter's text once more, and its length: with it, `why_not` also finds the */
    size_t json_len;  /* least changes of the record that would bring the code. May be NULL */
    int as_json;      /* drip.explanation/1 on one line instead of text */
    int whole;        /* trees down to the last charted value, however long */
} drip_options_explain;
/* An account of the last result: per line the deciding clauses, the tests they made, what they read down to what
 * was charted, the clauses that gave way, their citations. options NULL: of everything, as text. It contains
 * what is in the record. The search for changes evaluates the encounter up to some thousands of times, within
 * drip_limits.fuel steps, and finds the same on every machine. The text is borrowed until the next call with this
 * session. */
DRIP_API drip_status drip_explain(drip_session *session, const drip_options_explain *options,
                                  const char **text, size_t *len);

/* ---- claims: what somebody billed, beside what the record supports ---- */

/* One claim, or several that each name their encounter. As JSON: a drip.result/1, an object with a list of lines
 * of the same name, or a bare array of lines; several stand one behind the other, each with "encounter". As CSV:
 * the first row names the columns by the fields of a result's lines; several claims have a column for the
 * encounter. Fields may go by the other names that the policy gives them; what it does not know is passed over.
 * Belongs to one thread at a time. */
typedef struct drip_claims drip_claims;
typedef enum drip_claim_format {
    DRIP_CLAIM_ANY, /* JSON if it begins with a bracket, else CSV */
    DRIP_CLAIM_JSON,
    DRIP_CLAIM_CSV
} drip_claim_format;
/* Copies the text and checks all of it. origin is what messages call it: they name places and fields, and nothing of
 * what stands there. Keeps the program. */
DRIP_API drip_status drip_claims_new(drip_program *program, const char *origin, const char *bytes, size_t len,
                                     drip_claim_format format, drip_claims **claims, drip_error **error);
/* Frees claims, after the last look at an audit made of them. NULL is fine. */
DRIP_API void drip_claims_free(drip_claims *claims);
/* How many claims the text holds. */
DRIP_API uint32_t drip_claims_count(const drip_claims *claims);
/* The encounter that a claim names; "" if it names none, as the only claim of a text may. Borrowed. */
DRIP_API const char *drip_claims_encounter(const drip_claims *claims, uint32_t claim);
/* The line of the text on which a claim begins, from 1. */
DRIP_API uint32_t drip_claims_line(const drip_claims *claims, uint32_t claim);
/* Was it audited, or passed by? */
DRIP_API int drip_claims_used(const drip_claims *claims, uint32_t claim);
/* The claim of this encounter will not be audited, as where the encounter was refused. */
DRIP_API void drip_claims_pass(drip_claims *claims, const char *encounter);

typedef struct drip_options_audit {
    size_t struct_size;
    const char
        *json; /* the encounter's text once more, and its length: with it, lines that are not supported */
    size_t json_len; /* are told with the least change of the record that would support them. May be NULL */
    int as_json;     /* drip.claim_audit/1 on one line instead of text */
} drip_options_audit;
/* Sets the claim of the encounter evaluated last beside its result. The claims must be of the session's program.
 * DRIP_NOT_FOUND: there is no claim of this encounter. options NULL: text, without such changes. Text and items
 * are borrowed until the next call with this session; they contain what is in the record and in the claim. */
DRIP_API drip_status drip_audit(drip_session *session, drip_claims *claims, const drip_options_audit *options,
                                const char **text, size_t *len);
/* After drip_audit, 0 and 0: nothing differs. Edits are findings that the claim as billed raises and the supported
 * lines do not. */
DRIP_API uint32_t drip_audit_items(const drip_session *session);
/* How many such findings there are. */
DRIP_API uint32_t drip_audit_edits(const drip_session *session);
typedef struct drip_audit_item {
    const char
        *kind; /* "missed", "unsupported", "duplicate", else what differs: the name of the field that is a
                            line's name, its count, its date; of a member of its suffixes; "field" for any other */
    const char *field;   /* that differs; "" where a whole line does */
    int64_t supported;   /* the first of the result's lines that it is about, from 0; -1: there is none */
    int64_t billed;      /* the first of the claim's lines, likewise */
    const char *why;     /* one sentence; may be "" */
    const char *nearest; /* the least change of the record that would support it; "" */
    const char
        *amount; /* what is expected for the supported lines less that for the billed; "" if not known */
    drip_clause clause; /* that decided it; its name is NULL if there is none */
} drip_audit_item;
/* One difference. DRIP_MISUSE past the last. Texts are borrowed until the next call with this session. */
DRIP_API drip_status drip_audit_item_at(drip_session *session, uint32_t item, drip_audit_item *view);

/* ---- differences: what two policies answer to the same encounters ---- */

/* What one policy answers beside another, over many encounters: sums, and the kinds of change. May be added to from
 * any number of threads at once, each with sessions of its own; the rest belongs to one thread, when all is added. What it
 * says does not depend on the order in which encounters were added. */
typedef struct drip_diff drip_diff;
DRIP_API drip_status drip_diff_new(drip_program *before, drip_program *after,
                                   drip_diff **diff); /* keeps both */
DRIP_API void drip_diff_free(drip_diff *diff);
/* Also counts the encounters that move by a field or attribute: of the whole ("setting"), or of its rows ("Entity.field"), as
 * `before` has them. Before the first is added. DRIP_NOT_FOUND: there is none of that name, or nothing reads it. */
DRIP_API drip_status drip_diff_by(drip_diff *diff, const char *field);

typedef enum drip_moved {
    DRIP_MOVED_LINE_ADDED,
    DRIP_MOVED_LINE_REMOVED,
    DRIP_MOVED_LINE, /* what differs of it: `what` */
    DRIP_MOVED_FINDING_ADDED,
    DRIP_MOVED_FINDING_REMOVED,
    DRIP_MOVED_FINDING,
    DRIP_MOVED_REFUSED, /* after refuses the encounter */
    DRIP_MOVED_ACCEPTED /* before does */
} drip_moved;
/* One change of one encounter; lives until the function it is given to returns. */
typedef struct drip_change {
    drip_moved moved;
    const char *what;      /* fields that differ, joined with "+"; a finding's severity, or "warn>deny"; "" */
    const char *name;      /* of the line or finding */
    const char *from, *to; /* what of it differs */
    const char *was, *now; /* the clauses that decided, joined with "+"; "" where there were none */
    const char *amount; /* by which the amount of the line rises; "" for findings and where none is summed */
    const char *const *amounts; /* the same for each drip_diff_amount_at */
} drip_change;
typedef void (*drip_change_fn)(void *context, const drip_change *change);

typedef struct drip_diff_case {
    const char *file, *json; /* copied where the encounter is kept as an example */
    size_t len;
    uint64_t line, number; /* in the file; in the whole input: unlike any other's */
} drip_diff_case;
/* The encounter that both sessions evaluated last, or refused. `each` may be NULL; it is given every change, from this
 * thread, before they are added up. DRIP_LIMIT: there are too many kinds of change, or sums
 * are too large. */
DRIP_API drip_status drip_diff_add(drip_diff *diff, drip_session *before, drip_session *after,
                                   const drip_diff_case *which, drip_change_fn each, void *context);

typedef struct drip_diff_sums {
    uint64_t encounters;                    /* added */
    uint64_t moved;                         /* of them: what is answered differs */
    uint64_t reworded;                      /* only the clauses, citations or messages behind it do */
    uint64_t refused_both;                  /* by both: nothing could be compared */
    uint64_t refused_before, refused_after; /* by one alone: these moved */
    uint64_t lines_added, lines_removed, lines_changed;
    uint64_t findings_added, findings_removed, findings_changed;
    uint64_t denied, allowed; /* encounters that have a denial only after, only before */
    const char *total;        /* the name of the amount that is summed; "" if the policies show none */
    const char *unit;         /* "USD" */
    const char *before, *after, *net;         /* of all encounters, exact */
    uint64_t unpriced_before, unpriced_after; /* lines for which no amount is known */
} drip_diff_sums;
/* What moved in all. The view's texts are borrowed from the diff until its next encounter. */
DRIP_API drip_status drip_diff_sum(drip_diff *diff, drip_diff_sums *view);

/* What is summed: first the total that is in drip_diff_sums, then further totals of the policies, and what they show of lines in the
 * same unit (a share that the patient pays, say). */
typedef struct drip_diff_amount {
    const char *name, *unit;
    const char *before, *after, *net; /* of all encounters, exact */
} drip_diff_amount;
/* How many. */
DRIP_API uint32_t drip_diff_amounts(const drip_diff *diff);
/* The k-th of them, counted from 0. DRIP_NOT_FOUND past the last; the view is borrowed from the diff. */
DRIP_API drip_status drip_diff_amount_at(drip_diff *diff, uint32_t k, drip_diff_amount *view);

/* Changes of one kind: the same is different, decided by the same clauses before and after. */
typedef struct drip_diff_kind {
    drip_moved moved;
    const char *key;                 /* names the kind, on one line: "line units: further.hours" */
    const char *what, *was, *now;    /* as in drip_change */
    const char *was_cite, *now_cite; /* of the first of them; "" */
    uint64_t encounters, changes;
    const char *amount;      /* by which the amount of these lines rises, exact; "" for findings */
    const char *stake;       /* of findings: what is expected after for the encounters that they are about */
    drip_diff_case smallest; /* of the encounters: the shortest, of these the first */
    const char *id;          /* its id */
    const char *name, *old_name; /* in it, the first line or finding of this kind, after and before, */
    const char *from, *to;       /* and what of it differs */
} drip_diff_kind;
/* The largest amounts first, then the most encounters, then by key. DRIP_NOT_FOUND past the last. Views are borrowed from
 * the diff. */
DRIP_API uint32_t drip_diff_kinds(drip_diff *diff);
/* The kind-th of them, counted from 0. */
DRIP_API drip_status drip_diff_kind_at(drip_diff *diff, uint32_t kind, drip_diff_kind *view);

/* By which the k-th of the amounts rises, over the changes of that kind; "" for findings. Borrowed from the diff. */
DRIP_API drip_status drip_diff_kind_amount(drip_diff *diff, uint32_t kind, uint32_t k, const char **amount);

/* Group 0: lines that move, by their names. The k-th given to drip_diff_by is group k, from 1: encounters that move, by
 * their values of that field; an encounter with several counts for each. In the same order as kinds. */
typedef struct drip_diff_group {
    const char *name;
    uint64_t encounters, changes;
    const char *amount;
} drip_diff_group;
/* How many items that group has. */
DRIP_API uint32_t drip_diff_groups(drip_diff *diff, uint32_t group);
/* The item-th of the group, counted from 0. DRIP_NOT_FOUND past the last; the view is borrowed from the diff. */
DRIP_API drip_status drip_diff_group_at(drip_diff *diff, uint32_t group, uint32_t item,
                                        drip_diff_group *view);

/* Adds a source to the layers that raises a finding of that name for each encounter, whatever it holds, under any policy of the
 * same world as the program's: a change that a comparison must see. */
DRIP_API drip_status drip_layers_plant(drip_layers *layers, const drip_program *program, const char *name,
                                       drip_error **error);

/* ---- scenarios ---- */

typedef struct drip_test_event {
    const char *name;   /* of the scenario, with its variation */
    const char *origin; /* file */
    uint32_t line;
    int passed;
    const char *summary; /* what differed first, on one line; "" if it passed */
    const char *detail;  /* all that differed, several lines in columns; "" if it passed */
} drip_test_event;
typedef void (*drip_test_fn)(void *context, const drip_test_event *event);

typedef struct drip_options_test {
    size_t struct_size;
    const char *const *only; /* texts, then NULL: only scenarios whose name holds one of them. NULL: all */
    uint32_t jobs; /* threads that share the work, the calling one among them; 0 is 1. The engine's allocator
                      is called from all of them, report from the calling one alone */
    /* drip_mutate alone: where nothing near a scenario shows a change, a search may. */
    uint64_t budget; /* encounters tried for each such change, besides those below; 0: no search */
    const char *const *encounters; /* as JSON: tried before others; NULL: none */
    const size_t *encounter_lens;
    size_t n_encounters;
} drip_options_test;

/* Sources that hold scenarios: a file, or the .drip files of a folder and those in it. */
DRIP_API drip_status drip_layers_add_tests_files(drip_layers *layers, const char *path, drip_error **error);
/* Runs every scenario in the given sources (added with drip_layers_add, or drip_layers_add_tests_files) under
 * the policies they name, found along search_path, and tells of each in the order of the sources. Counts go to
 * passed and failed. Sources that have errors are in *error, and the others are run. options may be NULL.
 * With coverage not NULL, what the scenarios exercise is measured, and is the caller's to free. */
DRIP_API drip_status drip_test(drip_layers *layers, const char *search_path, const drip_options_test *options,
                               drip_test_fn report, void *context, uint32_t *passed, uint32_t *failed,
                               drip_coverage **coverage, drip_error **error);

/* ---- witnesses: the smallest encounters to which two policies answer differently ---- */

typedef struct drip_witnesses drip_witnesses;
typedef struct drip_options_witness {
    size_t struct_size;
    uint64_t budget;     /* encounters tried under both policies at most; 0: 100,000 */
    uint32_t shorthands; /* of the scenarios' notation, put together in every way at most; 0: 2 */
} drip_options_witness;
/* Keeps both programs. options may be NULL. */
DRIP_API drip_status drip_witnesses_new(drip_program *before, drip_program *after,
                                        const drip_options_witness *options, drip_witnesses **witnesses);
/* And lets go of both programs. NULL is fine. */
DRIP_API void drip_witnesses_free(drip_witnesses *witnesses);
/* An encounter to begin with; one that cannot be read is passed over. */
DRIP_API drip_status drip_witnesses_seed(drip_witnesses *witnesses, const char *json, size_t len);
/* Likewise the encounters of all scenarios in sources that hold such; those that have errors are passed over. */
DRIP_API drip_status drip_witnesses_seed_tests(drip_witnesses *witnesses, drip_layers *layers,
                                               const char *search_path);
/* Looks for one encounter, as small as it can be made, for each clause, parameter, table row, enum and hook in which
 * the policies differ. Once. Takes the same steps on every machine. */
DRIP_API drip_status drip_witnesses_search(drip_witnesses *witnesses);

typedef struct drip_witness_search {
    uint64_t tried;      /* encounters, under both policies */
    uint32_t seeds;      /* encounters to begin with */
    uint64_t composed;   /* put together of shorthands */
    uint32_t exhaustive; /* up to so many shorthands were put together in every way over the grid; 0: none */
    uint32_t points;     /* in which the policies differ, as their sources say it */
    uint32_t found;      /* of them with a witness */
} drip_witness_search;
/* How far the search went, so far. */
DRIP_API drip_status drip_witnesses_summary(const drip_witnesses *witnesses, drip_witness_search *view);

/* Items: each point in which the policies differ, then each difference of answers that belongs to none. NULL where
 * there is nothing. Views are borrowed from the witnesses. */
typedef struct drip_witness {
    const char *kind; /* "clause", "parameter", "row", "table", "enum", "hook", "policy": its days; "other" */
    const char *name; /* of the clause, parameter, row "table[key]" … */
    const char *said[2];    /* by the one policy and the other */
    const char *json;       /* an encounter to which they answer differently; NULL: none was found */
    const char *scenario;   /* the same in the notation of scenarios; NULL: that cannot say what differs */
    const char *answer[2];  /* as a scenario expects it: "only A x1; finding b" */
    const char *whole[2];   /* with all fields, what is shown, and what findings are about */
    const char *parted;     /* the attribute or rule that came out differently first */
    const char *decided[2]; /* by which clause */
    uint32_t rows, cells;   /* of the encounter */
} drip_witness;
/* How many points there are in which the policies differ, with a witness or without. */
DRIP_API uint32_t drip_witnesses_count(const drip_witnesses *witnesses);
/* The item-th, counted from 0; DRIP_NOT_FOUND past the last. Texts are borrowed from the witnesses. */
DRIP_API drip_status drip_witnesses_item(const drip_witnesses *witnesses, uint32_t item, drip_witness *view);
/* Each source of the program, the uppermost policy's as well as those below. NULL past the last. */
DRIP_API const char *drip_program_source(const drip_program *program, uint32_t source);

/* ---- coverage: what the scenarios of one drip_test exercise of the policies they are for ---- */

typedef enum drip_cover_kind {
    DRIP_COVER_CLAUSE, /* a clause of an attribute, a line or a finding: yes counts what it decided */
    DRIP_COVER_ROW,    /* a row of a decision table: the same */
    DRIP_COVER_GUARD, /* a clause's condition as a whole: yes and no count the rows for which it held, or not */
    DRIP_COVER_TEST,  /* one test in a condition of several: the same, where it was reached */
    DRIP_COVER_PARAM, /* one value of a parameter: yes counts the scenarios under it */
    DRIP_COVER_STALE  /* an "untested" of the sources that names nothing untested: to be deleted */
} drip_cover_kind;
typedef struct drip_cover_item {
    drip_cover_kind kind;
    const char *name;   /* of the clause or parameter */
    const char *text;   /* of the condition or the value; "" for a clause */
    const char *origin; /* file, and where in it: 1-based, the end just past it */
    uint32_t line, column, end_line, end_column;
    uint64_t yes, no;
    const char *missing; /* what no scenario does, in words: "never false"; "" if nothing is missing */
    const char *reason;  /* why not, as an "untested" of the sources says; "" if none does */
} drip_cover_item;
/* Items in the order of the sources, a whole before its parts. Views are borrowed from the coverage. */
DRIP_API uint32_t drip_coverage_items(const drip_coverage *coverage);
/* One item. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_coverage_item(const drip_coverage *coverage, uint32_t item, drip_cover_item *view);
/* The sources in which items stand, in the same order. */
DRIP_API uint32_t drip_coverage_sources(const drip_coverage *coverage);
/* One source, its name and text. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_coverage_source(const drip_coverage *coverage, uint32_t source, const char **origin,
                                          const char **text, size_t *len);
/* Frees a coverage and all views of it. NULL is fine. */
DRIP_API void drip_coverage_free(drip_coverage *coverage);

/* ---- mutation: which small changes of a policy its scenarios notice ---- */

typedef enum drip_mutant_state {
    DRIP_MUTANT_NOTICED,  /* some scenario fails */
    DRIP_MUTANT_SURVIVED, /* none does */
    DRIP_MUTANT_EXCUSED,  /* nor does any, and an "untested" of the sources says why */
    DRIP_MUTANT_STALE     /* such a reason that no change needs: to be deleted */
} drip_mutant_state;
typedef struct drip_mutant {
    drip_mutant_state state;
    const char *kind; /* "constant", "comparison", "logic", "exception", "rule", "cell", "choice", "date",
                             "parameter", "reason" */
    const char *name; /* of the clause, or of what else was changed */
    const char *from, *to; /* what stands there, "age over 9", and what was tried, "age at least 9" */
    const char *origin;    /* file, and what is changed in it: 1-based, the end just past it */
    uint32_t line, column, end_line, end_column;
    const char *source_line; /* the first of these lines as it stands */
    uint32_t reached;        /* scenarios that come by */
    const char *noticed_by;  /* the first scenario that fails; "" */
    const char *reason;      /* why none can; "" */
    const char *scenario;    /* one that would notice it, ready to be pasted; "" if none was found */
    const char *encounter;   /* where no scenario can say it: one that is answered differently, as JSON; "" */
    uint64_t tried;          /* encounters, in a search for one */
} drip_mutant;
typedef struct drip_mutation drip_mutation;
/* Changes each constant, comparison, exception, cell, date … of the policies that the sources' scenarios are for,
 * one at a time, and runs the scenarios that reach it. Of layers, what the uppermost says itself. Sources and
 * options as for drip_test; `only` picks what is changed by its name, or by the name of its file. */
DRIP_API drip_status drip_mutate(drip_layers *layers, const char *search_path,
                                 const drip_options_test *options, drip_mutation **mutation,
                                 drip_error **error);
/* In the order of the policies' sources. DRIP_NOT_FOUND past the last. Views are borrowed. */
DRIP_API drip_status drip_mutation_item(const drip_mutation *mutation, uint32_t item, drip_mutant *view);
/* What does not count: changes that drip refuses, those that change nothing, rows of long tables. */
DRIP_API void drip_mutation_left_out(const drip_mutation *mutation, uint32_t *refused, uint32_t *same,
                                     uint32_t *rows);
/* With all that its views show. NULL is fine. */
DRIP_API void drip_mutation_free(drip_mutation *mutation);

/* ---- sources ---- */

/* The canonical layout of one source. The text is the caller's, freed with drip_text_free. */
DRIP_API drip_status drip_format(drip_engine *engine, const char *origin, const char *bytes, size_t len,
                                 char **text, size_t *text_len, drip_error **error);
/* Frees a text of drip_format, with its length; NULL is fine. */
DRIP_API void drip_text_free(drip_engine *engine, char *text, size_t len);

/* ---- errors ---- */

/* The limit that was reached, where the status was DRIP_LIMIT. NULL has none. */
DRIP_API drip_limit drip_error_limit(const drip_error *error);
DRIP_API uint32_t drip_error_count(const drip_error *error); /* errors, not warnings */
DRIP_API const char *
drip_error_text(const drip_error *error); /* rendered with source lines and carets; borrowed */
DRIP_API void drip_error_free(drip_error *error);

/* The diagnostics of an error one by one, in the order in which they are shown. Views and their texts are
 * borrowed from the error until it is freed; an error belongs to one thread at a time. */
typedef enum drip_level { DRIP_ERROR = 0, DRIP_WARNING = 1, DRIP_NOTE = 2 } drip_level;
typedef struct drip_place {
    const char *origin;    /* the source, as it was named when it was added; NULL: no place in a source */
    size_t start, end;     /* byte offsets, end exclusive */
    uint32_t line, column; /* of start, 1-based; columns are counted in characters */
    uint32_t end_line, end_column; /* of end */
} drip_place;
typedef struct drip_diag {
    drip_level level;
    const char *code;           /* stable, "E0207"; "" where a file could not be read and the like */
    const char *message;        /* what is wrong */
    const char *note;           /* why; NULL if there is nothing to add */
    const char *hint;           /* what to do; NULL likewise */
    drip_place at;              /* the place that is wrong */
    uint32_t n_labels, n_fixes; /* see drip_error_label, drip_error_fix */
    int sure;                   /* the fixes are meant in all likelihood: they may be applied unseen */
} drip_diag;
/* A second place with what there is to say about it, or an edit: the bytes at the place become the text. All
 * edits of one diagnostic go together. */
typedef struct drip_remark {
    drip_place at;
    const char *text;
} drip_remark;
/* DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_error_diag(const drip_error *error, uint32_t diag, drip_diag *view);
/* A diagnostic's k-th second place. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_error_label(const drip_error *error, uint32_t diag, uint32_t label,
                                      drip_remark *view);
/* A diagnostic's k-th edit. DRIP_NOT_FOUND past the last. */
DRIP_API drip_status drip_error_fix(const drip_error *error, uint32_t diag, uint32_t fix, drip_remark *view);
/* The page about a code ("E0207"), in Markdown: what it means, a wrong and a right example. Static text;
 * NULL: there is no such code. The same text is docs/errors/E0207.md. */
DRIP_API const char *drip_code_page(const char *code);

#ifdef __cplusplus
}
#endif
#endif
