/* drip: words.c, level 1. The words of a piece of a source. */
#include "words.h"

#include <string.h>

typedef struct words {
    const char *at, *end;
    dr_buf *out;
    bool apart; /* blanks were passed over */
} words;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool dr_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || ((unsigned char)c & 0x80) != 0;
}

static void skip_blanks(words *w)
{
    while (w->at < w->end && (is_blank(*w->at) || *w->at == '#')) {
        if (*w->at == '#')
            while (w->at < w->end && *w->at != '\n')
                w->at++;
        else
            w->at++;
        w->apart = true;
    }
}

static const char *behind_text(const words *w)
{
    const char *at = w->at + 1;
    while (at < w->end && *at != '"')
        at += *at == '\\' && at + 1 < w->end ? 2 : 1;
    return at < w->end ? at + 1 : at;
}

static bool stands(const words *w, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(w->end - w->at) > len && memcmp(w->at, word, len) == 0 && !dr_is_word(w->at[len]);
}

/* `cite NAME "PLACE", NAME "PLACE"` */
static bool skip_cites(words *w)
{
    if (!stands(w, "cite"))
        return false;
    w->at += sizeof "cite" - 1;
    for (bool more = true; more;) {
        skip_blanks(w);
        while (w->at < w->end && (dr_is_word(*w->at) || *w->at == '.'))
            w->at++;
        skip_blanks(w);
        if (w->at < w->end && *w->at == '"')
            w->at = behind_text(w);
        skip_blanks(w);
        more = w->at < w->end && *w->at == ',';
        w->at += more ? 1 : 0;
    }
    return true;
}

static bool skip_pin(words *w)
{
    words ahead = *w;
    if (!stands(w, "was"))
        return false;
    for (ahead.at += sizeof "was" - 1; ahead.at < ahead.end && (*ahead.at == ' ' || *ahead.at == '\t');
         ahead.at++)
        continue;
    if (ahead.at == ahead.end || *ahead.at != '#')
        return false;
    for (ahead.at++; ahead.at < ahead.end && dr_is_word(*ahead.at); ahead.at++)
        continue;
    skip_blanks(&ahead);
    if (ahead.at < ahead.end && *ahead.at == '"')
        ahead.at = behind_text(&ahead);
    w->at = ahead.at;
    return true;
}

static void put(words *w, const char *end)
{
    if (w->apart && w->out->len > 0)
        dr_buf_char(w->out, ' ');
    w->apart = false;
    dr_buf_bytes(w->out, w->at, (size_t)(end - w->at));
    w->at = end;
}

void dr_words_put(const char *bytes, size_t len, dr_buf *out)
{
    words w = {bytes, bytes + len, out, out->len > 0};
    for (skip_blanks(&w); w.at < w.end; skip_blanks(&w)) {
        const char *end = w.at + 1;
        if (skip_cites(&w) || skip_pin(&w))
            continue;
        if (*w.at == '"')
            end = behind_text(&w);
        while (dr_is_word(*w.at) && end < w.end && dr_is_word(*end))
            end++;
        put(&w, end);
    }
}
