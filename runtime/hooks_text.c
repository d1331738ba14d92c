/* drip: hooks_text.c, level 1. What a script cannot have is found in its text, before it is compiled.
 *
 * Whole numbers and the exact numbers of hooks_lua.c never turn into binary fractions but by `/`, `^` and
 * literals with a point or an exponent, or too long for 64 bits. Operations on bits, comparisons within an
 * index and `<close>` are refused because the Lua of Debian 12 compiles some of them wrongly. This is a scan of
 * tokens: comments and texts are passed over as Lua does. */
#include "hooks.h"

#include <string.h>

typedef struct scan {
    const char *at, *end;
    uint32_t indexes; /* brackets of an index that are open */
    const char *why;
    const char *from;
} scan;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const scan *s, size_t n)
{
    return (size_t)(s->end - s->at) > n ? s->at[n] : '\0';
}

/* [[…]] or [=[…]=] at `at`: how many signs stand between the brackets, or -1. */
static int long_bracket(const scan *s)
{
    size_t n = 1;
    while (peek(s, n) == '=')
        n++;
    return peek(s, 0) == '[' && peek(s, n) == '[' ? (int)(n - 1) : -1;
}

static void pass_long(scan *s, int level)
{
    for (s->at += level + 2; s->at < s->end; s->at++) {
        int n = 0;
        if (*s->at != ']')
            continue;
        while (n < level && peek(s, (size_t)n + 1) == '=')
            n++;
        if (n == level && peek(s, (size_t)n + 1) == ']') {
            s->at += level + 2;
            return;
        }
    }
}

static void pass_comment(scan *s)
{
    s->at += 2;
    int level = long_bracket(s);
    if (level >= 0)
        pass_long(s, level);
    else
        while (s->at < s->end && *s->at != '\n')
            s->at++;
}

static void pass_text(scan *s)
{
    char quote = *s->at++;
    while (s->at < s->end && *s->at != quote && *s->at != '\n')
        s->at += *s->at == '\\' && peek(s, 1) != '\0' ? 2 : 1;
    s->at += s->at < s->end;
}

static void pass_number(scan *s)
{
    bool hex = peek(s, 0) == '0' && (peek(s, 1) | 0x20) == 'x';
    bool part = false, fits = true;
    uint64_t value = 0;
    s->from = s->at;
    s->at += hex ? 2 : 0;
    for (; s->at < s->end && (is_name(*s->at) || *s->at == '.'); s->at++) {
        char c = *s->at, small = (char)(c | 0x20);
        part = part || c == '.' || small == (hex ? 'p' : 'e');
        fits = fits && (hex || !is_digit(c) ||
                        (!__builtin_mul_overflow(value, 10u, &value) &&
                         !__builtin_add_overflow(value, (uint64_t)(c - '0'), &value) && value <= INT64_MAX));
    }
    if (part)
        s->why = "a number with a part is written as a text: num.of(\"0.8\")";
    else if (!fits)
        s->why = "this number is too long";
}

static bool refuse(scan *s, size_t len, const char *why)
{
    s->from = s->at;
    s->at += len;
    s->why = why;
    return false;
}

/* False: it is refused. */
static bool pass_sign(scan *s)
{
    char c = *s->at, next = peek(s, 1);
    bool doubled = c == next;
    if (c == '/' && doubled)
        return s->at += 2, true;
    if (c == '/')
        return refuse(s, 1, "\"/\" makes a binary fraction: write num.div(a, b), or // for whole numbers");
    if (c == '^')
        return refuse(s, 1, "\"^\" makes a binary fraction: write a product");
    if (c == '&' || c == '|' || ((c == '<' || c == '>') && doubled) || (c == '~' && next != '='))
        return refuse(s, (c == '<' || c == '>') + 1u, "a hook cannot work on bits");
    if (s->end - s->at >= 7 && memcmp(s->at, "<close>", 7) == 0)
        return refuse(s, 7, "a hook has nothing to close");
    bool compares = c == '<' || c == '>' || ((c == '=' || c == '~') && next == '=');
    if (compares && s->indexes > 0)
        return refuse(s, 1, "a comparison cannot stand in an index: give it a name first");
    s->at += compares && next == '=' ? 2 : 1;
    return true;
}

static void pass_token(scan *s)
{
    char c = *s->at;
    if (c == '-' && peek(s, 1) == '-') {
        pass_comment(s);
    } else if (c == '[' && long_bracket(s) >= 0) {
        pass_long(s, long_bracket(s));
    } else if (c == '"' || c == '\'') {
        pass_text(s);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(s, 1)))) {
        pass_number(s);
    } else if (is_name(c)) {
        while (s->at < s->end && is_name(*s->at))
            s->at++;
    } else if (c == '.') {
        while (s->at < s->end && *s->at == '.')
            s->at++;
    } else if (pass_sign(s)) {
        s->indexes += c == '[';
        s->indexes -= c == ']' && s->indexes > 0;
    }
}

const char *dr_hook_refused(const char *bytes, size_t len, uint32_t *start, uint32_t *end)
{
    scan s = {.at = bytes, .end = bytes + len};
    while (s.at < s.end && s.why == NULL)
        pass_token(&s);
    if (s.why != NULL) {
        *start = (uint32_t)(s.from - bytes);
        *end = (uint32_t)(s.at - bytes);
    }
    return s.why;
}
