/* drip: num.h, level 1. Exact numbers: a fraction of two 128-bit integers in lowest terms.
 *
 * Every amount, price and rate is one of these, with its unit folded in (400 mg is 2/5 when the base
 * unit is the gram), so that conversion, mL/h and division stay exact. An operation whose result does
 * not fit fails and says so; nothing is ever rounded except where a caller names the rounding. */
#ifndef DR_NUM_H
#define DR_NUM_H

#include "mem.h"

typedef __int128 dr_i128;
typedef struct dr_num {
    dr_i128 top, bottom; /* bottom > 0, gcd 1 */
} dr_num;

typedef enum dr_round { DR_ROUND_DOWN, DR_ROUND_UP, DR_ROUND_HALF_UP, DR_ROUND_HALF_EVEN } dr_round;
/* DOWN is toward zero, UP away from zero, halves away from zero for HALF_UP. */

dr_num dr_num_int(int64_t n);
/* Decimal text as JSON writes it (-12.50e3). False if it is not one, has over 18 significant digits
 * (leading and trailing zeros not counted), or an exponent beyond ±18 after normalising. */
bool dr_num_parse(const char *text, size_t len, dr_num *out);
bool dr_num_add(dr_num a, dr_num b, dr_num *out);
bool dr_num_sub(dr_num a, dr_num b, dr_num *out);
bool dr_num_mul(dr_num a, dr_num b, dr_num *out);
bool dr_num_div(dr_num a, dr_num b, dr_num *out); /* false also for division by zero */
int dr_num_cmp(dr_num a, dr_num b);               /* exact, never overflows: -1 0 1 */
/* To an integer count of 10^-places. False if it does not fit. */
bool dr_num_round(dr_num a, int places, dr_round how, int64_t *out);
bool dr_num_floor(dr_num a, int64_t *out);
/* The shortest exact decimal ("0.4"); a fraction that has none is written "1/3". */
void dr_num_write(dr_num a, dr_buf *out);
uint64_t dr_num_hash(dr_num a);

#endif
