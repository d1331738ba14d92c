/* drip: match.c, level 2b. Pairs the lines that somebody billed with those the record supports.
 *
 * Lines of one name (the result's field with the role `name`) are matched among themselves:
 *
 *  1. lines that are equal;
 *  2. what is left of the supported side is merged where it agrees in all that the claim gives, as clauses tell
 *     lines apart that a bill does not; what is left of the claim is merged where it splits one supported line
 *     over several, as long as the counts add up to no more; lines that are equal then;
 *  3. of the rest, pairs that differ in the fewest fields over all, by an assignment of least cost. Two lines
 *     that differ in three fields, or in two with the day among them, are not taken for the same one.
 *
 * A billed line that is left and equal to one that was matched is that line once more. Of those left under
 * different names, two are one if they agree in day, count and suffixes, rules of one family give both names or
 * both are for the same things, and no other line on either side would do. Everything is sorted first by what the lines say, so nothing
 * depends on the order in which they were billed. */
#include "match.h"

#include "account.h"
#include "order.h"
#include "result.h"
#include "vm.h"

enum {
    ASSIGN_MAX =
        96, /* lines of one name on both sides together, for the least cost of all; else one by one */
    COST_FIELD = 1 << 20,
    COST_ALONE = COST_FIELD + 2048, /* so that two differences on one day are still one line */
    COST_DAY = 8192,
    COUNT_FAR = 2047
};

typedef struct side {
    dr_match_line *lines; /* sorted */
    bool *done;
    uint32_t n;
} side;

typedef struct matching {
    dr_session *s;
    const dr_program *p;
    const dr_claim *claim;
    const bool *given;
    side supported, billed;
    uint32_t name, count, date;
    const dr_match_line **match_of; /* per billed line: the supported one it was matched with */
    dr_matches *out;
    dr_status status;
} matching;

static void *take(matching *m, size_t count, size_t size)
{
    void *p = m->status == DR_OK ? dr_take_zero(&m->s->arena, count, size) : NULL;
    if (p == NULL && m->status == DR_OK)
        m->status = dr_vm_memory(m->s);
    return p;
}

/* ---- comparing */

static bool same_cell(const dr_session *s, uint32_t field, int64_t a, int64_t b)
{
    const dr_type type = s->program->slots[s->program->fields[field].slot].type;
    if (a == b || a == DR_MISSING || b == DR_MISSING)
        return a == b;
    if (type.kind == DR_NUM)
        return dr_num_cmp(*(const dr_num *)dr_ptr(a), *(const dr_num *)dr_ptr(b)) == 0;
    if (type.kind != DR_SET)
        return type.kind == DR_SPANS;
    const dr_set *x = dr_ptr(a), *y = dr_ptr(b);
    return x->count == y->count && memcmp(x->at, y->at, x->count * sizeof *x->at) == 0;
}

bool dr_match_differ(const dr_session *s, uint32_t field, const int64_t *a, const int64_t *b)
{
    uint8_t role = s->program->fields[field].role;
    bool one_lacks = a[field] == DR_MISSING || b[field] == DR_MISSING;
    if (one_lacks && role != DR_ROLE_COUNT && role != DR_ROLE_SUFFIX)
        return false;
    return !same_cell(s, field, a[field], b[field]);
}

/* `but`: this field aside; DR_NONE: in all. */
static bool agree(const matching *m, const int64_t *a, const int64_t *b, uint32_t but)
{
    for (uint32_t f = 0; f < m->p->n_fields; f++)
        if (f != but && dr_match_differ(m->s, f, a, b))
            return false;
    return true;
}

/* ---- lines as texts, and their order */

