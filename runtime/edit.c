/* drip: edit.c, level 2b. Changes of a record, made in the columns the reader filled: no text is edited or read
 * again for that, so thousands can be tried. The columns of a row that is added or left out are copied. */
#include "edit.h"
#include "result.h"
#include "vm.h"

#include <string.h>

static const dr_entity *entity_of(const dr_session *s, const dr_edit *e)
{
    return &s->program->entities[e->entity];
}

/* The key under which a field stands directly in its row's object; NULL: deeper, or nowhere. */
static const dr_json_key *key_of(const dr_program *p, uint32_t slot)
{
    uint16_t entity = p->slots[slot].entity;
    for (uint32_t i = 0; i < p->n_shapes; i++)
        for (uint32_t k = 0; k < p->shapes[i].n_keys; k++) {
            const dr_json_key *key = &p->shapes[i].keys[k];
            if (p->shapes[i].entity == entity && key->kind == DR_KEY_FIELD && key->target == slot)
                return key;
        }
    return NULL;
}

bool dr_edit_can(const dr_session *s, uint32_t slot)
{
    const dr_slot *at = &s->program->slots[slot];
    switch (at->type.kind) {
    case DR_BOOL:
    case DR_INT:
    case DR_TEXT:
    case DR_ENUM:
    case DR_DATE:
    case DR_INSTANT:
        return at->input && at->used && slot != s->program->id_slot && slot != s->program->policy_slot &&
               s->cols[slot].base != NULL;
    default:
        return false;
    }
}

int64_t dr_edit_cell(const dr_session *s, uint32_t slot, uint32_t row)
{
    return s->cols[slot].base[(size_t)row * s->cols[slot].stride];
}

/* ---- making the change */

/* Slots that are not watched have no set of values seen. */
static void note(dr_session *s, uint32_t slot, int64_t value)
{
    if (s->program->slots[slot].watched)
        s->seen[slot] |= dr_seen_bit(s->program->slots[slot].type.kind, value);
}

/* The cell of a row that is added. */
static int64_t added_cell(const dr_session *s, const dr_edit *e, uint32_t slot)
{
    const dr_slot *at = &s->program->slots[slot];
    for (uint32_t i = 0; i < e->n; i++)
        if (e->at[i].slot == slot)
            return e->at[i].value;
    return (e->keep >> (at->field & 63u) & 1) != 0 ? dr_edit_cell(s, slot, e->row) : DR_MISSING;
}

/* The rows of the entity in new memory, one more or one fewer: they lie one behind the other, each with all its
 * fields, and the columns point into the first. */
static dr_status copy_rows(dr_session *s, const dr_edit *e, const dr_entity *entity, uint32_t rows)
{
    const dr_col first = s->cols[entity->first_slot];
    uint32_t stride = first.stride, to = 0;
    int64_t *made = dr_take_zero(&s->arena, ((size_t)rows + 1) * stride, sizeof *made);
    if (made == NULL)
        return dr_vm_memory(s);
    for (uint32_t row = 0; row < rows; row++)
        if (e->kind != DR_EDIT_REMOVE || row != e->row)
            memcpy(made + (size_t)to++ * stride, first.base + (size_t)row * stride, stride * sizeof *made);
    for (uint32_t i = entity->first_slot; i < entity->first_slot + entity->n_fields; i++) {
        if (s->cols[i].base == NULL)
            continue;
        ptrdiff_t field = s->cols[i].base - first.base;
        if (e->kind == DR_EDIT_ADD) {
            int64_t value = s->program->slots[i].used ? added_cell(s, e, i) : DR_MISSING;
            made[(size_t)to * stride + (size_t)field] = value;
            note(s, i, value);
        }
        s->cols[i].base = made + field;
    }
    dr_read_moved(s);
    s->n_rows[e->entity] = e->kind == DR_EDIT_ADD ? rows + 1 : rows - 1;
    return DR_OK;
}

dr_status dr_edit_apply(dr_session *s, const dr_edit *e)
{
    const dr_entity *entity = entity_of(s, e);
    uint32_t rows = s->n_rows[e->entity];
    if (e->row >= rows)
        return DR_OK;
    if (e->kind == DR_EDIT_SET) {
        const dr_col *col = &s->cols[e->at[0].slot];
        col->base[(size_t)e->row * col->stride] = e->at[0].value;
        note(s, e->at[0].slot, e->at[0].value);
        return DR_OK;
    }
    return s->cols[entity->first_slot].base == NULL ? DR_OK : copy_rows(s, e, entity, rows);
}

/* ---- telling of it */

/* "mar[3]" */
static void put_row_path(const dr_session *s, uint16_t entity, uint32_t row, dr_buf *out)
{
    const dr_entity *e = &s->program->entities[entity];
    dr_buf path;
    dr_buf_init(&path, &out->alloc, 4096);
    for (uint32_t i = e->first_slot; i < e->first_slot + e->n_fields && path.len == 0; i++)
        (void)dr_tell_path(s, i, row, &path);
    const char *end = path.data != NULL ? strchr(path.data, ']') : NULL;
    if (end != NULL)
        dr_buf_bytes(out, path.data, (size_t)(end - path.data) + 1);
    dr_buf_free(&path);
}

/* "mar" */
static void put_list_name(const dr_session *s, uint16_t entity, dr_buf *out)
{
    dr_buf path;
    dr_buf_init(&path, &out->alloc, 4096);
    put_row_path(s, entity, 0, &path);
    if (path.data != NULL)
        dr_buf_bytes(out, path.data, strcspn(path.data, "["));
    dr_buf_free(&path);
}

