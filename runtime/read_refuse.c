/* drip: read_refuse.c, level 2b. Why an encounter is refused, in words, and the names nobody declared.
 *
 * A message names a place ("mar[3].rate") by keys that the program declares and by row numbers. What
 * stands there is described by its kind and length and never quoted; only the encounter's id is. The
 * first error stays on record while the reader goes on to look for the id. */
#include <stdarg.h>
#include <stdio.h>

#include "order.h"
#include "read_plan.h"
#include "vm.h"

enum { PLACES_SHOWN = 16, NAMES_SHOWN = 8, ID_SHOWN = 120 };

typedef struct words { /* text in a fixed room; what does not fit is cut */
    char *text;
    size_t len, size;
} words;

__attribute__((format(printf, 2, 0))) static void vput(words *to, const char *format, va_list args)
{
    size_t room = to->size - to->len;
    int n = vsnprintf(to->text + to->len, room, format, args);
    if (n > 0)
        to->len += (size_t)n < room ? (size_t)n : room - 1;
}

__attribute__((format(printf, 2, 3))) static void put(words *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vput(to, format, args);
    va_end(args);
}

static void put_name(words *to, const dr_json_key *key)
{
    put(to, "%.*s", key->len < 100 ? (int)key->len : 100, key->name);
}

/* ---- the first error ---- */

/* "mar[3].rate: ", "" at the root. */
static void put_place(words *to, const dr_scope *scope)
{
    const dr_scope *chain[PLACES_SHOWN];
    size_t n = 0, before = to->len;
    for (; scope != NULL && n < PLACES_SHOWN; scope = scope->up)
        if (scope->key != NULL)
            chain[n++] = scope;
    while (n-- > 0) {
        if (to->len > before)
            put(to, ".");
        put_name(to, chain[n]->key->key);
        if (chain[n]->index >= 0)
            put(to, "[%lld]", (long long)chain[n]->index);
    }
    if (to->len > before)
        put(to, ": ");
}

dr_got dr_wrong(dr_reader *r, const char *format, ...)
{
    if (r->bad)
        return DR_GOT_WRONG;
    r->bad = true;
    r->s->refusal.offset = (uint64_t)(r->json.at - r->json.start);
    words to = {r->said, 0, DR_SAID};
    put_place(&to, r->scope);
    va_list args;
    va_start(args, format);
    vput(&to, format, args);
    va_end(args);
    return DR_GOT_WRONG;
}

static const char *kind_of(char c)
{
    switch (c) {
    case '{':
        return "an object";
    case '[':
        return "an array";
    case '"':
        return "text";
    case 't':
    case 'f':
        return "true or false";
    case 'n':
        return "null";
    default:
        return c == '-' || (c >= '0' && c <= '9') ? "a number" : NULL;
    }
}

dr_got dr_wrong_type(dr_reader *r, const char *expected)
{
    const char *found = kind_of(dr_json_peek(&r->json));
    if (found != NULL)
        return dr_wrong(r, "expected %s, found %s", expected, found);
    dr_json_fail_end(&r->json);
    return DR_GOT_STOP;
}

dr_got dr_wrong_name(dr_reader *r, const dr_plan_key *key, size_t len)
{
    char text[256];
    words to = {text, 0, sizeof text};
    uint32_t n = key->names->count, shown = n > NAMES_SHOWN ? NAMES_SHOWN : n;
    for (uint32_t i = 0; i < shown; i++)
        put(&to, "%s%s", i > 0 ? ", " : "", key->names->items[i].bytes);
    if (n > shown)
        put(&to, " or %u others", n - shown);
    return dr_wrong(r, "unknown value for \"%.*s\": expected one of %s; found text of %zu bytes",
                    key->key->len < 100 ? (int)key->key->len : 100, key->key->name, text, len);
}

/* The first field that is lacking; within an object that is lacking as a whole, by its path. */
dr_got dr_wrong_required(dr_reader *r, const dr_plan_shape *shape, uint64_t lacking)
{
    char text[128] = "";
    words to = {text, 0, sizeof text};
    for (int depth = 0; lacking != 0 && depth < PLACES_SHOWN; depth++) {
        const dr_plan_key *key = &shape->keys[__builtin_ctzll(lacking)];
        put(&to, "%s", depth > 0 ? "." : "");
        put_name(&to, key->key);
        if (key->op != DR_READ_OBJECT)
            break;
        shape = &r->plan->shapes[key->shape];
        lacking = shape->required;
    }
    return dr_wrong(r, "\"%s\" is required", text);
}

/* ---- the message ---- */

/* Cuts at the end of a character, and takes out what a terminal might obey: names come from policies. */
static void tidy(char *text, size_t size)
{
    size_t len = strlen(text);
    if (len + 1 == size) {
        while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
            len--;
        if (len > 0 && (unsigned char)text[len - 1] >= 0xC0)
            len--;
        text[len] = '\0';
    }
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = '?';
}

static bool is_plain_id(const char *bytes, size_t len)
{
    if (len > ID_SHOWN)
        return false;
    for (size_t i = 0; i < len; i++)
        if (bytes[i] < 0x20 || bytes[i] >= 0x7F)
            return false;
    return true;
}

