/* drip: draft.h, level 2b. An encounter on the desk: its fields as JSON values that can be changed one by one, under
 * the record that two programs declare. */
#ifndef DR_DRAFT_H
#define DR_DRAFT_H

#include "session.h"

typedef struct dr_form_field { /* declared by either program */
    const char *list, *path;   /* list "": of the record itself */
    const dr_program *program;
    dr_type type;
    bool used; /* something reads it */
} dr_form_field;
typedef struct dr_form {
    dr_form_field *fields;
    const char **required; /* lists */
    uint32_t n, size, n_required, size_required;
} dr_form;
/* False: memory is out. */
bool dr_form_add(dr_form *form, dr_arena *arena, const dr_program *program);
const dr_form_field *dr_form_find(const dr_form *form, const char *list, const char *path);

typedef struct dr_draft_cell {
    const char *path, *value; /* "a.b"; JSON */
} dr_draft_cell;
typedef struct dr_draft_row {
    const char *list;
    dr_draft_cell *cells;
    uint32_t n;
} dr_draft_row;
typedef struct dr_draft { /* rows[0] is the record itself */
    dr_draft_row *rows;
    uint32_t n;
} dr_draft;

/* What nobody declares is left out. False: no such object, or memory is out. */
bool dr_draft_read(const dr_form *form, dr_arena *arena, const char *json, size_t len, dr_draft *out);
void dr_draft_write(const dr_form *form, const dr_draft *d, dr_buf *out);
/* With texts of its own. NULL rows: memory is out. */
dr_draft dr_draft_copy(const dr_draft *d, dr_arena *arena);
/* Sharing texts with the old one: what changes the new one leaves the old one as it is. */
dr_draft dr_draft_like(const dr_draft *d, dr_arena *arena);
uint32_t dr_draft_cells(const dr_draft *d);
/* NULL: the row has no such cell. */
dr_draft_cell *dr_draft_cell_at(const dr_draft_row *row, const char *path);
void dr_draft_drop_row(dr_draft *d, uint32_t row);
void dr_draft_drop_cell(dr_draft_row *row, uint32_t cell);
bool dr_draft_add_cell(dr_draft_row *row, dr_arena *arena, const char *path, const char *value);
/* Behind the last. NULL: memory is out. */
dr_draft_row *dr_draft_add_row(dr_draft *d, dr_arena *arena, const dr_draft_row *like);

/* An instant as a value of a draft. */
bool dr_draft_time(const char *value, int64_t *seconds, bool *has_offset, int32_t *offset);
const char *dr_draft_time_text(dr_arena *arena, int64_t seconds, bool has_offset, int32_t offset);
bool dr_draft_is_time(const dr_form *form, const char *list, const char *path);

#endif
