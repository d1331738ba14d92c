/* drip: api_cost.c, level 3. What a policy costs at most, for callers. */
#include "api.h"
#include "cost.h"

#include <string.h>

struct drip_costs {
    drip_program *program;
    dr_arena arena;
    dr_costs *c;
    const char **bounds; /* of each item, then of the whole twice */
};

enum { COST_ARENA = 64 * 1024 };

/* The text of a bound, in the arena. NULL: no memory. */
static const char *written(drip_costs *costs, const dr_bound *b)
{
    dr_buf text;
    const char *made = NULL;
    dr_buf_init(&text, &costs->program->engine->alloc, SIZE_MAX);
    dr_cost_write(costs->c, b, &text);
    char *copy = text.failed ? NULL : dr_take(&costs->arena, text.len + 1);
    if (copy != NULL) {
        memcpy(copy, text.data != NULL ? text.data : "", text.len);
        copy[text.len] = '\0';
        made = copy;
    }
    dr_buf_free(&text);
    return made;
}

static const dr_bound *bound_of(const drip_costs *costs, uint32_t item)
{
    const dr_costs *c = costs->c;
    return item < c->n_items ? c->items[item].steps : item == c->n_items ? c->all : c->charted;
}

static bool work_out(drip_costs *costs)
{
    costs->c = dr_costs_make(&costs->arena, costs->program->p);
    if (costs->c == NULL)
        return false;
    costs->bounds = dr_take_zero(&costs->arena, (size_t)costs->c->n_items + 2, sizeof *costs->bounds);
    for (uint32_t i = 0; costs->bounds != NULL && i < costs->c->n_items + 2; i++) {
        costs->bounds[i] = written(costs, bound_of(costs, i));
        if (costs->bounds[i] == NULL)
            return false;
    }
    return costs->bounds != NULL;
}

drip_status drip_costs_new(drip_program *program, drip_costs **costs)
{
    if (costs == NULL)
        return DRIP_MISUSE;
    *costs = NULL;
    if (program == NULL)
        return DRIP_MISUSE;
    const dr_alloc *a = &program->engine->alloc;
    drip_costs *made = dr_new(a, sizeof *made);
    if (made == NULL)
        return DRIP_NO_MEMORY;
    made->program = drip_program_ref(program);
    dr_arena_init(&made->arena, a, COST_ARENA, program->engine->limits.compile_heap);
    if (!work_out(made)) {
        drip_costs_free(made);
        return DRIP_NO_MEMORY;
    }
    *costs = made;
    return DRIP_OK;
}

void drip_costs_free(drip_costs *costs)
{
    if (costs == NULL)
        return;
    drip_program *program = costs->program;
    const dr_alloc a = program->engine->alloc;
    dr_arena_free(&costs->arena);
    dr_free(&a, costs, sizeof *costs);
    drip_program_free(program);
}

uint32_t drip_costs_count(const drip_costs *costs)
{
    return costs->c->n_items;
}

drip_status drip_costs_item(const drip_costs *costs, uint32_t item, drip_cost *view)
{
    const dr_costs *c = costs->c;
    if (item >= c->n_items + 2)
        return DRIP_NOT_FOUND;
    const dr_bound *b = bound_of(costs, item);
    *view = (drip_cost){.name = item < c->n_items ? c->items[item].name : drip_program_name(costs->program),
                        .bound = costs->bounds[item],
                        .degree = dr_bound_degree(b),
                        .known = b != NULL};
    return DRIP_OK;
}

uint32_t drip_costs_sizes(const drip_costs *costs)
{
    return costs->c->n_sizes;
}

const char *drip_costs_size_name(const drip_costs *costs, uint32_t size)
{
    return size < costs->c->n_sizes ? dr_cost_size_name(costs->c, size) : NULL;
}

uint64_t drip_costs_steps(const drip_costs *costs, uint32_t item, const uint64_t *sizes)
{
    return item < costs->c->n_items + 2 ? dr_bound_value(bound_of(costs, item), sizes) : 0;
}

static uint64_t most_members(const dr_session *s)
{
    const dr_program *p = s->program;
    uint64_t most = 0;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        const dr_slot *slot = &p->slots[i];
        if (!slot->input || slot->type.kind != DR_SET || slot->type.member != DR_TEXT ||
            s->cols[i].base == NULL)
            continue;
        for (uint32_t row = 0; row < s->n_rows[slot->entity]; row++) {
            int64_t cell = s->cols[i].base[(size_t)row * s->cols[i].stride];
            const dr_set *set = cell != DR_MISSING ? dr_ptr(cell) : NULL;
            most = set != NULL && set->count > most ? set->count : most;
        }
    }
    return most;
}

drip_status drip_costs_measure(const drip_costs *costs, const drip_session *session, uint64_t *sizes)
{
    if (session->program->p != costs->program->p || !session->evaluated)
        return DRIP_MISUSE;
    for (uint32_t i = 0; i < costs->c->members; i++)
        sizes[i] = session->s.n_rows[i];
    sizes[costs->c->members] = most_members(&session->s);
    return DRIP_OK;
}
