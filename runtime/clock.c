/* drip: clock.c, level 1. Dates, instants, durations as integers, and sets of half-open spans.
 *
 * The span operations are linear merges over sorted arrays. Most sets have one range and most pairs
 * meet in a small part of the larger set, so one-range cases go first and the rest gallop to where
 * the operands meet. Results are built at the arena's end, and what was asked too much is given back. */
#include "clock.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, OFFSET_MAX = 14 * HOUR };

const dr_spans dr_spans_empty = {.count = 0};

/* ---- dates ---- */

static int64_t floor_div(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

static int days_in(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Years begin in March here, so that the leap day is a year's last (the usual civil arithmetic). */
bool dr_date_make(int year, int month, int day, int64_t *days)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    *days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    return true;
}

bool dr_date_months(int64_t days, int64_t months, int64_t *moved)
{
    int year = 0, month = 0, day = 0;
    dr_date_split(days, &year, &month, &day);
    int64_t at = (int64_t)year * 12 + month - 1 + months, to = floor_div(at, 12);
    int in_year = (int)(at - to * 12) + 1;
    if (to < 1 || to > 9999)
        return false;
    int last = days_in((int)to, in_year);
    return dr_date_make((int)to, in_year, day < last ? day : last, moved);
}

int64_t dr_date_elapsed(int64_t from, int64_t to)
{
    int year[2], month[2], day[2];
    if (to <= from)
        return 0;
    dr_date_split(from, &year[0], &month[0], &day[0]);
    dr_date_split(to, &year[1], &month[1], &day[1]);
    int64_t months = ((int64_t)year[1] - year[0]) * 12 + month[1] - month[0], reached = 0;
    return dr_date_months(from, months, &reached) && reached > to ? months - 1 : months;
}

void dr_date_split(int64_t days, int *year, int *month, int *day)
{
    const int64_t most = 700000000000; /* keeps the year an int for absurd input */
    int64_t z = (days > most ? most : days < -most ? -most : days) + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static bool digits(const char *text, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
}

bool dr_date_parse(const char *text, size_t len, int64_t *days)
{
    int year = 0, month = 0, day = 0;
    if (len != 10 || text[4] != '-' || text[7] != '-')
        return false;
    if (!digits(text, 4, &year) || !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day))
        return false;
    return dr_date_make(year, month, day, days);
}

static void write_padded(dr_buf *out, int n, int width)
{
    int limit = 1;
    for (int i = 1; i < width; i++)
        limit *= 10;
    if (n < 0)
        dr_buf_char(out, '-');
    int64_t size = n < 0 ? -(int64_t)n : n;
    for (; limit > 1 && size < limit; limit /= 10)
        dr_buf_char(out, '0');
    dr_buf_int(out, size);
}

void dr_date_write(int64_t days, dr_buf *out)
{
    int year = 0, month = 0, day = 0;
    dr_date_split(days, &year, &month, &day);
    write_padded(out, year, 4);
    dr_buf_char(out, '-');
    write_padded(out, month, 2);
    dr_buf_char(out, '-');
    write_padded(out, day, 2);
}

/* ---- instants and durations ---- */

static bool parse_offset(const char *text, size_t len, int32_t *offset)
{
    int hour = 0, minute = 0;
    if (len == 1 && text[0] == 'Z') {
        *offset = 0;
        return true;
    }
    if (len != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return false;
    if (!digits(text + 1, 2, &hour) || !digits(text + 4, 2, &minute) || minute > 59)
        return false;
    int32_t size = hour * HOUR + minute * MINUTE;
    if (size > OFFSET_MAX || (size == 0 && text[0] == '-'))
        return false;
    *offset = text[0] == '-' ? -size : size;
    return true;
}

bool dr_instant_parse(const char *text, size_t len, int64_t *seconds, bool *has_offset, int32_t *offset)
{
    int64_t days = 0;
    int hour = 0, minute = 0, second = 0;
    int32_t shift = 0;
    if (len < 16 || !dr_date_parse(text, 10, &days) || text[10] != 'T' || text[13] != ':')
        return false;
    if (!digits(text + 11, 2, &hour) || !digits(text + 14, 2, &minute) || hour > 23 || minute > 59)
        return false;
    size_t at = 16;
    if (len > at && text[at] == ':') {
        if (len < 19 || !digits(text + 17, 2, &second) || second > 59)
            return false;
        at = 19;
    }
    if (len > at && !parse_offset(text + at, len - at, &shift))
        return false;
    *seconds = days * DAY + hour * HOUR + minute * MINUTE + second - shift;
    *has_offset = len > at;
    *offset = shift;
    return true;
}

void dr_instant_write(int64_t seconds, bool has_offset, int32_t offset, dr_buf *out)
{
    int64_t local = has_offset ? plus(seconds, offset) : seconds;
    int64_t days = floor_div(local, DAY);
    int of_day = (int)((local % DAY + DAY) % DAY); /* local - days * DAY may overflow */
    dr_date_write(days, out);
    dr_buf_char(out, 'T');
    write_padded(out, of_day / HOUR, 2);
    dr_buf_char(out, ':');
    write_padded(out, of_day / MINUTE % 60, 2);
    if (of_day % MINUTE != 0) {
        dr_buf_char(out, ':');
        write_padded(out, of_day % MINUTE, 2);
    }
    if (!has_offset)
        return;
    if (offset == 0) {
        dr_buf_char(out, 'Z');
        return;
    }
    int64_t size = offset < 0 ? -(int64_t)offset : offset;
    dr_buf_char(out, offset < 0 ? '-' : '+');
    write_padded(out, (int)(size / HOUR), 2);
    dr_buf_char(out, ':');
    write_padded(out, (int)(size / MINUTE % 60), 2);
}

int64_t dr_date_of(int64_t seconds, int32_t offset)
{
    return floor_div(plus(seconds, offset), DAY);
}

void dr_duration_write(int64_t seconds, dr_buf *out)
{
    static const struct {
        uint64_t size;
        const char *name;
    } units[3] = {{HOUR, " h"}, {MINUTE, " min"}, {1, " s"}};
    uint64_t rest = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
    if (rest == 0) {
        dr_buf_text(out, "0 min");
        return;
    }
    const char *before = seconds < 0 ? "-" : "";
    for (int i = 0; i < 3; i++) {
        if (rest < units[i].size)
            continue;
        dr_buf_text(out, before);
        dr_buf_int(out, (int64_t)(rest / units[i].size <= INT64_MAX ? rest / units[i].size : INT64_MAX));
        dr_buf_text(out, units[i].name);
        rest %= units[i].size;
        before = " ";
    }
}

/* ---- sets of spans ---- */

static size_t spans_size(size_t count)
{
    return sizeof(dr_spans) + count * sizeof(dr_range);
}

/* Room for up to `count` ranges; the set starts empty. */
static dr_spans *begin(dr_arena *arena, size_t count)
{
    dr_spans *set = NULL;
    if (count <= UINT32_MAX)
        set = dr_take(arena, spans_size(count));
    else
        arena->failed = true;
    if (set != NULL)
        set->count = 0;
    return set;
}

/* Gives back what the set did not need, as it is the last thing taken from the arena. */
static const dr_spans *finish(dr_arena *arena, dr_spans *set, size_t reserved)
{
    size_t held = (spans_size(reserved) + 15u) & ~(size_t)15u;
    size_t needs = set->count > 0 ? (spans_size(set->count) + 15u) & ~(size_t)15u : 0;
    if ((char *)set + held == arena->at)
        arena->at -= held - needs;
    return set->count > 0 ? set : &dr_spans_empty;
}

static void push(dr_spans *set, int64_t start, int64_t end)
{
    set->at[set->count++] = (dr_range){start, end};
}

/* Like push, but joins what overlaps or touches; ranges must come by start. */
static void push_joined(dr_spans *set, dr_range r)
{
    if (set->count == 0 || set->at[set->count - 1].end < r.start)
        push(set, r.start, r.end);
    else if (set->at[set->count - 1].end < r.end)
        set->at[set->count - 1].end = r.end;
}

static void push_all(dr_spans *set, const dr_range *ranges, size_t count)
{
    if (count > 0)
        memcpy(set->at + set->count, ranges, count * sizeof *ranges);
    set->count += (uint32_t)count;
}

/* The first range from `from` on that ends after t. Gallops: one step when near, logarithmic when far. */
static size_t advance(const dr_spans *s, size_t from, int64_t t)
{
    if (from >= s->count || s->at[from].end > t)
        return from;
    size_t low = from, step = 1; /* at[low] ends at or before t */
    while (step < s->count - low && s->at[low + step].end <= t) {
        low += step;
        step *= 2;
    }
    size_t high = step < s->count - low ? low + step : s->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->at[middle].end <= t)
            low = middle;
        else
            high = middle;
    }
    return high;
}

