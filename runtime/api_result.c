/* drip: api_result.c, level 3. The last result as views and as JSON. */
#include "account.h"
#include "api.h"
#include "result.h"

#include <string.h>

static const dr_program *program_of(const drip_session *s)
{
    return s->s.program;
}

drip_status drip_result_json(drip_session *session, const char **json, size_t *len)
{
    if (session == NULL || json == NULL || len == NULL || !session->evaluated)
        return DRIP_MISUSE;
    dr_buf_clear(&session->json);
    if (!dr_outcome_json(&session->s, &session->outcome, &session->json) || session->json.failed)
        return DRIP_NO_MEMORY;
    *json = session->json.data;
    *len = session->json.len;
    return DRIP_OK;
}

uint32_t drip_result_lines(const drip_session *session)
{
    return session->evaluated ? session->outcome.n_lines : 0;
}

uint32_t drip_result_findings(const drip_session *session)
{
    return session->evaluated ? session->outcome.n_findings : 0;
}

uint32_t drip_result_fields(const drip_session *session)
{
    return program_of(session)->n_fields;
}

const char *drip_result_field_name(const drip_session *session, uint32_t field)
{
    return field < program_of(session)->n_fields ? program_of(session)->fields[field].name : "";
}

drip_role drip_result_field_role(const drip_session *session, uint32_t field)
{
    return field < program_of(session)->n_fields ? (drip_role)program_of(session)->fields[field].role
                                                 : DRIP_ROLE_PLAIN;
}

/* The members of a set in the order of their texts, joined. */
static void write_set(drip_session *session, const dr_set *set, dr_type type)
{
    const dr_member *texts = dr_ordered(&session->s, &session->views, type.member, type.of, set);
    session->words.failed = session->words.failed || (texts == NULL && set->count > 0);
    for (uint32_t i = 0; texts != NULL && i < set->count; i++) {
        dr_buf_text(&session->words, i > 0 ? ", " : "");
        dr_buf_bytes(&session->words, texts[i].bytes, texts[i].len);
    }
}

static const char *keep(drip_session *session)
{
    const dr_buf *words = &session->words;
    const char *text =
        words->failed ? NULL
                      : dr_take_text(&session->views, words->data == NULL ? "" : words->data, words->len);
    session->lost = session->lost || text == NULL;
    return text;
}

const char *dr_api_value_text(drip_session *session, dr_type type, int64_t cell)
{
    dr_buf_clear(&session->words);
    if (cell == DR_MISSING)
        return "";
    if (type.kind == DR_SET)
        write_set(session, dr_ptr(cell), type);
    else if (type.kind == DR_TEXT)
        dr_buf_text(&session->words, dr_sym_text(&session->s.syms, cell)->bytes);
    else
        dr_value_write(program_of(session), &session->s.syms, type, cell, &session->words);
    return keep(session);
}

const char *drip_result_line_text(drip_session *session, uint32_t line, uint32_t field)
{
    const dr_program *p = program_of(session);
    if (line >= drip_result_lines(session) || field >= p->n_fields)
        return "";
    const char *text = dr_api_value_text(session, p->slots[p->fields[field].slot].type,
                                         session->outcome.lines[line].cells[field]);
    return text == NULL ? "" : text;
}

void dr_api_clause_view(const drip_session *session, uint32_t clause, drip_clause *view)
{
    const dr_clause *c = &program_of(session)->clauses[clause];
    const dr_sources *sources = &program_of(session)->sources;
    view->name = c->name;
    view->cite = c->cite;
    view->origin = "";
    view->line = view->column = 0;
    if (c->span.source < sources->count) {
        view->origin = sources->items[c->span.source].origin;
        dr_source_place(&sources->items[c->span.source], c->span.start, &view->line, &view->column);
    }
}

drip_status drip_result_line_clause(drip_session *session, uint32_t line, uint32_t k, drip_clause *clause)
{
    if (session == NULL || clause == NULL || line >= drip_result_lines(session))
        return DRIP_MISUSE;
    const dr_out_line *l = &session->outcome.lines[line];
    if (k >= l->n_clauses)
        return DRIP_NOT_FOUND;
    dr_api_clause_view(session, l->clauses[k], clause);
    return DRIP_OK;
}

drip_status drip_result_finding(drip_session *session, uint32_t finding, drip_finding *view)
{
    if (session == NULL || view == NULL || finding >= drip_result_findings(session))
        return DRIP_MISUSE;
    const dr_out_finding *f = &session->outcome.findings[finding];
    dr_type texts = {.kind = DR_SET, .member = DR_TEXT};
    dr_buf_clear(&session->words);
    if (f->about != NULL)
        write_set(session, f->about, texts);
    const char *about = keep(session);
    *view = (drip_finding){(drip_severity)f->level, f->code, f->message, about == NULL ? "" : about, {0}};
    dr_api_clause_view(session, f->clause, &view->clause);
    return about == NULL ? DRIP_NO_MEMORY : DRIP_OK;
}

const char *drip_result_undeclared(const drip_session *session)
{
    return session->s.undeclared.data == NULL ? "" : session->s.undeclared.data;
}

drip_status dr_api_scratch(drip_session *session)
{
    if (session->scratch == NULL) {
        drip_status status = drip_session_new(session->program, &session->scratch);
        if (status != DRIP_OK)
            return status;
    }
    session->scratch->s.forced_date = session->s.forced_date;
    session->scratch->s.known_on = session->s.known_on;
    return DRIP_OK;
}

drip_status drip_explain(drip_session *session, const drip_options_explain *given, const char **text,
                         size_t *len)
{
    drip_options_explain o = {.struct_size = sizeof o};
    if (session == NULL || text == NULL || len == NULL || !session->evaluated ||
        !dr_api_options(&o, sizeof o, given))
        return DRIP_MISUSE;
    dr_asked asked = {
        .why = o.why, .why_not = o.why_not, .json = o.json, .len = o.json_len, .whole = o.whole != 0};
    dr_account account;
    dr_buf_clear(&session->text);
    if (o.json != NULL && (o.why != NULL || o.why_not != NULL)) {
        drip_status status = dr_api_scratch(session);
        if (status != DRIP_OK)
            return status;
        asked.scratch = &session->scratch->s;
    }
    dr_status status = dr_account_make(&session->s, &session->outcome, &asked, &account);
    if (status != DR_OK)
        return (drip_status)status;
    if (!o.as_json)
        dr_account_text(&session->s, &account, &session->text);
    else if (!dr_account_json(&session->s, &account, &session->text))
        return DRIP_NO_MEMORY;
    if (session->text.failed)
        return DRIP_NO_MEMORY;
    *text = session->text.data == NULL ? "" : session->text.data;
    *len = session->text.len;
    return DRIP_OK;
}
