/* drip: claim.h, level 2b. Lines that come from outside: what somebody billed, to be set beside what a record
 * supports.
 *
 * A text holds one claim, or several that each name their encounter. It is JSON (a drip.result/1, an object with
 * a list of lines, a bare array of lines; several of them one behind the other) or CSV (a header, a row a line).
 * What a line has is what the policy's result says: its fields by their names, or by their other names, as their
 * types say. What the result does not have is passed over.
 *
 * Opening a text reads all of it once, so that whatever is wrong with it is said before anything is audited;
 * where each claim stands is kept, and a claim is read again into the session that wants it. Messages name
 * places and fields and never what stands there. */
#ifndef DR_CLAIM_H
#define DR_CLAIM_H

#include "csv_scan.h"
#include "read_plan.h"

enum { DR_CLAIM_LINES = 10000, DR_CLAIM_NAMES = 60, DR_CLAIM_COLUMNS = 256 };

typedef enum dr_claim_format { DR_CLAIM_ANY, DR_CLAIM_JSON, DR_CLAIM_CSV } dr_claim_format;

typedef struct dr_claim_line {
    int64_t *cells; /* per result field; DR_MISSING: not given */
} dr_claim_line;
typedef struct dr_claim {
    dr_claim_line *lines;
    uint32_t n_lines, size;
    bool *given; /* per result field: some line gives it */
} dr_claim;

typedef struct dr_claim_part { /* one claim of the text */
    const char *id;            /* the encounter it names; NULL: it names none */
    size_t id_len;
    bool is_error;          /* JSON: no claim, but the error that stands for a refused encounter */
    uint32_t at;            /* JSON: byte of its bracket; CSV: of its first row */
    uint32_t first, n_rows; /* CSV: in dr_claims.rows */
} dr_claim_part;

typedef struct dr_claim_fault { /* why a text cannot be read */
    char message[DR_SAID];
    uint32_t at; /* byte */
} dr_claim_fault;

/* A name under which a field is given: its own, or another. */
typedef struct dr_claim_name {
    const char *text;
    uint32_t len, field;
} dr_claim_name;

typedef struct dr_claims {
    const dr_program *program;
    dr_arena arena;
    const char *bytes;   /* borrowed */
    uint32_t len, start; /* start: past a byte order mark */
    uint8_t format;
    dr_claim_name *names;
    uint32_t n_names;
    int32_t *columns; /* CSV: the field of each column, or one of the negative ones below */
    uint32_t n_columns;
    char separator;
    uint32_t *rows;       /* CSV: where each row begins, those of one claim together */
    dr_claim_part *parts; /* by the encounters they name */
    uint32_t n_parts, size_parts;
    uint32_t name_field, count_field; /* DR_NONE where the result has none */
    dr_claim_fault fault;
} dr_claims;
enum { DR_COLUMN_NONE = -1, DR_COLUMN_ENCOUNTER = -2 };

/* Reads the text with a session that nothing else uses; it is reset. On failure `fault` says why.
 * dr_claims_close in any case. */
dr_status dr_claims_open(dr_claims *claims, dr_session *s, dr_claim_format format, const char *bytes,
                         size_t len);
void dr_claims_close(dr_claims *claims);
/* The claim of the encounter that was evaluated: the one that names it, or the only one if that names none.
 * DR_NONE: there is none. */
uint32_t dr_claims_find(const dr_claims *claims, const dr_session *s);
/* The claim that names this encounter; DR_NONE. */
uint32_t dr_claims_named(const dr_claims *claims, const char *id, size_t len);
/* A claim's lines, in the session's arena, with its symbols and sets. */
dr_status dr_claim_read(dr_claims *claims, dr_session *s, uint32_t part, dr_claim *out);

/* ---- shared by claim.c, claim_json.c and claim_csv.c */

dr_status dr_claim_wrong(dr_claims *claims, uint32_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
dr_status dr_claim_memory(dr_claims *claims, dr_session *s);
/* One more line with nothing in it; NULL: the status says why. */
int64_t *dr_claim_add(dr_claims *claims, dr_session *s, dr_claim *claim, uint32_t at, dr_status *status);
/* What every line must give, and what one that does not give it means. */
dr_status dr_claim_complete(dr_claims *claims, dr_session *s, dr_claim *claim, int64_t *cells, uint32_t at);
dr_claim_part *dr_claim_part_add(dr_claims *claims);

dr_status dr_claims_index_json(dr_claims *claims, dr_session *s);
dr_status dr_claims_index_csv(dr_claims *claims, dr_session *s);
dr_status dr_claim_read_json(dr_claims *claims, dr_session *s, dr_claim_part *part, uint32_t *end,
                             dr_claim *out);
dr_status dr_claim_read_csv(dr_claims *claims, dr_session *s, const dr_claim_part *part, dr_claim *out);

#endif
