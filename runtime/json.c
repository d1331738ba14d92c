/* drip: json.c, level 2b. Strings, numbers and words of JSON, and skipping a value nobody reads.
 *
 * Strings are scanned sixteen bytes at a time up to the first byte that is not plain ASCII text; nearly
 * all strings end there. Keys that stand twice are found by comparing with the few before them, and
 * in a large object by sorting at its end: a hash table could be attacked, a sort cannot. */
#include "json.h"

#include "order.h"

enum { NAMES_COMPARED = 16, LOOK_UP_EVERY = 64 * 1024, FIRST_ITEMS = 16, DIGITS_MAX = 18 };

const char dr_json_too_deep[] = "nested too deeply";

void dr_json_open(dr_json *j, dr_arena *arena, const char *bytes, size_t len, uint32_t depth_max)
{
    *j = (dr_json){.start = bytes, .at = bytes, .end = bytes + len, .arena = arena, .depth_max = depth_max};
    j->look_up_at = bytes;
}

static bool fail(dr_json *j, dr_status status, const char *at, const char *wrong)
{
    if (j->status == DR_OK) {
        j->status = status;
        j->wrong = wrong;
        j->wrong_at = at;
    }
    return false;
}

bool dr_json_fail(dr_json *j, const char *at, const char *wrong)
{
    return fail(j, DR_BAD_INPUT, at, wrong);
}

bool dr_json_fail_end(dr_json *j)
{
    if (j->at == j->end)
        return dr_json_fail(j, j->at, "the text ends too early");
    return dr_json_fail(j, j->at, "this is not JSON");
}

bool dr_json_fail_memory(dr_json *j)
{
    return fail(j, DR_NO_MEMORY, j->at, "out of memory");
}

bool dr_json_enter(dr_json *j)
{
    if (j->depth >= j->depth_max)
        return fail(j, DR_LIMIT, j->at, dr_json_too_deep);
    j->depth++;
    j->at++;
    return true;
}

bool dr_json_look_up(dr_json *j)
{
    j->look_up_at = j->end - j->at > LOOK_UP_EVERY ? j->at + LOOK_UP_EVERY : j->end;
    if (j->interrupt == NULL || __atomic_load_n(j->interrupt, __ATOMIC_RELAXED) == 0)
        return false;
    fail(j, DR_INTERRUPTED, j->at, "interrupted");
    return true;
}

void *dr_grow(dr_arena *arena, const void *items, uint32_t count, uint32_t *size, size_t item)
{
    if (*size > UINT32_MAX / 2)
        return NULL;
    uint32_t want = *size == 0 ? FIRST_ITEMS : *size * 2;
    size_t bytes = 0;
    void *p = dr_size_mul(want, item, &bytes) ? dr_take(arena, bytes) : NULL;
    if (p == NULL)
        return NULL;
    if (count > 0)
        memcpy(p, items, count * item);
    *size = want;
    return p;
}

/* ---- strings ---- */

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The first byte from p on that is not plain. */
static const char *plain_end(const char *p, const char *end)
{
    while (end - p >= 16) {
        unsigned run = dr_plain_run(p);
        p += run;
        if (run < 16)
            return p;
    }
    while (p < end && is_plain((unsigned char)*p))
        p++;
    return p;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The four digits after "\u" at p, -1 if they are not. */
static int32_t unit_at(const char *p, const char *end)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    int32_t code = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static bool is_high(int32_t code)
{
    return code >= 0xD800 && code < 0xDC00;
}

static bool is_low(int32_t code)
{
    return code >= 0xDC00 && code < 0xE000;
}

static const char *bad_string(dr_json *j, const char *at, const char *wrong)
{
    dr_json_fail(j, at, at >= j->end ? "the text ends inside a string" : wrong);
    return NULL;
}

/* Past the escape at p, NULL if it is not sound. */
static const char *check_escape(dr_json *j, const char *p)
{
    if (j->end - p < 2)
        return bad_string(j, j->end, NULL);
    if (p[1] != 'u') {
        if (p[1] == '\0' || strchr("\"\\/bfnrt", p[1]) == NULL)
            return bad_string(j, p, "no such escape in JSON");
        return p + 2;
    }
    int32_t code = unit_at(p, j->end);
    if (code < 0)
        return bad_string(j, j->end - p < 6 ? j->end : p, "\\u needs four hexadecimal digits");
    if (code == 0)
        return bad_string(j, p, "a NUL character in a string");
    if (is_low(code) || (is_high(code) && !is_low(unit_at(p + 6, j->end))))
        return bad_string(j, p, "half of a surrogate pair");
    return p + (is_high(code) ? 12 : 6);
}

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    *to++ = (char)((0xFF80u >> more & 0xFF) | code >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * more & 0x3F));
    return to;
}

