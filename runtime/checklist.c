/* drip: checklist.c, level 2b. The checklist of an encounter, and the places in the record that a finding is about.
 *
 * Both are derived: a topic's state from the findings that declare it and the rows that their rules ran over, a
 * place from the row that a rule ran over. A row of the record is a place; a group's row stands for its members,
 * a line for the row that it was billed for, and so on down; the record itself is no place in it. */
#include "checklist.h"

#include "conds.h"
#include "vm.h"

/* ---- places */

enum { DEEPEST = 16 };

typedef struct gathering {
    const dr_session *s;
    dr_places *out;
    dr_arena seen_in;
    uint64_t **seen; /* for each entity the rows met, where several ways may lead to one; else NULL */
    bool failed;
} gathering;

static const dr_node *group_node(const dr_program *p, uint16_t group)
{
    for (uint32_t i = 0; i < p->n_all_nodes; i++)
        if (p->nodes[i].kind == DR_NODE_GROUP && p->nodes[i].entity == group)
            return &p->nodes[i];
    return NULL;
}

static bool is_new(gathering *g, dr_place place)
{
    if (g->seen == NULL)
        return true;
    uint64_t **rows = &g->seen[place.entity];
    if (*rows == NULL)
        *rows = dr_take_zero(&g->seen_in, g->s->n_rows[place.entity] / 64 + 1, sizeof **rows);
    if (*rows == NULL) {
        g->failed = true;
        return false;
    }
    uint64_t *word = &(*rows)[place.row / 64], bit = (uint64_t)1 << place.row % 64;
    bool fresh = (*word & bit) == 0;
    *word |= bit;
    return fresh;
}

static void add_place(gathering *g, dr_place place)
{
    if (!is_new(g, place))
        return;
    if (g->out->n < DR_PLACES_MAX)
        g->out->at[g->out->n++] = place;
    else
        g->out->more++;
}

static void gather(gathering *g, uint16_t entity, uint32_t row, uint32_t depth);

static void gather_members(gathering *g, uint16_t group, uint32_t row, uint32_t depth)
{
    const dr_node *n = group_node(g->s->program, group);
    const dr_col *col = n == NULL ? NULL : &g->s->cols[n->list_slot];
    int64_t cell = col == NULL || col->base == NULL ? DR_MISSING : col->base[(size_t)row * col->stride];
    const dr_list *members = cell == DR_MISSING ? NULL : dr_ptr(cell);
    for (uint32_t i = 0; members != NULL && i < members->count; i++)
        gather(g, (uint16_t)n->member, members->at[i], depth);
}

static void gather_line(gathering *g, uint32_t line, uint32_t depth)
{
    if (line < g->s->n_lines)
        gather(g, g->s->program->rules[g->s->lines[line].rule].entity, g->s->lines[line].row, depth);
}

static void gather_merged(gathering *g, uint32_t row, uint32_t depth)
{
    const dr_merged *merged = &dr_vm_of(g->s)->merged;
    for (uint32_t i = 0; row < merged->n && i < merged->lines[row].n_sources; i++)
        gather_line(g, merged->lines[row].sources[i], depth);
}

static void gather(gathering *g, uint16_t entity, uint32_t row, uint32_t depth)
{
    if (depth == DEEPEST || row >= g->s->n_rows[entity])
        return;
    switch ((dr_entity_kind)g->s->program->entities[entity].kind) {
    case DR_INPUT:
        add_place(g, (dr_place){entity, row});
        break;
    case DR_GROUP:
        gather_members(g, entity, row, depth + 1);
        break;
    case DR_RESULT:
        gather_line(g, row, depth + 1);
        break;
    case DR_MERGED:
        gather_merged(g, row, depth + 1);
        break;
    case DR_ROOT:
    case DR_TABLE:
        break;
    }
}

/* Groups part the rows of the record among them; two lines may be billed for the same row. */
static bool several_ways(const dr_program *p, uint16_t entity)
{
    const dr_node *n;
    for (uint32_t depth = 0; depth < DEEPEST && (n = group_node(p, entity)) != NULL; depth++)
        entity = (uint16_t)n->member;
    return p->entities[entity].kind == DR_RESULT || p->entities[entity].kind == DR_MERGED;
}

bool dr_places_of(const dr_session *s, const dr_out_finding *finding, dr_places *out)
{
    gathering g = {.s = s, .out = out};
    *out = (dr_places){.n = 0};
    dr_arena_init(&g.seen_in, &s->alloc, 0, s->limits.heap);
    for (uint32_t i = 0; i < finding->n_same && !g.failed; i++) {
        if (finding->same[i] >= s->n_findings)
            continue; /* of no rule */
        const dr_emitted *from = &s->findings[finding->same[i]];
        uint16_t entity = s->program->rules[from->rule].entity;
        if (g.seen == NULL && several_ways(s->program, entity)) {
            g.seen = dr_take_zero(&g.seen_in, s->program->n_entities, sizeof *g.seen);
            g.failed = g.seen == NULL;
        }
        if (!g.failed)
            gather(&g, entity, from->row, 0);
    }
    dr_arena_free(&g.seen_in);
    return !g.failed;
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