const dr_spans *dr_spans_one(dr_arena *arena, int64_t start, int64_t end)
{
    if (start >= end)
        return &dr_spans_empty;
    dr_spans *set = begin(arena, 1);
    if (set != NULL)
        push(set, start, end);
    return set;
}

/* Only the middle of the larger set, which the smaller one reaches, is merged; the rest is copied. */
static void merge(dr_spans *out, const dr_spans *big, size_t low, size_t high, const dr_spans *small)
{
    push_all(out, big->at, low);
    size_t i = low, j = 0;
    while (i < high || j < small->count) {
        bool from_big = j == small->count || (i < high && big->at[i].start <= small->at[j].start);
        push_joined(out, from_big ? big->at[i++] : small->at[j++]);
    }
    push_all(out, big->at + high, big->count - high);
}

const dr_spans *dr_spans_union(dr_arena *arena, const dr_spans *a, const dr_spans *b)
{
    const dr_spans *big = a->count >= b->count ? a : b;
    const dr_spans *small = big == a ? b : a;
    if (small->count == 0 || small == big)
        return big;
    int64_t start = small->at[0].start, end = small->at[small->count - 1].end;
    /* A range that ends just where the small set starts touches it, so "ends after start - 1". */
    size_t low = advance(big, 0, start > INT64_MIN ? start - 1 : start);
    if (low < big->count && big->at[low].start <= start && big->at[low].end >= end)
        return big;
    size_t high = advance(big, low, end);
    if (high < big->count && big->at[high].start <= end)
        high++;
    if (low == 0 && high == big->count && small->count == 1 && start <= big->at[0].start &&
        end >= big->at[big->count - 1].end)
        return small;
    size_t reserved = (size_t)a->count + b->count;
    dr_spans *out = begin(arena, reserved);
    if (out == NULL)
        return NULL;
    merge(out, big, low, high, small);
    return finish(arena, out, reserved);
}

