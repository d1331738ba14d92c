/* drip: why.c, level 2b. Builds the tree of an explanation.
 *
 * Nothing is recorded for it while rules run but which clause decided each value. From there everything can be
 * found again: the tests of that clause are asked once more (conds.c), and what a test or a value read is seen
 * by running its code with a trace. A tree could go on to everything the record holds, so it grows in breadth
 * first and ends when it has as many nodes as it may: what is near the top explains most. A value is explained
 * once; where it is met again it is only named. */
#include "why.h"
#include "vm.h"

#include <string.h>

typedef struct growing {
    dr_whys *w;
    uint32_t made;
    struct open { /* nodes still to be grown, in the order of their making */
        dr_why *y;
        uint32_t weight;
        struct open *next;
    } * head, *tail;
} growing;

enum { HANDED_ON = 16, STEP = 2 };

bool dr_whys_init(dr_whys *w, dr_session *s, uint32_t budget)
{
    *w = (dr_whys){.s = s, .budget = budget, .status = DR_OK};
    w->told = dr_take_zero(&s->arena, s->program->n_slots + 1u, sizeof *w->told);
    if (w->told == NULL)
        w->status = dr_vm_memory(s);
    return w->told != NULL;
}

/* Was it explained before? It is from now on. */
static bool told(dr_whys *w, uint32_t slot, uint32_t row)
{
    uint32_t rows = w->s->n_rows[w->s->program->slots[slot].entity];
    if (row >= rows)
        return false;
    if (w->told[slot] == NULL)
        w->told[slot] = dr_take_zero(&w->s->arena, rows / 64 + 1u, sizeof **w->told);
    if (w->told[slot] == NULL)
        return true;
    uint64_t bit = (uint64_t)1 << row % 64, *word = &w->told[slot][row / 64];
    bool before = (*word & bit) != 0;
    *word |= bit;
    return before;
}

static dr_why *grow(growing *g, dr_why *parent, dr_why_kind kind, uint32_t row)
{
    dr_why *y = dr_take_zero(&g->w->s->arena, 1, sizeof *y);
    if (y == NULL) {
        g->w->status = dr_vm_memory(g->w->s);
        return NULL;
    }
    *y = (dr_why){.kind = (uint8_t)kind,
                  .truth = true,
                  .slot = DR_NONE,
                  .row = row,
                  .clause = DR_NONE,
                  .cond = DR_NONE,
                  .node = DR_NONE,
                  .value = DR_MISSING};
    g->made++;
    if (parent == NULL)
        return y;
    if (parent->last == NULL)
        parent->first = y;
    else
        parent->last->next = y;
    parent->last = y;
    return y;
}

/* Times lead down to the chart: they go before what is counted and classified, and that before yes and no. */
static uint32_t weight_of(const growing *g, const dr_why *y)
{
    if (y->slot == DR_NONE)
        return y->depth + STEP;
    switch (g->w->s->program->slots[y->slot].type.kind) {
    case DR_SPANS:
    case DR_DURATION:
    case DR_INSTANT:
        return y->depth / 2;
    case DR_INT:
    case DR_NUM:
    case DR_DATE:
        return y->depth;
    case DR_BOOL:
        return y->depth + 2 * STEP;
    default:
        return y->depth + STEP;
    }
}

static void grow_later(growing *g, dr_why *y, const dr_why *parent)
{
    struct open *o = y == NULL ? NULL : dr_take_zero(&g->w->s->arena, 1, sizeof *o);
    if (o == NULL)
        return;
    o->y = y;
    y->depth = parent->depth + STEP;
    o->weight = weight_of(g, y);
    if (g->tail == NULL)
        g->head = o;
    else
        g->tail->next = o;
    g->tail = o;
}

/* ---- what code read */

static const dr_node *node_of(const dr_program *p, uint32_t slot)
{
    uint32_t node = p->slots[slot].node;
    return node < p->n_all_nodes ? &p->nodes[node] : NULL;
}

/* Names of rows and how they hang together say nothing: what is asked of them does. */
static bool says_nothing(const dr_program *p, uint32_t slot)
{
    const dr_slot *at = &p->slots[slot];
    const dr_node *n = node_of(p, slot);
    return p->entities[at->entity].kind == DR_TABLE || at->name[0] == '\0' || strchr(at->name, ' ') != NULL ||
           (n != NULL && n->kind == DR_NODE_GROUP) ||
           (p->id_slot != DR_NONE && strcmp(at->name, p->slots[p->id_slot].name) == 0);
}

