/* drip: num.c, level 1. Exact numbers: a fraction of two 128-bit integers in lowest terms.
 *
 * Products and quotients work on unsigned sizes and a sign: that is right for the most negative integer
 * too, and unlike signed 128-bit products it needs no helper that clang takes from a library of its own. */
#include "num.h"

typedef unsigned __int128 u128;

enum { DIGITS_MAX = 18, POWERS = 39 };

#define I128_MAX ((dr_i128)(~(u128)0 >> 1))
#define I128_MIN (-I128_MAX - 1)

static u128 size_of(dr_i128 n)
{
    return n < 0 ? -(u128)n : (u128)n;
}

static bool fits_64(u128 n)
{
    return n >> 64 == 0;
}

/* The signed number of this size, false if there is none. */
static bool with_sign(u128 size, bool negative, dr_i128 *out)
{
    if (size > (u128)I128_MAX + negative)
        return false;
    *out = negative && size > 0 ? -(dr_i128)(size - 1) - 1 : (dr_i128)size;
    return true;
}

/* 10^n for n from 0 to 38. */
static u128 power_of_ten(int n)
{
    u128 power = 1;
    for (; n >= 18; n -= 18)
        power *= 1000000000000000000u;
    uint64_t rest = 1;
    for (; n > 0; n--)
        rest *= 10;
    return power * rest;
}

static uint64_t gcd_64(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a | b;
    int twos = __builtin_ctzll(a | b);
    a >>= __builtin_ctzll(a);
    while (b != 0) {
        b >>= __builtin_ctzll(b);
        if (a > b) {
            uint64_t swap = a;
            a = b;
            b = swap;
        }
        b -= a;
    }
    return a << twos;
}

/* Euclid while a number is wide, as each step takes many bits off; then the quick binary way. */
static u128 gcd(u128 a, u128 b)
{
    while (!fits_64(a) || !fits_64(b)) {
        if (b == 0)
            return a;
        u128 rest = a % b;
        a = b;
        b = rest;
    }
    return gcd_64((uint64_t)a, (uint64_t)b);
}

/* Division is slow for 128 bits, and most divisors here are 1 and most numbers small. */
static u128 over(u128 n, u128 by)
{
    if (by == 1)
        return n;
    return fits_64(n | by) ? (uint64_t)n / (uint64_t)by : n / by;
}

dr_num dr_num_int(int64_t n)
{
    return (dr_num){n, 1};
}

/* ---- reading ---- */

typedef struct scan {
    const char *at, *end;
    uint64_t digits; /* the significant digits, as an integer without trailing zeros */
    int significant;
    int64_t zeros; /* zeros seen after them */
    int64_t exponent;
} scan;