/* Of a string that check_escape has passed. */
static bool unescape(dr_json *j, const char *from, const char *end, dr_slice *out)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char *text = dr_take(j->arena, (size_t)(end - from)), *to = text;
    if (text == NULL)
        return dr_json_fail_memory(j);
    while (from < end) {
        const char *next = memchr(from, '\\', (size_t)(end - from));
        size_t plain = (size_t)((next != NULL ? next : end) - from);
        memcpy(to, from, plain);
        to += plain;
        from += plain;
        if (next == NULL)
            break;
        if (from[1] != 'u') {
            *to++ = meant[strchr(names, from[1]) - names];
            from += 2;
            continue;
        }
        uint32_t code = (uint32_t)unit_at(from, end);
        if (is_high((int32_t)code)) {
            from += 6;
            code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)unit_at(from, end) - 0xDC00);
        }
        to = put_utf8(to, code);
        from += 6;
    }
    *out = (dr_slice){text, (size_t)(to - text)};
    return true;
}

/* Checks the rest of a string from its first byte that is not plain; the closing quote, or NULL. */
static const char *check_string(dr_json *j, const char *body, const char *p, bool *escaped)
{
    bool ascii = true;
    for (;;) {
        if (p == j->end)
            return bad_string(j, p, NULL);
        unsigned char c = (unsigned char)*p;
        if (c == '"')
            break;
        if (c < 0x20)
            return bad_string(j, p, c == 0 ? "a NUL byte" : "a control character inside a string");
        if (c == '\\') {
            p = check_escape(j, p);
            if (p == NULL)
                return NULL;
            *escaped = true;
        } else {
            ascii = false;
            while (p < j->end && (unsigned char)*p >= 0x80)
                p++;
        }
        p = plain_end(p, j->end);
    }
    size_t bad = 0;
    if (!ascii && !dr_utf8_valid(body, (size_t)(p - body), &bad))
        return bad_string(j, body + bad, "invalid UTF-8");
    return p;
}

/* The raw body between the quotes. */
static bool raw_string(dr_json *j, dr_slice *out, bool *escaped)
{
    const char *body = j->at + 1;
    const char *p = plain_end(body, j->end);
    *escaped = false;
    if (p == j->end || *p != '"') {
        p = check_string(j, body, p, escaped);
        if (p == NULL)
            return false;
    }
    j->at = p + 1;
    *out = (dr_slice){body, (size_t)(p - body)};
    return true;
}

bool dr_json_string_slow(dr_json *j, dr_slice *out)
{
    bool escaped = false;
    if (!raw_string(j, out, &escaped))
        return false;
    return !escaped || unescape(j, out->bytes, out->bytes + out->len, out);
}

/* ---- numbers and words ---- */

static const char *scan_digits(const char *p, const char *end, uint64_t *value)
{
    uint64_t n = *value;
    for (; p < end && (unsigned char)(*p - '0') <= 9; p++)
        n = n * 10 + (unsigned char)(*p - '0'); /* may wrap; then there were more than 18 */
    *value = n;
    return p;
}

/* Past the number at p; NULL with *wrong, and p where it is. */
static const char *scan_number(const char **at, const char *end, dr_decimal *out, const char **wrong)
{
    const char *p = *at;
    *out = (dr_decimal){.bytes = p, .negative = *p == '-'};
    p += out->negative;
    const char *whole = p;
    p = scan_digits(p, end, &out->digits);
    size_t count = (size_t)(p - whole);
    *wrong = count == 0 ? "a number needs a digit" : "a number has a leading zero";
    if (count == 0 || (count > 1 && *whole == '0')) {
        *at = count == 0 ? p : whole;
        return NULL;
    }
    *wrong = "a number needs a digit";
    if (p < end && *p == '.') {
        const char *places = ++p;
        p = scan_digits(p, end, &out->digits);
        out->places = p - places > DIGITS_MAX ? DIGITS_MAX + 1 : (uint32_t)(p - places);
        count += (size_t)(p - places);
        *at = p;
        if (p == places)
            return NULL;
    }
    out->simple = count <= DIGITS_MAX;
    if (p < end && (*p | 0x20) == 'e') {
        uint64_t exponent = 0;
        p++;
        p += p < end && (*p == '+' || *p == '-');
        const char *power = p;
        p = scan_digits(p, end, &exponent);
        *at = p;
        if (p == power)
            return NULL;
        out->simple = false;
    }
    out->len = (size_t)(p - out->bytes);
    return p;
}

