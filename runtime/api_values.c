/* drip: api_values.c, level 3. The last result value by value: all that drip.result/1 says, typed, without JSON. */
#include "api.h"
#include "result.h"

#include <string.h>

static const drip_value missing = {.type = DRIP_TYPE_OTHER, .missing = 1, .text = ""};

/* The text that the JSON has of it, without its quotes. */
static void write_text(drip_session *session, dr_type type, int64_t cell)
{
    const dr_session *s = &session->s;
    dr_buf *to = &session->words;
    switch ((dr_kind)type.kind) {
    case DR_INT:
        dr_buf_int(to, cell);
        return;
    case DR_BOOL:
        dr_buf_text(to, cell != 0 ? "true" : "false");
        return;
    case DR_DATE:
        dr_date_write(cell, to);
        return;
    case DR_NUM:
        dr_number_write(s->program, type, *(const dr_num *)dr_ptr(cell), to);
        return;
    case DR_INSTANT:
        dr_instant_write(cell, s->has_offset, dr_offset_at(s, cell), to);
        return;
    case DR_SET:
        return;
    default:
        dr_value_write(s->program, &s->syms, type, cell, to);
    }
}

static drip_status value_of(drip_session *session, dr_type type, int64_t cell, drip_value *view)
{
    *view = missing;
    view->type = dr_api_type(&type);
    if (cell == DR_MISSING)
        return DRIP_OK;
    view->missing = 0;
    if (type.kind == DR_BOOL || type.kind == DR_INT || type.kind == DR_DATE || type.kind == DR_INSTANT ||
        type.kind == DR_DURATION)
        view->integer = cell;
    if (type.kind == DR_SET)
        view->members = ((const dr_set *)dr_ptr(cell))->count;
    if (type.kind == DR_TEXT || type.kind == DR_ENUM) {
        dr_member text = dr_text_of(&session->s, type.kind, type.of, cell);
        view->text = text.bytes;
        view->len = text.len;
        return DRIP_OK;
    }
    dr_buf *words = &session->words;
    dr_buf_clear(words);
    write_text(session, type, cell);
    view->text = words->failed
                     ? NULL
                     : dr_take_text(&session->views, words->data == NULL ? "" : words->data, words->len);
    view->len = words->len;
    if (view->text != NULL)
        return DRIP_OK;
    *view = missing;
    return DRIP_NO_MEMORY;
}

/* The k-th in the order of their texts. */
static drip_status member_of(drip_session *session, uint8_t kind, uint16_t of, const dr_set *set, uint32_t k,
                             drip_text *text)
{
    if (set == NULL || k >= set->count)
        return DRIP_NOT_FOUND;
    if (session->ordered != set) { /* they are asked for one behind the other */
        session->members = dr_ordered(&session->s, &session->views, kind, of, set);
        session->ordered = session->members != NULL ? set : NULL;
    }
    if (session->ordered == NULL)
        return DRIP_NO_MEMORY;
    *text = (drip_text){session->members[k].bytes, session->members[k].len};
    return DRIP_OK;
}

/* ---- lines */

static drip_status line_cell(drip_session *session, uint32_t line, uint32_t field, dr_type *type,
                             int64_t *cell)
{
    if (session == NULL || line >= drip_result_lines(session))
        return DRIP_MISUSE;
    const dr_program *p = session->s.program;
    if (field >= p->n_fields)
        return DRIP_NOT_FOUND;
    *type = p->slots[p->fields[field].slot].type;
    *cell = session->outcome.lines[line].cells[field];
    return DRIP_OK;
}

static drip_status shown_cell(drip_session *session, uint32_t line, uint32_t k, dr_type *type, int64_t *cell)
{
    if (session == NULL || line >= drip_result_lines(session))
        return DRIP_MISUSE;
    const dr_program *p = session->s.program;
    if (k >= p->n_shown)
        return DRIP_NOT_FOUND;
    const dr_col col = session->s.cols[p->shown[k].slot];
    *type = p->slots[p->shown[k].slot].type;
    *cell = col.base[(size_t)session->outcome.lines[line].row * col.stride];
    return DRIP_OK;
}