static uint32_t clause_of(const dr_session *s, uint32_t slot, uint32_t row)
{
    uint32_t column = s->program->slots[slot].clause_column;
    if (column == DR_NONE || s->clauses[column] == NULL || row >= s->n_rows[s->program->slots[slot].entity])
        return DR_NONE;
    uint32_t c = s->clauses[column][row];
    return c < s->program->n_clauses ? c : DR_NONE;
}

/* The other clauses of the attribute that applied as well. */
static void note_defeated(growing *g, dr_why *y)
{
    dr_session *s = g->w->s;
    const dr_program *p = s->program;
    uint32_t found[16], n = 0;
    for (uint32_t i = 0; i < p->n_clauses && n < 16 && y->clause != DR_NONE; i++) {
        bool holds = false;
        const dr_clause *c = &p->clauses[i];
        if (c->kind != DR_CLAUSE_VALUE || c->slot != y->slot || i == y->clause || !dr_clause_in_force(s, c))
            continue;
        if (dr_cond_ask(s, c->cond, y->row, NULL, NULL, &holds) == DR_OK && holds)
            found[n++] = i;
    }
    uint32_t *kept = n > 0 ? dr_take(&s->arena, n * sizeof *kept) : NULL;
    if (kept == NULL)
        return;
    memcpy(kept, found, n * sizeof *kept);
    y->defeated = kept;
    y->n_defeated = n;
}

/* A node about one value gets what there is to say about it; false: there is nothing below it. */
static bool describe(growing *g, dr_why *y, uint32_t slot, uint32_t row)
{
    const dr_program *p = g->w->s->program;
    const dr_node *n = node_of(p, slot);
    y->slot = slot;
    y->clause = clause_of(g->w->s, slot, row);
    if (y->clause != DR_NONE)
        note_defeated(g, y);
    if (n == NULL || (y->clause == DR_NONE && n->kind != DR_NODE_CLOCK))
        return false;
    const dr_clause *c = y->clause != DR_NONE ? &p->clauses[y->clause] : NULL;
    if (c != NULL && c->cond == DR_NONE && c->value.pc == DR_NONE)
        return false;
    y->again = told(g->w, slot, row);
    return !y->again;
}

static uint32_t distinct_rows(growing *g, const dr_trace *trace, uint32_t from, const uint32_t **rows)
{
    uint32_t *list = dr_take(&g->w->s->arena, (trace->count - from) * sizeof *list), n = 0;
    *rows = list;
    for (uint32_t i = from; i < trace->count && list != NULL; i++) {
        bool there = trace->items[i].slot != trace->items[from].slot;
        for (uint32_t k = 0; k < n && !there; k++)
            there = list[k] == trace->items[i].row;
        if (!there)
            list[n++] = trace->items[i].row;
    }
    return n;
}

/* A value that is merely handed on is told where it comes from. */
static dr_read source_of(growing *g, dr_read read)
{
    dr_session *s = g->w->s;
    const dr_program *p = s->program;
    for (uint32_t steps = 0; steps < HANDED_ON; steps++) {
        dr_trace trace;
        int64_t value = 0;
        uint32_t clause = p->slots[read.slot].input ? DR_NONE : clause_of(s, read.slot, read.row), only = 0,
                 n = 0;
        const dr_clause *c = clause != DR_NONE ? &p->clauses[clause] : NULL;
        if (c == NULL || c->cond != DR_NONE || c->cite != NULL || c->value.pc == DR_NONE ||
            dr_code_value(s, c->value.pc, read.row, &trace, &value) != DR_OK)
            break;
        for (uint32_t i = 0; i < trace.count; i++)
            if (!says_nothing(p, trace.items[i].slot)) {
                only = i;
                n++;
            }
        if (n != 1 || trace.n_calls > 0 || trace.items[only].value != read.value ||
            p->slots[trace.items[only].slot].type.kind != p->slots[read.slot].type.kind)
            break;
        read = trace.items[only];
    }
    return read;
}

static bool shown(const dr_why *parent, uint32_t slot, uint32_t row)
{
    for (const dr_why *y = parent->first; y != NULL; y = y->next)
        if (y->slot == slot && (y->kind == DR_WHY_TEST ? y->node : y->row) == row)
            return true;
    return false;
}

