/* drip: api_input.c, level 3. Encounters given value by value or column by column, instead of as JSON. */
#include "api.h"

#include <stdio.h>
#include <string.h>

/* ---- what a record may hold */

uint32_t drip_program_lists(const drip_program *program)
{
    return program == NULL ? 0 : dr_input_lists(program->p);
}

drip_status drip_program_list(const drip_program *program, const char *name, uint32_t *list)
{
    if (program == NULL || name == NULL || list == NULL)
        return DRIP_MISUSE;
    *list = dr_input_list(program->p, name);
    return *list == DR_NONE ? DRIP_NOT_FOUND : DRIP_OK;
}

const char *drip_program_list_name(const drip_program *program, uint32_t k)
{
    uint32_t n = program == NULL ? 0 : program->p->shapes[0].n_keys, at = 0;
    for (uint32_t i = 1; i <= n; i++) {
        const char *name = dr_input_list_name(program->p, i);
        if (name != NULL && at++ == k)
            return name;
    }
    return NULL;
}

drip_status drip_program_field(const drip_program *program, uint32_t list, const char *path, uint32_t *field)
{
    if (program == NULL || path == NULL || field == NULL)
        return DRIP_MISUSE;
    *field = dr_input_field(program->p, list, path);
    return *field == DR_NONE ? DRIP_NOT_FOUND : DRIP_OK;
}

drip_type dr_api_type(const dr_type *type)
{
    bool plain = true;
    for (int i = 0; i < DR_DIMS; i++)
        plain = plain && type->dim[i] == 0;
    switch ((dr_kind)type->kind) {
    case DR_BOOL:
        return DRIP_TYPE_BOOL;
    case DR_INT:
        return DRIP_TYPE_INT;
    case DR_NUM:
        return plain ? DRIP_TYPE_NUMBER : DRIP_TYPE_AMOUNT;
    case DR_TEXT:
        return DRIP_TYPE_TEXT;
    case DR_ENUM:
        return DRIP_TYPE_ENUM;
    case DR_DATE:
        return DRIP_TYPE_DATE;
    case DR_INSTANT:
        return DRIP_TYPE_INSTANT;
    case DR_DURATION:
        return DRIP_TYPE_DURATION;
    case DR_SET:
        return DRIP_TYPE_SET;
    case DR_SPANS:
    case DR_REF:
    case DR_LIST:
    case DR_NOTHING:
        break;
    }
    return DRIP_TYPE_OTHER;
}

drip_status drip_program_field_at(const drip_program *program, uint32_t list, uint32_t k, drip_field *view)
{
    uint32_t slot = DR_NONE;
    if (program == NULL || view == NULL)
        return DRIP_MISUSE;
    *view = (drip_field){.path = {0}};
    view->id = dr_input_field_at(program->p, list, k, view->path, sizeof view->path, &slot);
    if (view->id == DR_NONE)
        return DRIP_NOT_FOUND;
    view->type = dr_api_type(&program->p->slots[slot].type);
    view->required = !program->p->slots[slot].type.optional;
    return DRIP_OK;
}

/* ---- building */

drip_status drip_input_begin(drip_session *session)
{
    if (session == NULL)
        return DRIP_MISUSE;
    session->evaluated = session->audited = false;
    dr_api_drop_views(session);
    dr_status status = dr_input_begin(&session->s);
    session->building = status == DR_OK;
    return (drip_status)status;
}

static bool is_building(const drip_session *session)
{
    return session != NULL && session->building;
}

drip_status drip_input_rows(drip_session *session, uint32_t list, uint32_t n, uint32_t *first)
{
    uint32_t begins = 0;
    if (!is_building(session))
        return DRIP_MISUSE;
    drip_status status = (drip_status)dr_input_rows(&session->s, list, n, &begins);
    if (first != NULL)
        *first = begins;
    return status;
}

drip_status drip_input_row(drip_session *session, uint32_t list, uint32_t *row)
{
    return drip_input_rows(session, list, 1, row);
}

static drip_status give(drip_session *session, uint32_t field, uint32_t row, dr_given value)
{
    if (!is_building(session) || (value.text.bytes == NULL && value.text.len > 0) ||
        (value.unit.bytes == NULL && value.unit.len > 0))
        return DRIP_MISUSE;
    value.text.bytes = value.text.bytes != NULL ? value.text.bytes : "";
    return (drip_status)dr_input_set(&session->s, field, row, &value);
}

drip_status drip_input_text(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                            size_t len)
{
    return give(session, field, row, (dr_given){.kind = DR_GIVEN_TEXT, .text = {bytes, len}});
}

drip_status drip_input_number(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                              size_t len)
{
    return give(session, field, row, (dr_given){.kind = DR_GIVEN_NUMBER, .text = {bytes, len}});
}

