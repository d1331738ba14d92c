/* drip: conds.c, level 2b. The conditions of a clause, asked once more for a row of an evaluated encounter.
 *
 * A test is run only where the tests before it did not settle the matter, as they guard what it reads. */
#include "conds.h"
#include "vm.h"

#include <string.h>

dr_status dr_code_value(dr_session *s, uint32_t pc, uint32_t row, dr_trace *trace, int64_t *value)
{
    int64_t values[DR_REGS];
    uint32_t n = 0, clause = 0;
    if (trace != NULL)
        memset(trace, 0, sizeof *trace);
    s->trace = trace;
    dr_status status = dr_run_code(s, pc, row, values, &n, &clause);
    s->trace = NULL;
    *value = status == DR_OK && n > 0 ? values[0] : DR_MISSING;
    return status;
}

bool dr_clause_in_force(const dr_session *s, const dr_clause *clause)
{
    for (uint32_t i = 0; i < clause->n_also; i++) {
        const dr_extent *also = &clause->also[i];
        if (s->params[also->axis] < also->from || s->params[also->axis] > also->to)
            return false;
    }
    if (clause->from == DR_MISSING && clause->to == INT64_MAX)
        return true;
    int64_t date = s->params[0];
    return date != DR_MISSING && (clause->from == DR_MISSING || clause->from <= date) && date <= clause->to;
}

bool dr_clause_takes(const dr_session *s, const dr_clause *clause, uint32_t row)
{
    if (clause->kind != DR_CLAUSE_MARK)
        return true;
    const dr_col family = s->cols[s->program->family_slot];
    for (uint32_t i = 0; i < clause->n_families; i++)
        if (family.base[(size_t)row * family.stride] == clause->families[i])
            return true;
    return false;
}

dr_status dr_cond_ask(dr_session *s, uint32_t cond, uint32_t row, dr_cond_fn visit, void *context,
                      bool *truth)
{
    *truth = true;
    if (cond == DR_NONE)
        return DR_OK;
    const dr_cond *c = &s->program->conds[cond];
    dr_status status = DR_OK;
    if (c->kind == DR_COND_TEST) {
        int64_t value = 0;
        status = dr_code_value(s, c->pc, row, NULL, &value);
        *truth = value == 1;
        if (status == DR_OK && visit != NULL)
            visit(context, cond, *truth);
        return status;
    }
    *truth = c->kind == DR_COND_ALL;
    for (uint32_t child = c->first; child != DR_NONE && status == DR_OK;
         child = s->program->conds[child].next) {
        status = dr_cond_ask(s, child, row, visit, context, truth);
        if (*truth == (c->kind == DR_COND_ANY))
            break;
    }
    if (c->kind == DR_COND_NOT)
        *truth = !*truth;
    return status;
}
