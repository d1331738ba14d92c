/* drip: text.c, level 4. UTF-8 by hand (the locale decides nothing here), columns, likely slips. */
#include "cli.h"

#include <string.h>

size_t cli_rune(const char *text, size_t len, uint32_t *rune)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)text[0];
    size_t n = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    *rune = first;
    if (n == 1)
        return 1;
    uint32_t value = first & (0xFFu >> (n + 1));
    bool good = first >= 0xC2 && first < 0xF5 && n <= len;
    for (size_t i = 1; good && i < n; i++) {
        good = ((unsigned char)text[i] & 0xC0) == 0x80;
        value = value << 6 | ((unsigned char)text[i] & 0x3F);
    }
    good = good && value >= least[n] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    *rune = good ? value : 0xFFFD;
    return good ? n : 1;
}

typedef struct range {
    uint32_t from, to;
} range;

static bool within(uint32_t rune, const range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rune >= ranges[i].from && rune <= ranges[i].to)
            return true;
    return false;
}

static size_t rune_width(uint32_t rune)
{
    static const range none[] = {{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
    static const range wide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                 {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                 {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
    if (rune < 0x20 || (rune >= 0x7F && rune < 0xA0))
        return 6; /* what cli_safe writes */
    if (rune < 0x300)
        return 1;
    if (within(rune, none, sizeof none / sizeof none[0]))
        return 0;
    return within(rune, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

size_t cli_width(const char *text, size_t len)
{
    size_t width = 0;
    uint32_t rune = 0;
    for (size_t at = 0; at < len; width += rune_width(rune))
        at += cli_rune(text + at, len - at, &rune);
    return width;
}

enum { LONGEST_WORD = 31 };

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to insert, delete, replace or swap with their neighbour. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][LONGEST_WORD + 1] = {{0}};
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least_of(least_of(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least_of(row[j], above2[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

bool cli_near(const char *word, const char *other)
{
    size_t n = strlen(word), m = strlen(other);
    if (n == 0 || n > LONGEST_WORD || m > LONGEST_WORD)
        return false;
    if (n >= 3 && n < m && memcmp(word, other, n) == 0)
        return true;
    return distance(word, n, other, m) <= (m < 5 ? 1 : 2);
}

bool cli_number(const char *text, uint64_t most, uint64_t *n)
{
    const char *at = text;
    for (*n = 0; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(*n, (uint64_t)10, n) ||
            __builtin_add_overflow(*n, (uint64_t)(*at - '0'), n))
            return false;
    return at > text && *at == '\0' && *n <= most;
}

void cli_indented(cli *c, const char *text, const char *before)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        cli_text(c, before);
        cli_safe(c, text, len);
        cli_text(c, "\n");
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}
