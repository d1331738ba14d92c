/* drip: pins.c, level 2a. `was #…`: does what a layer changes still mean what it meant when the change was written?
 *
 * What is hashed are the words of a clause, row, line or finding as they stand in the source, without blanks,
 * comments, citations and pins: none of these changes what it says. Where a layer below has amended it, the words
 * of both count. Parameters and attributes that it names are not followed: they have names of their own. */
#include "layers.h"

#include "../runtime/sha256.h"
#include "../runtime/words.h"

#include <string.h>

enum { DIGITS_LEAST = 8, SHOWN_MAX = 300, TEXT_MAX = 1 << 16, DEEPEST = 32 };

/* Of blanks only those count that keep two words apart. */
static void hash_of(const char *text, size_t len, char out[DR_SHA256_TEXT])
{
    dr_sha256 sha;
    bool quoted = false;
    dr_sha256_init(&sha);
    for (size_t i = 0; i < len; i++) {
        bool kept = quoted || text[i] != ' ' ||
                    (i > 0 && i + 1 < len && dr_is_word(text[i - 1]) && dr_is_word(text[i + 1]));
        if (kept)
            dr_sha256_add(&sha, text + i, 1);
        if (text[i] == '"' && (!quoted || text[i - 1] != '\\'))
            quoted = !quoted;
    }
    dr_sha256_end(&sha, out);
}

static void put_said(const dr_front *f, const dr_ast *piece, dr_buf *out)
{
    const dr_source *source = &f->sources->items[piece->span.source];
    dr_buf own;
    dr_buf_init(&own, &f->alloc, TEXT_MAX);
    dr_words_put(source->bytes + piece->ref, piece->ref2 - piece->ref, &own);
    bool there = own.data == NULL || (out->data != NULL && strstr(out->data, own.data) != NULL);
    if (!there) { /* pieces of one clause share their words */
        dr_buf_text(out, out->len > 0 ? "; " : "");
        dr_buf_bytes(out, own.data, own.len);
    }
    dr_buf_free(&own);
}

/* What lies below the layer of the change: other changes of its own count for nothing. */
static void put_pieces(const dr_front *f, const dr_ast *item, dr_ast *const *pieces, uint32_t n, dr_buf *out)
{
    uint32_t layer = dr_layer_of(f, item->span.source);
    for (uint32_t i = 0; i < n; i++) {
        const dr_ast *chain[DEEPEST];
        uint32_t depth = 0;
        for (const dr_ast *p = pieces[i]; p != NULL && depth < DEEPEST; p = dr_said_before(f, p))
            chain[depth++] = p;
        while (depth-- > 0)
            if (dr_lies_over(f, layer, dr_layer_of(f, chain[depth]->span.source)))
                put_said(f, chain[depth], out);
    }
}

/* As it stands between the quotes of a text. */
static void put_quoted(const dr_buf *text, dr_buf *out)
{
    dr_buf_char(out, '"');
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '"' || text->data[i] == '\\')
            dr_buf_char(out, '\\');
        dr_buf_char(out, text->data[i]);
    }
    dr_buf_char(out, '"');
}

/* was #5d0a1c2e "…", without the text where that is long */
static void put_pin(const dr_buf *text, dr_buf *out)
{
    char hash[DR_SHA256_TEXT];
    hash_of(text->data, text->len, hash);
    dr_buf_text(out, "was #");
    dr_buf_bytes(out, hash, DIGITS_LEAST);
    if (text->len > SHOWN_MAX)
        return;
    dr_buf_char(out, ' ');
    put_quoted(text, out);
}

static bool same_digits(const char *pin, const char *hash)
{
    for (; *pin != '\0' && *hash != '\0'; pin++, hash++)
        if ((*pin >= 'A' && *pin <= 'F' ? *pin + ('a' - 'A') : *pin) != *hash)
            return false;
    return *pin == '\0';
}