static void grow_events(growing *g, dr_why *y, const dr_node *n, uint32_t row)
{
    const dr_session *s = g->w->s;
    const dr_col *col = &s->cols[n->list_slot], *action = &s->cols[n->action_slot];
    const dr_list *list = col->base != NULL && row < s->n_rows[s->program->slots[n->list_slot].entity]
                              ? dr_ptr(col->base[(size_t)row * col->stride])
                              : NULL;
    uint32_t *rows = list != NULL ? dr_take(&g->w->s->arena, (list->count + 1u) * sizeof *rows) : NULL,
             count = 0;
    for (uint32_t i = 0; rows != NULL && i < list->count; i++) {
        int64_t is = action->base[(size_t)list->at[i] * action->stride];
        if ((dr_value_bit(is) & (n->begins | n->opens | n->closes)) != 0)
            rows[count++] = list->at[i];
    }
    dr_why *events = count > 0 ? grow(g, y, DR_WHY_EVENTS, row) : NULL;
    if (events == NULL)
        return;
    events->node = (uint32_t)(n - s->program->nodes);
    events->rows = rows;
    events->n_rows = count;
}

static void grow_read(growing *g, dr_why *parent, const dr_trace *trace, uint32_t at)
{
    const dr_program *p = g->w->s->program;
    const dr_read *r = &trace->items[at];
    const uint32_t *rows = NULL;
    uint32_t n_rows = distinct_rows(g, trace, at, &rows);
    if (n_rows > 1) {
        dr_why *many = grow(g, parent, DR_WHY_ROWS, r->row);
        if (many == NULL)
            return;
        many->slot = r->slot;
        many->rows = rows;
        many->n_rows = n_rows;
        return;
    }
    dr_read from = source_of(g, *r);
    if (shown(parent, from.slot, from.row))
        return;
    dr_why *y = grow(g, parent, p->slots[from.slot].input ? DR_WHY_CHARTED : DR_WHY_VALUE, from.row);
    if (y == NULL)
        return;
    y->value = from.value;
    y->slot = from.slot;
    if (y->kind == DR_WHY_VALUE && describe(g, y, from.slot, from.row)) {
        const dr_node *n = node_of(p, from.slot);
        if (n != NULL && n->kind == DR_NODE_CLOCK)
            grow_events(g, y, n, from.row); /* however long the tree is: this is what was charted */
        else
            grow_later(g, y, parent);
    }
}

static bool read_before(const dr_trace *trace, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (trace->items[i].slot == trace->items[at].slot)
            return true;
    return false;
}

/* The same words about the same row give the same value. */
static bool called_before(const dr_program *p, const dr_trace *trace, uint32_t at)
{
    dr_span a = p->calls[trace->calls[at].call].span;
    for (uint32_t i = 0; i < at; i++) {
        dr_span b = p->calls[trace->calls[i].call].span;
        const char *x = p->sources.items[a.source].bytes + a.start,
                   *y = p->sources.items[b.source].bytes + b.start;
        if (a.end - a.start == b.end - b.start && memcmp(x, y, a.end - a.start) == 0)
            return true;
    }
    return false;
}

static void grow_calls(growing *g, dr_why *parent, const dr_trace *trace, uint32_t row)
{
    for (uint32_t i = 0; i < trace->n_calls; i++) {
        if (called_before(g->w->s->program, trace, i))
            continue;
        dr_why *y = grow(g, parent, DR_WHY_HOOK, row);
        if (y == NULL)
            return;
        y->called = &trace->calls[i];
        y->value = trace->calls[i].value;
    }
}

static void grow_reads(growing *g, dr_why *parent, uint32_t pc, uint32_t row)
{
    dr_trace trace;
    int64_t value = 0;
    if (pc == DR_NONE || dr_code_value(g->w->s, pc, row, &trace, &value) != DR_OK)
        return;
    grow_calls(g, parent, &trace, row);
    for (uint32_t i = 0; i < trace.count; i++)
        if (!says_nothing(g->w->s->program, trace.items[i].slot) && !read_before(&trace, i))
            grow_read(g, parent, &trace, i);
}

/* ---- tests */

/* The one value that a test looks at, if there is just one. */
static bool only_read(growing *g, const dr_cond *c, uint32_t row, dr_read *read)
{
    dr_trace trace;
    int64_t value = 0;
    uint32_t n = 0;
    if (dr_code_value(g->w->s, c->pc, row, &trace, &value) != DR_OK || trace.n_calls > 0)
        return false;
    for (uint32_t i = 0; i < trace.count; i++) {
        if (says_nothing(g->w->s->program, trace.items[i].slot))
            continue;
        if (n > 0 && (trace.items[i].slot != read->slot || trace.items[i].row != read->row))
            return false;
        *read = trace.items[i];
        n++;
    }
    return n > 0;
}

