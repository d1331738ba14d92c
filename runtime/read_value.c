/* drip: read_value.c, level 2b. The value at the cursor, by its declared type, into a cell.
 *
 * Numbers stay exact: digits and a power of ten, scaled by the unit's factor in 64 bits where that fits
 * and by num.c where it does not. A unit that is not known, or is of another kind, makes the value
 * missing: it is never guessed. Most times of an encounter are of one day, so the last date is kept. */
#include "read_plan.h"
#include "vm.h"

enum { MINUTE = 60, DIGITS_MAX = 18, PARTS_MAX = 8 };

/* ---- numbers ---- */

static uint64_t power_of_ten(uint32_t n)
{
    static const uint64_t powers[DIGITS_MAX + 1] = {1u,
                                                    10u,
                                                    100u,
                                                    1000u,
                                                    10000u,
                                                    100000u,
                                                    1000000u,
                                                    10000000u,
                                                    100000000u,
                                                    1000000000u,
                                                    10000000000u,
                                                    100000000000u,
                                                    1000000000000u,
                                                    10000000000000u,
                                                    100000000000000u,
                                                    1000000000000000u,
                                                    10000000000000000u,
                                                    100000000000000000u,
                                                    1000000000000000000u};
    return powers[n];
}

/* Digits between the first and the last that are not 0: what has to be kept. */
static size_t significant(const dr_decimal *d)
{
    size_t count = 0, zeros = 0;
    for (size_t i = 0; i < d->len && (d->bytes[i] | 0x20) != 'e'; i++) {
        if (d->bytes[i] == '0') {
            zeros += count > 0;
        } else if (d->bytes[i] >= '1' && d->bytes[i] <= '9') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

static dr_got inexact(dr_reader *r, const dr_decimal *d)
{
    size_t digits = significant(d);
    if (digits > DIGITS_MAX)
        return dr_wrong(r, "number has %zu digits; at most 18 are read exactly", digits);
    return dr_wrong(r, "number is too large or too small to be read exactly");
}

static dr_num fraction(uint64_t top, uint64_t bottom, bool negative)
{
    uint64_t a = bottom, b = bottom == 1 ? 0 : top % bottom;
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    if (bottom != 1 && a != 1) {
        top /= a;
        bottom /= a;
    }
    return (dr_num){negative ? -(dr_i128)top : (dr_i128)top, (dr_i128)bottom};
}

/* d * factor, in lowest terms. */
static bool scale(const dr_decimal *d, const dr_num *factor, dr_num *out)
{
    uint64_t top = 0, bottom = 0;
    if (d->simple && factor->top >> 63 == 0 && factor->bottom >> 63 == 0 &&
        !__builtin_mul_overflow(d->digits, (uint64_t)factor->top, &top) &&
        !__builtin_mul_overflow(power_of_ten(d->places), (uint64_t)factor->bottom, &bottom)) {
        *out = fraction(top, bottom, d->negative);
        return true;
    }
    dr_num n;
    return dr_num_parse(d->bytes, d->len, &n) && dr_num_mul(n, *factor, out);
}

static dr_got keep_number(dr_reader *r, dr_num n, int64_t *cell)
{
    dr_num *kept = dr_take(r->json.arena, sizeof *kept);
    if (kept == NULL) {
        dr_json_fail_memory(&r->json);
        return DR_GOT_STOP;
    }
    *kept = n;
    *cell = dr_cell(kept);
    return DR_GOT_VALUE;
}

static bool starts_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

static dr_got read_number(dr_reader *r, const char *expected, dr_decimal *out)
{
    if (!starts_number(dr_json_peek(&r->json)))
        return dr_wrong_type(r, expected);
    return dr_json_number(&r->json, out) ? DR_GOT_VALUE : DR_GOT_STOP;
}

dr_got dr_keep_decimal(dr_reader *r, const dr_decimal *d, int64_t *cell)
{
    dr_num n, one = dr_num_int(1);
    return scale(d, &one, &n) ? keep_number(r, n, cell) : inexact(r, d);
}

dr_got dr_keep_decimal_text(dr_reader *r, dr_slice text, int64_t *cell)
{
    dr_decimal d;
    if (!dr_json_decimal(text.bytes, text.len, &d))
        return dr_wrong(r, "expected a number, found text of %zu bytes", text.len);
    return dr_keep_decimal(r, &d, cell);
}

static dr_got read_decimal(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    (void)key;
    dr_decimal d;
    dr_slice text;
    if (dr_json_peek(&r->json) == '"')
        return dr_json_string(&r->json, &text) ? dr_keep_decimal_text(r, text, cell) : DR_GOT_STOP;
    dr_got got = read_number(r, "a number", &d);
    return got == DR_GOT_VALUE ? dr_keep_decimal(r, &d, cell) : got;
}

dr_got dr_keep_int(dr_reader *r, const dr_plan_key *key, const dr_decimal *d, int64_t *cell)
{
    if (key->slot == r->s->program->id_slot)
        dr_remember_id(r, d->bytes, d->len);
    if (d->simple && d->places == 0) {
        *cell = d->negative ? -(int64_t)d->digits : (int64_t)d->digits;
        return DR_GOT_VALUE;
    }
    dr_num n, one = dr_num_int(1);
    if (!scale(d, &one, &n))
        return inexact(r, d);
    if (n.bottom != 1)
        return dr_wrong(r, "expected a whole number, found a fraction");
    if (n.top > INT64_MAX || n.top <= INT64_MIN)
        return dr_wrong(r, "number is too large for a whole number");
    *cell = (int64_t)n.top;
    return DR_GOT_VALUE;
}

static dr_got read_int(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    dr_decimal d;
    dr_got got = read_number(r, "a whole number", &d);
    return got == DR_GOT_VALUE ? dr_keep_int(r, key, &d, cell) : got;
}

/* ---- units ---- */

static bool resolve(const dr_plan *plan, const char *text, size_t len, dr_unit_view *view)
{
    int32_t whole = dr_words_find(&plan->unit_names, text, len);
    if (whole >= 0) {
        view->factor = plan->units[whole].factor;
        view->dim[plan->units[whole].dim % DR_DIMS] = 1;
        return true;
    }
    view->factor = dr_num_int(1);
    const char *end = text + len;
    for (int part = 0; part < PARTS_MAX; part++) {
        const char *slash = memchr(text, '/', (size_t)(end - text));
        const char *stop = slash != NULL ? slash : end;
        int32_t found = dr_words_find(&plan->unit_names, text, (size_t)(stop - text));
        if (found < 0)
            return false;
        const dr_unit *unit = &plan->units[found];
        int8_t *dim = &view->dim[unit->dim % DR_DIMS];
        *dim = (int8_t)(*dim + (part == 0 ? 1 : -1));
        if (!(part == 0 ? dr_num_mul : dr_num_div)(view->factor, unit->factor, &view->factor))
            return false;
        if (slash == NULL)
            return true;
        text = slash + 1;
    }
    return false;
}

/* Views are kept once they have been worked out; unknown texts are not, as they are an encounter's own. */
static const dr_unit_view *find_unit(dr_reader *r, dr_slice text)
{
    if (text.len == 0 || text.len > DR_UNIT_TEXT)
        return NULL;
    dr_plan *plan = r->plan;
    uint64_t word = dr_first_bytes(text.bytes, text.len) ^ text.len;
    dr_unit_view *view = &plan->kept[(word * 0x9E3779B97F4A7C15u) >> 58];
    _Static_assert(DR_UNITS_KEPT == 64, "the place is six bits");
    if (view->len == text.len && memcmp(view->text, text.bytes, text.len) == 0)
        return view;
    dr_unit_view made = {.len = (uint32_t)text.len};
    if (!resolve(plan, text.bytes, text.len, &made))
        return NULL;
    memcpy(made.text, text.bytes, text.len);
    *view = made;
    return view;
}

typedef struct quantity {
    dr_decimal value;
    dr_slice unit;
    bool has_value, has_unit;
} quantity;

static dr_got read_part(dr_reader *r, const dr_plan_key *key, quantity *q)
{
    dr_json *j = &r->json;
    char c = dr_json_peek(j);
    if (c == 'n')
        return dr_json_word(j, "null", 4) ? DR_GOT_NOTHING : DR_GOT_STOP;
    if (key->op == DR_READ_VALUE) {
        q->has_value = true;
        return read_number(r, "a number as \"value\"", &q->value);
    }
    q->has_unit = true;
    if (c != '"')
        return dr_wrong_type(r, "text as \"unit\"");
    return dr_json_string(j, &q->unit) ? DR_GOT_VALUE : DR_GOT_STOP;
}

/* In base units of `dims`. A value that cannot be read exactly is refused also where its unit is not known. */
static dr_got measure(dr_reader *r, const quantity *q, const int8_t *dims, dr_num *out)
{
    dr_num plain;
    if (q->has_value && !q->value.simple && !dr_num_parse(q->value.bytes, q->value.len, &plain))
        return inexact(r, &q->value);
    const dr_unit_view *unit = q->has_value && q->has_unit ? find_unit(r, q->unit) : NULL;
    if (unit == NULL || memcmp(unit->dim, dims, DR_DIMS) != 0)
        return DR_GOT_NOTHING;
    return scale(&q->value, &unit->factor, out) ? DR_GOT_VALUE : inexact(r, &q->value);
}

/* {"value": number, "unit": text} */
static dr_got read_quantity(dr_reader *r, const int8_t *dims, dr_num *out)
{
    dr_json *j = &r->json;
    const dr_plan_key *key = NULL;
    quantity q = {.has_value = false};
    dr_plan_shape *shape = &r->plan->shapes[r->plan->n_shapes];
    if (dr_json_peek(j) != '{')
        return dr_wrong_type(r, "{\"value\": number, \"unit\": text}");
    dr_keys keys;
    if (!dr_open_keys(r, &keys, shape))
        return DR_GOT_STOP;
    for (int next = dr_next_key(r, &keys, &key); next != 0; next = dr_next_key(r, &keys, &key)) {
        dr_got got = next > 0 ? read_part(r, key, &q) : DR_GOT_STOP;
        if (got == DR_GOT_STOP || got == DR_GOT_WRONG)
            return got;
    }
    return measure(r, &q, dims, out);
}

static const int8_t time_dims[DR_DIMS] = {1};

static dr_got keep_duration(dr_reader *r, dr_num n, int64_t *cell)
{
    if (n.bottom != 1)
        return dr_wrong(r, "a duration must be whole seconds");
    if (n.top >= DR_FOREVER || n.top <= -DR_FOREVER)
        return dr_wrong(r, "duration is too long");
    *cell = (int64_t)n.top;
    return DR_GOT_VALUE;
}

dr_got dr_keep_minutes(dr_reader *r, const dr_decimal *d, int64_t *cell)
{
    dr_num n, minute = dr_num_int(MINUTE);
    return scale(d, &minute, &n) ? keep_duration(r, n, cell) : inexact(r, d);
}

static dr_got read_duration(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    (void)key;
    dr_decimal d;
    dr_num n;
    if (dr_json_peek(&r->json) == '{') {
        dr_got got = read_quantity(r, time_dims, &n);
        return got == DR_GOT_VALUE ? keep_duration(r, n, cell) : got;
    }
    dr_got got = read_number(r, "minutes or {\"value\": number, \"unit\": text}", &d);
    return got == DR_GOT_VALUE ? dr_keep_minutes(r, &d, cell) : got;
}

dr_got dr_keep_amount(dr_reader *r, const dr_plan_key *key, const dr_decimal *d, dr_slice unit, int64_t *cell)
{
    bool time = key->op == DR_READ_DURATION;
    const quantity q = {.value = *d, .unit = unit, .has_value = true, .has_unit = true};
    dr_num n;
    dr_got got = measure(r, &q, time ? time_dims : key->type->dim, &n);
    if (got != DR_GOT_VALUE)
        return got;
    return time ? keep_duration(r, n, cell) : keep_number(r, n, cell);
}

/* ---- texts, enums, sets ---- */

static dr_got read_text(dr_reader *r, const char *expected, dr_slice *text)
{
    if (dr_json_peek(&r->json) != '"')
        return dr_wrong_type(r, expected);
    return dr_json_string(&r->json, text) ? DR_GOT_VALUE : DR_GOT_STOP;
}

/* A text's symbol. Short texts come back in an encounter, and the program's in every one: those met last
 * are kept, and found by comparing two words that overlap in the middle. */
static int64_t symbol_of(dr_reader *r, dr_slice text)
{
    dr_syms *syms = &r->s->syms;
    if (text.len == 0 || text.len > 16)
        return dr_sym(syms, text.bytes, text.len);
    uint64_t head = dr_first_bytes(text.bytes, text.len);
    uint64_t tail = text.len > 8 ? dr_load_64(text.bytes + text.len - 8) : text.len;
    dr_kept_text *kept = &r->plan->texts[((head ^ tail * 31) * 0x9E3779B97F4A7C15u) >> 57];
    _Static_assert(DR_KEPT_TEXTS == 128, "the place is seven bits");
    if (kept->head == head && kept->tail == tail && kept->len == text.len &&
        (kept->epoch == 0 || kept->epoch == r->plan->epoch))
        return kept->id;
    int64_t id = dr_sym(syms, text.bytes, text.len);
    if (id >= 0)
        *kept = (dr_kept_text){head, tail, (uint32_t)text.len, id < (int64_t)syms->first ? 0 : r->plan->epoch,
                               id};
    return id;
}

static dr_got keep_symbol(dr_reader *r, const dr_plan_key *key, dr_slice text, int64_t *cell)
{
    *cell = key->used ? symbol_of(r, text) : 0;
    if (*cell >= 0)
        return DR_GOT_VALUE;
    dr_json_fail_memory(&r->json);
    return DR_GOT_STOP;
}

dr_got dr_keep_text(dr_reader *r, const dr_plan_key *key, dr_slice text, int64_t *cell)
{
    if (key->slot == r->s->program->id_slot)
        dr_remember_id(r, text.bytes, text.len);
    else if (key->slot == r->s->program->policy_slot)
        dr_remember_policy(r, text.bytes, text.len);
    return keep_symbol(r, key, text, cell);
}

static dr_got read_symbol(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    dr_slice text;
    dr_got got = read_text(r, "text", &text);
    return got == DR_GOT_VALUE ? dr_keep_text(r, key, text, cell) : got;
}

dr_got dr_keep_enum(dr_reader *r, const dr_plan_key *key, dr_slice text, int64_t *cell)
{
    int32_t value = dr_words_find(key->names, text.bytes, text.len);
    if (value < 0)
        return dr_wrong_name(r, key, text.len);
    *cell = value;
    return DR_GOT_VALUE;
}

static dr_got read_enum(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    dr_slice text;
    dr_got got = read_text(r, "text", &text);
    return got == DR_GOT_VALUE ? dr_keep_enum(r, key, text, cell) : got;
}

static bool add_member(dr_reader *r, int64_t member)
{
    if (r->n_members == r->size_members) {
        int64_t *items = dr_grow(r->json.arena, r->members, r->n_members, &r->size_members, sizeof *items);
        if (items == NULL)
            return dr_json_fail_memory(&r->json);
        r->members = items;
    }
    r->members[r->n_members++] = member;
    return true;
}

dr_got dr_keep_member(dr_reader *r, const dr_plan_key *key, dr_slice text)
{
    int64_t member = 0;
    dr_got got =
        key->names != NULL ? dr_keep_enum(r, key, text, &member) : keep_symbol(r, key, text, &member);
    if (got != DR_GOT_VALUE)
        return got;
    return add_member(r, member) ? DR_GOT_VALUE : DR_GOT_STOP;
}

/* A null in a set adds nothing. */
static dr_got read_member(dr_reader *r, const dr_plan_key *key)
{
    dr_slice text;
    if (dr_json_peek(&r->json) == 'n')
        return dr_json_word(&r->json, "null", 4) ? DR_GOT_NOTHING : DR_GOT_STOP;
    dr_got got = read_text(r, "text", &text);
    return got == DR_GOT_VALUE ? dr_keep_member(r, key, text) : got;
}

dr_got dr_keep_set(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    *cell = 0;
    if (!key->used)
        return DR_GOT_VALUE;
    dr_set_builder b = {.items = r->members, .count = r->n_members, .size = r->size_members};
    const dr_set *set = dr_setb_end(r->s, &b);
    *cell = dr_cell(set);
    if (set != NULL)
        return DR_GOT_VALUE;
    dr_json_fail_memory(&r->json);
    return DR_GOT_STOP;
}

static dr_got read_set(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    dr_json *j = &r->json;
    r->n_members = 0;
    if (dr_json_peek(j) != '[')
        return dr_wrong_type(r, "an array of texts");
    if (!dr_json_enter(j))
        return DR_GOT_STOP;
    char c = dr_json_next(j);
    for (r->scope->index = 0; c != ']'; r->scope->index++) {
        if (dr_json_interrupted(j))
            return DR_GOT_STOP;
        dr_got got = read_member(r, key);
        if (got == DR_GOT_STOP || got == DR_GOT_WRONG)
            return got;
        c = dr_json_next(j);
        if (c != ',' && c != ']') {
            dr_json_fail_end(j);
            return DR_GOT_STOP;
        }
        if (c == ',') {
            j->at++;
            dr_json_next(j);
        }
    }
    r->scope->index = -1;
    j->at++;
    j->depth--;
    return dr_keep_set(r, key, cell);
}

static dr_got read_bool(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    (void)key;
    dr_json *j = &r->json;
    char c = dr_json_peek(j);
    *cell = c == 't';
    if (c != 't' && c != 'f')
        return dr_wrong_type(r, "true or false");
    return (c == 't' ? dr_json_word(j, "true", 4) : dr_json_word(j, "false", 5)) ? DR_GOT_VALUE : DR_GOT_STOP;
}

/* ---- times ---- */

static bool date_of(dr_reader *r, const char *text, int64_t *days)
{
    if (dr_load_64(r->date_text) != dr_load_64(text) || r->date_text[8] != text[8] ||
        r->date_text[9] != text[9]) {
        if (!dr_date_parse(text, sizeof r->date_text, &r->date))
            return false; /* leaves r->date as it was */
        memcpy(r->date_text, text, sizeof r->date_text);
    }
    *days = r->date;
    return true;
}

dr_got dr_keep_date(dr_reader *r, dr_slice text, int64_t *cell)
{
    if (text.len != sizeof r->date_text || !date_of(r, text.bytes, cell))
        return dr_wrong(r, "expected a date YYYY-MM-DD, found text of %zu bytes", text.len);
    return DR_GOT_VALUE;
}

static dr_got read_date(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    (void)key;
    dr_slice text;
    dr_got got = read_text(r, "a date YYYY-MM-DD", &text);
    return got == DR_GOT_VALUE ? dr_keep_date(r, text, cell) : got;
}

/* -1 if it is not two digits below `limit`. */
static int two_digits(const char *p, unsigned limit)
{
    unsigned tens = (unsigned char)(p[0] - '0'), ones = (unsigned char)(p[1] - '0');
    return tens <= 9 && ones <= 9 && tens * 10 + ones < limit ? (int)(tens * 10 + ones) : -1;
}

/* Exactly "YYYY-MM-DDTHH:MM", 16 bytes. */
static bool plain_instant(dr_reader *r, const char *p, int64_t *seconds)
{
    int64_t days = 0;
    if (p[10] != 'T' || p[13] != ':' || !date_of(r, p, &days))
        return false;
    int hour = two_digits(p + 11, 24), minute = two_digits(p + 14, 60);
    *seconds = days * 86400 + hour * 3600 + minute * 60;
    return hour >= 0 && minute >= 0;
}

/* The same in its quotes: not even scanned, as digits are all there may be in it. */
static bool quick_instant(dr_reader *r, int64_t *seconds)
{
    dr_json *j = &r->json;
    const char *p = j->at + 1;
    if (j->end - j->at < 18 || p[-1] != '"' || p[16] != '"' || !plain_instant(r, p, seconds))
        return false;
    j->at = p + 17;
    return true;
}

/* All of an encounter's times have an offset, or none has. */
static dr_got note_offset(dr_reader *r, int64_t seconds, bool has_offset, int32_t offset)
{
    dr_session *s = r->s;
    if (r->any_instant && has_offset != s->has_offset)
        return dr_wrong(r, "this time %s UTC offset and the times before it %s",
                        has_offset ? "has a" : "has no", has_offset ? "have none" : "have one");
    r->any_instant = true;
    s->has_offset = has_offset;
    if (!has_offset)
        return DR_GOT_VALUE;
    if (s->n_offsets == r->size_offsets) {
        dr_offset *items = dr_grow(r->json.arena, s->offsets, s->n_offsets, &r->size_offsets, sizeof *items);
        if (items == NULL) {
            dr_json_fail_memory(&r->json);
            return DR_GOT_STOP;
        }
        s->offsets = items;
    }
    r->offsets_differ = r->offsets_differ || (s->n_offsets > 0 && offset != s->offsets[0].offset);
    s->offsets[s->n_offsets++] = (dr_offset){seconds, offset};
    return DR_GOT_VALUE;
}

dr_got dr_keep_instant(dr_reader *r, dr_slice text, int64_t *cell)
{
    bool has_offset = false;
    int32_t offset = 0;
    if (text.len == 16 && plain_instant(r, text.bytes, cell))
        return note_offset(r, *cell, false, 0);
    if (!dr_instant_parse(text.bytes, text.len, cell, &has_offset, &offset))
        return dr_wrong(r, "expected a time YYYY-MM-DDTHH:MM[:SS][Z or +HH:MM], found text of %zu bytes",
                        text.len);
    return note_offset(r, *cell, has_offset, offset);
}

static dr_got read_instant(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    (void)key;
    dr_slice text;
    if (quick_instant(r, cell))
        return note_offset(r, *cell, false, 0);
    dr_got got = read_text(r, "a time YYYY-MM-DDTHH:MM", &text);
    return got == DR_GOT_VALUE ? dr_keep_instant(r, text, cell) : got;
}

/* ---- by type ---- */

static dr_got read_as_quantity(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    dr_num n;
    dr_got got = read_quantity(r, key->type->dim, &n);
    return got == DR_GOT_VALUE ? keep_number(r, n, cell) : got;
}

static dr_got pass_over(dr_reader *r, const dr_plan_key *key, int64_t *cell)
{
    (void)key;
    (void)cell;
    return dr_json_skip(&r->json) ? DR_GOT_NOTHING : DR_GOT_STOP;
}

dr_read_fn dr_read_fn_for(uint8_t op)
{
    switch ((dr_read_op)op) {
    case DR_READ_TEXT:
        return read_symbol;
    case DR_READ_ENUM:
        return read_enum;
    case DR_READ_INSTANT:
        return read_instant;
    case DR_READ_QUANTITY:
        return read_as_quantity;
    case DR_READ_BOOL:
        return read_bool;
    case DR_READ_INT:
        return read_int;
    case DR_READ_DECIMAL:
        return read_decimal;
    case DR_READ_DATE:
        return read_date;
    case DR_READ_DURATION:
        return read_duration;
    case DR_READ_SET:
        return read_set;
    case DR_READ_IGNORE:
    case DR_READ_OBJECT:
    case DR_READ_ROWS:
    case DR_READ_VALUE:
    case DR_READ_UNIT:
        break;
    }
    return pass_over;
}