static bool check_old_text(dr_front *f, const dr_ast *pin, const char *digits)
{
    char hash[DR_SHA256_TEXT];
    dr_buf text;
    if (pin->a == NULL)
        return true;
    dr_buf_init(&text, &f->alloc, TEXT_MAX);
    dr_words_put(pin->a->text, strlen(pin->a->text), &text);
    hash_of(text.data, text.len, hash);
    bool fits = same_digits(digits, hash);
    if (!fits) {
        dr_diag *d = dr_error_at(f, pin->a->span, "E0447", "this text and #%.*s do not belong together",
                                 DIGITS_LEAST, digits);
        dr_diag_hint(f->diags, d,
                     "write both as \"drip check -v\" shows them; the digits of this text are #%.*s",
                     DIGITS_LEAST, hash);
    }
    dr_buf_free(&text);
    return fits;
}

/* As many bytes as are shown of it, whole characters. */
static int shown(const char *text)
{
    size_t len = strlen(text), n = len < SHOWN_MAX ? len : SHOWN_MAX;
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return (int)n;
}

static void say_moved(dr_front *f, const dr_ast *item, const dr_ast *piece, const dr_buf *now)
{
    dr_buf mine, pin;
    dr_buf_init(&mine, &f->alloc, TEXT_MAX);
    dr_buf_init(&pin, &f->alloc, TEXT_MAX);
    const dr_source *source = &f->sources->items[item->span.source];
    if (item->kind == A_AMEND)
        dr_words_put(source->bytes + item->a->ref, item->a->ref2 - item->a->ref, &mine);
    put_pin(now, &pin);
    dr_diag *d =
        dr_error_at(f, item->b->span, "E0445", "\"%s\" has changed since this was written", item->text);
    if (d != NULL && item->kind == A_AMEND && mine.data != NULL)
        dr_diag_label(f->diags, d, item->span, "the layer says: %.*s", shown(mine.data), mine.data);
    if (d != NULL)
        dr_diag_label(f->diags, d, piece->span, "it says now: %.*s", shown(now->data), now->data);
    if (item->b->a != NULL)
        dr_diag_note(f->diags, d, "it said then: %.*s", shown(item->b->a->text), item->b->a->text);
    else
        dr_diag_note(f->diags, d, "what it said then is not written beside the pin");
    if (pin.data != NULL)
        dr_diag_hint(f->diags, d, "look whether this is still right, then write: %s", pin.data);
    dr_buf_free(&mine);
    dr_buf_free(&pin);
}

static void note_pin(dr_front *f, const dr_ast *item, const dr_buf *now)
{
    dr_buf pin;
    dr_buf_init(&pin, &f->alloc, TEXT_MAX);
    put_pin(now, &pin);
    dr_diag *d =
        dr_diag_add(f->diags, DR_NOTE, "N0606", item->span,
                    "not pinned: nobody is told when what \"%s\" says below this layer changes", item->text);
    if (pin.data != NULL)
        dr_diag_hint(f->diags, d, "write behind it: %s", pin.data);
    dr_buf_free(&pin);
}

bool dr_check_pin(dr_front *f, const dr_ast *item, dr_ast *const *pieces, uint32_t n)
{
    char hash[DR_SHA256_TEXT];
    const dr_ast *pin = item->b;
    dr_buf now;
    bool ok = true;
    if (pin == NULL && !f->notes)
        return true;
    dr_buf_init(&now, &f->alloc, TEXT_MAX);
    put_pieces(f, item, pieces, n, &now);
    if (now.failed || now.data == NULL) {
        dr_buf_free(&now);
        return f->no_memory = true, false;
    }
    hash_of(now.data, now.len, hash);
    const char *digits = pin == NULL ? NULL : strchr(pin->text, '#') + 1;
    if (pin == NULL) {
        note_pin(f, item, &now);
    } else if (strlen(digits) < DIGITS_LEAST) {
        dr_error_at(f, pin->span, "E0447", "a pin has at least %d digits", DIGITS_LEAST);
        ok = false;
    } else if (!check_old_text(f, pin, digits)) {
        ok = false;
    } else if (!same_digits(digits, hash)) {
        say_moved(f, item, pieces[0], &now);
        ok = false;
    }
    dr_buf_free(&now);
    return ok;
}
