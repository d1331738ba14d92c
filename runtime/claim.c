/* drip: claim.c, level 2b. The claims of a text: opening it, finding the one of an encounter; see claim.h. */
#include "claim.h"

#include <stdarg.h>
#include <stdio.h>

#include "order.h"
#include "vm.h"

enum { ARENA_MAX = 1 << 28 };

dr_status dr_claim_wrong(dr_claims *claims, uint32_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(claims->fault.message, sizeof claims->fault.message, format, args);
    va_end(args);
    claims->fault.at = at;
    return DR_BAD_INPUT;
}

dr_status dr_claim_memory(dr_claims *claims, dr_session *s)
{
    dr_status status = s->arena.failed ? dr_vm_memory(s) : DR_NO_MEMORY;
    (void)dr_claim_wrong(claims, 0,
                         status == DR_LIMIT ? "the claim needs more memory than one evaluation may take"
                                            : "out of memory");
    return status;
}

/* ---- lines */

int64_t *dr_claim_add(dr_claims *claims, dr_session *s, dr_claim *claim, uint32_t at, dr_status *status)
{
    uint32_t n_fields = s->program->n_fields;
    if (claim->n_lines == DR_CLAIM_LINES) {
        *status = dr_claim_wrong(claims, at, "a claim has at most %d lines", DR_CLAIM_LINES);
        return NULL;
    }
    if (claim->n_lines == claim->size) {
        dr_claim_line *lines = dr_grow(&s->arena, claim->lines, claim->n_lines, &claim->size, sizeof *lines);
        if (lines != NULL)
            claim->lines = lines;
    }
    int64_t *cells =
        claim->n_lines < claim->size ? dr_take_zero(&s->arena, n_fields + 1u, sizeof *cells) : NULL;
    if (claim->given == NULL)
        claim->given = dr_take_zero(&s->arena, n_fields + 1u, sizeof *claim->given);
    if (cells == NULL || claim->given == NULL) {
        *status = dr_claim_memory(claims, s);
        return NULL;
    }
    for (uint32_t f = 0; f < n_fields; f++)
        cells[f] = DR_MISSING;
    claim->lines[claim->n_lines++].cells = cells;
    return cells;
}

static bool empty_set(dr_session *s, int64_t *cell)
{
    dr_set_builder none = {.items = NULL};
    const dr_set *set = dr_setb_end(s, &none);
    *cell = dr_cell(set);
    return set != NULL;
}

dr_status dr_claim_complete(dr_claims *claims, dr_session *s, dr_claim *claim, int64_t *cells, uint32_t at)
{
    const dr_program *p = s->program;
    uint32_t needed[2] = {claims->name_field, claims->count_field};
    for (int i = 0; i < 2; i++)
        if (needed[i] != DR_NONE && cells[needed[i]] == DR_MISSING)
            return dr_claim_wrong(claims, at, "a line gives no \"%s\"", p->fields[needed[i]].name);
    if (claims->count_field != DR_NONE && cells[claims->count_field] < 0)
        return dr_claim_wrong(claims, at, "\"%s\" is negative", p->fields[claims->count_field].name);
    for (uint32_t f = 0; f < p->n_fields; f++) {
        claim->given[f] = claim->given[f] || cells[f] != DR_MISSING;
        if (p->fields[f].role == DR_ROLE_SUFFIX && cells[f] == DR_MISSING && !empty_set(s, &cells[f]))
            return dr_claim_memory(claims, s);
    }
    return DR_OK;
}

/* ---- the claims of a text */

dr_claim_part *dr_claim_part_add(dr_claims *claims)
{
    if (claims->n_parts == claims->size_parts) {
        dr_claim_part *parts =
            dr_grow(&claims->arena, claims->parts, claims->n_parts, &claims->size_parts, sizeof *parts);
        if (parts == NULL)
            return NULL;
        claims->parts = parts;
    }
    dr_claim_part *part = &claims->parts[claims->n_parts++];
    *part = (dr_claim_part){.id = NULL};
    return part;
}

static int cmp_ids(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int by_id(const void *context, uint32_t a, uint32_t b)
{
    const dr_claim_part *parts = context, *x = &parts[a], *y = &parts[b];
    return cmp_ids(x->id, x->id_len, y->id, y->id_len);
}

static bool sort_parts(dr_claims *claims)
{
    return dr_sort(&claims->arena, claims->parts, claims->n_parts, sizeof *claims->parts, by_id,
                   claims->parts);
}

static uint32_t line_of(const dr_claims *claims, uint32_t at)
{
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++)
        line += claims->bytes[i] == '\n';
    return line;
}

/* Each of several claims names its encounter, and no two the same. */
static dr_status check_parts(dr_claims *claims, dr_session *s)
{
    if (claims->n_parts == 0)
        return dr_claim_wrong(claims, claims->start, "there is no claim in it");
    for (uint32_t i = 0; i < claims->n_parts && claims->n_parts > 1; i++)
        if (claims->parts[i].id == NULL)
            return dr_claim_wrong(claims, claims->parts[i].at,
                                  "this claim does not name its encounter, and there are several claims");
    if (claims->n_parts > 1 && !sort_parts(claims))
        return dr_claim_memory(claims, s);
    for (uint32_t i = 1; i < claims->n_parts; i++) {
        const dr_claim_part *a = &claims->parts[i - 1], *b = &claims->parts[i];
        if (cmp_ids(a->id, a->id_len, b->id, b->id_len) == 0)
            return dr_claim_wrong(claims, b->at,
                                  "a second claim of the same encounter: the first stands on line %u",
                                  line_of(claims, a->at));
    }
    return DR_OK;
}

