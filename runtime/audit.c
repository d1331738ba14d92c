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
    if (text->failed) /* a buffer is not the arena's, so its keeper has to be told */
        a->s->watch.refused = true;
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

/* ---- money */

/* The outcome's or the claim's lines that a line stands for, and what they amount to; 0 for no line. */
static const dr_num *amount_of(auditing *a, const dr_billed *billed, const dr_match_line *line,
                               bool supported)
{
    static const dr_num nothing = {.top = 0, .bottom = 1};
    const dr_num *amount = NULL;
    if (line == NULL)
        return &nothing;
    const dr_out_line **lines = dr_take_zero(&a->s->arena, line->n_of, sizeof *lines);
    if (lines == NULL) {
        memory(a);
        return NULL;
    }
    for (uint32_t i = 0; i < line->n_of; i++)
        lines[i] = supported ? &a->outcome->lines[line->of[i]] : billed->line_of[line->of[i]];
    dr_status status =
        dr_bill_amount(a->s, supported ? a->s : a->ask->scratch, lines, line->n_of, billed->total, &amount);
    a->status = a->status == DR_OK ? status : a->status;
    return amount;
}

/* Of two differences of the same pair, the first has the money. */
static bool told_before(const dr_audit *audit, const dr_audit_item *item)
{
    return item > audit->items && item->kind == DR_AUDIT_DIFFERS && item[-1].kind == DR_AUDIT_DIFFERS &&
           item[-1].billed == item->billed;
}

static void price_item(auditing *a, const dr_billed *billed, dr_audit_item *item)
{
    dr_audit *out = a->out;
    const dr_match_line *ours = item->kind == DR_AUDIT_DUPLICATE ? NULL : item->supported;
    const dr_num *x = amount_of(a, billed, ours, true), *y = amount_of(a, billed, item->billed, false);
    dr_num *amount = dr_take(&a->s->arena, sizeof *amount);
    if (amount == NULL)
        memory(a);
    if (amount == NULL || x == NULL || y == NULL || !dr_num_sub(*x, *y, amount)) {
        out->n_unpriced++;
        return;
    }
    dr_num *sum = amount->top < 0 ? &out->over : &out->under;
    if (amount->top < 0 ? dr_num_sub(*sum, *amount, sum) : dr_num_add(*sum, *amount, sum))
        item->amount = amount;
    else
        out->n_unpriced++;
}

static dr_num total_of(const dr_outcome *outcome, uint32_t total)
{
    int64_t cell = outcome->totals != NULL ? outcome->totals[total] : DR_MISSING;
    return cell != DR_MISSING ? *(const dr_num *)dr_ptr(cell) : dr_num_int(0);
}

static void price(auditing *a, const dr_billed *billed)
{
    dr_audit *out = a->out;
    if (billed->total == DR_NONE || a->outcome->totals == NULL || billed->outcome.totals == NULL)
        return;
    out->money = a->p->slots[a->p->totals[billed->total].slot].type;
    out->under = out->over = out->net = dr_num_int(0);
    out->priced =
        (a->outcome->totals[billed->total] != DR_MISSING ||
         billed->outcome.totals[billed->total] != DR_MISSING) &&
        dr_num_sub(total_of(a->outcome, billed->total), total_of(&billed->outcome, billed->total), &out->net);
    for (uint32_t i = 0; i < out->n && out->priced && a->status == DR_OK; i++)
        if (!told_before(out, &out->items[i]))
            price_item(a, billed, &out->items[i]);
}

/* ---- edits */

static bool same_about(const dr_session *s, const dr_set *x, const dr_session *t, const dr_set *y)
{
    if (x->count != y->count)
        return false;
    for (uint32_t i = 0; i < x->count; i++) {
        const dr_text *text = dr_sym_text(&s->syms, x->at[i]);
        int64_t there = dr_sym_find(&t->syms, text->bytes, text->len);
        if (there < 0 || !dr_set_has(y, there))
            return false;
    }
    return true;
}

static bool is_raised(const auditing *a, const dr_session *by, const dr_out_finding *f)
{
    for (uint32_t i = 0; i < a->outcome->n_findings; i++) {
        const dr_out_finding *g = &a->outcome->findings[i];
        if (g->clause == f->clause && g->level == f->level && strcmp(g->code, f->code) == 0 &&
            strcmp(g->message, f->message) == 0 && same_about(by, f->about, a->s, g->about))
            return true;
    }
    return false;
}

static void find_edits(auditing *a, const dr_billed *billed)
{
    dr_audit *out = a->out;
    out->as_billed = a->ask->scratch;
    out->edits = dr_take_zero(&a->s->arena, billed->outcome.n_findings, sizeof *out->edits);
    if (out->edits == NULL)
        memory(a);
    for (uint32_t i = 0; i < billed->outcome.n_findings && a->status == DR_OK; i++)
        if (!is_raised(a, out->as_billed, &billed->outcome.findings[i]))
            out->edits[out->n_edits++] = &billed->outcome.findings[i];
}

/* After the nearest misses, which use the same session. */
static void judge(auditing *a)
{
    dr_billed billed;
    dr_status status = dr_bill(a->s, a->outcome, &a->claim, &a->matches, a->ask, &billed);
    if (status == DR_NOT_FOUND)
        return;
    a->status = status;
    if (a->status == DR_OK)
        price(a, &billed);
    if (a->status == DR_OK)
        find_edits(a, &billed);
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
    if (a.status == DR_OK)
        judge(&a);
    return a.status;
}