/* Most numbers are a few digits: with no more than 18, no sign, point or exponent. */
static bool quick_integer(dr_json *j, dr_decimal *out)
{
    const char *p = j->at, *stop = j->end - p > DIGITS_MAX ? p + DIGITS_MAX : j->end;
    uint64_t n = 0;
    if (*p == '0')
        return false;
    for (; p < stop && (unsigned char)(*p - '0') <= 9; p++)
        n = n * 10 + (unsigned char)(*p - '0');
    if (p == stop || p == j->at || *p == '.' || (*p | 0x20) == 'e')
        return false;
    *out = (dr_decimal){.bytes = j->at, .len = (size_t)(p - j->at), .simple = true, .digits = n};
    j->at = p;
    return true;
}

bool dr_json_number(dr_json *j, dr_decimal *out)
{
    if (quick_integer(j, out))
        return true;
    const char *wrong = NULL, *at = j->at;
    const char *p = scan_number(&at, j->end, out, &wrong);
    if (p == NULL)
        return dr_json_fail(j, at, at == j->end ? "the text ends inside a number" : wrong);
    j->at = p;
    return true;
}

bool dr_json_decimal(const char *bytes, size_t len, dr_decimal *out)
{
    const char *wrong = NULL, *at = bytes;
    return len > 0 && scan_number(&at, bytes + len, out, &wrong) == bytes + len;
}

bool dr_json_word(dr_json *j, const char *word, size_t len)
{
    if ((size_t)(j->end - j->at) < len || memcmp(j->at, word, len) != 0) {
        while (len > 0 && j->at < j->end && *j->at == *word) { /* so that the place is right */
            j->at++;
            word++;
            len--;
        }
        return dr_json_fail_end(j);
    }
    j->at += len;
    return true;
}

/* ---- keys that stand twice ---- */

static uint32_t hash_of(dr_slice name)
{
    uint64_t h = name.len * 0x9E3779B97F4A7C15u;
    size_t left = name.len;
    for (const char *p = name.bytes;; p += 8, left -= 8) {
        h = (h ^ dr_first_bytes(p, left)) * 0x9FB21C651E98DF25u;
        h ^= h >> 32;
        if (left <= 8)
            return (uint32_t)h;
    }
}

static bool same_name(const dr_json_name *a, dr_slice b)
{
    return a->len == b.len && memcmp(a->bytes, b.bytes, b.len) == 0;
}

bool dr_json_name_add(dr_json *j, uint32_t first, dr_slice name)
{
    if (j->n_names == j->size_names) {
        dr_json_name *names = dr_grow(j->arena, j->names, j->n_names, &j->size_names, sizeof *names);
        if (names == NULL)
            return dr_json_fail_memory(j);
        j->names = names;
    }
    uint32_t count = j->n_names - first;
    for (uint32_t i = 0; i < count && count <= NAMES_COMPARED; i++)
        if (same_name(&j->names[first + i], name))
            return dr_json_fail(j, j->at, "a key stands twice in one object");
    uint32_t hash = count < NAMES_COMPARED ? 0 : hash_of(name); /* the first ones': see names_close */
    j->names[j->n_names++] = (dr_json_name){name.bytes, (uint32_t)name.len, hash};
    return true;
}

static int by_name(const void *context, uint32_t a, uint32_t b)
{
    const dr_json_name *names = context, *x = &names[a], *y = &names[b];
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->bytes, y->bytes, x->len);
}

/* Hashes with their indexes below them, sorted by hash a byte at a time: four passes, so the same array
 * again. */
static void sort_by_hash(uint64_t *pairs, uint64_t *spare, uint32_t n)
{
    for (unsigned shift = 32; shift < 64; shift += 8) {
        uint32_t count[257] = {0};
        for (uint32_t i = 0; i < n; i++)
            count[(pairs[i] >> shift & 255) + 1]++;
        for (unsigned i = 1; i < 257; i++)
            count[i] += count[i - 1];
        for (uint32_t i = 0; i < n; i++)
            spare[count[pairs[i] >> shift & 255]++] = pairs[i];
        uint64_t *swap = pairs;
        pairs = spare;
        spare = swap;
    }
}

