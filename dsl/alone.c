/* drip: alone.c, level 2a. Sources that hold nothing but scenarios for a policy that stands elsewhere. What
 * the policy answers does not depend on them, so a program for it is compiled without them, and several of
 * them can share one. */
#include "compile.h"
#include "front.h"

#include <string.h>

static const dr_ast *policy_of(const dr_ast *items)
{
    const dr_ast *head = NULL;
    for (const dr_ast *i = items; i != NULL; i = i->next) {
        if (i->kind == A_SCENARIO || i->kind == A_UNTESTED)
            continue;
        if (i->kind != A_TESTS || head != NULL)
            return NULL;
        head = i;
    }
    return head;
}

bool dr_tests_alone(const dr_alloc *alloc, const char *bytes, size_t len, size_t heap, char *policy,
                    size_t size)
{
    enum { NODES_MAX = 4000000, FIRST_CHUNK = 1 << 16, DIAGS_MAX = 1 };
    dr_sources sources;
    dr_diags diags;
    dr_syms syms;
    const dr_ast *head = NULL;
    dr_sources_init(&sources, alloc, heap);
    dr_diags_init(&diags, alloc, DIAGS_MAX);
    dr_arena arena;
    dr_arena_init(&arena, alloc, FIRST_CHUNK, heap);
    dr_syms_init(&syms, &arena, NULL, dr_seed());
    dr_parse *p = dr_take_zero(&arena, 1, sizeof *p);
    if (p != NULL && dr_sources_add(&sources, "", bytes, len) >= 0) {
        p->arena = &arena;
        p->syms = &syms;
        p->diags = &diags;
        p->source = &sources.items[0];
        p->max_nodes = NODES_MAX;
        head = dr_parse_source(p) ? policy_of(p->items) : NULL;
    }
    bool alone = head != NULL && strlen(head->text) < size;
    if (alone)
        memcpy(policy, head->text, strlen(head->text) + 1);
    dr_arena_free(&arena);
    dr_diags_free(&diags);
    dr_sources_free(&sources);
    return alone;
}
