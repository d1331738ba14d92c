/* drip: dump.c, level 1. A compiled program as text. */
#include "dump.h"

#include <string.h>

typedef struct dumper {
    const dr_program *p;
    dr_buf *out;
    bool answers; /* leaves out what changes none */
} dumper;

static void word(const dumper *d, const char *text)
{
    dr_buf_char(d->out, ' ');
    if (text == NULL)
        dr_buf_char(d->out, '-');
    else
        dr_buf_json(d->out, text, strlen(text));
}

static void number(const dumper *d, int64_t n)
{
    dr_buf_char(d->out, ' ');
    dr_buf_int(d->out, n);
}

static void bits(const dumper *d, uint64_t n)
{
    number(d, (int64_t)(n >> 32));
    number(d, (int64_t)(n & UINT32_MAX));
}

/* Begins a line. */
static void line(const dumper *d, const char *what)
{
    dr_buf_char(d->out, '\n');
    dr_buf_text(d->out, what);
}

/* ---- values */

static void set_out(const dumper *d, const dr_set *set, bool texts)
{
    dr_buf_text(d->out, " {");
    for (uint32_t i = 0; i < set->count; i++) {
        const dr_text *text = texts ? dr_sym_text(&d->p->syms, set->at[i]) : NULL;
        number(d, set->at[i]);
        if (text != NULL)
            dr_buf_json(d->out, text->bytes, text->len);
    }
    dr_buf_text(d->out, " }");
}

static void spans_out(const dumper *d, const dr_spans *spans)
{
    dr_buf_text(d->out, " [");
    for (uint32_t i = 0; i < spans->count; i++) {
        number(d, spans->at[i].start);
        number(d, spans->at[i].end);
    }
    dr_buf_text(d->out, " ]");
}

static void num_out(const dumper *d, const dr_num *num)
{
    dr_buf_char(d->out, ' ');
    dr_num_write(*num, d->out);
}

static void value(const dumper *d, dr_type type, int64_t cell)
{
    const dr_text *text = type.kind == DR_TEXT && cell >= 0 ? dr_sym_text(&d->p->syms, cell) : NULL;
    if (cell == DR_MISSING)
        dr_buf_text(d->out, " missing");
    else if (type.kind == DR_NUM)
        num_out(d, dr_ptr(cell));
    else if (type.kind == DR_SET)
        set_out(d, dr_ptr(cell), type.member == DR_TEXT);
    else if (type.kind == DR_SPANS)
        spans_out(d, dr_ptr(cell));
    else
        number(d, cell);
    if (text != NULL)
        dr_buf_json(d->out, text->bytes, text->len);
}

/* A constant has no type of its own: what is in the program's memory and no set is a number. */
static void constant(const dumper *d, int64_t cell)
{
    const dr_program *p = d->p;
    for (uint32_t i = 0; i < p->n_const_sets; i++)
        if (p->consts[p->const_sets[i]] == cell) {
            set_out(d, dr_ptr(cell), false);
            return;
        }
    if (dr_ptr(cell) == &dr_spans_empty)
        dr_buf_text(d->out, " []");
    else if (cell != DR_MISSING && dr_arena_holds(&p->arena, dr_ptr(cell)))
        num_out(d, dr_ptr(cell));
    else
        number(d, cell);
}

static void type_out(const dumper *d, dr_type t)
{
    number(d, t.kind);
    number(d, t.member);
    number(d, t.optional);
    number(d, t.of);
    for (uint32_t i = 0; i < DR_DIMS; i++)
        number(d, t.dim[i]);
}

/* ---- the world */