const dr_spans *dr_spans_intersect(dr_arena *arena, const dr_spans *a, const dr_spans *b)
{
    const dr_spans *big = a->count >= b->count ? a : b;
    const dr_spans *small = big == a ? b : a;
    if (small->count == 0 || small == big)
        return small;
    size_t low = advance(big, 0, small->at[0].start);
    size_t high = advance(big, low, small->at[small->count - 1].end);
    if (low == big->count)
        return &dr_spans_empty;
    if (small->count == 1 && big->at[low].start <= small->at[0].start && big->at[low].end >= small->at[0].end)
        return small;
    size_t reserved = small->count + (high - low) + 1;
    dr_spans *out = begin(arena, reserved);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < small->count; i++) {
        dr_range r = small->at[i];
        low = advance(big, low, r.start);
        for (size_t j = low; j < big->count && big->at[j].start < r.end; j++) {
            dr_range s = big->at[j];
            push(out, s.start > r.start ? s.start : r.start, s.end < r.end ? s.end : r.end);
        }
    }
    return finish(arena, out, reserved);
}

/* The parts of r that b, searched from `from` on, leaves. */
static void push_left(dr_spans *out, dr_range r, const dr_spans *b, size_t from)
{
    for (size_t j = from; j < b->count && b->at[j].start < r.end; j++) {
        if (b->at[j].start > r.start)
            push(out, r.start, b->at[j].start);
        if (b->at[j].end >= r.end)
            return;
        r.start = b->at[j].end;
    }
    push(out, r.start, r.end);
}

const dr_spans *dr_spans_minus(dr_arena *arena, const dr_spans *a, const dr_spans *b)
{
    if (a->count == 0 || b->count == 0)
        return a;
    int64_t end = a->at[a->count - 1].end;
    size_t low = advance(b, 0, a->at[0].start);
    if (low == b->count || b->at[low].start >= end)
        return a;
    if (b->at[low].start <= a->at[0].start && b->at[low].end >= end)
        return &dr_spans_empty;
    size_t high = advance(b, low, end);
    size_t reserved = a->count + (high - low) + 1; /* each range of b that meets a adds one piece at most */
    dr_spans *out = begin(arena, reserved);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < a->count; i++) {
        low = advance(b, low, a->at[i].start);
        push_left(out, a->at[i], b, low);
    }
    return finish(arena, out, reserved);
}