/* Which row it is: its words that must be there and its first text, but not the field that changes. */
static void put_about(const dr_session *s, const dr_edit *e, dr_buf *out)
{
    const dr_entity *entity = entity_of(s, e);
    bool any = false, text = false;
    if (entity->kind == DR_ROOT)
        return;
    for (uint32_t i = entity->first_slot; i < entity->first_slot + entity->n_fields; i++) {
        const dr_type *type = &s->program->slots[i].type;
        bool word = type->kind == DR_ENUM && !type->optional, first_text = type->kind == DR_TEXT && !text;
        if (!dr_edit_can(s, i) || (e->kind == DR_EDIT_SET && e->at[0].slot == i) || (!word && !first_text) ||
            dr_edit_cell(s, i, e->row) == DR_MISSING)
            continue;
        dr_buf_text(out, any ? ", " : " (");
        dr_tell_value(s, *type, dr_edit_cell(s, i, e->row), out);
        any = true;
        text = text || first_text;
    }
    dr_buf_text(out, any ? ")" : "");
}

/* The next field that a new row has, from `slot` on, and its value; NULL: there are no more. */
static const dr_json_key *next_given(const dr_session *s, const dr_edit *e, uint32_t *slot, int64_t *value)
{
    const dr_entity *entity = entity_of(s, e);
    for (; *slot < entity->first_slot + entity->n_fields; (*slot)++) {
        const dr_json_key *key = dr_edit_can(s, *slot) ? key_of(s->program, *slot) : NULL;
        *value = key != NULL ? added_cell(s, e, *slot) : DR_MISSING;
        if (*value != DR_MISSING)
            return key;
    }
    return NULL;
}

static void tell_added(const dr_session *s, const dr_edit *e, dr_buf *out)
{
    const dr_json_key *key = NULL;
    uint32_t slot = entity_of(s, e)->first_slot;
    int64_t value = 0;
    dr_buf_text(out, "one more entry in ");
    put_list_name(s, e->entity, out);
    for (const char *before = ": "; (key = next_given(s, e, &slot, &value)) != NULL; slot++, before = ", ") {
        dr_buf_text(out, before);
        dr_buf_plain(out, key->name, key->len);
        dr_buf_char(out, ' ');
        dr_tell_value(s, s->program->slots[slot].type, value, out);
    }
}

void dr_edit_tell(const dr_session *s, const dr_edit *e, dr_buf *out)
{
    if (e->kind == DR_EDIT_ADD) {
        tell_added(s, e, out);
        return;
    }
    if (e->kind == DR_EDIT_REMOVE) {
        put_row_path(s, e->entity, e->row, out);
        put_about(s, e, out);
        dr_buf_text(out, ": not charted");
        return;
    }
    uint32_t slot = e->at[0].slot;
    const dr_type type = s->program->slots[slot].type;
    int64_t now = dr_edit_cell(s, slot, e->row);
    (void)dr_tell_path(s, slot, e->row, out);
    put_about(s, e, out);
    dr_buf_text(out, ": ");
    dr_tell_value(s, type, e->at[0].value, out);
    dr_buf_text(out, now == DR_MISSING ? ", not charted now" : " instead of ");
    if (now != DR_MISSING)
        dr_tell_value(s, type, now, out);
}

/* ---- as JSON */

static void put_json_value(const dr_session *s, uint32_t slot, int64_t value, dr_buf *out)
{
    const dr_type type = s->program->slots[slot].type;
    dr_buf text;
    if (value == DR_MISSING) {
        dr_buf_text(out, "null");
        return;
    }
    if (type.kind == DR_INT || type.kind == DR_BOOL) {
        if (type.kind == DR_INT)
            dr_buf_int(out, value);
        else
            dr_buf_text(out, value != 0 ? "true" : "false");
        return;
    }
    if (type.kind == DR_TEXT || type.kind == DR_ENUM) {
        dr_member member = dr_text_of(s, type.kind, type.of, value);
        dr_buf_json(out, member.bytes, member.len);
        return;
    }
    dr_buf_init(&text, &out->alloc, 64);
    if (type.kind == DR_DATE)
        dr_date_write(value, &text);
    else
        dr_instant_write(value, s->has_offset, dr_offset_at(s, value), &text);
    dr_buf_json(out, text.data != NULL ? text.data : "", text.len);
    dr_buf_free(&text);
}

static void json_added(const dr_session *s, const dr_edit *e, dr_buf *out)
{
    const dr_json_key *key = NULL;
    uint32_t slot = entity_of(s, e)->first_slot;
    int64_t value = 0;
    dr_buf_text(out, "{\"add\":\"");
    put_list_name(s, e->entity, out);
    dr_buf_text(out, "\",\"value\":");
    for (char before = '{'; (key = next_given(s, e, &slot, &value)) != NULL; slot++, before = ',') {
        dr_buf_char(out, before);
        dr_buf_json(out, key->name, key->len);
        dr_buf_char(out, ':');
        put_json_value(s, slot, value, out);
    }
    dr_buf_text(out, "}}");
}

void dr_edit_json(const dr_session *s, const dr_edit *e, dr_buf *out)
{
    if (e->kind == DR_EDIT_ADD) {
        json_added(s, e, out);
        return;
    }
    if (e->kind == DR_EDIT_REMOVE) {
        dr_buf_text(out, "{\"remove\":\"");
        put_row_path(s, e->entity, e->row, out);
        dr_buf_text(out, "\"}");
        return;
    }
    uint32_t slot = e->at[0].slot;
    dr_buf_text(out, "{\"path\":\"");
    (void)dr_tell_path(s, slot, e->row, out);
    dr_buf_text(out, "\",\"from\":");
    put_json_value(s, slot, dr_edit_cell(s, slot, e->row), out);
    dr_buf_text(out, ",\"to\":");
    put_json_value(s, slot, e->at[0].value, out);
    dr_buf_char(out, '}');
}
