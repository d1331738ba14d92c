/* drip: result.c, level 2b. The outcome of an evaluation: lines merged and sorted, findings merged and
 * sorted.
 *
 * Emitted lines come in the order of rules and rows, which must not show. They are sorted by what the
 * program declares, then by clause, then by whatever else tells lines apart; lines to be merged are
 * neighbours then. Only if a line's place depends on a sum or a union is there a second sort. All of it
 * is n log n, and nothing depends on the values of symbols. */
#include "result.h"

#include <stdio.h>
#include <string.h>

#include "marks.h"
#include "order.h"
#include "vm.h"

typedef struct making {
    dr_session *s;
    const dr_program *p;
    int64_t *cells;          /* of emitted lines: n_fields each, in the result's order */
    const dr_member **texts; /* the same for sets of two and more members, else NULL */
    const uint32_t *clauses; /* of each emitted line */
    dr_marks marks;
    uint32_t *by; /* fields in the order in which they are compared, the clause after n_first */
    uint32_t n_first, n_by, n_fields;
    bool failed;
} making;

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

static int cmp_texts(dr_member a, dr_member b)
{
    int order = memcmp(a.bytes, b.bytes, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_text(const void *context, uint32_t a, uint32_t b)
{
    const dr_member *texts = context;
    return cmp_texts(texts[a], texts[b]);
}

const dr_member *dr_ordered(const dr_session *s, dr_arena *arena, uint8_t kind, uint16_t of,
                            const dr_set *set)
{
    uint32_t n = set->count;
    dr_member *texts = dr_take(arena, n * sizeof *texts), *sorted = dr_take(arena, n * sizeof *sorted);
    uint32_t *index = dr_take(arena, n * sizeof *index);
    if (texts == NULL || sorted == NULL || index == NULL)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        texts[i] = dr_text_of(s, kind, of, set->at[i]);
        index[i] = i;
    }
    if (!dr_order(arena, index, n, by_text, texts))
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = texts[index[i]];
    return sorted;
}

/* ---- comparing ---- */

/* Sets by their texts in order; `a` and `b` are those texts where there are two and more. */
static int cmp_sets(const dr_session *s, dr_type type, const dr_set *x, const dr_set *y, const dr_member *a,
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
        int order = cmp_texts(a[i], b[i]);
        if (order != 0)
            return order;
    }
    return (x->count > y->count) - (x->count < y->count);
}