static void put_cell(matching *m, uint32_t field, int64_t cell, dr_buf *out)
{
    const dr_type type = m->p->slots[m->p->fields[field].slot].type;
    dr_buf_char(out, '\x01');
    if (cell == DR_MISSING)
        return;
    if (type.kind == DR_SET) {
        const dr_set *set = dr_ptr(cell);
        const dr_member *texts = dr_ordered(m->s, &m->s->arena, type.member, type.of, set);
        if (texts == NULL && set->count > 0)
            m->status = dr_vm_memory(m->s);
        for (uint32_t i = 0; texts != NULL && i < set->count; i++) {
            dr_buf_bytes(out, texts[i].bytes, texts[i].len);
            dr_buf_char(out, '\x02');
        }
        return;
    }
    size_t before = out->len;
    dr_value_write(m->p, &m->s->syms, type, cell, out);
    if (field == m->count && !out->failed &&
        out->len - before < 20) { /* so that texts are ordered as numbers are */
        char digits[20];
        size_t n = out->len - before;
        memcpy(digits, out->data + before, n);
        out->len = before;
        dr_buf_fill(out, '0', 20 - n);
        dr_buf_bytes(out, digits, n);
    }
}

static const char *order_text(matching *m, const int64_t *cells)
{
    dr_buf text;
    dr_buf_init(&text, &m->s->alloc, (size_t)1 << 24);
    put_cell(m, m->name, cells[m->name], &text);
    if (m->date != DR_NONE)
        put_cell(m, m->date, cells[m->date], &text);
    for (int last = 0; last < 2; last++)
        for (uint32_t f = 0; f < m->p->n_fields; f++) {
            bool first = m->p->fields[f].role == DR_ROLE_SUFFIX || f == m->count;
            if (f != m->name && f != m->date && first == (last == 0))
                put_cell(m, f, cells[f], &text);
        }
    if (text.failed) /* a buffer is not the arena's, so its keeper has to be told */
        m->s->watch.refused = true;
    const char *kept = text.failed ? NULL : dr_take_text(&m->s->arena, text.data, text.len);
    if (kept == NULL && m->status == DR_OK)
        m->status = dr_vm_memory(m->s);
    dr_buf_free(&text);
    return kept;
}

static int by_order(const void *context, uint32_t a, uint32_t b)
{
    const dr_match_line *lines = context;
    return strcmp(lines[a].order, lines[b].order);
}

static void sort_side(matching *m, side *to)
{
    if (m->status == DR_OK &&
        !dr_sort(&m->s->arena, to->lines, to->n, sizeof *to->lines, by_order, to->lines))
        m->status = dr_vm_memory(m->s);
}

static void load(matching *m, side *to, uint32_t n, const dr_outcome *outcome)
{
    uint32_t *of = take(m, n, sizeof *of);
    to->lines = take(m, n, sizeof *to->lines);
    to->done = take(m, n, sizeof *to->done);
    to->n = n;
    for (uint32_t i = 0; i < n && m->status == DR_OK; i++) {
        const int64_t *cells = outcome != NULL ? outcome->lines[i].cells : m->claim->lines[i].cells;
        of[i] = i;
        to->lines[i] =
            (dr_match_line){.cells = cells, .order = order_text(m, cells), .of = &of[i], .n_of = 1};
    }
    sort_side(m, to);
}

/* ---- what comes out */

static void add(matching *m, uint8_t kind, const dr_match_line *supported, const dr_match_line *billed)
{
    m->out->items[m->out->n++] = (dr_match){kind, supported, billed};
}

static void pair(matching *m, uint32_t s, uint32_t b)
{
    m->supported.done[s] = m->billed.done[b] = true;
    m->match_of[b] = &m->supported.lines[s];
    add(m, DR_MATCH_PAIR, &m->supported.lines[s], &m->billed.lines[b]);
}

/* ---- 1 and 2: equal lines, before and after merging. Ranges are of one name. */

typedef struct range {
    uint32_t s, s_end, b, b_end;
} range;

static void pair_equal(matching *m, range g)
{
    for (uint32_t b = g.b; b < g.b_end; b++)
        for (uint32_t s = g.s; s < g.s_end && !m->billed.done[b]; s++)
            if (!m->supported.done[s] &&
                agree(m, m->supported.lines[s].cells, m->billed.lines[b].cells, DR_NONE))
                pair(m, s, b);
}

