/* drip: result.c, level 2b. The outcome of an evaluation: merged lines (merge.c) with what is shown of them and
 * its totals, findings merged and sorted. Nothing depends on the values of symbols. */
#include "result.h"

#include <stdio.h>
#include <string.h>

#include "order.h"
#include "vm.h"

/* ---- texts ---- */

dr_member dr_text_of(const dr_session *s, uint8_t kind, uint16_t of, int64_t cell)
{
    if (kind == DR_ENUM) {
        const dr_enum *e = &s->program->enums[of];
        const char *name = (uint64_t)cell < e->count ? e->names[cell] : "";
        return (dr_member){name, strlen(name)};
    }
    const dr_text *text = dr_sym_text(&s->syms, cell);
    return text != NULL ? (dr_member){text->bytes, text->len} : (dr_member){"", 0};
}

int dr_cmp_texts(dr_member a, dr_member b)
{
    int order = memcmp(a.bytes, b.bytes, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_text(const void *context, uint32_t a, uint32_t b)
{
    const dr_member *texts = context;
    return dr_cmp_texts(texts[a], texts[b]);
}

const dr_member *dr_ordered(const dr_session *s, dr_arena *arena, uint8_t kind, uint16_t of,
                            const dr_set *set)
{
    uint32_t n = set->count;
    dr_member *texts = dr_take(arena, n * sizeof *texts);
    for (uint32_t i = 0; texts != NULL && i < n; i++)
        texts[i] = dr_text_of(s, kind, of, set->at[i]);
    return texts != NULL && dr_sort(arena, texts, n, sizeof *texts, by_text, texts) ? texts : NULL;
}

/* ---- comparing ---- */

int dr_cmp_sets(const dr_session *s, dr_type type, const dr_set *x, const dr_set *y, const dr_member *a,
                const dr_member *b)
{
    dr_member one = {"", 0}, other = {"", 0};
    if (x == y)
        return 0;
    if (x->count == 1)
        one = dr_text_of(s, type.member, type.of, x->at[0]);
    if (y->count == 1)
        other = dr_text_of(s, type.member, type.of, y->at[0]);
    a = x->count == 1 ? &one : a;
    b = y->count == 1 ? &other : b;
    for (uint32_t i = 0; i < x->count && i < y->count; i++) {
        int order = dr_cmp_texts(a[i], b[i]);
        if (order != 0)
            return order;
    }
    return (x->count > y->count) - (x->count < y->count);
}

int dr_cmp_clauses(const dr_program *p, uint32_t a, uint32_t b)
{
    if (a == b)
        return 0;
    int order = strcmp(p->clauses[a].name, p->clauses[b].name);
    return order != 0 ? order : (a > b) - (a < b);
}

/* ---- totals ---- */

static dr_status add_total(dr_session *s, const dr_shown *total, int64_t *to)
{
    const dr_col col = s->cols[total->slot];
    bool number = s->program->slots[total->slot].type.kind == DR_NUM;
    dr_num sum = {.top = 0};
    for (uint32_t row = 0; row < s->n_rows[s->program->merge_entity]; row++) {
        int64_t more = col.base[(size_t)row * col.stride];
        if (more == DR_MISSING)
            continue;
        bool first = *to == DR_MISSING, fits = true;
        if (number)
            fits = first ? (sum = *(const dr_num *)dr_ptr(more), true)
                         : dr_num_add(sum, *(const dr_num *)dr_ptr(more), &sum);
        else
            fits = !__builtin_add_overflow(first ? 0 : *to, more, to);
        if (!fits)
            return dr_total_too_large(s, total->name);
        if (number)
            *to = 0;
    }
    if (!number || *to == DR_MISSING)
        return DR_OK;
    dr_num *kept = dr_take(&s->arena, sizeof *kept);
    if (kept == NULL)
        return dr_vm_memory(s);
    *kept = sum;
    *to = dr_cell(kept);
    return DR_OK;
}

/* What is known of the lines, added up. */
static dr_status make_totals(dr_session *s, dr_outcome *out)
{
    const dr_program *p = s->program;
    int64_t *totals = dr_take(&s->arena, p->n_totals * sizeof *totals);
    if (totals == NULL)
        return dr_vm_memory(s);
    dr_status status = DR_OK;
    for (uint32_t i = 0; i < p->n_totals && status == DR_OK; i++) {
        totals[i] = DR_MISSING;
        status = add_total(s, &p->totals[i], &totals[i]);
    }
    out->totals = totals;
    return status;
}

/* ---- findings ---- */

typedef struct finding_order {
    const dr_session *s;
    const dr_out_finding *findings;
    const dr_member **about;
} finding_order;

static int by_finding(const void *context, uint32_t a, uint32_t b)
{
    const finding_order *o = context;
    const dr_out_finding *x = &o->findings[a], *y = &o->findings[b];
    const dr_type texts = {.kind = DR_SET, .member = DR_TEXT};
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    int order = strcmp(x->code, y->code);
    if (order == 0)
        order = dr_cmp_sets(o->s, texts, x->about, y->about, o->about[a], o->about[b]);
    if (order == 0)
        order = dr_cmp_clauses(o->s->program, x->clause, y->clause);
    return order != 0 ? order : strcmp(x->message, y->message);
}

static const char *conflict_message(dr_session *s, const dr_conflict *c)
{
    const dr_program *p = s->program;
    const char *a = p->clauses[p->pairs[c->pair][0]].name, *b = p->clauses[p->pairs[c->pair][1]].name;
    const char *attribute = p->slots[c->slot].name;
    size_t size = strlen(a) + strlen(b) + strlen(attribute) + 64;
    char *text = dr_take(&s->arena, size);
    if (text != NULL)
        snprintf(text, size, "clauses %s and %s both apply to %s with different values", a, b, attribute);
    return text;
}

void dr_hook_place(const dr_program *p, uint32_t hook, uint32_t line, dr_buf *out)
{
    if (p->hooks[hook].script == DR_NONE) {
        dr_buf_text(out, "host");
        return;
    }
    const char *origin = p->sources.items[p->hooks[hook].source].origin, *slash = strrchr(origin, '/');
    const char *name = slash != NULL ? slash + 1 : origin;
    dr_buf_plain(out, name, strlen(name));
    if (line == 0)
        return;
    dr_buf_char(out, ':');
    dr_buf_int(out, line);
}

static const char *hook_message(dr_session *s, const dr_hook_failure *f)
{
    dr_buf text;
    dr_buf_init(&text, &s->arena.alloc, 2048);
    dr_buf_text(&text, "the hook ");
    dr_buf_text(&text, s->program->hooks[f->hook].name);
    dr_buf_text(&text, " failed, and its value is missing: ");
    dr_buf_plain(&text, f->reason, strlen(f->reason));
    dr_buf_text(&text, " (");
    dr_hook_place(s->program, f->hook, f->line, &text);
    dr_buf_char(&text, ')');
    const char *kept = text.failed ? NULL : dr_take_text(&s->arena, text.data, text.len);
    dr_buf_free(&text);
    return kept;
}

static bool load_failures(dr_session *s, dr_out_finding *to)
{
    static const dr_set nobody = {.count = 0};
    for (uint32_t i = 0; i < s->n_hook_failures; i++, to++) {
        const dr_hook_failure *f = &s->hook_failures[i];
        uint32_t clause = dr_clause_of_code(s, f->pc, f->node);
        *to = (dr_out_finding){.level = DR_HOLD,
                               .code = "hook-failed",
                               .message = hook_message(s, f),
                               .about = &nobody,
                               .clause = clause,
                               .cite = s->program->clauses[clause].cite,
                               .source = DR_NONE,
                               .topic = DR_NONE};
        if (to->message == NULL)
            return false;
    }
    return true;
}

static bool load_findings(dr_session *s, dr_out_finding *to)
{
    static const dr_set nobody = {.count = 0};
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < s->n_findings; i++) {
        const dr_rule *rule = &p->rules[s->findings[i].rule];
        const dr_set *about = s->findings[i].about != NULL ? s->findings[i].about : &nobody;
        *to++ = (dr_out_finding){.level = rule->level,
                                 .code = rule->code,
                                 .message = rule->message,
                                 .about = about,
                                 .clause = rule->clause,
                                 .cite = p->clauses[rule->clause].cite,
                                 .source = i,
                                 .topic = rule->topic,
                                 .cure = rule->cure};
    }
    for (uint32_t i = 0; i < s->n_conflicts; i++) {
        const dr_conflict *c = &s->conflicts[i];
        uint32_t clause = p->pairs[c->pair][0];
        *to = (dr_out_finding){.level = DR_HOLD,
                               .code = "conflict",
                               .message = conflict_message(s, c),
                               .about = &nobody,
                               .clause = clause,
                               .cite = p->clauses[clause].cite,
                               .source = DR_NONE,
                               .topic = DR_NONE};
        if (to++->message == NULL)
            return false;
    }
    return load_failures(s, to);
}

static bool order_findings(finding_order *o, dr_arena *arena, uint32_t *index, uint32_t n)
{
    o->about = dr_take_zero(arena, n, sizeof *o->about);
    if (o->about == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        index[i] = i;
        if (o->findings[i].about->count < 2)
            continue;
        o->about[i] = dr_ordered(o->s, arena, DR_TEXT, 0, o->findings[i].about);
        if (o->about[i] == NULL)
            return false;
    }
    return dr_order(arena, index, n, by_finding, o);
}

static dr_status make_findings(dr_session *s, dr_outcome *out)
{
    uint32_t n = s->n_findings + s->n_conflicts + s->n_hook_failures;
    if (n == 0)
        return DR_OK;
    dr_out_finding *all = dr_take_zero(&s->arena, n, sizeof *all);
    uint32_t *index = dr_take_zero(&s->arena, n, sizeof *index);
    out->findings = dr_take_zero(&s->arena, n, sizeof *out->findings);
    finding_order o = {.s = s, .findings = all};
    if (all == NULL || index == NULL || out->findings == NULL || !load_findings(s, all) ||
        !order_findings(&o, &s->arena, index, n))
        return dr_vm_memory(s);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && by_finding(&o, index[i - 1], index[i]) == 0) {
            out->findings[out->n_findings - 1].n_same++;
            continue; /* the same once more */
        }
        dr_out_finding *f = &out->findings[out->n_findings++];
        *f = all[index[i]];
        f->same = &index[i];
        f->n_same = 1;
        out->denied += all[index[i]].level == DR_DENY;
    }
    return DR_OK;
}

dr_status dr_outcome_make(dr_session *s, dr_outcome *out)
{
    *out = (dr_outcome){.lines = NULL};
    dr_status status = DR_OK;
    if (dr_vm_of(s)->merged.done) {
        out->lines = dr_vm_of(s)->merged.lines;
        out->n_lines = dr_vm_of(s)->merged.n;
        status = make_totals(s, out);
    } else if (s->n_lines > 0) {
        status = dr_merge_lines(s, &out->lines, &out->n_lines);
    }
    if (status == DR_OK)
        status = make_findings(s, out);
    if (status != DR_OK)
        *out = (dr_outcome){.lines = NULL};
    return status;
}