static int cmp_spans(const dr_spans *a, const dr_spans *b)
{
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        if (a->at[i].start != b->at[i].start)
            return a->at[i].start < b->at[i].start ? -1 : 1;
        if (a->at[i].end != b->at[i].end)
            return a->at[i].end < b->at[i].end ? -1 : 1;
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int cmp_cells(const dr_session *s, dr_type type, int64_t a, int64_t b)
{
    if (a == b)
        return 0;
    if (a == DR_MISSING || b == DR_MISSING)
        return a == DR_MISSING ? -1 : 1;
    if (type.kind == DR_TEXT)
        return cmp_texts(dr_text_of(s, DR_TEXT, 0, a), dr_text_of(s, DR_TEXT, 0, b));
    if (type.kind == DR_NUM)
        return dr_num_cmp(*(const dr_num *)dr_ptr(a), *(const dr_num *)dr_ptr(b));
    if (type.kind == DR_SPANS)
        return cmp_spans(dr_ptr(a), dr_ptr(b));
    return a < b ? -1 : 1;
}

static int cmp_field(const making *m, uint32_t field, uint32_t a, uint32_t b)
{
    dr_type type = m->p->slots[m->p->fields[field].slot].type;
    size_t at_a = (size_t)a * m->n_fields + field, at_b = (size_t)b * m->n_fields + field;
    int64_t x = m->cells[at_a], y = m->cells[at_b];
    if (type.kind == DR_SET && x != DR_MISSING && y != DR_MISSING)
        return cmp_sets(m->s, type, dr_ptr(x), dr_ptr(y), m->texts[at_a], m->texts[at_b]);
    return cmp_cells(m->s, type, x, y);
}

static int cmp_clauses(const dr_program *p, uint32_t a, uint32_t b)
{
    if (a == b)
        return 0;
    int order = strcmp(p->clauses[a].name, p->clauses[b].name);
    return order != 0 ? order : (a > b) - (a < b);
}

static int by_line(const void *context, uint32_t a, uint32_t b)
{
    const making *m = context;
    for (uint32_t i = 0; i < m->n_first; i++) {
        int order = cmp_field(m, m->by[i], a, b);
        if (order != 0)
            return order;
    }
    int order = cmp_clauses(m->p, m->clauses[a], m->clauses[b]);
    order = order != 0 ? order : dr_marks_cmp(m->p, &m->marks, a, b);
    for (uint32_t i = m->n_first; order == 0 && i < m->n_by; i++)
        order = cmp_field(m, m->by[i], a, b);
    return order;
}

/* ---- lines ---- */

static void *take(making *m, size_t count, size_t size)
{
    void *p = dr_take_zero(&m->s->arena, count, size);
    m->failed = m->failed || p == NULL;
    return p;
}

/* The texts of one line's sets, for comparing. */
static void order_sets(making *m, uint32_t line)
{
    for (uint32_t f = 0; f < m->n_fields; f++) {
        dr_type type = m->p->slots[m->p->fields[f].slot].type;
        size_t at = (size_t)line * m->n_fields + f;
        if (type.kind != DR_SET || m->cells[at] == DR_MISSING)
            continue;
        const dr_set *set = dr_ptr(m->cells[at]);
        m->texts[at] = set->count > 1 ? dr_ordered(m->s, &m->s->arena, type.member, type.of, set) : NULL;
        m->failed = m->failed || (set->count > 1 && m->texts[at] == NULL);
    }
}

static void load_lines(making *m)
{
    const dr_session *s = m->s;
    uint32_t n = s->n_lines;
    uint32_t *clauses = take(m, n, sizeof *clauses);
    m->clauses = clauses;
    m->cells = take(m, (size_t)n * m->n_fields, sizeof *m->cells);
    m->texts = take(m, (size_t)n * m->n_fields, sizeof *m->texts);
    m->failed = !dr_marks_make(m->s, &m->marks) || m->failed;
    for (uint32_t i = 0; i < n && !m->failed; i++) {
        clauses[i] = m->p->rules[s->lines[i].rule].clause;
        for (uint32_t f = 0; f < m->n_fields; f++) {
            dr_col col = s->cols[m->p->fields[f].slot];
            m->cells[(size_t)i * m->n_fields + f] = col.base[(size_t)i * col.stride];
        }
        order_sets(m, i);
    }
}

static bool is_sort_field(const dr_program *p, uint32_t field)
{
    for (uint32_t i = 0; i < p->n_sort; i++)
        if (p->sort_fields[i] == field)
            return true;
    return false;
}

/* Which fields are compared: the declared ones (`keys_only`: only those that tell lines apart), the clause,
 * the rest of the keys. */
static void choose_order(making *m, bool keys_only)
{
    const dr_program *p = m->p;
    m->n_by = 0;
    for (uint32_t i = 0; i < p->n_sort; i++)
        if (!keys_only || p->fields[p->sort_fields[i]].merge == DR_MERGE_KEY)
            m->by[m->n_by++] = p->sort_fields[i];
    m->n_first = m->n_by;
    for (uint32_t f = 0; f < m->n_fields; f++)
        if (p->fields[f].merge == DR_MERGE_KEY && !is_sort_field(p, f))
            m->by[m->n_by++] = f;
}

static bool add_numbers(making *m, int64_t *to, int64_t more)
{
    dr_num *sum = dr_take(&m->s->arena, sizeof *sum);
    if (sum == NULL) {
        m->failed = true;
        return false;
    }
    const dr_num *a = dr_ptr(*to), *b = dr_ptr(more);
    *to = dr_cell(sum);
    return dr_num_add(*a, *b, sum);
}

static dr_status too_large(const making *m, uint32_t field)
{
    if (m->failed)
        return dr_vm_memory(m->s);
    char id[sizeof m->s->refusal.encounter];
    memcpy(id, m->s->refusal.encounter, sizeof id);
    return dr_refuse(m->s, DR_BAD_INPUT, "encounter%s%s: the total of \"%s\" is too large",
                     id[0] != '\0' ? " " : "", id, m->p->fields[field].name);
}

/* Adds up one field over the lines index[0..n) into the first one's cell; what is missing adds nothing. */
static dr_status sum_field(making *m, const uint32_t *index, uint32_t n, uint32_t field)
{
    bool number = m->p->slots[m->p->fields[field].slot].type.kind == DR_NUM;
    int64_t *to = &m->cells[(size_t)index[0] * m->n_fields + field];
    for (uint32_t i = 1; i < n; i++) {
        int64_t more = m->cells[(size_t)index[i] * m->n_fields + field];
        if (more == DR_MISSING)
            continue;
        if (*to == DR_MISSING)
            *to = more;
        else if (number ? !add_numbers(m, to, more) : __builtin_add_overflow(*to, more, to))
            return too_large(m, field);
    }
    return DR_OK;
}

static dr_status unite_field(making *m, const uint32_t *index, uint32_t n, uint32_t field)
{
    dr_session *s = m->s;
    bool spans = m->p->slots[m->p->fields[field].slot].type.kind == DR_SPANS;
    dr_set_builder b = {.items = NULL};
    dr_span_builder sb = {.items = NULL};
    bool any = false, ok = true;
    for (uint32_t i = 0; i < n && ok; i++) {
        int64_t cell = m->cells[(size_t)index[i] * m->n_fields + field];
        if (cell == DR_MISSING)
            continue;
        any = true;
        ok = spans ? dr_spanb_set(&s->arena, &sb, dr_ptr(cell)) : dr_setb_join(&s->arena, &b, dr_ptr(cell));
    }
    if (!any)
        return DR_OK;
    const void *all = NULL;
    if (ok)
        all = spans ? (const void *)dr_spanb_end(&s->arena, &sb) : (const void *)dr_setb_end(s, &b);
    if (all == NULL)
        return dr_vm_memory(s);
    m->cells[(size_t)index[0] * m->n_fields + field] = dr_cell(all);
    return DR_OK;
}

static bool is_positive(const dr_program *p, uint32_t field, int64_t cell)
{
    if (cell == DR_MISSING)
        return true;
    if (p->slots[p->fields[field].slot].type.kind == DR_NUM)
        return ((const dr_num *)dr_ptr(cell))->top > 0;
    return cell > 0;
}

/* Lines index[0..n) as one. *kept tells whether anything is left of it. */
static dr_status merge_lines(making *m, const uint32_t *index, uint32_t n, bool *kept)
{
    *kept = true;
    for (uint32_t f = 0; f < m->n_fields; f++) {
        dr_status status = DR_OK;
        uint8_t merge = m->p->fields[f].merge;
        if (n > 1 && merge == DR_MERGE_SUM)
            status = sum_field(m, index, n, f);
        else if (n > 1 && merge == DR_MERGE_UNION)
            status = unite_field(m, index, n, f);
        if (status != DR_OK)
            return status;
        if (merge == DR_MERGE_SUM && !is_positive(m->p, f, m->cells[(size_t)index[0] * m->n_fields + f]))
            *kept = false;
    }
    return DR_OK;
}

/* Sorted by what tells them apart, equal ones are neighbours; the first line of each group stands for it. */
static dr_status merge_all(making *m, uint32_t *index, dr_out_line *lines, uint32_t *n_lines)
{
    uint32_t n = m->s->n_lines;
    for (uint32_t i = 0, end = 0; i < n; i = end) {
        bool kept = true;
        for (end = i + 1; end < n && by_line(m, index[i], index[end]) == 0; end++)
            continue;
        dr_status status = merge_lines(m, index + i, end - i, &kept);
        if (status != DR_OK)
            return status;
        const dr_rule *rule = &m->p->rules[m->s->lines[index[i]].rule];
        if (!kept)
            continue;
        dr_out_line *line = &lines[(*n_lines)++];
        *line = (dr_out_line){.cells = m->cells + (size_t)index[i] * m->n_fields,
                              .clauses = rule->named,
                              .n_clauses = rule->n_named,
                              .sources = index + i,
                              .n_sources = end - i};
        if (!dr_marks_name(m->s, &m->marks, index[i], line))
            return dr_vm_memory(m->s);
    }
    return DR_OK;
}

/* Once more, where the declared order looks at sums or unions. */
static bool sort_merged(making *m, dr_out_line *lines, uint32_t n)
{
    choose_order(m, false);
    uint32_t *index = take(m, n, sizeof *index);
    dr_out_line *sorted = take(m, n, sizeof *sorted);
    if (m->failed)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        index[i] = lines[i].sources[0];
        order_sets(m, index[i]); /* unions have new ones */
    }
    if (m->failed || !dr_order(&m->s->arena, index, n, by_line, m))
        return false;
    uint32_t *place = take(m, m->s->n_lines, sizeof *place);
    if (place == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++)
        place[lines[i].sources[0]] = i;
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = lines[place[index[i]]];
    memcpy(lines, sorted, n * sizeof *lines);
    return true;
}

