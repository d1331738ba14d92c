/* drip: graph.c, level 2a. Which node after which: the order of evaluation, cycles, and walks.
 *
 * An edge says that a node reads another. A read of "rows before this in a list" may go round in a circle,
 * because earlier rows are decided earlier: such a circle becomes a walk along that list. Any other circle
 * is an error. Components come out of Tarjan's method (with a stack of its own: a policy may be long) in
 * the order in which they can be decided. */
#include "front.h"

#include "order.h"

#include <string.h>

typedef struct dr_frame {
    uint32_t node, edge;
} dr_frame;

typedef struct dr_graph {
    dr_front *f;
    uint32_t n, clock, n_stack, n_frames, n_order, sccs;
    uint32_t *index, *low, *stack, *order;
    bool *on_stack;
    dr_frame *frames;
} dr_graph;

static bool graph_init(dr_graph *g, dr_front *f)
{
    memset(g, 0, sizeof *g);
    g->f = f;
    g->n = f->work.count;
    g->index = dr_take_zero(f->arena, g->n + 1, sizeof *g->index);
    g->low = dr_take_zero(f->arena, g->n + 1, sizeof *g->low);
    g->stack = dr_take_zero(f->arena, g->n + 1, sizeof *g->stack);
    g->order = dr_take_zero(f->arena, g->n + 1, sizeof *g->order);
    g->on_stack = dr_take_zero(f->arena, g->n + 1, sizeof *g->on_stack);
    g->frames = dr_take_zero(f->arena, g->n + 1, sizeof *g->frames);
    return g->index && g->low && g->stack && g->order && g->on_stack && g->frames;
}

static void enter(dr_graph *g, uint32_t node)
{
    g->index[node] = g->low[node] = ++g->clock;
    g->stack[g->n_stack++] = node;
    g->on_stack[node] = true;
    g->frames[g->n_frames++] = (dr_frame){node, 0};
}

static void leave(dr_graph *g, uint32_t node)
{
    if (g->low[node] != g->index[node])
        return;
    uint32_t top;
    g->sccs++;
    do {
        top = g->stack[--g->n_stack];
        g->on_stack[top] = false;
        DR_AT(g->f->work, dr_work, top).sccs = g->sccs;
        g->order[g->n_order++] = top;
    } while (top != node);
}

static void visit(dr_graph *g, uint32_t root)
{
    enter(g, root);
    while (g->n_frames > 0) {
        dr_frame *frame = &g->frames[g->n_frames - 1];
        uint32_t node = frame->node;
        const dr_work *w = &DR_AT(g->f->work, dr_work, node);
        if (frame->edge < w->edges.count) {
            uint32_t to = DR_AT(w->edges, dr_edge, frame->edge++).to;
            if (g->index[to] == 0)
                enter(g, to);
            else if (g->on_stack[to] && g->index[to] < g->low[node])
                g->low[node] = g->index[to];
            continue;
        }
        g->n_frames--;
        if (g->n_frames > 0) {
            uint32_t parent = g->frames[g->n_frames - 1].node;
            if (g->low[node] < g->low[parent])
                g->low[parent] = g->low[node];
        }
        leave(g, node);
    }
}

static const char *work_name(const dr_work *w)
{
    return w->ast->text2 != NULL && w->kind != DR_NODE_RULE ? w->ast->text2 : w->ast->text;
}

/* Orders the members of one component without its back edges; false: they still go round. */
static bool order_inside(dr_graph *g, uint32_t *members, uint32_t n, uint32_t list)
{
    uint32_t done = 0;
    while (done < n) {
        bool moved = false;
        for (uint32_t i = done; i < n && !moved; i++) {
            const dr_work *w = &DR_AT(g->f->work, dr_work, members[i]);
            bool ready = true;
            for (uint32_t e = 0; e < w->edges.count && ready; e++) {
                const dr_edge *edge = &DR_AT(w->edges, dr_edge, e);
                if (edge->back_list != DR_NONE && edge->back_list == list)
                    continue;
                for (uint32_t k = done; k < n; k++)
                    ready = ready && members[k] != edge->to;
            }
            if (ready) {
                uint32_t m = members[i];
                memmove(members + done + 1, members + done, (i - done) * sizeof *members);
                members[done++] = m;
                moved = true;
            }
        }
        if (!moved)
            return false;
    }
    return true;
}

/* The shortest way from `first` back to it, into path; its length. */
static uint32_t find_circle(dr_graph *g, uint32_t first, uint32_t *path)
{
    uint32_t scc = DR_AT(g->f->work, dr_work, first).sccs, n = 0, at = 0, end = 0;
    uint32_t *queue = g->stack, *from = g->low; /* both done with, for this component */
    for (uint32_t i = 0; i < g->n; i++)
        from[i] = DR_NONE;
    queue[end++] = first;
    while (at < end && from[first] == DR_NONE) {
        const dr_work *w = &DR_AT(g->f->work, dr_work, queue[at]);
        for (uint32_t e = 0; e < w->edges.count; e++) {
            uint32_t to = DR_AT(w->edges, dr_edge, e).to;
            if (DR_AT(g->f->work, dr_work, to).sccs != scc || from[to] != DR_NONE)
                continue;
            from[to] = queue[at];
            if (to != first)
                queue[end++] = to;
        }
        at++;
    }
    for (uint32_t i = from[first]; i != first && i != DR_NONE; i = from[i])
        path[n++] = i;
    return n;
}

