/* drip: csv.h, level 2a. Data tables from CSV files; see csv.c. */
#ifndef DR_CSV_H
#define DR_CSV_H

#include "front.h"

/* Reads the rows of a table declared `from "file.csv"`: cells row by row, and where in the file each row
 * begins. */
bool dr_csv_fill(dr_front *f, dr_entity *t, const dr_ast *item, int64_t **rows, dr_span **places);

#endif
