/* drip: api_audit.c, level 3. Claims, and the audit of one beside the last result. */
#include "api.h"

#include <stdio.h>
#include <string.h>

enum { LINES_BLOCK = 4096 };

void drip_claims_free(drip_claims *claims)
{
    if (claims == NULL)
        return;
    drip_program *program = claims->program;
    dr_alloc a = program->engine->alloc;
    dr_claims_close(&claims->c);
    if (claims->bytes != NULL)
        dr_free(&a, claims->bytes, claims->len + 1);
    dr_free(&a, claims, sizeof *claims);
    drip_program_free(program);
}

/* All claims of a text may be asked for their lines: each must not count from the start. */
static bool count_lines(drip_claims *claims)
{
    size_t blocks = claims->len / LINES_BLOCK + 1;
    uint32_t ended = 0;
    claims->lines = dr_take_zero(&claims->c.arena, blocks, sizeof *claims->lines);
    for (size_t i = 0; i < claims->len && claims->lines != NULL; i++) {
        if (i % LINES_BLOCK == 0)
            claims->lines[i / LINES_BLOCK] = ended;
        ended += claims->bytes[i] == '\n';
    }
    return claims->lines != NULL;
}

/* With a session of its own: it is the reader's types that the text is checked by. */
static drip_status open_claims(drip_claims *claims, const char *origin, drip_claim_format format,
                               drip_error **error)
{
    drip_engine *e = claims->program->engine;
    drip_session *session = NULL;
    drip_status status = drip_session_new(claims->program, &session);
    if (status != DRIP_OK)
        return status;
    status = (drip_status)dr_claims_open(&claims->c, &session->s, (dr_claim_format)format, claims->bytes,
                                         claims->len);
    if (status != DRIP_OK)
        status = dr_api_error_at(e, error, status, origin, claims->bytes, claims->c.fault.at,
                                 claims->c.fault.message);
    drip_session_free(session);
    if (status != DRIP_OK)
        return status;
    claims->used = dr_take_zero(&claims->c.arena, claims->c.n_parts, sizeof(bool));
    return claims->used != NULL && count_lines(claims) ? DRIP_OK : DRIP_NO_MEMORY;
}

drip_status drip_claims_new(drip_program *program, const char *origin, const char *bytes, size_t len,
                            drip_claim_format format, drip_claims **claims, drip_error **error)
{
    if (error != NULL)
        *error = NULL;
    if (program == NULL || origin == NULL || claims == NULL || (bytes == NULL && len > 0) ||
        (unsigned)format > DRIP_CLAIM_CSV)
        return DRIP_MISUSE;
    *claims = NULL;
    drip_claims *made = dr_new(&program->engine->alloc, sizeof *made);
    if (made == NULL)
        return DRIP_NO_MEMORY;
    made->program = drip_program_ref(program);
    dr_arena_init(&made->c.arena, &program->engine->alloc, 0, 0);
    made->bytes = dr_api_copy(&program->engine->alloc, bytes, len);
    made->len = len;
    drip_status status = made->bytes == NULL ? DRIP_NO_MEMORY : open_claims(made, origin, format, error);
    if (status == DRIP_OK)
        *claims = made;
    else
        drip_claims_free(made);
    return status;
}

uint32_t drip_claims_count(const drip_claims *claims)
{
    return claims->c.n_parts;
}

const char *drip_claims_encounter(const drip_claims *claims, uint32_t claim)
{
    const char *id = claim < claims->c.n_parts ? claims->c.parts[claim].id : NULL;
    return id != NULL ? id : "";
}

uint32_t drip_claims_line(const drip_claims *claims, uint32_t claim)
{
    uint32_t at = claim < claims->c.n_parts ? claims->c.parts[claim].at : 0;
    uint32_t line = 1 + claims->lines[at / LINES_BLOCK];
    for (uint32_t i = at - at % LINES_BLOCK; i < at; i++)
        line += claims->bytes[i] == '\n';
    return line;
}