static bool through_merge(const dr_graph *g, const uint32_t *members, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (DR_AT(g->f->work, dr_work, members[i]).kind == DR_NODE_MERGE)
            return true;
    return false;
}

static bool report_cycle(dr_graph *g, const uint32_t *members, uint32_t n)
{
    /* The first in the source, so that the message does not depend on the order of the search. */
    uint32_t first = members[0], *path = dr_take(g->f->arena, (n + 1) * sizeof *path);
    if (path == NULL)
        return g->f->no_memory = true, false;
    for (uint32_t i = 1; i < n; i++) {
        dr_span a = DR_AT(g->f->work, dr_work, members[i]).ast->span,
                b = DR_AT(g->f->work, dr_work, first).ast->span;
        if (a.source < b.source || (a.source == b.source && a.start < b.start))
            first = members[i];
    }
    const dr_work *w = &DR_AT(g->f->work, dr_work, first);
    uint32_t steps = find_circle(g, first, path), shown = 0;
    dr_diag *d = dr_error_at(g->f, w->ast->span, "E0440",
                             steps == 0 ? "\"%s\" is decided from itself"
                                        : "\"%s\" is decided, through others, from itself",
                             work_name(w));
    const dr_work *before = w;
    for (uint32_t i = steps; i > 0 && d != NULL && shown < DR_LABELS_MAX; i--, shown++) {
        const dr_work *o = &DR_AT(g->f->work, dr_work, path[i - 1]);
        dr_diag_label(g->f->diags, d, o->ast->span, "\"%s\" reads \"%s\"%s%s%s", work_name(before),
                      work_name(o), i == 1 ? ", which reads \"" : "", i == 1 ? work_name(w) : "",
                      i == 1 ? "\"" : "");
        before = o;
    }
    if (through_merge(g, members, n)) {
        dr_diag_note(g->f->diags, d, "lines are merged once all of them are there");
        dr_diag_hint(
            g->f->diags, d,
            "decide the line from the record, or from \"lines of\" a family; what depends on merged lines "
            "is a finding, or a value that the answer shows");
        return false;
    }
    dr_diag_hint(g->f->diags, d, "break the circle, or read earlier rows only: \"for x before this in …\"");
    return false;
}

static bool self_edge(const dr_work *w, uint32_t node)
{
    for (uint32_t e = 0; e < w->edges.count; e++)
        if (DR_AT(w->edges, dr_edge, e).to == node)
            return true;
    return false;
}

/* One component: a lone node, or the parts of a walk along one list. */
static bool settle(dr_graph *g, uint32_t *members, uint32_t n)
{
    dr_front *f = g->f;
    if (n == 1 && !self_edge(&DR_AT(f->work, dr_work, members[0]), members[0]))
        return true;
    uint32_t list = DR_NONE, scc = DR_AT(f->work, dr_work, members[0]).sccs;
    uint16_t entity = DR_AT(f->work, dr_work, members[0]).entity;
    for (uint32_t i = 0; i < n; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, members[i]);
        if (w->kind != DR_NODE_ATTR || w->entity != entity)
            return report_cycle(g, members, n);
        for (uint32_t e = 0; e < w->edges.count; e++) {
            const dr_edge *edge = &DR_AT(w->edges, dr_edge, e);
            if (edge->back_list != DR_NONE && DR_AT(f->work, dr_work, edge->to).sccs == scc)
                list = edge->back_list;
        }
    }
    if (list == DR_NONE || !order_inside(g, members, n, list))
        return report_cycle(g, members, n);
    for (uint32_t i = 0; i < n; i++) {
        dr_work *w = &DR_AT(f->work, dr_work, members[i]);
        w->walked = true;
        w->group = list;
    }
    return true;
}

static int by_name(const void *front, uint32_t a, uint32_t b)
{
    const dr_front *f = front;
    const dr_work *x = &DR_AT(f->work, dr_work, a), *y = &DR_AT(f->work, dr_work, b);
    int order = x->kind - y->kind;
    if (order == 0)
        order = strcmp(DR_AT(f->entities, dr_entity, x->entity).name,
                       DR_AT(f->entities, dr_entity, y->entity).name);
    return order != 0 ? order : strcmp(work_name(x), work_name(y));
}

/* By name, so that the order of evaluation, and with it what is paid for, is that of the policy and not of its
 * files. */
static const uint32_t *search_order(dr_graph *g)
{
    uint32_t *first = dr_take_zero(g->f->arena, g->n + 1, sizeof *first);
    for (uint32_t i = 0; first != NULL && i < g->n; i++)
        first[i] = i;
    return first != NULL && dr_order(g->f->arena, first, g->n, by_name, g->f) ? first : NULL;
}

bool dr_order_nodes(dr_front *f, uint32_t **order, uint32_t *n)
{
    dr_graph g;
    const uint32_t *first = graph_init(&g, f) ? search_order(&g) : NULL;
    if (first == NULL)
        return f->no_memory = true, false;
    for (uint32_t i = 0; i < g.n; i++)
        if (g.index[first[i]] == 0)
            visit(&g, first[i]);
    bool ok = true;
    for (uint32_t start = 0; start < g.n_order;) {
        uint32_t end = start + 1;
        while (end < g.n_order &&
               DR_AT(f->work, dr_work, g.order[end]).sccs == DR_AT(f->work, dr_work, g.order[start]).sccs)
            end++;
        ok = settle(&g, g.order + start, end - start) && ok;
        start = end;
    }
    *order = g.order;
    *n = g.n_order;
    return ok;
}