/* Of keys whose hashes are equal: nearly always none or one pair, else an attack, and sorted for that. */
static bool same_hash(dr_json *j, const dr_json_name *names, const uint64_t *pairs, uint32_t n)
{
    uint32_t *index = dr_take(j->arena, n * sizeof *index);
    if (index == NULL)
        return dr_json_fail_memory(j);
    for (uint32_t i = 0; i < n; i++)
        index[i] = (uint32_t)pairs[i];
    if (!dr_order(j->arena, index, n, by_name, names))
        return dr_json_fail_memory(j);
    for (uint32_t i = 1; i < n; i++)
        if (by_name(names, index[i - 1], index[i]) == 0)
            return dr_json_fail(j, j->at, "a key stands twice in one object");
    return true;
}

bool dr_json_names_close(dr_json *j, uint32_t first)
{
    uint32_t n = j->n_names - first;
    dr_json_name *names = j->names + first;
    j->n_names = first;
    if (n <= NAMES_COMPARED + 1)
        return true;
    uint64_t *pairs = dr_take(j->arena, (size_t)n * 2 * sizeof *pairs);
    if (pairs == NULL)
        return dr_json_fail_memory(j);
    for (uint32_t i = 0; i < n; i++) {
        if (i < NAMES_COMPARED)
            names[i].hash = hash_of((dr_slice){names[i].bytes, names[i].len});
        pairs[i] = (uint64_t)names[i].hash << 32 | i;
    }
    sort_by_hash(pairs, pairs + n, n);
    for (uint32_t i = 0, end = 0; i < n; i = end) {
        for (end = i + 1; end < n && pairs[end] >> 32 == pairs[i] >> 32; end++)
            continue;
        if (end - i > 1 && !same_hash(j, names, pairs + i, end - i))
            return false;
    }
    return true;
}

/* ---- skipping ---- */

static bool open_level(dr_json *j, bool object)
{
    if (j->n_levels == j->size_levels) {
        dr_json_level *levels = dr_grow(j->arena, j->levels, j->n_levels, &j->size_levels, sizeof *levels);
        if (levels == NULL)
            return dr_json_fail_memory(j);
        j->levels = levels;
    }
    j->levels[j->n_levels++] = (dr_json_level){j->n_names, object};
    return dr_json_enter(j);
}

static bool close_level(dr_json *j)
{
    const dr_json_level *level = &j->levels[--j->n_levels];
    j->at++;
    j->depth--;
    return !level->object || dr_json_names_close(j, level->first_name);
}

/* A key and its colon, up to the value. */
static bool skip_name(dr_json *j)
{
    dr_slice name;
    if (dr_json_next(j) != '"')
        return dr_json_fail_end(j);
    if (!dr_json_string(j, &name) || !dr_json_name_add(j, j->levels[j->n_levels - 1].first_name, name))
        return false;
    if (dr_json_next(j) != ':')
        return dr_json_fail_end(j);
    j->at++;
    return true;
}

static bool skip_scalar(dr_json *j, char c)
{
    dr_slice text;
    dr_decimal number;
    bool escaped = false;
    switch (c) {
    case '"':
        return raw_string(j, &text, &escaped);
    case 't':
        return dr_json_word(j, "true", 4);
    case 'f':
        return dr_json_word(j, "false", 5);
    case 'n':
        return dr_json_word(j, "null", 4);
    default:
        if (c != '-' && (c < '0' || c > '9'))
            return dr_json_fail_end(j);
        return dr_json_number(j, &number);
    }
}

/* After a value: closes what ends here. False also when all is closed, then *done. */
static bool next_value(dr_json *j, uint32_t base, bool *done)
{
    while (j->n_levels > base) {
        bool object = j->levels[j->n_levels - 1].object;
        char c = dr_json_next(j);
        if (c == ',') {
            j->at++;
            return !object || skip_name(j);
        }
        if (c != (object ? '}' : ']'))
            return dr_json_fail_end(j);
        if (!close_level(j))
            return false;
    }
    *done = true;
    return false;
}

/* Opens an object or array and, unless it is empty, stands before its first value. */
static bool skip_open(dr_json *j, char c, bool *empty)
{
    if (!open_level(j, c == '{'))
        return false;
    char first = dr_json_next(j);
    *empty = first == (c == '{' ? '}' : ']');
    return *empty || c == '[' || skip_name(j);
}

bool dr_json_skip(dr_json *j)
{
    uint32_t base = j->n_levels;
    bool done = false;
    for (;;) {
        char c = dr_json_next(j);
        bool empty = true;
        if (dr_json_interrupted(j))
            return false;
        if (c == '{' || c == '[') {
            if (!skip_open(j, c, &empty) || (empty && !close_level(j)))
                return false;
        } else if (!skip_scalar(j, c)) {
            return false;
        }
        if (empty && !next_value(j, base, &done))
            return done;
    }
}