/* Adds `from` to `to`, whose cells become its own. False: the sum is too large, or memory is out. */
static bool merge(matching *m, dr_match_line *to, const dr_match_line *from)
{
    int64_t *cells = take(m, m->p->n_fields, sizeof *cells);
    uint32_t *of = take(m, (size_t)to->n_of + from->n_of, sizeof *of);
    if (cells == NULL || of == NULL)
        return false;
    memcpy(cells, to->cells, m->p->n_fields * sizeof *cells);
    if (m->count != DR_NONE &&
        __builtin_add_overflow(cells[m->count], from->cells[m->count], &cells[m->count]))
        return false;
    memcpy(of, to->of, to->n_of * sizeof *of);
    memcpy(of + to->n_of, from->of, from->n_of * sizeof *of);
    *to = (dr_match_line){cells, order_text(m, cells), of, to->n_of + from->n_of};
    return m->status == DR_OK;
}

/* Do supported lines agree in all that the claim gives? */
static bool agree_as_billed(const matching *m, const int64_t *a, const int64_t *b)
{
    for (uint32_t f = 0; f < m->p->n_fields; f++) {
        bool key = m->p->fields[f].merge == DR_MERGE_KEY;
        bool always = f == m->date || m->p->fields[f].role == DR_ROLE_SUFFIX;
        if (key && (always || m->given[f]) && !same_cell(m->s, f, a[f], b[f]))
            return false;
    }
    return true;
}

static void merge_supported(matching *m, range g)
{
    for (uint32_t s = g.s; s < g.s_end; s++)
        for (uint32_t k = s + 1; k < g.s_end && !m->supported.done[s]; k++)
            if (!m->supported.done[k] &&
                agree_as_billed(m, m->supported.lines[s].cells, m->supported.lines[k].cells))
                m->supported.done[k] = merge(m, &m->supported.lines[s], &m->supported.lines[k]);
}

/* The billed lines that are this one but for the count, the largest first, as long as they add up to no more. */
static void merge_billed(matching *m, range g, const dr_match_line *whole)
{
    uint32_t first = DR_NONE;
    int64_t room = m->count != DR_NONE ? whole->cells[m->count] : 0;
    for (uint32_t b = g.b_end; b-- > g.b;) {
        const int64_t *cells = m->billed.lines[b].cells;
        if (m->billed.done[b] || !agree(m, whole->cells, cells, m->count) || cells[m->count] > room)
            continue;
        room -= cells[m->count];
        if (first == DR_NONE)
            first = b;
        else
            m->billed.done[b] = merge(m, &m->billed.lines[first], &m->billed.lines[b]);
    }
}

/* ---- 3: the fewest differences */

static int64_t distance(const matching *m, uint32_t s, uint32_t b)
{
    const int64_t *x = m->supported.lines[s].cells, *y = m->billed.lines[b].cells;
    int64_t cost = 0, by = 0;
    for (uint32_t f = 0; f < m->p->n_fields; f++)
        if (dr_match_differ(m->s, f, x, y))
            cost += f == m->date ? COST_FIELD + COST_DAY : COST_FIELD;
    if (m->count == DR_NONE || __builtin_sub_overflow(x[m->count], y[m->count], &by))
        return cost + COUNT_FAR;
    by = by < 0 ? -by : by;
    return cost + (by < COUNT_FAR ? by : COUNT_FAR);
}

/* The cost of a cell of the square in which each line may also be alone. */
typedef struct square {
    const uint32_t *s, *b; /* the lines that are left */
    uint32_t n_s, n_b, n;
    int64_t *costs;
} square;

static int64_t cell_cost(const matching *m, const square *q, uint32_t row, uint32_t column)
{
    if (row < q->n_s && column < q->n_b)
        return distance(m, q->s[row], q->b[column]);
    return row < q->n_s || column < q->n_b ? COST_ALONE : 0;
}