static drip_status view_member(drip_session *session, dr_type type, int64_t cell, uint32_t k, drip_text *text)
{
    bool is_set = type.kind == DR_SET && cell != DR_MISSING;
    return member_of(session, type.member, type.of, is_set ? dr_ptr(cell) : NULL, k, text);
}

typedef drip_status (*cell_fn)(drip_session *session, uint32_t line, uint32_t k, dr_type *type,
                               int64_t *cell);

static drip_status value_at(drip_session *session, cell_fn find, uint32_t line, uint32_t at, drip_value *view)
{
    dr_type type;
    int64_t cell = DR_MISSING;
    drip_status status = view == NULL ? DRIP_MISUSE : find(session, line, at, &type, &cell);
    return status == DRIP_OK ? value_of(session, type, cell, view) : status;
}

static drip_status member_at(drip_session *session, cell_fn find, uint32_t line, uint32_t at, uint32_t k,
                             drip_text *member)
{
    dr_type type;
    int64_t cell = DR_MISSING;
    drip_status status = member == NULL ? DRIP_MISUSE : find(session, line, at, &type, &cell);
    return status == DRIP_OK ? view_member(session, type, cell, k, member) : status;
}

drip_status drip_result_line_value(drip_session *session, uint32_t line, uint32_t field, drip_value *view)
{
    return value_at(session, line_cell, line, field, view);
}

drip_status drip_result_line_member(drip_session *session, uint32_t line, uint32_t field, uint32_t k,
                                    drip_text *member)
{
    return member_at(session, line_cell, line, field, k, member);
}

drip_status drip_result_shown_value(drip_session *session, uint32_t line, uint32_t shown, drip_value *view)
{
    return value_at(session, shown_cell, line, shown, view);
}

drip_status drip_result_shown_member(drip_session *session, uint32_t line, uint32_t shown, uint32_t k,
                                     drip_text *member)
{
    return member_at(session, shown_cell, line, shown, k, member);
}

/* ---- findings and the whole */

drip_status drip_result_finding_about(drip_session *session, uint32_t finding, uint32_t k, drip_text *id)
{
    if (session == NULL || id == NULL || finding >= drip_result_findings(session))
        return DRIP_MISUSE;
    return member_of(session, DR_TEXT, 0, session->outcome.findings[finding].about, k, id);
}

drip_status drip_result_total_value(drip_session *session, uint32_t k, drip_value *view)
{
    if (session == NULL || view == NULL || !session->evaluated)
        return DRIP_MISUSE;
    const dr_program *p = session->s.program;
    if (k >= p->n_totals)
        return DRIP_NOT_FOUND;
    return value_of(session, p->slots[p->totals[k].slot].type, session->outcome.totals[k], view);
}

drip_status drip_result_encounter(drip_session *session, drip_value *id)
{
    if (session == NULL || id == NULL || !session->evaluated)
        return DRIP_MISUSE;
    const dr_session *s = &session->s;
    uint32_t slot = s->program->id_slot;
    *id = missing;
    if (slot == DR_NONE || s->cols[slot].base == NULL)
        return DRIP_OK;
    return value_of(session, s->program->slots[slot].type, s->cols[slot].base[0], id);
}

uint32_t drip_result_denied(const drip_session *session)
{
    return session != NULL && session->evaluated ? session->outcome.denied : 0;
}

const char *drip_result_version(const drip_session *session)
{
    const dr_session *s = &session->s;
    return session->evaluated && s->version < s->program->n_versions ? s->program->versions[s->version].name
                                                                     : "";
}

const char *drip_program_layer(const drip_program *program, uint32_t k)
{
    return program != NULL && k < program->p->n_layers ? program->p->layers[k] : NULL;
}

const char *drip_program_result_name(const drip_program *program)
{
    return program != NULL && program->p->result_name != NULL ? program->p->result_name : "lines";
}
