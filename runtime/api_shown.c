/* drip: api_shown.c, level 3. What a policy shows of the lines of the last result, and its totals, as views. */
#include "api.h"

static bool of_line(const drip_session *session, uint32_t line)
{
    return line < drip_result_lines(session);
}

uint32_t drip_result_shown_count(const drip_session *session)
{
    return session == NULL ? 0 : session->s.program->n_shown;
}

uint32_t drip_result_totals(const drip_session *session)
{
    return session == NULL || !session->evaluated ? 0 : session->s.program->n_totals;
}

static drip_status view_of(drip_session *session, const dr_shown *shown, int64_t cell, drip_shown *view)
{
    dr_type type = session->s.program->slots[shown->slot].type;
    const char *text = dr_api_value_text(session, type, cell);
    *view = (drip_shown){.name = shown->name,
                         .path = shown->path,
                         .number = type.kind == DR_INT || type.kind == DR_NUM,
                         .text = text == NULL ? "" : text};
    return text == NULL ? DRIP_NO_MEMORY : DRIP_OK;
}

drip_status drip_result_shown(drip_session *session, uint32_t line, uint32_t k, drip_shown *view)
{
    if (session == NULL || view == NULL || !of_line(session, line))
        return DRIP_MISUSE;
    const dr_program *p = session->s.program;
    if (k >= p->n_shown)
        return DRIP_NOT_FOUND;
    uint32_t row = session->outcome.lines[line].row, slot = p->shown[k].slot;
    const dr_col col = session->s.cols[slot];
    drip_status status = view_of(session, &p->shown[k], col.base[(size_t)row * col.stride], view);
    uint32_t column = p->slots[slot].clause_column;
    uint32_t clause = column != DR_NONE ? session->s.clauses[column][row] : DR_NONE;
    if (clause < p->n_clauses)
        dr_api_clause_view(session, clause, &view->clause);
    return status;
}

drip_status drip_result_total(drip_session *session, uint32_t k, drip_shown *view)
{
    if (session == NULL || view == NULL || !session->evaluated)
        return DRIP_MISUSE;
    if (k >= session->s.program->n_totals)
        return DRIP_NOT_FOUND;
    return view_of(session, &session->s.program->totals[k], session->outcome.totals[k], view);
}