typedef struct assigning {
    int64_t *u, *v, *least;
    uint32_t *column_of, *way; /* rows and columns from 1 on; 0 is none */
    bool *used;
} assigning;

/* One more row gets a column, along the cheapest way of changing the columns of others. */
static void assign_row(const square *q, assigning *a, uint32_t row)
{
    uint32_t n = q->n, column = 0;
    a->column_of[0] = row;
    for (uint32_t j = 0; j <= n; j++) {
        a->least[j] = INT64_MAX;
        a->used[j] = false;
    }
    do {
        uint32_t i = a->column_of[column], next = 0;
        int64_t delta = INT64_MAX;
        a->used[column] = true;
        for (uint32_t j = 1; j <= n; j++) {
            if (a->used[j])
                continue;
            int64_t cost = q->costs[(size_t)(i - 1) * n + j - 1] - a->u[i] - a->v[j];
            if (cost < a->least[j]) {
                a->least[j] = cost;
                a->way[j] = column;
            }
            if (a->least[j] < delta) {
                delta = a->least[j];
                next = j;
            }
        }
        for (uint32_t j = 0; j <= n; j++) {
            if (a->used[j]) {
                a->u[a->column_of[j]] += delta;
                a->v[j] -= delta;
            } else {
                a->least[j] -= delta;
            }
        }
        column = next;
    } while (a->column_of[column] != 0);
    while (column != 0) {
        uint32_t before = a->way[column];
        a->column_of[column] = a->column_of[before];
        column = before;
    }
}

/* The assignment of least cost (Kuhn, Munkres), n cubed. */
static void assign(matching *m, square *q)
{
    assigning a;
    size_t n = (size_t)q->n + 1;
    q->costs = take(m, (size_t)q->n * q->n, sizeof *q->costs);
    a.u = take(m, n, sizeof *a.u);
    a.v = take(m, n, sizeof *a.v);
    a.least = take(m, n, sizeof *a.least);
    a.column_of = take(m, n, sizeof *a.column_of);
    a.way = take(m, n, sizeof *a.way);
    a.used = take(m, n, sizeof *a.used);
    if (m->status != DR_OK)
        return;
    for (uint32_t i = 0; i < q->n; i++)
        for (uint32_t j = 0; j < q->n; j++)
            q->costs[(size_t)i * q->n + j] = cell_cost(m, q, i, j);
    for (uint32_t row = 1; row <= q->n; row++)
        assign_row(q, &a, row);
    for (uint32_t j = 1; j <= q->n_b; j++)
        if (a.column_of[j] != 0 && a.column_of[j] <= q->n_s)
            pair(m, q->s[a.column_of[j] - 1], q->b[j - 1]);
}

/* Each billed line with the nearest that is left. */
static void choose(matching *m, const square *q)
{
    for (uint32_t j = 0; j < q->n_b; j++) {
        uint32_t best = DR_NONE;
        int64_t least = 2 * (int64_t)COST_ALONE;
        for (uint32_t i = 0; i < q->n_s; i++) {
            int64_t cost = m->supported.done[q->s[i]] ? INT64_MAX : distance(m, q->s[i], q->b[j]);
            if (cost < least) {
                least = cost;
                best = q->s[i];
            }
        }
        if (best != DR_NONE)
            pair(m, best, q->b[j]);
    }
}

static uint32_t *left_of(matching *m, const side *of, uint32_t from, uint32_t to, uint32_t *n)
{
    uint32_t *left = take(m, to - from, sizeof *left);
    *n = 0;
    for (uint32_t i = from; i < to && left != NULL; i++)
        if (!of->done[i])
            left[(*n)++] = i;
    return left;
}

static void pair_nearest(matching *m, range g)
{
    square q = {.n = 0};
    q.s = left_of(m, &m->supported, g.s, g.s_end, &q.n_s);
    q.b = left_of(m, &m->billed, g.b, g.b_end, &q.n_b);
    q.n = q.n_s + q.n_b;
    if (m->status != DR_OK || q.n_s == 0 || q.n_b == 0)
        return;
    if (q.n <= ASSIGN_MAX)
        assign(m, &q);
    else
        choose(m, &q);
}