/* Unsigned, as the length of a range may be more than INT64_MAX. */
static uint64_t length_of(dr_range r)
{
    return (uint64_t)r.end - (uint64_t)r.start;
}

const dr_spans *dr_spans_longer(dr_arena *arena, const dr_spans *a, int64_t over)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++)
        count += over < 0 || length_of(a->at[i]) > (uint64_t)over;
    if (count == a->count)
        return a;
    if (count == 0)
        return &dr_spans_empty;
    dr_spans *out = begin(arena, count);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < a->count; i++)
        if (length_of(a->at[i]) > (uint64_t)over)
            push(out, a->at[i].start, a->at[i].end);
    return out;
}

const dr_spans *dr_spans_gaps(dr_arena *arena, const dr_spans *a)
{
    if (a->count < 2)
        return &dr_spans_empty;
    dr_spans *out = begin(arena, a->count - 1);
    if (out == NULL)
        return NULL;
    for (size_t i = 1; i < a->count; i++)
        push(out, a->at[i - 1].end, a->at[i].start);
    return out;
}

static void sift(dr_range *ranges, size_t at, size_t count)
{
    dr_range moved = ranges[at];
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && ranges[child + 1].start > ranges[child].start)
            child++;
        if (ranges[child].start <= moved.start)
            break;
        ranges[at] = ranges[child];
        at = child;
    }
    ranges[at] = moved;
}

/* A heap sort: qsort may allocate behind our back, and may be quadratic. Input is mostly in order already. */
static void sort_by_start(dr_range *ranges, size_t count)
{
    size_t i = 1;
    while (i < count && ranges[i - 1].start <= ranges[i].start)
        i++;
    if (i >= count)
        return;
    for (i = count / 2; i-- > 0;)
        sift(ranges, i, count);
    for (i = count - 1; i > 0; i--) {
        dr_range last = ranges[i];
        ranges[i] = ranges[0];
        ranges[0] = last;
        sift(ranges, 0, i);
    }
}

const dr_spans *dr_spans_from(dr_arena *arena, dr_range *ranges, uint32_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (ranges[i].start < ranges[i].end)
            ranges[kept++] = ranges[i];
    if (kept == 0)
        return &dr_spans_empty;
    sort_by_start(ranges, kept);
    size_t last = 0;
    for (size_t i = 1; i < kept; i++) {
        if (ranges[i].start > ranges[last].end)
            ranges[++last] = ranges[i];
        else if (ranges[i].end > ranges[last].end)
            ranges[last].end = ranges[i].end;
    }
    dr_spans *out = begin(arena, last + 1);
    if (out != NULL)
        push_all(out, ranges, last + 1);
    return out;
}

int64_t dr_spans_length(const dr_spans *a)
{
    uint64_t sum = 0; /* disjoint ranges of 64-bit instants cannot overflow this */
    for (size_t i = 0; i < a->count; i++)
        sum += length_of(a->at[i]);
    return sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}

bool dr_spans_overlap(const dr_spans *a, const dr_spans *b)
{
    const dr_spans *big = a->count >= b->count ? a : b;
    const dr_spans *small = big == a ? b : a;
    size_t at = 0;
    for (size_t i = 0; i < small->count; i++) {
        at = advance(big, at, small->at[i].start);
        if (at == big->count)
            return false;
        if (big->at[at].start < small->at[i].end)
            return true;
    }
    return false;
}

bool dr_spans_contains(const dr_spans *a, int64_t instant)
{
    size_t at = advance(a, 0, instant);
    return at < a->count && a->at[at].start <= instant;
}

bool dr_spans_within(const dr_spans *a, const dr_spans *b)
{
    size_t at = 0;
    for (size_t i = 0; i < a->count; i++) {
        at = advance(b, at, a->at[i].start);
        if (at == b->count || b->at[at].start > a->at[i].start || b->at[at].end < a->at[i].end)
            return false;
    }
    return true;
}

bool dr_spans_equal(const dr_spans *a, const dr_spans *b)
{
    if (a->count != b->count)
        return false;
    return a == b || a->count == 0 || memcmp(a->at, b->at, a->count * sizeof a->at[0]) == 0;
}
