/* drip: csv_scan.h, level 1. Cells of comma-separated text one by one, quoted as in RFC 4180. What they mean is
 * for the two who use it: data tables of policies (front end) and lines from outside (engine). */
#ifndef DR_CSV_SCAN_H
#define DR_CSV_SCAN_H

#include "mem.h"

enum { DR_CSV_CELL = 1 << 20 }; /* bytes of the largest cell */

typedef struct dr_csv {
    const char *bytes;
    uint32_t len, at;
    char separator;
    dr_buf cell;
    uint32_t start, end; /* of the cell just read */
    bool ended_row;      /* it was the last of its row */
    bool open_quote;     /* it has no closing quote: it goes on to the end of the text */
} dr_csv;

/* The bytes are borrowed. Freed with dr_buf_free(&csv->cell). */
void dr_csv_open(dr_csv *csv, const dr_alloc *alloc, const char *bytes, uint32_t len, char separator);
/* Reads one cell. With cell.failed set it was too large, or memory is out. */
void dr_csv_cell(dr_csv *csv);
const char *dr_csv_text(const dr_csv *csv, size_t *len); /* the cell without the blanks around it */
bool dr_csv_blank_row(const dr_csv *csv);                /* has the rest of this row no text? */
void dr_csv_skip_line(dr_csv *csv);

#endif