static void match_range(matching *m, range g)
{
    pair_equal(m, g);
    merge_supported(m, g);
    for (uint32_t s = g.s; s < g.s_end && m->count != DR_NONE; s++)
        if (!m->supported.done[s])
            merge_billed(m, g, &m->supported.lines[s]);
    pair_equal(m, g);
    pair_nearest(m, g);
}

static uint32_t end_of_name(const matching *m, const side *of, uint32_t from, int64_t name)
{
    while (from < of->n && of->lines[from].cells[m->name] == name)
        from++;
    return from;
}

/* Both sides are sorted by name first. */
static void match_names(matching *m)
{
    range g = {0};
    while (g.s < m->supported.n && g.b < m->billed.n && m->status == DR_OK) {
        int64_t x = m->supported.lines[g.s].cells[m->name], y = m->billed.lines[g.b].cells[m->name];
        int order = x == y ? 0 : strcmp(m->supported.lines[g.s].order, m->billed.lines[g.b].order);
        g.s_end = order <= 0 ? end_of_name(m, &m->supported, g.s, x) : g.s;
        g.b_end = order >= 0 ? end_of_name(m, &m->billed, g.b, y) : g.b;
        if (order == 0)
            match_range(m, g);
        g.s = g.s_end;
        g.b = g.b_end;
    }
}

/* ---- what is left */

static void find_again(matching *m, uint32_t b)
{
    for (uint32_t k = 0; k < m->billed.n; k++)
        if (m->match_of[k] != NULL && strcmp(m->billed.lines[k].order, m->billed.lines[b].order) == 0) {
            m->billed.done[b] = true;
            add(m, DR_MATCH_AGAIN, m->match_of[k], &m->billed.lines[b]);
            return;
        }
}

/* Could a rule of the family that made the supported line have given the billed name? */
static bool one_family(const matching *m, const dr_outcome *outcome, const dr_match_line *supported,
                       int64_t billed_name)
{
    const dr_program *p = m->p;
    const dr_text *text = dr_sym_text(&m->s->syms, billed_name);
    int64_t name = dr_sym_find(&p->syms, text->bytes, text->len);
    uint32_t rule = m->s->lines[outcome->lines[supported->of[0]].sources[0]].rule;
    for (uint32_t i = 0; i < p->n_rules && name >= 0; i++)
        if (p->rules[i].kind == DR_CLAUSE_LINE && p->rules[i].family == p->rules[rule].family &&
            dr_could_emit(p, &p->rules[i], text->bytes, name))
            return true;
    return false;
}

/* Do both sides name what the lines are for, the same? Only where lines are united over something. */
static bool same_ground(const matching *m, const int64_t *a, const int64_t *b)
{
    for (uint32_t f = 0; f < m->p->n_fields; f++) {
        const dr_type type = m->p->slots[m->p->fields[f].slot].type;
        if (m->p->fields[f].merge != DR_MERGE_UNION || type.kind != DR_SET || a[f] == DR_MISSING ||
            b[f] == DR_MISSING)
            continue;
        if (((const dr_set *)dr_ptr(a[f]))->count > 0 && same_cell(m->s, f, a[f], b[f]))
            return true;
    }
    return false;
}

static bool could_be_one(const matching *m, const dr_outcome *outcome, uint32_t s, uint32_t b)
{
    const int64_t *x = m->supported.lines[s].cells, *y = m->billed.lines[b].cells;
    bool dated = m->date == DR_NONE || (x[m->date] != DR_MISSING && y[m->date] != DR_MISSING);
    return dated && agree(m, x, y, m->name) &&
           (same_ground(m, x, y) || one_family(m, outcome, &m->supported.lines[s], y[m->name]));
}