static void enums(const dumper *d)
{
    for (uint32_t i = 0; i < d->p->n_enums; i++) {
        const dr_enum *e = &d->p->enums[i];
        line(d, "enum");
        word(d, e->name);
        for (uint32_t k = 0; k < e->count; k++) {
            word(d, e->names[k]);
            number(d, e->ranks != NULL ? e->ranks[k] : -1);
        }
    }
    for (uint32_t i = 0; i < d->p->n_dims; i++) {
        line(d, "dimension");
        word(d, d->p->dims[i]);
        number(d, d->p->decimals[i]);
    }
    for (uint32_t i = 0; i < d->p->n_units; i++) {
        line(d, "unit");
        word(d, d->p->units[i].name);
        number(d, d->p->units[i].dim);
        num_out(d, &d->p->units[i].factor);
    }
}

static void table_rows(const dumper *d, const dr_entity *e)
{
    for (uint32_t row = 0; row < e->n_rows; row++) {
        line(d, "  row");
        for (uint32_t k = 0; k < e->n_fields; k++)
            value(d, d->p->slots[e->first_slot + k].type, e->rows[(size_t)row * e->n_fields + k]);
    }
    for (uint32_t i = 0; i < e->n_index; i++)
        number(d, e->index[i]);
}

static void entities(const dumper *d)
{
    for (uint32_t i = 0; i < d->p->n_entities; i++) {
        const dr_entity *e = &d->p->entities[i];
        line(d, "entity");
        word(d, e->name);
        number(d, e->kind);
        number(d, e->first_slot);
        number(d, e->n_fields);
        number(d, e->n_keys);
        number(d, e->prefix);
        if (e->kind == DR_TABLE)
            table_rows(d, e);
    }
    for (uint32_t i = 0; i < d->p->n_slots; i++) {
        const dr_slot *s = &d->p->slots[i];
        line(d, "slot");
        word(d, s->name);
        number(d, s->entity);
        number(d, s->field);
        type_out(d, s->type);
        number(d, s->used);
        number(d, s->watched);
        number(d, s->input);
        number(d, s->clause_column);
        number(d, s->node);
    }
}

static void shapes(const dumper *d)
{
    for (uint32_t i = 0; i < d->p->n_shapes; i++) {
        const dr_shape *s = &d->p->shapes[i];
        line(d, "shape");
        number(d, s->entity);
        for (uint32_t k = 0; k < s->n_keys; k++) {
            line(d, "  key");
            word(d, s->keys[k].name);
            number(d, s->keys[k].len);
            number(d, s->keys[k].kind);
            number(d, s->keys[k].target);
            number(d, s->keys[k].kind == DR_KEY_FIELD ? 0 : s->keys[k].shape);
            number(d, s->keys[k].required);
        }
    }
}

static void extents(const dumper *d, const dr_extent *also, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        number(d, also[i].axis);
        number(d, also[i].from);
        number(d, also[i].to);
    }
}

static void shown(const dumper *d, const char *what, const dr_shown *of)
{
    line(d, what);
    word(d, of->name);
    word(d, of->path);
    number(d, of->slot);
}

static void params(const dumper *d)
{
    const dr_program *p = d->p;
    for (uint32_t i = 0; i < p->n_params; i++) {
        line(d, "param");
        word(d, p->params[i].name);
        word(d, d->answers ? NULL : p->params[i].cite);
        type_out(d, p->params[i].type);
        for (uint32_t k = p->params[i].first; k < p->params[i].first + p->params[i].count; k++) {
            number(d, p->param_values[k].from);
            number(d, p->param_values[k].to);
            extents(d, p->param_values[k].also, p->param_values[k].n_also);
            value(d, p->params[i].type, p->param_values[k].value);
        }
    }
    for (uint32_t i = 0; i < p->n_fields; i++) {
        line(d, "result");
        word(d, p->fields[i].name);
        number(d, p->fields[i].slot);
        number(d, p->fields[i].merge);
        number(d, p->fields[i].role);
        for (uint32_t k = 0; k < p->fields[i].n_also; k++)
            word(d, p->fields[i].also[k]);
    }
    for (uint32_t i = 0; i < p->n_shown; i++)
        shown(d, "shows", &p->shown[i]);
    for (uint32_t i = 0; i < p->n_totals; i++)
        shown(d, "totals", &p->totals[i]);
    line(d, "order");
    for (uint32_t i = 0; i < p->n_sort; i++)
        number(d, p->sort_fields[i]);
}

