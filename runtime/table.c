/* drip: table.c, level 2b. Finding a row of a data table by its key, and of several with that key the one for a day.
 *
 * Rows of one key stand in the order of their first days. Where each row says only this, and no two were
 * published at different times, the row is found by halving; rows with a day of publication are gone through,
 * and are few (DR_PUBLISHED_MAX).
 *
 * A column of prefixes holds how texts begin. The text is looked up as it stands, then without its last
 * letter, and so on: the first row found has the longest prefix. No text is looked up longer than the longest
 * prefix of the table, so what this takes is fixed by the policy, whatever the record says. */
#include "vm.h"

#include <string.h>

/* Where the key's place in the index points, from 1; 0: there is no such key. */
static uint32_t find_key(const dr_entity *t, const int64_t *keys)
{
    if (t->n_index == 0)
        return 0;
    uint32_t mask = t->n_index - 1;
    size_t bytes = t->n_keys * sizeof *keys;
    for (uint32_t at = dr_table_hash(keys, t->n_keys) & mask; t->index[at] != 0; at = (at + 1) & mask) {
        uint32_t row = t->index[at] - 1;
        if (t->dated != NULL)
            row = t->dated->order[t->dated->groups[row][0]];
        if (memcmp(&t->rows[(size_t)row * t->n_fields], keys, bytes) == 0)
            return t->index[at];
    }
    return 0;
}

static int64_t day_in(const dr_entity *t, uint32_t row, uint32_t column, int64_t without)
{
    int64_t day = column == DR_NONE ? DR_MISSING : t->rows[(size_t)row * t->n_fields + column];
    return day == DR_MISSING ? without : day;
}

/* How many of the group's rows start on the day or before. */
static uint32_t started(const dr_entity *t, const uint32_t *order, uint32_t n, int64_t day)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (day_in(t, order[middle], t->dated->starts, INT64_MIN) <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of the group's rows, the one that holds on the day, of those published by `known`. */
static int64_t row_on(const dr_entity *t, uint32_t found, int64_t day, int64_t known)
{
    const dr_dated_rows *days = t->dated;
    if (day == DR_MISSING)
        return DR_MISSING;
    const uint32_t *order = days->order + days->groups[found - 1][0];
    int64_t best = DR_MISSING, published = INT64_MIN;
    for (uint32_t i = started(t, order, days->groups[found - 1][1], day); i-- > 0;) {
        int64_t since = day_in(t, order[i], days->known, INT64_MIN);
        bool holds = since <= known && day <= day_in(t, order[i], days->ends, INT64_MAX);
        if (holds && (best == DR_MISSING || since > published)) {
            best = order[i];
            published = since;
        }
        /* Without a last day, a row lasts until the next one; without publication no two hold on one day. */
        if (days->known == DR_NONE || (days->ends == DR_NONE && holds))
            break;
    }
    return best;
}

static int64_t find_row(const dr_entity *t, const int64_t *keys, const int64_t *days)
{
    uint32_t found = find_key(t, keys);
    if (found == 0)
        return DR_MISSING;
    return t->dated == NULL ? (int64_t)found - 1 : row_on(t, found, days[0], days[1]);
}

static int64_t find_prefix(const dr_syms *syms, const dr_entity *t, const int64_t *keys, const int64_t *days)
{
    int64_t cut[DR_PREFIX_KEYS_MAX];
    uint32_t at = t->prefix - 1;
    if (keys[at] == DR_MISSING)
        return DR_MISSING;
    const dr_text *text = dr_sym_text(syms, keys[at]);
    memcpy(cut, keys, t->n_keys * sizeof *cut);
    uint32_t len = text->len < t->prefix_len ? text->len : t->prefix_len;
    int64_t row = DR_MISSING;
    for (uint32_t left = len + 1; left-- > 0 && row == DR_MISSING;) {
        cut[at] = dr_sym_find(syms, text->bytes, left);
        row = cut[at] < 0 ? DR_MISSING : find_row(t, cut, days);
    }
    return row;
}

int64_t dr_table_find(const dr_syms *syms, const dr_entity *t, const int64_t *keys, const int64_t *days)
{
    return t->prefix == 0 ? find_row(t, keys, days) : find_prefix(syms, t, keys, days);
}