/* The only line on the other side that could be this one; DR_NONE: there is none, or several. */
static uint32_t only_one(const matching *m, const dr_outcome *outcome, uint32_t line, bool of_supported)
{
    const side *other = of_supported ? &m->billed : &m->supported;
    uint32_t found = DR_NONE;
    for (uint32_t i = 0; i < other->n; i++) {
        if (other->done[i] ||
            !(of_supported ? could_be_one(m, outcome, line, i) : could_be_one(m, outcome, i, line)))
            continue;
        if (found != DR_NONE)
            return DR_NONE;
        found = i;
    }
    return found;
}

static void match_rest(matching *m, const dr_outcome *outcome)
{
    for (uint32_t b = 0; b < m->billed.n; b++)
        if (!m->billed.done[b])
            find_again(m, b);
    for (uint32_t b = 0; b < m->billed.n; b++) {
        uint32_t s = m->billed.done[b] ? DR_NONE : only_one(m, outcome, b, false);
        if (s == DR_NONE || only_one(m, outcome, s, true) != b)
            continue;
        m->supported.done[s] = m->billed.done[b] = true;
        add(m, DR_MATCH_NAME, &m->supported.lines[s], &m->billed.lines[b]);
    }
    for (uint32_t s = 0; s < m->supported.n; s++)
        if (!m->supported.done[s])
            add(m, DR_MATCH_MISSED, &m->supported.lines[s], NULL);
    for (uint32_t b = 0; b < m->billed.n; b++)
        if (!m->billed.done[b])
            add(m, DR_MATCH_UNSUPPORTED, NULL, &m->billed.lines[b]);
}

/* ---- in order */

typedef struct by_line {
    const dr_match *items;
    uint32_t date;
} by_line;

static int compare_matches(const void *context, uint32_t a, uint32_t b)
{
    const by_line *of = context;
    const dr_match *x = &of->items[a], *y = &of->items[b];
    const dr_match_line *p = x->supported != NULL ? x->supported : x->billed;
    const dr_match_line *q = y->supported != NULL ? y->supported : y->billed;
    if (of->date != DR_NONE && p->cells[of->date] != q->cells[of->date])
        return p->cells[of->date] < q->cells[of->date] ? -1 : 1;
    int order = strcmp(p->order, q->order);
    return order != 0 ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

static void sort_matches(matching *m)
{
    dr_matches *out = m->out;
    by_line by = {out->items, out->date_field};
    if (m->status == DR_OK &&
        !dr_sort(&m->s->arena, out->items, out->n, sizeof *out->items, compare_matches, &by))
        m->status = dr_vm_memory(m->s);
}

static uint32_t find_date(const dr_program *p)
{
    for (uint32_t f = 0; f < p->n_fields; f++)
        if (p->slots[p->fields[f].slot].type.kind == DR_DATE)
            return f;
    return DR_NONE;
}

dr_status dr_match_make(dr_session *s, const dr_outcome *outcome, const dr_claim *claim, dr_matches *out)
{
    const dr_program *p = s->program;
    matching m = {.s = s, .p = p, .claim = claim, .out = out};
    m.name = dr_field_of(p, DR_ROLE_NAME);
    m.count = dr_field_of(p, DR_ROLE_COUNT);
    m.date = find_date(p);
    *out = (dr_matches){.date_field = m.date};
    m.given = claim->given != NULL ? claim->given : take(&m, p->n_fields, sizeof *m.given);
    out->given = m.given;
    load(&m, &m.supported, outcome->n_lines, outcome);
    load(&m, &m.billed, claim->n_lines, NULL);
    m.match_of = take(&m, claim->n_lines, sizeof *m.match_of);
    out->items = take(&m, (size_t)outcome->n_lines + claim->n_lines, sizeof *out->items);
    if (m.status == DR_OK)
        match_names(&m);
    if (m.status == DR_OK)
        match_rest(&m, outcome);
    if (m.status == DR_OK)
        sort_matches(&m);
    return m.status;
}
