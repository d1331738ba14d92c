/* drip: audit.c, level 2b. The checklist of an encounter, and the places in the record that a finding is about.
 *
 * Both are derived: a topic's state from the findings that declare it and the rows that their rules ran over, a
 * place from the row that a rule ran over. A row of the record is a place; a group's row stands for its members,
 * a line for the row that it was billed for, and so on down; the record itself is no place in it. */
#include "audit.h"

#include "conds.h"
#include "vm.h"

/* ---- places */

enum { DEEPEST = 16 };

static const dr_list *members_of(const dr_session *s, uint16_t group, uint32_t row, uint16_t *member)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < p->n_all_nodes; i++) {
        const dr_node *n = &p->nodes[i];
        if (n->kind != DR_NODE_GROUP || n->entity != group)
            continue;
        const dr_col *col = &s->cols[n->list_slot];
        int64_t cell = col->base == NULL ? DR_MISSING : col->base[(size_t)row * col->stride];
        *member = (uint16_t)n->member;
        return cell == DR_MISSING ? NULL : dr_ptr(cell);
    }
    return NULL;
}

static void add_places(const dr_session *s, uint16_t entity, uint32_t row, uint32_t depth, dr_places *out)
{
    const dr_list *members;
    const dr_out_line *merged;
    uint16_t member = 0;
    if (depth == DEEPEST || row >= s->n_rows[entity])
        return;
    switch ((dr_entity_kind)s->program->entities[entity].kind) {
    case DR_INPUT:
        if (out->n < DR_PLACES_MAX)
            out->at[out->n++] = (dr_place){entity, row};
        else
            out->more++;
        break;
    case DR_GROUP:
        members = members_of(s, entity, row, &member);
        for (uint32_t i = 0; members != NULL && i < members->count; i++)
            add_places(s, member, members->at[i], depth + 1, out);
        break;
    case DR_RESULT:
        if (row < s->n_lines)
            add_places(s, s->program->rules[s->lines[row].rule].entity, s->lines[row].row, depth + 1, out);
        break;
    case DR_MERGED:
        merged = row < dr_vm_of(s)->merged.n ? &dr_vm_of(s)->merged.lines[row] : NULL;
        for (uint32_t i = 0; merged != NULL && i < merged->n_sources; i++)
            add_places(s, (uint16_t)s->program->result_entity, merged->sources[i], depth + 1, out);
        break;
    case DR_ROOT:
    case DR_TABLE:
        break;
    }
}

dr_places dr_places_of(const dr_session *s, const dr_out_finding *finding)
{
    dr_places out = {.n = 0};
    for (uint32_t i = 0; i < finding->n_same; i++) {
        if (finding->same[i] >= s->n_findings)
            continue; /* of no rule */
        const dr_emitted *from = &s->findings[finding->same[i]];
        add_places(s, s->program->rules[from->rule].entity, from->row, 0, &out);
    }
    return out;
}

/* Keys from the record's own object to the list whose rows are the entity's. */
typedef struct way {
    const dr_json_key *keys[DEEPEST];
    uint32_t n;
} way;

static bool find_list(const dr_program *p, uint32_t shape, uint16_t entity, way *to)
{
    const dr_shape *in = &p->shapes[shape];
    for (uint32_t i = 0; i < in->n_keys && to->n < DEEPEST; i++) {
        const dr_json_key *key = &in->keys[i];
        to->keys[to->n++] = key;
        if ((key->kind == DR_KEY_ROWS && key->target == entity) ||
            (key->kind == DR_KEY_OBJECT && find_list(p, key->target, entity, to)))
            return true;
        to->n--;
    }
    return false;
}

bool dr_place_pointer(const dr_session *s, dr_place place, dr_buf *out)
{
    way to = {.n = 0};
    if (!find_list(s->program, 0, place.entity, &to))
        return false;
    for (uint32_t i = 0; i < to.n; i++) {
        dr_buf_char(out, '/');
        for (const char *c = to.keys[i]->name; *c != '\0'; c++) {
            if (*c == '~' || *c == '/')
                dr_buf_text(out, *c == '~' ? "~0" : "~1");
            else
                dr_buf_char(out, *c);
        }
    }
    dr_buf_char(out, '/');
    dr_buf_int(out, place.row);
    return true;
}

bool dr_place_name(const dr_session *s, dr_place place, dr_buf *out)
{
    way to = {.n = 0};
    if (!find_list(s->program, 0, place.entity, &to))
        return false;
    for (uint32_t i = 0; i < to.n; i++) {
        dr_buf_text(out, i > 0 ? "." : "");
        dr_buf_plain(out, to.keys[i]->name, to.keys[i]->len);
    }
    dr_buf_char(out, '[');
    dr_buf_int(out, place.row);
    dr_buf_char(out, ']');
    return true;
}

void dr_place_instant(const dr_session *s, dr_place place, dr_buf *out)
{
    const dr_program *p = s->program;
    const dr_entity *e = &p->entities[place.entity];
    for (uint32_t i = e->first_slot; i < e->first_slot + e->n_fields; i++) {
        const dr_col *col = &s->cols[i];
        if (p->slots[i].type.kind != DR_INSTANT || col->base == NULL)
            continue;
        int64_t at = col->base[(size_t)place.row * col->stride];
        if (at == DR_MISSING)
            continue;
        dr_instant_write(at, s->has_offset, dr_offset_at(s, at), out);
        return;
    }
}

/* ---- topics */

static bool lacks_topic(const dr_session *s, const dr_out_finding *f)
{
    return f->topic == DR_NONE || f->topic >= s->program->n_topics;
}

uint32_t dr_topic_rows(const dr_session *s, const dr_outcome *out)
{
    for (uint32_t i = 0; i < out->n_findings; i++)
        if (lacks_topic(s, &out->findings[i]))
            return s->program->n_topics + 1;
    return s->program->n_topics;
}

uint32_t dr_topic_row_of(const dr_session *s, const dr_out_finding *finding)
{
    return lacks_topic(s, finding) ? s->program->n_topics : finding->topic;
}

/* Had one of the topic's findings a row to look at on this day? */
static bool looked_at(const dr_session *s, uint32_t topic)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < p->n_rules; i++) {
        const dr_rule *rule = &p->rules[i];
        if (rule->kind == DR_CLAUSE_FINDING && rule->topic == topic && s->n_rows[rule->entity] > 0 &&
            dr_clause_in_force(s, &p->clauses[rule->clause]))
            return true;
    }
    return false;
}

dr_topic_row dr_topic_row_at(const dr_session *s, const dr_outcome *out, uint32_t row)
{
    const dr_program *p = s->program;
    dr_topic_row r = {.name = row < p->n_topics ? p->topics[row].name : NULL,
                      .title = row < p->n_topics ? p->topics[row].title : "Other",
                      .status = DR_TOPIC_OK};
    for (uint32_t i = 0; i < out->n_findings; i++)
        if (dr_topic_row_of(s, &out->findings[i]) == row)
            r.findings[out->findings[i].level & 3]++;
    if (r.findings[DR_DENY] + r.findings[DR_HOLD] + r.findings[DR_WARN] > 0)
        r.status = DR_TOPIC_OPEN;
    else if (r.findings[DR_INFO] == 0 && !looked_at(s, row))
        r.status = DR_TOPIC_NOTHING;
    return r;
}