/* ---- what is decided */

static void node(const dumper *d, const dr_node *n)
{
    const uint32_t parts[] = {n->kind,        n->entity,    n->slot,       n->pc,      n->first_alt,
                              n->n_alts,      n->quick_pc,  n->pos_slot,   n->member,  n->owner,
                              n->list_slot,   n->sort_pc,   n->first_part, n->n_parts, n->at_slot,
                              n->action_slot, n->open_slot, n->early_slot, n->rule,    n->quick_clause};
    line(d, "node");
    word(d, n->name);
    for (uint32_t i = 0; i < sizeof parts / sizeof *parts; i++)
        number(d, parts[i]);
    bits(d, n->begins);
    bits(d, n->opens);
    bits(d, n->closes);
    if (n->n_alts > 0 && n->quick_pc == DR_NONE && n->kind == DR_NODE_ATTR)
        constant(d, d->p->consts[n->quick_const]);
}

static void clauses(const dumper *d)
{
    const dr_program *p = d->p;
    for (uint32_t i = 0; i < p->n_all_nodes; i++)
        node(d, &p->nodes[i]);
    for (uint32_t i = 0; i < p->n_clauses; i++) {
        const dr_clause *c = &p->clauses[i];
        line(d, "clause");
        word(d, c->name);
        word(d, d->answers ? NULL : c->cite);
        number(d, c->kind);
        number(d, c->slot);
        number(d, c->pc_start);
        number(d, c->pc_end);
        number(d, c->cond);
        number(d, c->fields);
        number(d, c->says);
        number(d, c->from);
        number(d, c->to);
        extents(d, c->also, c->n_also);
        for (uint32_t k = 0; k < c->n_families; k++)
            number(d, c->families[k]);
        number(d, c->value.pc);
    }
    for (uint32_t i = 0; i < p->n_conds; i++) {
        const dr_cond *c = &p->conds[i];
        const int64_t all[] = {c->kind, c->ask,   c->fixed,  c->first,   c->next,
                               c->pc,   c->field, c->clause, c->left.pc, c->right.pc};
        line(d, "cond");
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            number(d, all[k]);
    }
    for (uint32_t i = 0; i < p->n_rules; i++) {
        const dr_rule *r = &p->rules[i];
        line(d, "rule");
        number(d, r->kind);
        number(d, r->entity);
        for (uint32_t k = 0; k < r->n_named; k++)
            number(d, r->named[k]);
        number(d, r->family);
        number(d, r->level);
        word(d, r->code);
        word(d, r->message);
        word(d, r->cure != NULL ? r->cure : "");
        word(d, r->kind == DR_CLAUSE_FINDING && r->topic != DR_NONE ? p->topics[r->topic].name : "");
    }
}

static void conditions(const dumper *d)
{
    const dr_program *p = d->p;
    for (uint32_t i = 0; i < p->n_alts; i++) {
        line(d, "alt");
        for (uint32_t k = p->alts[i].first; k < p->alts[i].first + p->alts[i].count; k++) {
            number(d, p->needs[k].slot);
            bits(d, p->needs[k].mask);
        }
    }
    for (uint32_t i = 0; i < p->n_tests; i++) {
        line(d, "test");
        number(d, p->tests[i].slot);
        bits(d, p->tests[i].mask);
        number(d, p->tests[i].valued);
    }
    for (uint32_t i = 0; i < p->n_filters; i++) {
        const dr_filter *f = &p->filters[i];
        line(d, "filter");
        number(d, f->kind);
        number(d, f->entity);
        number(d, f->of);
        number(d, f->first);
        number(d, f->count);
        number(d, f->value);
    }
    line(d, "parts");
    for (uint32_t i = 0; i < p->n_parts; i++)
        number(d, p->parts[i]);
    line(d, "pairs");
    for (uint32_t i = 0; i < p->n_pairs; i++) {
        number(d, p->pairs[i][0]);
        number(d, p->pairs[i][1]);
    }
}

