/* drip: meter.c, level 2b. Who spent the fuel of an evaluation that ran out of it.
 *
 * The engine only counts down. What ran out is evaluated once more up to the same step, now telling apart
 * what each instruction and each node pays (session->spent): an encounter always takes the same steps, and
 * one that is refused may take twice as long. The code of a node is in one piece, from its pc to the next
 * node's. */
#include "vm.h"

#include <stdio.h>
#include <string.h>

bool dr_meter(dr_session *s)
{
    const dr_program *p = s->program;
    dr_vm *vm = dr_vm_of(s);
    if (vm->spent.at == NULL) {
        vm->spent.at = dr_take_zero(&s->own, p->n_code, sizeof *vm->spent.at);
        vm->spent.rows = dr_take_zero(&s->own, p->n_all_nodes, sizeof *vm->spent.rows);
        if (vm->spent.at == NULL || vm->spent.rows == NULL) {
            vm->spent = (dr_spent){NULL, NULL};
            return false;
        }
    }
    memset(vm->spent.at, 0, p->n_code * sizeof *vm->spent.at);
    memset(vm->spent.rows, 0, p->n_all_nodes * sizeof *vm->spent.rows);
    s->spent = &vm->spent;
    return true;
}

uint32_t dr_node_end(const dr_program *p, uint32_t node)
{
    uint32_t end = p->date_pc != DR_NONE ? p->date_pc : p->n_code;
    for (uint32_t i = 0; i < p->n_all_nodes; i++)
        if (p->nodes[i].pc != DR_NONE && p->nodes[i].pc > p->nodes[node].pc && p->nodes[i].pc < end)
            end = p->nodes[i].pc;
    return end;
}

static uint64_t sum(const uint64_t *at, uint32_t from, uint32_t to)
{
    uint64_t total = 0;
    for (uint32_t pc = from; pc < to; pc++)
        total += at[pc];
    return total;
}

uint64_t dr_node_spent(const dr_session *s, uint32_t node)
{
    const dr_program *p = s->program;
    uint64_t total = s->spent->rows[node];
    return p->nodes[node].pc == DR_NONE ? total
                                        : total + sum(s->spent->at, p->nodes[node].pc, dr_node_end(p, node));
}

/* The clause of a node to which at least half of what the node spent went, or NULL. */
static const dr_clause *main_clause(const dr_session *s, uint32_t node, uint64_t total)
{
    const dr_program *p = s->program;
    uint32_t from = p->nodes[node].pc, to = from != DR_NONE ? dr_node_end(p, node) : 0;
    for (uint32_t i = 0; from != DR_NONE && i < p->n_clauses; i++) {
        const dr_clause *c = &p->clauses[i];
        if (c->pc_start >= from && c->pc_end <= to &&
            sum(s->spent->at, c->pc_start, c->pc_end) >= total / 2 + 1)
            return c;
    }
    return NULL;
}

void dr_meter_tell(const dr_session *s, char *room, size_t size)
{
    const dr_program *p = s->program;
    uint64_t most = 0;
    uint32_t node = DR_NONE;
    char name[160];
    room[0] = '\0';
    for (uint32_t i = 0; s->spent != NULL && i < p->n_all_nodes; i++) {
        uint64_t total = dr_node_spent(s, i);
        if (total > most && p->nodes[i].name != NULL) {
            most = total;
            node = i;
        }
    }
    if (node == DR_NONE)
        return;
    const dr_clause *c = main_clause(s, node, most);
    dr_node_name(p, node, name, sizeof name);
    snprintf(room, size, "; the largest part of them, %llu, went to %s%s", (unsigned long long)most,
             c != NULL ? "clause " : "", c != NULL ? c->name : name);
}
