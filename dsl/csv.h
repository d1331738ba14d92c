/* drip: csv.h, level 2a. Data tables from CSV files; see csv.c and way.c. */
#ifndef DR_CSV_H
#define DR_CSV_H

#include "front.h"

/* How the file is written. */
enum { DR_LETTERS_UTF8, DR_LETTERS_LATIN, DR_LETTERS_WINDOWS };
typedef struct dr_csv_way {
    uint32_t skip; /* lines before it begins */
    char separator;
    uint8_t letters;
    const char *heading;     /* how the row that names the columns begins; NULL: it is the first */
    const char *until;       /* how the first line begins that is none of its rows; NULL: its end */
    const dr_ast *missing;   /* texts that stand for no value */
    const char *date;        /* "MM/DD/YYYY"; NULL: as in policies */
    char thousands, decimal; /* of numbers; '\0': none */
    const char *before, *after;
    size_t n_before;
} dr_csv_way;

/* ---- way.c */
bool dr_csv_way_of(dr_front *f, const dr_ast *item, dr_csv_way *w);
bool dr_csv_missing(const dr_csv_way *w, const char *text, size_t len);
bool dr_csv_date(const dr_csv_way *w, const char *text, size_t len, int64_t *day);
bool dr_csv_number(const dr_csv_way *w, const char *text, size_t len, dr_num *number);
/* The source's bytes become UTF-8 where they are in other letters, for all that read it later. */
bool dr_csv_letters(dr_front *f, const dr_csv_way *w, uint32_t source);

/* ---- csv.c */
/* Reads the rows of a table declared `from "file.csv"`: cells row by row, and where in the file each row
 * begins. */
bool dr_csv_fill(dr_front *f, dr_entity *t, const dr_ast *item, int64_t **rows, dr_span **places);

/* ---- dated.c: the rows of a table by their keys, and by the days for which they hold */
bool dr_index_rows(dr_front *f, dr_entity *t, const dr_ast *item, const dr_span *places);

#endif