static bool sums_sort(const dr_program *p)
{
    for (uint32_t i = 0; i < p->n_sort; i++)
        if (p->fields[p->sort_fields[i]].merge != DR_MERGE_KEY)
            return true;
    return false;
}

static dr_status make_lines(dr_session *s, dr_outcome *out)
{
    making m = {.s = s, .p = s->program, .n_fields = s->program->n_fields};
    uint32_t *index = take(&m, s->n_lines, sizeof *index);
    m.by = take(&m, m.n_fields + s->program->n_sort, sizeof *m.by);
    out->lines = take(&m, s->n_lines, sizeof *out->lines);
    if (!m.failed)
        load_lines(&m);
    if (m.failed)
        return dr_vm_memory(s);
    for (uint32_t i = 0; i < s->n_lines; i++)
        index[i] = i;
    choose_order(&m, true);
    if (!dr_order(&s->arena, index, s->n_lines, by_line, &m))
        return dr_vm_memory(s);
    dr_status status = merge_all(&m, index, out->lines, &out->n_lines);
    if (status == DR_OK && sums_sort(s->program) && !sort_merged(&m, out->lines, out->n_lines))
        return dr_vm_memory(s);
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
        order = cmp_sets(o->s, texts, x->about, y->about, o->about[a], o->about[b]);
    if (order == 0)
        order = cmp_clauses(o->s->program, x->clause, y->clause);
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
                               .source = DR_NONE};
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
                                 .source = i};
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
                               .source = DR_NONE};
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
        if (i > 0 && by_finding(&o, index[i - 1], index[i]) == 0)
            continue; /* the same once more */
        out->findings[out->n_findings++] = all[index[i]];
        out->denied += all[index[i]].level == DR_DENY;
    }
    return DR_OK;
}

dr_status dr_outcome_make(dr_session *s, dr_outcome *out)
{
    *out = (dr_outcome){.lines = NULL};
    dr_status status = s->n_lines > 0 ? make_lines(s, out) : DR_OK;
    if (status == DR_OK)
        status = make_findings(s, out);
    if (status != DR_OK)
        *out = (dr_outcome){.lines = NULL};
    return status;
}