drip_status drip_input_int(drip_session *session, uint32_t field, uint32_t row, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)value);
    return drip_input_number(session, field, row, digits, (size_t)len);
}

drip_status drip_input_bool(drip_session *session, uint32_t field, uint32_t row, int value)
{
    return give(session, field, row, (dr_given){.kind = DR_GIVEN_BOOL, .yes = value != 0});
}

drip_status drip_input_amount(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                              size_t len, const char *unit, size_t unit_len)
{
    return give(session, field, row,
                (dr_given){.kind = DR_GIVEN_AMOUNT, .text = {bytes, len}, .unit = {unit, unit_len}});
}

drip_status drip_input_member(drip_session *session, uint32_t field, uint32_t row, const char *bytes,
                              size_t len)
{
    return give(session, field, row, (dr_given){.kind = DR_GIVEN_MEMBER, .text = {bytes, len}});
}

drip_status drip_input_set(drip_session *session, uint32_t field, uint32_t row)
{
    return is_building(session) ? (drip_status)dr_input_empty_set(&session->s, field, row) : DRIP_MISUSE;
}

/* ---- columns */

static drip_status give_members(drip_session *session, uint32_t field, uint32_t row, const drip_column *c,
                                uint32_t i)
{
    drip_status status = drip_input_set(session, field, row);
    for (uint32_t k = i == 0 ? 0 : c->ends[i - 1]; k < c->ends[i] && status == DRIP_OK; k++)
        status = drip_input_member(session, field, row, c->texts[k].bytes, c->texts[k].len);
    return status;
}

static drip_status give_one(drip_session *session, uint32_t field, uint32_t row, const drip_column *c,
                            uint32_t i)
{
    switch (c->kind) {
    case DRIP_COLUMN_TEXT:
        return drip_input_text(session, field, row, c->texts[i].bytes, c->texts[i].len);
    case DRIP_COLUMN_NUMBER:
        return drip_input_number(session, field, row, c->texts[i].bytes, c->texts[i].len);
    case DRIP_COLUMN_AMOUNT:
        return drip_input_amount(session, field, row, c->texts[i].bytes, c->texts[i].len, c->units[i].bytes,
                                 c->units[i].len);
    case DRIP_COLUMN_INT:
        return drip_input_int(session, field, row, c->ints[i]);
    case DRIP_COLUMN_BOOL:
        return drip_input_bool(session, field, row, c->bools[i]);
    case DRIP_COLUMN_SET:
        break;
    }
    return give_members(session, field, row, c, i);
}

/* Are the arrays there that this kind of column needs? */
static bool is_whole(const drip_column *c)
{
    switch (c->kind) {
    case DRIP_COLUMN_TEXT:
    case DRIP_COLUMN_NUMBER:
        return c->texts != NULL;
    case DRIP_COLUMN_AMOUNT:
        return c->texts != NULL && c->units != NULL;
    case DRIP_COLUMN_INT:
        return c->ints != NULL;
    case DRIP_COLUMN_BOOL:
        return c->bools != NULL;
    case DRIP_COLUMN_SET:
        return c->texts != NULL && c->ends != NULL;
    }
    return false;
}

drip_status drip_input_column(drip_session *session, uint32_t field, uint32_t first, uint32_t n,
                              const drip_column *column)
{
    drip_column c = {.struct_size = sizeof c};
    if (!is_building(session) || column == NULL || !dr_api_options(&c, sizeof c, column) ||
        (n > 0 && !is_whole(&c)) || n > UINT32_MAX - first)
        return DRIP_MISUSE;
    drip_status status = DRIP_OK;
    for (uint32_t i = 0; i < n && status == DRIP_OK; i++)
        if (c.valid == NULL || (c.valid[i / 8] >> (i % 8) & 1) != 0)
            status = give_one(session, field, first + i, &c, i);
    return status;
}

/* ---- evaluating */

/* Once more over the same record, to say who spent the fuel. Where memory does not suffice for that beside what the
 * first run took, the refusal is as it was. */
static dr_status run_again(drip_session *session)
{
    dr_session *s = &session->s;
    const dr_refusal first = s->refusal;
    dr_session_again(s);
    (void)dr_meter(s);
    dr_status status = dr_evaluate(s);
    if (s->limit != DR_LIMIT_FUEL && status != DR_INTERRUPTED) {
        s->refusal = first;
        s->limit = DR_LIMIT_FUEL;
        status = DR_LIMIT;
    }
    return status;
}

drip_status drip_eval_input(drip_session *session)
{
    if (!is_building(session))
        return DRIP_MISUSE;
    dr_session *s = &session->s;
    session->building = false;
    dr_status status = dr_input_end(s);
    if (status == DR_OK)
        status = dr_evaluate(s);
    session->fuel_used = s->limits.fuel - s->fuel;
    if (status == DR_LIMIT && s->fuel == 0)
        status = run_again(session);
    return dr_api_evaluated(session, status);
}