static bool add_name(dr_claims *claims, const char *text, uint32_t field)
{
    if (claims->n_names == DR_CLAIM_NAMES)
        return false;
    claims->names[claims->n_names++] = (dr_claim_name){text, (uint32_t)strlen(text), field};
    return true;
}

/* The fields' own names, then the others. The compiler has seen to it that they are different and not too many. */
static dr_status gather_names(dr_claims *claims)
{
    const dr_program *p = claims->program;
    claims->names = dr_take_zero(&claims->arena, DR_CLAIM_NAMES, sizeof *claims->names);
    if (claims->names == NULL)
        return DR_NO_MEMORY;
    bool ok = true;
    for (uint32_t f = 0; f < p->n_fields; f++)
        ok = add_name(claims, p->fields[f].name, f) && ok;
    for (uint32_t f = 0; f < p->n_fields; f++)
        for (uint32_t k = 0; k < p->fields[f].n_also; k++)
            ok = add_name(claims, p->fields[f].also[k], f) && ok;
    if (p->n_fields == 0 || claims->name_field == DR_NONE || !ok)
        return dr_claim_wrong(
            claims, 0,
            "the policy's result has no field that is a line's name, so claims cannot be read by it");
    return DR_OK;
}

static uint8_t format_of(const dr_claims *claims)
{
    uint32_t at = claims->start;
    while (at < claims->len && dr_json_is_space(claims->bytes[at]))
        at++;
    return at < claims->len && (claims->bytes[at] == '{' || claims->bytes[at] == '[') ? DR_CLAIM_JSON
                                                                                      : DR_CLAIM_CSV;
}

dr_status dr_claims_open(dr_claims *claims, dr_session *s, dr_claim_format format, const char *bytes,
                         size_t len)
{
    *claims = (dr_claims){.program = s->program, .bytes = bytes, .format = (uint8_t)format};
    dr_arena_init(&claims->arena, &s->alloc, 4096, ARENA_MAX);
    claims->name_field = dr_field_of(s->program, DR_ROLE_NAME);
    claims->count_field = dr_field_of(s->program, DR_ROLE_COUNT);
    if (len >= UINT32_MAX)
        return dr_claim_wrong(claims, 0, "claims have at most 4 GiB");
    claims->len = (uint32_t)len;
    claims->start = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (format == DR_CLAIM_ANY)
        claims->format = format_of(claims);
    dr_session_reset(s);
    if (s->reader == NULL)
        s->reader = dr_plan_make(s);
    dr_status status = s->reader == NULL ? DR_NO_MEMORY : gather_names(claims);
    if (status == DR_OK)
        status = claims->format == DR_CLAIM_JSON ? dr_claims_index_json(claims, s)
                                                 : dr_claims_index_csv(claims, s);
    return status == DR_OK ? check_parts(claims, s) : status;
}

void dr_claims_close(dr_claims *claims)
{
    dr_arena_free(&claims->arena);
}

static int cmp_part(const dr_claim_part *part, const char *id, size_t len)
{
    return cmp_ids(part->id, part->id_len, id, len);
}

static uint32_t find(const dr_claims *claims, const char *id, size_t len)
{
    uint32_t low = 0, high = claims->n_parts;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cmp_part(&claims->parts[middle], id, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < claims->n_parts && cmp_part(&claims->parts[low], id, len) == 0 ? low : DR_NONE;
}

uint32_t dr_claims_find(const dr_claims *claims, const dr_session *s)
{
    uint32_t slot = s->program->id_slot;
    if (claims->n_parts == 1 && claims->parts[0].id == NULL)
        return 0;
    if (slot == DR_NONE || s->cols[slot].base == NULL || s->cols[slot].base[0] == DR_MISSING)
        return DR_NONE;
    int64_t cell = s->cols[slot].base[0];
    if (s->program->slots[slot].type.kind == DR_TEXT) {
        const dr_text *text = dr_sym_text(&s->syms, cell);
        return find(claims, text->bytes, text->len);
    }
    dr_buf id;
    dr_buf_init(&id, &s->alloc, 4096);
    dr_value_write(s->program, &s->syms, s->program->slots[slot].type, cell, &id);
    uint32_t found = id.failed || id.data == NULL ? DR_NONE : find(claims, id.data, id.len);
    dr_buf_free(&id);
    return found;
}

uint32_t dr_claims_named(const dr_claims *claims, const char *id, size_t len)
{
    return claims->n_parts == 1 && claims->parts[0].id == NULL ? DR_NONE : find(claims, id, len);
}

dr_status dr_claim_read(dr_claims *claims, dr_session *s, uint32_t part, dr_claim *out)
{
    uint32_t end = 0;
    *out = (dr_claim){.lines = NULL};
    if (claims->format == DR_CLAIM_CSV)
        return dr_claim_read_csv(claims, s, &claims->parts[part], out);
    dr_claim_part again = claims->parts[part];
    return dr_claim_read_json(claims, s, &again, &end, out);
}
