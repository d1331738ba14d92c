/* drip: merge.c, level 2b. Lines as they go out: what rules emitted, merged and sorted.
 *
 * Emitted lines come in the order of rules and rows, which must not show. They are sorted by what the
 * program declares, then by clause, then by whatever else tells lines apart; lines to be merged are
 * neighbours then. Only if a line's place depends on a sum or a union is there a second sort. All of it
 * is n log n, and nothing depends on the values of symbols.
 * A program that says something of merged lines has a node for it, once all lines are there: they become rows
 * of its entity then, and are the answer's. Any other program has them merged when the answer is made. */
#include "result.h"

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

/* ---- comparing ---- */

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
        return dr_cmp_texts(dr_text_of(s, DR_TEXT, 0, a), dr_text_of(s, DR_TEXT, 0, b));
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
        return dr_cmp_sets(m->s, type, dr_ptr(x), dr_ptr(y), m->texts[at_a], m->texts[at_b]);
    return cmp_cells(m->s, type, x, y);
}

static int by_line(const void *context, uint32_t a, uint32_t b)
{
    const making *m = context;
    for (uint32_t i = 0; i < m->n_first; i++) {
        int order = cmp_field(m, m->by[i], a, b);
        if (order != 0)
            return order;
    }
    int order = dr_cmp_clauses(m->p, m->clauses[a], m->clauses[b]);
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

dr_status dr_total_too_large(dr_session *s, const char *name)
{
    char id[sizeof s->refusal.encounter];
    memcpy(id, s->refusal.encounter, sizeof id);
    return dr_refuse(s, DR_BAD_INPUT, "encounter%s%s: the total of \"%s\" is too large",
                     id[0] != '\0' ? " " : "", id, name);
}

static dr_status too_large(const making *m, uint32_t field)
{
    return m->failed ? dr_vm_memory(m->s) : dr_total_too_large(m->s, m->p->fields[field].name);
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

dr_status dr_merge_lines(dr_session *s, dr_out_line **lines, uint32_t *n)
{
    making m = {.s = s, .p = s->program, .n_fields = s->program->n_fields};
    uint32_t *index = take(&m, s->n_lines, sizeof *index);
    m.by = take(&m, m.n_fields + s->program->n_sort, sizeof *m.by);
    *lines = take(&m, s->n_lines, sizeof **lines);
    *n = 0;
    if (!m.failed)
        load_lines(&m);
    if (m.failed)
        return dr_vm_memory(s);
    for (uint32_t i = 0; i < s->n_lines; i++)
        index[i] = i;
    choose_order(&m, true);
    if (!dr_order(&s->arena, index, s->n_lines, by_line, &m))
        return dr_vm_memory(s);
    dr_status status = merge_all(&m, index, *lines, n);
    if (status == DR_OK && sums_sort(s->program) && !sort_merged(&m, *lines, *n))
        return dr_vm_memory(s);
    return status;
}

/* ---- as rows of an entity ---- */

/* A step for each line, and for each piece and member in it. */
static dr_status pay(dr_session *s)
{
    const dr_program *p = s->program;
    uint64_t steps = s->n_lines;
    for (uint32_t f = 0; f < p->n_fields; f++) {
        uint8_t kind = p->slots[p->fields[f].slot].type.kind;
        const dr_col col = s->cols[p->fields[f].slot];
        for (uint32_t i = 0; i < s->n_lines && (kind == DR_SET || kind == DR_SPANS); i++) {
            int64_t cell = col.base[(size_t)i * col.stride];
            if (cell != DR_MISSING)
                steps += kind == DR_SET ? ((const dr_set *)dr_ptr(cell))->count
                                        : ((const dr_spans *)dr_ptr(cell))->count;
        }
    }
    return dr_vm_pay(s, DR_STEPS_MERGED * steps);
}

/* The rows in the order of the answer; the lines look at them from here on. */
static dr_status make_rows(dr_session *s, const dr_node *n)
{
    const dr_program *p = s->program;
    const dr_merged *merged = &dr_vm_of(s)->merged;
    size_t width = p->n_fields;
    int64_t *cells = dr_take_zero(&s->arena, (merged->n > 0 ? merged->n : 1) * width, sizeof *cells);
    if (cells == NULL)
        return dr_vm_memory(s);
    for (uint32_t i = 0; i < merged->n; i++) {
        memcpy(cells + i * width, merged->lines[i].cells, width * sizeof *cells);
        merged->lines[i].cells = cells + i * width;
        merged->lines[i].row = i;
    }
    s->n_rows[n->entity] = merged->n;
    for (uint32_t f = 0; f < width; f++) {
        s->cols[n->slot + f] = (dr_col){cells + f, (uint32_t)width};
        for (uint32_t i = 0; i < merged->n && p->slots[n->slot + f].watched; i++)
            dr_note_seen(s, n->slot + f, &cells[i * width + f], 1);
    }
    return DR_OK;
}

dr_status dr_decide_merge(dr_session *s, const dr_node *n)
{
    dr_merged *merged = &dr_vm_of(s)->merged;
    dr_status status = merged->claimed ? DR_OK : pay(s);
    if (status == DR_OK && s->n_lines > 0 && !merged->claimed)
        status = dr_merge_lines(s, &merged->lines, &merged->n);
    merged->done = true;
    return status == DR_OK ? make_rows(s, n) : status;
}

/* ---- given from outside ---- */

static dr_status take_cell(dr_session *s, const dr_result_field *field, uint32_t line, int64_t *cell)
{
    static const dr_set nothing = {.count = 0};
    dr_type type = s->program->slots[field->slot].type;
    if (type.kind == DR_SET && (*cell != DR_MISSING || !type.optional)) {
        const dr_set *set = dr_set_canonical(s, *cell != DR_MISSING ? dr_ptr(*cell) : &nothing);
        *cell = dr_cell(set);
        return set != NULL ? DR_OK : dr_vm_memory(s);
    }
    if (*cell != DR_MISSING || type.optional)
        return DR_OK;
    return dr_refuse(s, DR_BAD_INPUT, "line %u of the claim does not say its \"%s\"", line + 1, field->name);
}

dr_status dr_session_claim(dr_session *s, const int64_t *cells, uint32_t n)
{
    const dr_program *p = s->program;
    size_t width = p->n_fields;
    if (p->merge_entity == DR_NONE)
        return DR_MISUSE;
    if (n > s->limits.rows) {
        s->limit = DR_LIMIT_ROWS;
        return dr_refuse(s, DR_LIMIT, "the claim has more than %u lines", s->limits.rows);
    }
    int64_t *own = dr_take(&s->arena, (n > 0 ? n : 1) * width * sizeof *own);
    dr_out_line *lines = dr_take_zero(&s->arena, n > 0 ? n : 1, sizeof *lines);
    if (own == NULL || lines == NULL)
        return dr_vm_memory(s);
    if (n > 0)
        memcpy(own, cells, n * width * sizeof *own);
    for (uint32_t i = 0; i < n; i++) {
        lines[i].cells = own + i * width;
        for (uint32_t f = 0; f < width; f++) {
            dr_status status = take_cell(s, &p->fields[f], i, &own[i * width + f]);
            if (status != DR_OK)
                return status;
        }
    }
    dr_vm_of(s)->merged = (dr_merged){.claimed = true, .lines = lines, .n = n};
    return DR_OK;
}
