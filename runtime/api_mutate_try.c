/* drip: api_mutate_try.c, level 3. Whether any scenario notices a change: it is made and compiled, and scenarios in whose reach it
 * is are run under each set of settings, until one does not hold. */
#include "api_mutate.h"
#include "dump.h"

#include <string.h>

/* 2 it applied, 1 it was asked; what is no clause is everywhere. */
uint8_t dr_mut_reach(const dr_mutating *x, const dr_mut_item *it, const dr_mut_case *c)
{
    if (c->reach == NULL)
        return 0;
    if (it->clause == DR_NONE || it->m->kind == DR_MUTANT_DATE)
        return 2;
    const dr_program *p = x->runs[c->run].program->p;
    const dr_span own = x->plain->p->clauses[it->clause].span;
    bool there = it->clause < p->n_clauses && p->clauses[it->clause].span.source == own.source &&
                 p->clauses[it->clause].span.start == own.start;
    uint8_t reach = there ? c->reach[it->clause] : 2;
    return reach == 1 && it->m->applied ? 0 : reach;
}

bool dr_mut_reaches(const dr_mutating *x, const dr_mut_item *it, uint32_t run)
{
    for (uint32_t i = 0; i < x->n_cases; i++)
        if (x->cases[i].run == run && dr_mut_reach(x, it, &x->cases[i]) > 0)
            return true;
    return false;
}

static drip_status run_cases(const dr_mutating *x, dr_mut_item *it, uint32_t run, drip_session *s)
{
    drip_status status = DRIP_OK;
    s->s.limits.fuel = DR_MUT_FUEL;
    for (uint8_t reach = 2; reach > 0; reach--)
        for (uint32_t i = 0; i < x->n_cases && it->state == MUT_UNKNOWN; i++) {
            const dr_mut_case *c = &x->cases[i];
            if (c->run != run || dr_mut_reach(x, it, c) != reach)
                continue;
            status = dr_mut_eval(s, c);
            if (status == DRIP_NO_MEMORY)
                return status;
            bool conflicts = s->s.n_conflicts > 0 && !c->conflicts; /* told even where nobody asks */
            if (status == DRIP_OK && !conflicts && dr_expectations_hold(s, c->c))
                continue;
            it->state = MUT_KILLED;
            it->killer = i;
        }
    return DRIP_OK;
}

static drip_status try_run(const dr_mutating *x, dr_mut_item *it, uint32_t run, drip_program *program)
{
    drip_session *s = NULL;
    drip_status status = drip_session_new(program, &s);
    if (status == DRIP_OK)
        status = run_cases(x, it, run, s);
    drip_session_free(s);
    return status;
}

/* A constant text is a number in the program's own table. */
static bool same_symbols(const dr_syms *a, const dr_syms *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (dr_text_cmp(&a->items[i], &b->items[i]) != 0)
            return false;
    return true;
}

/* Do the two mean the same to the machine? */
static drip_status same_program(const dr_mutating *x, const dr_program *a, const dr_program *b, bool *same)
{
    dr_buf texts[2];
    const dr_program *programs[2] = {a, b};
    *same = false;
    if (!same_symbols(&a->syms, &b->syms))
        return DRIP_OK;
    for (int i = 0; i < 2; i++) {
        dr_buf_init(&texts[i], &x->engine->alloc, (size_t)1 << 28);
        dr_dump(programs[i], &texts[i]);
    }
    bool failed = texts[0].failed || texts[1].failed;
    *same =
        !failed && texts[0].len == texts[1].len && memcmp(texts[0].data, texts[1].data, texts[0].len) == 0;
    dr_buf_free(&texts[0]);
    dr_buf_free(&texts[1]);
    return failed ? DRIP_NO_MEMORY : DRIP_OK;
}

/* A policy that drip refuses with some settings alone fails the scenarios that have them. */
static void refused_with(const dr_mutating *x, dr_mut_item *it, uint32_t run)
{
    for (uint32_t i = 0; i < x->n_cases && it->state == MUT_UNKNOWN; i++) {
        if (x->cases[i].run != run || x->cases[i].reach == NULL)
            continue;
        it->state = MUT_KILLED;
        it->killer = i;
    }
}

static void try_anew(const dr_mutating *x, dr_mut_item *it, uint32_t run)
{
    drip_program *program = NULL;
    it->status = dr_mutated(x, it, x->runs[run].settings, &program);
    if (it->status == DRIP_OK)
        it->status = try_run(x, it, run, program);
    else if (it->status == DRIP_BAD_POLICY) {
        it->status = DRIP_OK;
        refused_with(x, it, run);
    }
    drip_program_free(program);
}

/* With the settings of each run: the program is not compiled again where their values can be put into it. */
static void try_settings(const dr_mutating *x, dr_mut_item *it, drip_program *program)
{
    dr_mut_params own;
    if (program == NULL || it->state != MUT_UNKNOWN || it->status != DRIP_OK)
        return;
    if (!dr_mut_params_open(&own, program->p)) {
        it->status = DRIP_NO_MEMORY;
        return;
    }
    for (uint32_t run = 1; run < x->n_runs && it->state == MUT_UNKNOWN && it->status == DRIP_OK; run++) {
        if (!dr_mut_reaches(x, it, run))
            continue;
        if (x->runs[run].anew)
            try_anew(x, it, run);
        else if (!dr_mut_params_set(&own, program->p, &x->runs[run]))
            it->status = DRIP_NO_MEMORY;
        else
            it->status = try_run(x, it, run, program);
    }
}

void dr_mut_try(void *context, uint32_t at)
{
    dr_mutating *x = context;
    dr_mut_item *it = &x->items[at];
    drip_program *program = NULL;
    it->status = dr_mutated(x, it, NULL, &program);
    if (it->status == DRIP_BAD_POLICY) {
        it->status = DRIP_OK;
        it->state = MUT_REFUSED;
    }
    if (program != NULL)
        it->status = try_run(x, it, 0, program);
    bool same = false;
    if (program != NULL && it->state == MUT_UNKNOWN && it->status == DRIP_OK)
        it->status = same_program(x, program->p, x->plain->p, &same);
    if (same)
        it->state = MUT_SAME;
    try_settings(x, it, program);
    drip_program_free(program);
    if (it->state == MUT_UNKNOWN)
        it->state = MUT_SURVIVED;
}