static void code(const dumper *d)
{
    const dr_program *p = d->p;
    for (uint32_t i = 0; i < p->n_consts; i++) {
        line(d, "const");
        constant(d, p->consts[i]);
    }
    for (uint32_t pc = 0; pc < p->n_code; pc++) {
        const dr_instr *i = &p->code[pc];
        line(d, dr_op_name(i->op));
        number(d, i->a);
        number(d, i->b);
        number(d, i->c);
        number(d, i->d);
        constant(d, i->k);
    }
}

/* The settings of a case are source text: blanks outside of quotes show once. */
static void source_text(const dumper *d, const char *text)
{
    bool quoted = false;
    dr_buf_char(d->out, ' ');
    for (; text != NULL && *text != '\0'; text++) {
        quoted = quoted != (*text == '"');
        if (quoted || *text != ' ' || text[1] != ' ')
            dr_buf_char(d->out, *text);
    }
}

static void cases(const dumper *d)
{
    const dr_program *p = d->p;
    for (uint32_t i = 0; i < p->n_cases; i++) {
        const dr_case *c = &p->cases[i];
        line(d, "case");
        word(d, c->name);
        word(d, c->under);
        source_text(d, c->settings);
        dr_buf_char(d->out, ' ');
        dr_buf_bytes(d->out, c->json, c->len);
        for (uint32_t k = 0; k < c->n_expects; k++) {
            const dr_expect *e = &c->expects[k];
            line(d, "  expect");
            number(d, e->kind);
            number(d, e->first);
            word(d, e->text);
            number(d, e->count);
            for (uint32_t m = 0; m < e->n_suffixes; m++)
                word(d, e->suffixes[m]);
            for (uint32_t m = 0; m < e->n_values; m++) {
                word(d, e->values[m].name);
                word(d, e->values[m].text);
                for (uint32_t n = 0; n < e->values[m].n_members; n++)
                    word(d, e->values[m].members[n]);
            }
            if (e->about != NULL)
                line(d, "    about");
            for (uint32_t m = 0; m < e->n_about; m++)
                word(d, e->about[m]);
        }
    }
}

static void heading(const dumper *d)
{
    const dr_program *p = d->p;
    word(d, p->name);
    for (uint32_t i = 0; i < p->n_layers; i++)
        word(d, p->layers[i]);
    for (uint32_t i = 0; i < p->n_versions; i++) {
        line(d, "version");
        word(d, p->versions[i].name);
        number(d, p->versions[i].from);
        number(d, p->versions[i].to);
    }
    line(d, "for");
    word(d, p->tests_for);
}

static void body(const dumper *d)
{
    const dr_program *p = d->p;
    for (uint32_t i = 0; i < p->n_axes; i++) {
        line(d, "axis");
        number(d, p->axes[i].param);
        number(d, p->axes[i].pc);
    }
    line(d, "root");
    number(d, p->id_slot);
    number(d, p->policy_slot);
    number(d, p->date_pc);
    number(d, p->result_entity);
    number(d, p->family_slot);
    number(d, p->merge_entity);
    number(d, p->n_clause_columns);
    word(d, p->result_name);
    word(d, p->format_in);
    enums(d);
    entities(d);
    shapes(d);
    params(d);
    clauses(d);
    conditions(d);
    code(d);
}

void dr_dump(const dr_program *p, dr_buf *out)
{
    const dumper d = {p, out, false};
    dr_buf_text(out, "program");
    heading(&d);
    body(&d);
    cases(&d);
    dr_buf_char(out, '\n');
}

void dr_dump_answers(const dr_program *p, dr_buf *out)
{
    const dumper d = {p, out, true};
    body(&d);
}