int drip_claims_used(const drip_claims *claims, uint32_t claim)
{
    return claim < claims->c.n_parts && claims->used[claim];
}

void drip_claims_pass(drip_claims *claims, const char *encounter)
{
    uint32_t part = dr_claims_named(&claims->c, encounter, strlen(encounter));
    if (part != DR_NONE)
        claims->used[part] = true;
    else if (claims->c.n_parts == 1 && claims->c.parts[0].id == NULL && *encounter == '\0')
        claims->used[0] = true;
}

/* Older callers' structs are shorter. */
static drip_options_audit options_of(const drip_options_audit *given)
{
    drip_options_audit options = {sizeof options, NULL, 0, 0};
    if (given != NULL)
        memcpy(&options, given, given->struct_size < sizeof options ? given->struct_size : sizeof options);
    return options;
}

drip_status drip_audit(drip_session *session, drip_claims *claims, const drip_options_audit *given,
                       const char **text, size_t *len)
{
    if (session == NULL || claims == NULL || text == NULL || len == NULL || !session->evaluated ||
        claims->program->p != session->program->p)
        return DRIP_MISUSE;
    const drip_options_audit o = options_of(given);
    dr_audit_ask ask = {.claims = &claims->c, .json = o.json, .len = o.json_len};
    ask.part = dr_claims_find(&claims->c, &session->s);
    session->audited = false;
    if (ask.part == DR_NONE)
        return DRIP_NOT_FOUND;
    drip_status status = dr_api_scratch(session);
    if (status != DRIP_OK)
        return status;
    claims->used[ask.part] = true;
    ask.scratch = &session->scratch->s;
    status = (drip_status)dr_audit_make(&session->s, &session->outcome, &ask, &session->audit);
    if (status != DRIP_OK && claims->c.fault.message[0] != '\0')
        snprintf(session->s.refusal.message, sizeof session->s.refusal.message, "%s",
                 claims->c.fault.message);
    if (status != DRIP_OK)
        return status;
    session->audited = true;
    dr_buf_clear(&session->text);
    if (o.as_json && !dr_audit_json(&session->s, &session->audit, &session->text))
        return DRIP_NO_MEMORY;
    if (!o.as_json)
        dr_audit_text(&session->s, &session->audit, &session->text);
    if (session->text.failed)
        return DRIP_NO_MEMORY;
    *text = session->text.data;
    *len = session->text.len;
    return DRIP_OK;
}

/* ---- views */

uint32_t drip_audit_items(const drip_session *session)
{
    return session->audited ? session->audit.n : 0;
}

uint32_t drip_audit_edits(const drip_session *session)
{
    return session->audited ? session->audit.n_edits : 0;
}

static const char *kept_words(drip_session *session)
{
    const char *kept = dr_take_text(&session->views, session->words.data != NULL ? session->words.data : "",
                                    session->words.len);
    dr_buf_clear(&session->words);
    return kept != NULL ? kept : "";
}

drip_status drip_audit_item_at(drip_session *session, uint32_t item, drip_audit_item *view)
{
    if (session == NULL || view == NULL || item >= drip_audit_items(session))
        return DRIP_MISUSE;
    const dr_audit_item *i = &session->audit.items[item];
    const dr_program *p = session->program->p;
    dr_buf_clear(&session->words);
    dr_audit_word(&session->s, i, &session->words);
    *view = (drip_audit_item){.kind = kept_words(session),
                              .field = i->field != DR_NONE ? p->fields[i->field].name : "",
                              .supported = i->supported != NULL ? (int64_t)i->supported->of[0] : -1,
                              .billed = i->billed != NULL ? (int64_t)i->billed->of[0] : -1,
                              .why = i->why,
                              .nearest = i->nearest,
                              .amount = ""};
    if (i->amount != NULL) {
        dr_number_write(p, session->audit.money, *i->amount, &session->words);
        view->amount = kept_words(session);
    }
    if (i->clause != DR_NONE)
        dr_api_clause_view(session, i->clause, &view->clause);
    return DRIP_OK;
}