static bool is_digit(const scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool take(scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool add_digit(scan *s, unsigned digit)
{
    if (digit == 0) {
        s->zeros += s->digits != 0;
        return true;
    }
    if (s->digits != 0 && s->zeros > DIGITS_MAX)
        return false;
    for (; s->zeros > 0; s->zeros--, s->significant++)
        s->digits = s->significant < DIGITS_MAX ? s->digits * 10 : s->digits;
    if (++s->significant > DIGITS_MAX)
        return false;
    s->digits = s->digits * 10 + digit;
    return true;
}

static bool scan_digits(scan *s, int64_t *count)
{
    const char *from = s->at;
    for (; is_digit(s); s->at++)
        if (!add_digit(s, (unsigned)(*s->at - '0')))
            return false;
    *count = s->at - from;
    return *count > 0;
}

static bool scan_exponent(scan *s)
{
    const int64_t absurd = INT64_MAX / 64; /* yet too small for the sums made with it to overflow */
    bool negative = take(s, '-');
    if (!negative)
        take(s, '+');
    if (!is_digit(s))
        return false;
    int64_t n = 0;
    for (; is_digit(s); s->at++)
        n = n < absurd ? n * 10 + (*s->at - '0') : n;
    s->exponent = negative ? -n : n;
    return true;
}

static bool scan_number(scan *s)
{
    int64_t count = 0, places = 0;
    bool zero = s->at < s->end && *s->at == '0';
    if (!scan_digits(s, &count) || (zero && count > 1))
        return false;
    if (take(s, '.') && !scan_digits(s, &places))
        return false;
    if ((take(s, 'e') || take(s, 'E')) && !scan_exponent(s))
        return false;
    s->exponent += s->zeros - places;
    return s->at == s->end;
}

bool dr_num_parse(const char *text, size_t len, dr_num *out)
{
    scan s = {.at = text, .end = text + len};
    bool negative = take(&s, '-');
    if (!scan_number(&s))
        return false;
    if (s.digits == 0) {
        *out = dr_num_int(0);
        return true;
    }
    if (s.exponent > DIGITS_MAX || s.exponent < -DIGITS_MAX)
        return false;
    u128 top = s.digits, bottom = 1;
    if (s.exponent >= 0) {
        top *= power_of_ten((int)s.exponent);
    } else {
        bottom = power_of_ten((int)-s.exponent);
        u128 common = gcd(top, bottom);
        top = over(top, common);
        bottom = over(bottom, common);
    }
    *out = (dr_num){negative ? -(dr_i128)top : (dr_i128)top, (dr_i128)bottom};
    return true;
}

/* ---- the four operations ---- */

/* n / by for a `by` that divides n. */
static dr_i128 exact_over(dr_i128 n, u128 by)
{
    dr_i128 result = 0;
    (void)with_sign(over(size_of(n), by), n < 0, &result);
    return result;
}

static bool mul_signed(dr_i128 a, u128 b, dr_i128 *out)
{
    u128 size = 0;
    if (__builtin_mul_overflow(size_of(a), b, &size))
        return false;
    return with_sign(size, a < 0, out);
}

static bool plus_or_minus(dr_i128 a, dr_i128 b, bool minus, dr_i128 *out)
{
    return minus ? !__builtin_sub_overflow(a, b, out) : !__builtin_add_overflow(a, b, out);
}

/* Over the least common bottom. After that only factors of the bottoms' gcd can still cancel (Knuth,
 * 4.5.1). A top that would fit only after that is refused too: it takes numbers of nearly 128 bits. */
static bool add_or_sub(dr_num a, dr_num b, bool minus, dr_num *out)
{
    dr_i128 top = 0, left = a.top, right = b.top;
    u128 common = (u128)a.bottom, a_part = 1, b_part = 1;
    if (a.bottom != b.bottom) {
        common = a.bottom == 1 || b.bottom == 1 ? 1 : gcd((u128)a.bottom, (u128)b.bottom);
        a_part = over((u128)a.bottom, common);
        b_part = over((u128)b.bottom, common);
        if (!mul_signed(left, b_part, &left) || !mul_signed(right, a_part, &right))
            return false;
    }
    if (!plus_or_minus(left, right, minus, &top))
        return false;
    u128 shared = common == 1 ? 1 : gcd(size_of(top), common);
    u128 bottom = 0;
    if (__builtin_mul_overflow(a_part, over((u128)b.bottom, shared), &bottom) || bottom > (u128)I128_MAX)
        return false;
    *out = (dr_num){exact_over(top, shared), (dr_i128)bottom};
    return true;
}

bool dr_num_add(dr_num a, dr_num b, dr_num *out)
{
    return add_or_sub(a, b, false, out);
}

bool dr_num_sub(dr_num a, dr_num b, dr_num *out)
{
    return add_or_sub(a, b, true, out);
}

/* Of (a/b)(c/d): what is left after cancelling crosswise is in lowest terms, so this fails only when
 * the result does not fit. */
static bool mul_sizes(u128 a, u128 b, u128 c, u128 d, bool negative, dr_num *out)
{
    u128 ad = a == 1 || d == 1 ? 1 : gcd(a, d);
    u128 cb = c == 1 || b == 1 ? 1 : gcd(c, b);
    u128 top = 0, bottom = 0;
    if (__builtin_mul_overflow(over(a, ad), over(c, cb), &top))
        return false;
    if (__builtin_mul_overflow(over(b, cb), over(d, ad), &bottom) || bottom > (u128)I128_MAX)
        return false;
    dr_i128 signed_top = 0;
    if (!with_sign(top, negative, &signed_top))
        return false;
    *out = (dr_num){signed_top, (dr_i128)bottom};
    return true;
}

bool dr_num_mul(dr_num a, dr_num b, dr_num *out)
{
    bool negative = (a.top < 0) != (b.top < 0);
    return mul_sizes(size_of(a.top), (u128)a.bottom, size_of(b.top), (u128)b.bottom, negative, out);
}

bool dr_num_div(dr_num a, dr_num b, dr_num *out)
{
    if (b.top == 0)
        return false;
    bool negative = (a.top < 0) != (b.top < 0);
    return mul_sizes(size_of(a.top), (u128)a.bottom, (u128)b.bottom, size_of(b.top), negative, out);
}

/* ---- comparing and hashing ---- */

typedef struct wide {
    u128 high, low;
} wide;

static wide wide_mul(u128 a, u128 b)
{
    u128 a0 = (uint64_t)a, a1 = a >> 64, b0 = (uint64_t)b, b1 = b >> 64;
    u128 low = a0 * b0;
    u128 middle = a1 * b0 + (low >> 64); /* cannot overflow: (2^64-1)^2 + 2^64-1 < 2^128 */
    u128 other = a0 * b1 + (uint64_t)middle;
    return (wide){a1 * b1 + (middle >> 64) + (other >> 64), other << 64 | (uint64_t)low};
}

static int cmp_wide(wide a, wide b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

int dr_num_cmp(dr_num a, dr_num b)
{
    if (a.bottom == b.bottom || (a.top < 0) != (b.top < 0))
        return (a.top > b.top) - (a.top < b.top);
    u128 a_size = size_of(a.top), b_size = size_of(b.top);
    int order = 0;
    if (fits_64(a_size | b_size | (u128)a.bottom | (u128)b.bottom)) {
        u128 left = a_size * (u128)b.bottom, right = b_size * (u128)a.bottom;
        order = (left > right) - (left < right);
    } else {
        order = cmp_wide(wide_mul(a_size, (u128)b.bottom), wide_mul(b_size, (u128)a.bottom));
    }
    return a.top < 0 ? -order : order;
}

uint64_t dr_num_hash(dr_num a)
{
    u128 top = (u128)a.top, bottom = (u128)a.bottom;
    const u128 words[4] = {top, top >> 64, bottom, bottom >> 64};
    uint64_t h = 0x632BE59BD9B4E019u;
    for (int i = 0; i < 4; i++) {
        h = (h ^ (uint64_t)words[i]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    return h;
}

/* ---- rounding ---- */

/* The next decimal digit of rest/bottom. Ten times the rest may not fit, so it goes by doubling modulo
 * the bottom, which is below 2^127. */
static unsigned next_digit(u128 *rest, u128 bottom)
{
    if (fits_64(*rest)) {
        u128 ten = *rest * 10;
        unsigned digit = (unsigned)over(ten, bottom);
        *rest = ten - digit * bottom;
        return digit;
    }
    u128 r = *rest;
    unsigned digit = 0;
    for (int step = 0; step < 4; step++) { /* twice, four times, five times, ten times the rest */
        bool doubles = step != 2;
        r += doubles ? r : *rest;
        digit = doubles ? digit * 2 : digit;
        if (r >= bottom) {
            r -= bottom;
            digit++;
        }
    }
    *rest = r;
    return digit;
}

static bool rounds_up(dr_round how, int half, bool exact, bool odd)
{
    switch (how) {
    case DR_ROUND_DOWN:
        return false;
    case DR_ROUND_UP:
        return !exact;
    case DR_ROUND_HALF_UP:
        return half >= 0;
    case DR_ROUND_HALF_EVEN:
        return half > 0 || (half == 0 && odd);
    }
    return false;
}

static int cmp_u128(u128 a, u128 b)
{
    return (a > b) - (a < b);
}

static bool to_int64(u128 size, bool negative, int64_t *out)
{
    if (size > (u128)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? -(dr_i128)size : (dr_i128)size);
    return true;
}

/* To tens, hundreds and so on. */
static u128 round_coarse(u128 whole, u128 rest, int zeros, dr_round how)
{
    if (zeros >= POWERS) /* the unit is more than twice any number there is */
        return rounds_up(how, -1, whole == 0 && rest == 0, false);
    u128 unit = power_of_ten(zeros);
    u128 count = whole / unit, left = whole % unit;
    int half = cmp_u128(left, unit / 2);
    if (half == 0 && rest > 0)
        half = 1;
    return count + rounds_up(how, half, left == 0 && rest == 0, count % 2 == 1);
}

bool dr_num_round(dr_num a, int places, dr_round how, int64_t *out)
{
    u128 bottom = (u128)a.bottom;
    u128 count = over(size_of(a.top), bottom);
    u128 rest = size_of(a.top) - count * bottom;
    if (places < 0) {
        int zeros = places < -POWERS ? POWERS : -places;
        return to_int64(round_coarse(count, rest, zeros, how), a.top < 0, out);
    }
    for (; places > 0 && (count | rest) != 0; places--) {
        if (!fits_64(count))
            return false;
        count = count * 10 + next_digit(&rest, bottom);
    }
    int half = cmp_u128(rest, bottom - rest);
    if (rounds_up(how, half, rest == 0, count % 2 == 1))
        count++;
    return to_int64(count, a.top < 0, out);
}

bool dr_num_floor(dr_num a, int64_t *out)
{
    dr_i128 whole = a.top / a.bottom - (a.top % a.bottom < 0);
    if (whole < INT64_MIN || whole > INT64_MAX)
        return false;
    *out = (int64_t)whole;
    return true;
}

/* ---- writing ---- */

static void write_integer(u128 n, dr_buf *out)
{
    char text[POWERS];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + (int)(n % 10));
        n /= 10;
    } while (n > 0);
    dr_buf_bytes(out, text + at, sizeof text - at);
}

static bool has_decimal(u128 bottom)
{
    while (bottom % 2 == 0)
        bottom /= 2;
    while (bottom % 5 == 0)
        bottom /= 5;
    return bottom == 1;
}

void dr_num_write(dr_num a, dr_buf *out)
{
    u128 bottom = (u128)a.bottom, size = size_of(a.top);
    if (a.top < 0)
        dr_buf_char(out, '-');
    if (!has_decimal(bottom)) {
        write_integer(size, out);
        dr_buf_char(out, '/');
        write_integer(bottom, out);
        return;
    }
    write_integer(over(size, bottom), out);
    u128 rest = size % bottom;
    if (rest > 0)
        dr_buf_char(out, '.');
    while (rest > 0)
        dr_buf_char(out, (char)('0' + next_digit(&rest, bottom)));
}