static void grow_test(growing *g, dr_why *parent, uint32_t cond, uint32_t row, bool truth)
{
    const dr_program *p = g->w->s->program;
    const dr_cond *c = &p->conds[cond];
    dr_why *y = grow(g, parent, DR_WHY_TEST, row);
    dr_read read;
    if (y == NULL)
        return;
    y->cond = cond;
    y->truth = truth;
    if (c->fixed != -1 || !only_read(g, c, row, &read) || p->slots[read.slot].input) {
        if (c->fixed == -1)
            grow_later(g, y, parent);
        return;
    }
    dr_why about = *y;
    about.row = read.row;
    bool more = describe(g, &about, read.slot, read.row);
    y->slot = about.slot;
    y->value = read.value;
    y->clause = about.clause;
    y->defeated = about.defeated;
    y->n_defeated = about.n_defeated;
    y->again = about.again;
    y->node = read.row; /* the row its value is of; the test itself is of y->row */
    if (more)
        grow_later(g, y, parent);
}

/* The tests that made the condition come out as `want`. */
static void grow_tests(growing *g, dr_why *parent, uint32_t cond, uint32_t row, bool want)
{
    const dr_session *s = g->w->s;
    if (cond == DR_NONE)
        return;
    const dr_cond *c = &s->program->conds[cond];
    if (c->kind == DR_COND_TEST) {
        grow_test(g, parent, cond, row, want);
        return;
    }
    if (c->kind == DR_COND_NOT) {
        grow_tests(g, parent, c->first, row, !want);
        return;
    }
    bool all = (c->kind == DR_COND_ALL) == want, truth = false; /* each child matters, or one does */
    for (uint32_t child = c->first; child != DR_NONE; child = s->program->conds[child].next) {
        if (dr_cond_ask(g->w->s, child, row, NULL, NULL, &truth) != DR_OK)
            return;
        if (truth == want)
            grow_tests(g, parent, child, row, want);
        if (truth == want && !all)
            return;
    }
}

/* ---- growing */

static void grow_value(growing *g, dr_why *y, uint32_t slot, uint32_t row)
{
    const dr_program *p = g->w->s->program;
    const dr_node *n = node_of(p, slot);
    if (n != NULL && n->kind == DR_NODE_CLOCK)
        grow_events(g, y, n, row);
    if (y->clause == DR_NONE)
        return;
    grow_tests(g, y, p->clauses[y->clause].cond, row, true);
    grow_reads(g, y, p->clauses[y->clause].value.pc, row);
}

static void grow_one(growing *g, dr_why *y)
{
    if (y->kind == DR_WHY_FIELD)
        grow_reads(g, y, g->w->s->program->conds[y->cond].left.pc, y->row);
    else if (y->slot != DR_NONE)
        grow_value(g, y, y->slot, y->kind == DR_WHY_TEST ? y->node : y->row);
    else if (y->kind == DR_WHY_TEST)
        grow_reads(g, y, g->w->s->program->conds[y->cond].pc, y->row);
}

/* The lightest; of equal ones the first made. */
static dr_why *take_open(growing *g)
{
    struct open **best = &g->head;
    if (g->head == NULL)
        return NULL;
    for (struct open **at = &g->head; *at != NULL; at = &(*at)->next)
        if ((*at)->weight < (*best)->weight)
            best = at;
    struct open *taken = *best;
    *best = taken->next;
    if (g->tail == taken) {
        g->tail = g->head;
        while (g->tail != NULL && g->tail->next != NULL)
            g->tail = g->tail->next;
    }
    return taken->y;
}

static void grow_all(growing *g)
{
    for (dr_why *y = take_open(g); y != NULL && g->w->status == DR_OK; y = take_open(g)) {
        if (g->w->budget > 0 && g->made >= g->w->budget)
            y->cut = true;
        else
            grow_one(g, y);
    }
}

