/* drip: flood.c, level 4. Encounters made to be slow: their texts, or their numbers, would all fall on one place of a
 * table of which everybody knows the hash.
 *
 *     flood texts|numbers N made|any      one encounter on a line, with N rows
 *
 * `made` are worked out backwards from the hash functions that Drip had with a seed in its source (2026-11): as long as
 * nobody outside can know the seed of a process, they are no worse than `any`, which are as long and come by chance. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t dice = 88172645463325252u;

static uint64_t roll(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    return dice ^= dice << 17;
}

/* Of an odd number, modulo 2^64. */
static uint64_t inverse(uint64_t n)
{
    uint64_t x = n;
    for (int i = 0; i < 6; i++)
        x *= 2 - n * x;
    return x;
}

static uint64_t unshift(uint64_t h, int by)
{
    uint64_t x = h;
    for (int i = 0; i < 64 / by; i++)
        x = h ^ x >> by;
    return x;
}

static uint64_t mix(uint64_t h)
{
    h *= 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
}

static uint64_t unmix(uint64_t h)
{
    return unshift(h, 32) * inverse(0x9E3779B97F4A7C15u);
}

static bool printable(uint64_t word)
{
    for (int i = 0; i < 8; i++, word >>= 8) {
        char c = (char)(word & 0xFF);
        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            return false;
    }
    return true;
}

static uint64_t letters(void)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word = word << 8 | ('a' + roll() % 26);
    return word;
}

/* A last state of the hash of which h ^ h >> 29 ends in the same 32 bits as any other that is made here. */
static uint64_t last_state(void)
{
    uint64_t high = roll() >> 32, low = (UINT32_C(0x5EED1234) ^ high << 3) & UINT32_C(0xFFFFFFF8);
    return high << 32 | low | ((UINT32_C(0x5EED1234) ^ low >> 29) & 7);
}

/* Sixteen characters. */
static void text(bool made, char out[17])
{
    const uint64_t start = mix(0x9E3779B9u + 0x632BE59BD9B4E019u) ^ 16;
    uint64_t first = letters(), second = letters();
    while (made) {
        second = unmix(unmix(last_state())) ^ mix(start ^ first);
        if (printable(second))
            break;
        first = letters();
    }
    memcpy(out, &first, 8);
    memcpy(out + 8, &second, 8);
    out[16] = '\0';
}

/* The low 20 bits of the hash are 0. */
static uint64_t number(bool made)
{
    for (;;) {
        uint64_t n = roll();
        if (made) {
            n = unshift(n << 20, 32) * inverse(0xD6E8FEB86659FD93u);
            n = unshift(n, 29) * inverse(0x9E3779B97F4A7C15u);
            n = unshift(n, 32);
        }
        if (n < UINT64_C(1000000000000000000))
            return n;
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    bool texts = strcmp(argv[1], "texts") == 0, made = strcmp(argv[3], "made") == 0;
    long n = atol(argv[2]);
    char name[17];
    printf("{\"id\":\"flood\",\"start\":\"2026-03-02T08:00\",\"items\":[");
    for (long i = 0; i < n; i++) {
        printf(i > 0 ? "," : "");
        if (texts)
            text(made, name);
        printf("{\"name\":\"%s\",\"count\":%llu}", texts ? name : "x",
               (unsigned long long)(texts ? 1 : number(made)));
    }
    printf("]}\n");
    return 0;
}
