/* drip: audit.c, level 2b. From matched lines to items with their reasons; see audit.h.
 *
 * Why a line is supported its clause says. Why one is not, the nearest miss does, looked for once for each name
 * and with the fuel of one evaluation for all of them. */
#include "audit.h"

#include "result.h"
#include "vm.h"

typedef struct auditing {
    dr_session *s;
    const dr_program *p;
    const dr_outcome *outcome;
    const dr_audit_ask *ask;
    dr_matches matches;
    dr_claim claim;
    dr_audit *out;
    uint32_t size; /* room for items */
    uint64_t fuel; /* for each search of a nearest miss */
    dr_status status;
} auditing;

static dr_status memory(auditing *a)
{
    return a->status = a->status == DR_OK ? dr_vm_memory(a->s) : a->status;
}

static const char *keep(auditing *a, dr_buf *text)
{
    const char *kept =
        text->failed ? NULL : dr_take_text(&a->s->arena, text->data != NULL ? text->data : "", text->len);
    dr_buf_clear(text);
    if (kept == NULL)
        memory(a);
    return kept != NULL ? kept : "";
}

/* ---- why it is supported */

static const dr_emitted *first_source(const auditing *a, const dr_match_line *supported)
{
    return &a->s->lines[a->outcome->lines[supported->of[0]].sources[0]];
}

static void why_supported(auditing *a, dr_audit_item *item)
{
    const dr_emitted *from = first_source(a, item->supported);
    dr_buf text;
    dr_buf_init(&text, &a->s->alloc, 1 << 16);
    item->clause = a->p->rules[from->rule].clause;
    (void)dr_tell_says(a->s, item->clause, from->row, &text);
    item->why = keep(a, &text);
    dr_buf_free(&text);
}

/* ---- why it is not */

/* The same question was asked before. */
static bool answered_before(const auditing *a, dr_audit_item *item, int64_t name, uint32_t name_field)
{
    for (uint32_t i = 0; i + 1 < a->out->n; i++) {
        const dr_audit_item *other = &a->out->items[i];
        if (other->kind != DR_AUDIT_UNSUPPORTED || other->billed->cells[name_field] != name)
            continue;
        item->why = other->why;
        item->nearest = other->nearest;
        item->clause = other->clause;
        return true;
    }
    return false;
}

static void tell_miss(auditing *a, const dr_miss *miss, dr_buf *text)
{
    for (uint32_t k = 0; k < miss->n_edits; k++) {
        dr_buf_text(text, k > 0 ? ", and " : "");
        dr_edit_tell(a->s, &miss->edits[k], text);
    }
}

static void tell_candidate(auditing *a, const dr_account *account, dr_audit_item *item, dr_buf *text)
{
    if (account->n_candidates == 0) {
        dr_buf_text(text, "no clause of this policy gives it");
        item->why = keep(a, text);
        return;
    }
    const dr_candidate *c = &account->candidates[0];
    item->clause = a->p->rules[c->rule].clause;
    if (c->why != NULL && c->why->first != NULL)
        dr_tell(a->s, c->why->first, text);
    item->why = keep(a, text);
    if (account->misses.n > 0)
        tell_miss(a, &account->misses.items[0], text);
    item->nearest = keep(a, text);
}

static void why_unsupported(auditing *a, dr_audit_item *item)
{
    uint32_t field = dr_field_of(a->p, DR_ROLE_NAME);
    int64_t name = item->billed->cells[field];
    const char *code = dr_sym_text(&a->s->syms, name)->bytes;
    dr_asked asked = {.why_not = code,
                      .json = a->ask->json,
                      .len = a->ask->len,
                      .scratch = a->ask->scratch,
                      .fuel = a->fuel};
    dr_account account;
    dr_buf text;
    if (answered_before(a, item, name, field))
        return;
    dr_buf_init(&text, &a->s->alloc, 1 << 16);
    dr_status status = dr_account_make(a->s, a->outcome, &asked, &account);
    if (status != DR_OK)
        a->status = status;
    else if (account.missing == NULL)
        dr_buf_text(&text,
                    "the record supports other lines of this name, which other lines of the claim bill");
    else
        tell_candidate(a, &account, item, &text);
    if (text.len > 0)
        item->why = keep(a, &text);
    dr_buf_free(&text);
}

/* ---- items */

static dr_audit_item *add(auditing *a, uint8_t kind, uint32_t field, const dr_match *of)
{
    if (a->out->n == a->size) {
        dr_audit_item *items = dr_grow(&a->s->arena, a->out->items, a->out->n, &a->size, sizeof *items);
        if (items == NULL) {
            memory(a);
            return NULL;
        }
        a->out->items = items;
    }
    dr_audit_item *item = &a->out->items[a->out->n++];
    *item = (dr_audit_item){.kind = kind,
                            .field = field,
                            .supported = of->supported,
                            .billed = of->billed,
                            .why = "",
                            .nearest = "",
                            .clause = DR_NONE};
    return item;
}

static void add_differences(auditing *a, const dr_match *of)
{
    for (uint32_t f = 0; f < a->p->n_fields && a->status == DR_OK; f++) {
        if (!dr_match_differ(a->s, f, of->supported->cells, of->billed->cells))
            continue;
        dr_audit_item *item = add(a, DR_AUDIT_DIFFERS, f, of);
        if (item != NULL)
            why_supported(a, item);
    }
}

static void add_match(auditing *a, const dr_match *of)
{
    static const uint8_t kinds[] = {[DR_MATCH_MISSED] = DR_AUDIT_MISSED,
                                    [DR_MATCH_UNSUPPORTED] = DR_AUDIT_UNSUPPORTED,
                                    [DR_MATCH_AGAIN] = DR_AUDIT_DUPLICATE};
    if (of->kind == DR_MATCH_PAIR || of->kind == DR_MATCH_NAME) {
        add_differences(a, of);
        return;
    }
    dr_audit_item *item = add(a, kinds[of->kind], DR_NONE, of);
    if (item == NULL)
        return;
    if (of->kind == DR_MATCH_UNSUPPORTED)
        why_unsupported(a, item);
    else
        why_supported(a, item);
}

dr_status dr_audit_make(dr_session *s, const dr_outcome *outcome, const dr_audit_ask *ask, dr_audit *out)
{
    auditing a = {.s = s, .p = s->program, .outcome = outcome, .ask = ask, .out = out};
    *out = (dr_audit){.items = NULL};
    ask->claims->fault.message[0] = '\0';
    dr_status status = dr_claim_read(ask->claims, s, ask->part, &a.claim);
    if (status == DR_OK)
        status = dr_match_make(s, outcome, &a.claim, &a.matches);
    if (status != DR_OK)
        return status;
    out->n_supported = outcome->n_lines;
    out->n_billed = a.claim.n_lines;
    uint64_t unsupported = 1;
    for (uint32_t i = 0; i < a.matches.n; i++)
        unsupported += a.matches.items[i].kind == DR_MATCH_UNSUPPORTED;
    a.fuel = s->limits.fuel / unsupported + 1;
    for (uint32_t i = 0; i < a.matches.n && a.status == DR_OK; i++)
        add_match(&a, &a.matches.items[i]);
    return a.status;
}