/* The fields that are counted, and those that name what is emitted, if they are worked out. */
static void grow_fields(growing *g, dr_why *root, const dr_clause *c, uint32_t row)
{
    const dr_program *p = g->w->s->program;
    for (uint32_t i = c->fields; i != DR_NONE; i = p->conds[i].next) {
        const dr_cond *field = &p->conds[i];
        uint8_t role = p->fields[field->field].role;
        bool given = false;
        if (p->code[field->left.pc].op == DR_OP_RETK || role == DR_ROLE_PLAIN ||
            dr_cond_ask(g->w->s, field->first, row, NULL, NULL, &given) != DR_OK || !given)
            continue;
        dr_why *y = grow(g, root, DR_WHY_FIELD, row);
        if (y == NULL)
            return;
        y->cond = i;
        if (dr_code_value(g->w->s, field->left.pc, row, NULL, &y->value) == DR_OK)
            grow_later(g, y, root);
    }
}

dr_why *dr_why_rule(dr_whys *w, uint32_t rule, uint32_t row)
{
    growing g = {.w = w};
    const dr_program *p = w->s->program;
    uint32_t clause = p->rules[rule].clause;
    dr_why *root = grow(&g, NULL, DR_WHY_RULE, row);
    if (root == NULL)
        return NULL;
    root->clause = clause;
    grow_tests(&g, root, p->clauses[clause].cond, row, true);
    grow_fields(&g, root, &p->clauses[clause], row);
    grow_all(&g);
    return w->status == DR_OK ? root : NULL;
}

dr_why *dr_why_value(dr_whys *w, uint32_t slot, uint32_t row)
{
    growing g = {.w = w};
    const dr_col col = w->s->cols[slot];
    dr_why *root = grow(&g, NULL, DR_WHY_VALUE, row);
    if (root == NULL)
        return NULL;
    root->value = col.base[(size_t)row * col.stride];
    if (describe(&g, root, slot, row))
        grow_value(&g, root, slot, row);
    grow_all(&g);
    return w->status == DR_OK ? root : NULL;
}

/* ---- what is not there */

static void count_true(void *context, uint32_t cond, bool truth)
{
    uint32_t *n = context;
    (void)cond;
    *n += truth;
}

uint32_t dr_furthest_row(dr_session *s, uint32_t cond, uint16_t entity, const dr_clause *of)
{
    uint32_t best = DR_NONE, most = 0, rows = s->n_rows[entity];
    for (uint32_t row = 0; row < rows; row++) {
        bool truth = false;
        uint32_t n = 1;
        if ((of == NULL || dr_clause_takes(s, of, row)) &&
            dr_cond_ask(s, cond, row, count_true, &n, &truth) == DR_OK && n > most) {
            most = n;
            best = row;
        }
    }
    return best;
}

static const dr_node *group_node(const dr_program *p, uint16_t entity)
{
    for (uint32_t i = 0; i < p->n_all_nodes; i++)
        if (p->nodes[i].kind == DR_NODE_GROUP && p->nodes[i].entity == entity)
            return &p->nodes[i];
    return NULL;
}

/* No group: because of the members' condition, or because there is no member, and so on down. */
static void grow_no_row(growing *g, dr_why *parent, uint16_t entity)
{
    dr_session *s = g->w->s;
    dr_why *y = grow(g, parent, DR_WHY_NO_ROW, DR_NONE);
    const dr_node *n = group_node(s->program, entity);
    if (y == NULL)
        return;
    y->slot = entity;
    if (n == NULL)
        return;
    y->node = (uint32_t)(n - s->program->nodes);
    y->row = dr_furthest_row(s, n->where, (uint16_t)n->member, NULL);
    if (y->row == DR_NONE)
        grow_no_row(g, y, (uint16_t)n->member);
    else
        grow_tests(g, y, n->where, y->row, false);
}

dr_why *dr_why_not_rule(dr_whys *w, uint32_t rule, uint32_t row)
{
    growing g = {.w = w};
    const dr_program *p = w->s->program;
    dr_why *root = grow(&g, NULL, DR_WHY_RULE, row);
    if (root == NULL)
        return NULL;
    root->clause = p->rules[rule].clause;
    root->truth = false;
    if (row == DR_NONE)
        grow_no_row(&g, root, p->rules[rule].entity);
    else if (dr_cond_ask(w->s, p->clauses[root->clause].cond, row, NULL, NULL, &root->truth) == DR_OK &&
             root->truth)
        grow_fields(&g, root, &p->clauses[root->clause], row); /* it applies, and makes another line */
    else
        grow_tests(&g, root, p->clauses[root->clause].cond, row, false);
    grow_all(&g);
    return w->status == DR_OK ? root : NULL;
}