void dr_remember_id(dr_reader *r, const char *bytes, size_t len)
{
    char *to = r->s->refusal.encounter;
    r->id_known = true;
    if (is_plain_id(bytes, len)) {
        memcpy(to, bytes, len);
        to[len] = '\0';
        return;
    }
    dr_buf plain;
    size_t cut = len < ID_SHOWN ? len : ID_SHOWN;
    while (cut > 0 && cut < len && ((unsigned char)bytes[cut] & 0xC0) == 0x80)
        cut--; /* between characters */
    dr_buf_init(&plain, &r->s->alloc, 8 * ID_SHOWN);
    dr_buf_plain(&plain, bytes, cut);
    size_t shown = plain.failed ? 0 : plain.len;
    if (shown > ID_SHOWN) {
        shown = ID_SHOWN;
        while (shown > 0 && ((unsigned char)plain.data[shown] & 0xC0) == 0x80)
            shown--;
    }
    if (shown > 0)
        memcpy(to, plain.data, shown);
    to[shown] = '\0';
    dr_buf_free(&plain);
}

void dr_remember_policy(dr_reader *r, const char *bytes, size_t len)
{
    char *to = r->s->refusal.policy;
    size_t room = sizeof r->s->refusal.policy - 1, n = len < room ? len : room;
    r->policy_known = true;
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(bytes[i] != '\0' ? bytes[i] : '?'); /* a NUL would make it another name */
    to[n] = '\0';
}

void dr_wrong_text(dr_reader *r)
{
    dr_json *j = &r->json;
    if (r->told || j->status == DR_OK)
        return;
    r->told = true;
    if (j->status == DR_NO_MEMORY) {
        j->status = dr_vm_memory(r->s);
        if (j->status == DR_LIMIT)
            j->wrong = "reading needs more memory than one evaluation may take";
    }
    if (r->bad && j->status == DR_BAD_INPUT)
        return; /* the first error stands */
    unsigned long long at = (unsigned long long)(j->wrong_at - j->start);
    words to = {r->said, 0, DR_SAID};
    r->bad = true;
    r->s->refusal.offset = at;
    put_place(&to, r->scope);
    if (j->wrong == dr_json_too_deep)
        r->s->limit = DR_LIMIT_DEPTH;
    if (j->wrong == dr_json_too_deep)
        put(&to, "nested more than %u levels deep (byte %llu)", j->depth_max, at);
    else if (j->status == DR_BAD_INPUT)
        put(&to, "%s (byte %llu)", j->wrong, at);
    else
        put(&to, "%s", j->wrong);
}

dr_status dr_read_refuse(dr_reader *r)
{
    dr_session *s = r->s;
    dr_wrong_text(r);
    tidy(r->said, DR_SAID);
    const char *id = s->refusal.encounter;
    snprintf(s->refusal.message, sizeof s->refusal.message, "encounter%s%s: %s", id[0] != '\0' ? " " : "", id,
             r->said);
    return r->json.status != DR_OK ? r->json.status : DR_BAD_INPUT;
}

/* ---- what nobody declares ---- */

static void write_path(dr_buf *to, const dr_scope *scope)
{
    const dr_scope *chain[PLACES_SHOWN];
    size_t n = 0;
    for (; scope != NULL && n < PLACES_SHOWN; scope = scope->up)
        if (scope->key != NULL)
            chain[n++] = scope;
    while (n-- > 0) {
        dr_buf_bytes(to, chain[n]->key->key->name, chain[n]->key->key->len);
        dr_buf_text(to, chain[n]->index >= 0 ? "[]." : ".");
    }
}

/* A buffer could not grow. Buffers are not the arena's, so its keeper has to be told who refused. */
static bool fail_buffer(dr_reader *r, bool capped)
{
    r->s->watch.refused = !capped;
    return dr_json_fail_memory(&r->json);
}

bool dr_note_undeclared(dr_reader *r, dr_slice name)
{
    dr_json *j = &r->json;
    if (r->n_undeclared == r->size_undeclared) {
        dr_slice *items =
            dr_grow(j->arena, r->undeclared, r->n_undeclared, &r->size_undeclared, sizeof *items);
        if (items == NULL)
            return dr_json_fail_memory(j);
        r->undeclared = items;
    }
    dr_buf path;
    dr_buf_init(&path, &r->s->alloc, SIZE_MAX / 2);
    write_path(&path, r->scope);
    dr_buf_plain(&path, name.bytes, name.len);
    bool failed = path.failed;
    const char *copy = failed ? NULL : dr_take_text(j->arena, path.data != NULL ? path.data : "", path.len);
    if (copy != NULL)
        r->undeclared[r->n_undeclared++] = (dr_slice){copy, path.len};
    dr_buf_free(&path);
    return copy != NULL || (failed ? fail_buffer(r, false) : dr_json_fail_memory(j));
}

static int by_bytes(const void *context, uint32_t a, uint32_t b)
{
    const dr_slice *items = context, *x = &items[a], *y = &items[b];
    int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

bool dr_list_undeclared(dr_reader *r)
{
    dr_json *j = &r->json;
    dr_buf *to = &r->s->undeclared;
    uint32_t n = r->n_undeclared;
    uint32_t *index = dr_take(j->arena, n * sizeof *index);
    if (index == NULL)
        return dr_json_fail_memory(j);
    for (uint32_t i = 0; i < n; i++)
        index[i] = i;
    if (!dr_order(j->arena, index, n, by_bytes, r->undeclared))
        return dr_json_fail_memory(j);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && by_bytes(r->undeclared, index[i - 1], index[i]) == 0)
            continue;
        dr_slice path = r->undeclared[index[i]];
        bool capped = path.len + 1 > to->cap - to->len;
        dr_buf_bytes(to, path.bytes, path.len);
        dr_buf_char(to, '\n');
        if (to->failed)
            return fail_buffer(r, capped);
    }
    return true;
}
