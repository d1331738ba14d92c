/* drip: cost.c, tests. No evaluation takes more steps than `drip check --cost` says: for each encounter of a file,
 * for each node and for the whole, at that encounter's own sizes.
 * cost POLICY SEARCH_PATH FILE.ndjson [-v|-n]
 * Ends with "N passed, N failed"; -v tells how close bounds come, -n the steps of each encounter and nothing else. */
#include "api.h"
#include "cost.h"
#include "drip.h"
#include "vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct checking {
    drip_session *session;
    drip_costs *costs;
    dr_costs *nodes;
    uint64_t *sizes;
    uint64_t used, allowed, charted;
    unsigned passed, failed;
    int numbers; /* tell the steps of each encounter */
    uint64_t *node_used, *node_allowed;
} checking;

static void wrong(checking *x, size_t number, const char *name, uint64_t used, uint64_t allowed)
{
    if (x->failed++ < 20)
        printf("encounter %zu: %s took %llu steps, the bound is %llu\n", number, name,
               (unsigned long long)used, (unsigned long long)allowed);
}

/* The same once more, told apart by node. */
static int by_node(checking *x, const char *json, size_t len, size_t number)
{
    dr_session *s = &x->session->s;
    uint64_t told = 0;
    unsigned before = x->failed;
    dr_session_reset(s);
    if (!dr_meter(s) || dr_read_encounter(s, json, len) != DR_OK || dr_evaluate(s) != DR_OK)
        return 0;
    for (uint32_t i = 0; i < x->nodes->n_items; i++) {
        uint64_t used = dr_node_spent(s, x->nodes->items[i].node);
        uint64_t allowed = dr_bound_value(x->nodes->items[i].steps, x->sizes);
        x->node_used[i] += used;
        x->node_allowed[i] += allowed;
        told += used;
        if (used > allowed)
            wrong(x, number, x->nodes->items[i].name, used, allowed);
    }
    if (told > s->limits.fuel - s->fuel || s->limits.fuel - s->fuel != drip_session_fuel_used(x->session))
        wrong(x, number, "the sum of all nodes", told, s->limits.fuel - s->fuel);
    return x->failed == before;
}

static void check(checking *x, const char *json, size_t len, size_t number)
{
    uint32_t all = drip_costs_count(x->costs);
    if (drip_eval(x->session, json, len) != DRIP_OK)
        return; /* refused by the reader: nothing was decided */
    drip_costs_measure(x->costs, x->session, x->sizes);
    uint64_t used = drip_session_fuel_used(x->session);
    uint64_t allowed = drip_costs_steps(x->costs, all, x->sizes);
    uint64_t charted = drip_costs_steps(x->costs, all + 1, x->sizes);
    x->used += used;
    if (x->numbers)
        printf("%llu\n", (unsigned long long)used);
    x->allowed += allowed;
    x->charted += charted;
    if (used > allowed)
        wrong(x, number, "the whole", used, allowed);
    else if (allowed > charted)
        wrong(x, number, "the bound in the record's sizes", allowed, charted);
    else if (by_node(x, json, len, number))
        x->passed++;
}

static drip_program *compile(drip_engine *engine, const char *policy, const char *path)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    if (drip_layers_new(engine, &layers) != DRIP_OK ||
        drip_layers_add_policy_files(layers, policy, path, &error) != DRIP_OK ||
        drip_compile(layers, &program, &error) != DRIP_OK)
        fprintf(stderr, "%s\n", error != NULL ? drip_error_text(error) : "no policy");
    drip_error_free(error);
    drip_layers_free(layers);
    return program;
}

static void tell(const checking *x)
{
    printf("steps taken %llu; bound %.2f times as much, in the record's sizes %.2f times\n",
           (unsigned long long)x->used, (double)x->allowed / (double)x->used,
           (double)x->charted / (double)x->used);
    for (uint32_t i = 0; i < x->nodes->n_items; i++)
        printf("%12llu %12llu  %s\n", (unsigned long long)x->node_used[i],
               (unsigned long long)x->node_allowed[i], x->nodes->items[i].name);
}

static void check_file(checking *x, FILE *f)
{
    char *line = NULL;
    size_t size = 0, number = 0;
    for (ssize_t n; (n = getline(&line, &size, f)) > 0;)
        check(x, line, (size_t)n, ++number);
    free(line);
}

int main(int argc, char **argv)
{
    checking x = {.numbers = argc > 4 && strcmp(argv[4], "-n") == 0};
    dr_arena arena;
    const dr_alloc alloc = dr_alloc_default();
    drip_engine *engine = NULL;
    drip_program *program = NULL;
    FILE *f = argc > 3 ? fopen(argv[3], "r") : NULL;
    dr_arena_init(&arena, &alloc, 1 << 16, SIZE_MAX);
    if (f == NULL || drip_engine_new(NULL, NULL, NULL, &engine) != DRIP_OK ||
        (program = compile(engine, argv[1], argv[2])) == NULL ||
        drip_session_new(program, &x.session) != DRIP_OK || drip_costs_new(program, &x.costs) != DRIP_OK ||
        (x.nodes = dr_costs_make(&arena, program->p)) == NULL)
        return 2;
    x.sizes = calloc(x.nodes->n_sizes, sizeof *x.sizes);
    x.node_used = calloc(x.nodes->n_items, sizeof *x.node_used);
    x.node_allowed = calloc(x.nodes->n_items, sizeof *x.node_allowed);
    if (x.sizes != NULL && x.node_used != NULL && x.node_allowed != NULL)
        check_file(&x, f);
    fclose(f);
    if (argc > 4 && !x.numbers)
        tell(&x);
    if (!x.numbers)
        printf("%u passed, %u failed\n", x.passed, x.failed);
    free(x.sizes);
    free(x.node_used);
    free(x.node_allowed);
    dr_arena_free(&arena);
    drip_costs_free(x.costs);
    drip_session_free(x.session);
    drip_program_free(program);
    drip_engine_free(engine);
    return x.failed > 0 || x.passed == 0;
}
