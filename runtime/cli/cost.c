/* drip: cost.c, level 4. `drip check --cost`: the most steps that a policy takes, by attribute, group, clock
 * and rule, heaviest first, and in all. What weighs is the bound where there are WEIGHED rows of each kind. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { WEIGHED = 100, NAME_WIDTH = 44 };

typedef struct weighed {
    drip_cost cost;
    uint64_t steps;
} weighed;

static int heavier(const void *a, const void *b)
{
    const weighed *x = a, *y = b;
    if (x->steps != y->steps)
        return x->steps > y->steps ? -1 : 1;
    return strcmp(x->cost.name, y->cost.name);
}

/* 1,234,567 */
static void put_steps(cli *c, uint64_t n)
{
    char digits[32];
    size_t at = sizeof digits, count = 0;
    do {
        if (count > 0 && count % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
        count++;
    } while (n > 0);
    cli_bytes(c, digits + at, sizeof digits - at);
}

static void put_row(cli *c, const char *name, const char *bound)
{
    size_t width = cli_width(name, strlen(name));
    cli_text(c, "  ");
    cli_safe(c, name, strlen(name));
    cli_pad(c, width < NAME_WIDTH ? NAME_WIDTH - width : 1);
    cli_text(c, " ");
    cli_safe(c, bound, strlen(bound));
    cli_text(c, "\n");
}

/* 1, 2, 3 … as words for how it grows. */
static const char *growth(const drip_cost *cost)
{
    static const char *const words[] = {
        "does not grow with the record", "grows with the record, in proportion",
        "grows with the square of the record", "grows with the cube of the record"};
    if (cost->known == 0)
        return "no bound was found for all of it";
    return cost->degree < sizeof words / sizeof *words ? words[cost->degree]
                                                       : "grows faster than the cube of the record";
}

static void put_whole(cli *c, const drip_costs *costs, uint64_t *sizes)
{
    static const uint64_t rows[] = {10, 100, 1000};
    uint32_t all = drip_costs_count(costs), n = drip_costs_sizes(costs);
    drip_cost whole, charted;
    if (drip_costs_item(costs, all, &whole) != DRIP_OK ||
        drip_costs_item(costs, all + 1, &charted) != DRIP_OK)
        return;
    cli_text(c, "\n");
    put_row(c, "all", whole.bound);
    put_row(c, "all, in rows of the record alone", charted.bound);
    cli_text(c, "\n  It ");
    cli_text(c, growth(&charted));
    cli_text(c, ". With so many rows of each kind in the record, at most so many steps:\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows && charted.known != 0; i++) {
        for (uint32_t k = 0; k < n; k++)
            sizes[k] = rows[i];
        cli_text(c, i == 0 ? "  " : "   ");
        cli_uint(c, rows[i]);
        cli_text(c, ": ");
        put_steps(c, drip_costs_steps(costs, all + 1, sizes));
    }
    cli_text(c, "\n");
}

static bool put_table(cli *c, const drip_costs *costs)
{
    uint32_t count = drip_costs_count(costs), n = drip_costs_sizes(costs);
    uint64_t *sizes = calloc((size_t)n + 1, sizeof *sizes);
    weighed *items = calloc((size_t)count + 1, sizeof *items);
    if (sizes == NULL || items == NULL) {
        free(sizes);
        free(items);
        return false;
    }
    for (uint32_t k = 0; k < n; k++)
        sizes[k] = WEIGHED;
    for (uint32_t i = 0; i < count; i++) {
        (void)drip_costs_item(costs, i, &items[i].cost);
        items[i].steps = drip_costs_steps(costs, i, sizes);
    }
    qsort(items, count, sizeof *items, heavier);
    for (uint32_t i = 0; i < count; i++)
        put_row(c, items[i].cost.name, items[i].cost.bound);
    put_whole(c, costs, sizes);
    free(sizes);
    free(items);
    return true;
}

int cli_cost(cli *c, const char *policy, drip_program *program)
{
    drip_costs *costs = NULL;
    if (drip_costs_new(program, &costs) != DRIP_OK) {
        cli_say(c, "drip: out of memory");
        return CLI_WRONG;
    }
    cli_safe(c, policy, strlen(policy));
    cli_text(c, ": steps of an evaluation at most, heaviest first\n\n");
    bool shown = put_table(c, costs);
    drip_costs_free(costs);
    if (shown)
        return CLI_YES;
    cli_say(c, "drip: out of memory");
    return CLI_WRONG;
}

bool cli_limits(cli *c, const cli_command *command, const cli_args *args, drip_limits *limits)
{
    for (int i = 0; command->options[i].name != NULL; i++) {
        if (strcmp(command->options[i].name, "fuel") != 0 || args->option[i] == NULL)
            continue;
        if (!cli_number(args->option[i], UINT64_MAX, &limits->fuel) || limits->fuel == 0) {
            cli_say(c, "drip %s: --fuel takes a number of steps, 1 or more; \"%s\" is none", command->name,
                    args->option[i]);
            return false;
        }
    }
    return true;
}
