/* drip: nodes.c, level 2a. Everything that is decided, emitted or grouped, checked one by one: its
 * expressions, its clauses and their citations. */
#include "layers.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 }; /* of a citation, or a name */

static void enter(dr_front *f, dr_work *w, uint16_t entity)
{
    f->at = w;
    f->this_entity = entity;
    f->n_vars = f->n_facts = 0;
    if (w != NULL)
        dr_depend_entity(f, entity);
}

/* "title, place; title" */
static const char *cite_text(dr_front *f, const dr_ast *cites)
{
    dr_buf out;
    dr_buf_init(&out, &f->alloc, TEXT_MAX);
    for (const dr_ast *c = cites; c != NULL; c = c->next) {
        if (c->kind != A_CITE)
            continue;
        dr_decl *source = dr_decl_find(f, D_SOURCE, 0, c->text);
        if (source == NULL) {
            dr_diag *d = dr_error_at(f, dr_first_part(c->span, c->text), "E0420", "there is no source \"%s\"",
                                     c->text);
            dr_diag_hint(f->diags, d, "declare what is cited, on a line of its own: source %s \"its title\"",
                         c->text);
            dr_suggest_names(f, d, c->text, D_SOURCE, 0);
            continue;
        }
        if (out.len > 0)
            dr_buf_text(&out, "; ");
        dr_buf_text(&out, DR_AT(f->items, dr_ast *, source->index)->a->text);
        if (c->a != NULL) {
            dr_buf_text(&out, ", ");
            dr_buf_text(&out, c->a->text);
        }
    }
    const char *kept = out.len == 0 ? NULL : dr_take_text(&f->program->arena, out.data, out.len);
    f->no_memory = f->no_memory || out.failed;
    dr_buf_free(&out);
    return kept;
}

static uint32_t new_clause(dr_front *f, const char *name, const dr_ast *cites, const dr_ast *ast,
                           uint8_t kind, uint32_t slot)
{
    dr_clause *c = dr_vec_add(&f->program->arena, &f->clauses, sizeof *c);
    if (c == NULL) {
        f->no_memory = true;
        return 0;
    }
    uint32_t index = f->clauses.count - 1;
    const dr_span said = {ast->span.source, ast->ref, ast->ref2};
    *c = (dr_clause){.name = name, .span = ast->span, .said = said, .kind = kind, .slot = slot};
    const char *cite = cite_text(f, cites);
    DR_AT(f->clauses, dr_clause, index).cite = cite;
    return index;
}

/* What it says instead of, for those who tell about it. */
static void note_amended(dr_front *f, uint32_t clause, const dr_ast *ast)
{
    const dr_amended **at = &DR_AT(f->clauses, dr_clause, clause).amends;
    for (const dr_ast *was = dr_said_before(f, ast); was != NULL; was = dr_said_before(f, was)) {
        dr_amended *a = dr_take_zero(&f->program->arena, 1, sizeof *a);
        if (a == NULL) {
            f->no_memory = true;
            return;
        }
        a->span = was->span;
        a->cite = cite_text(f, was->d);
        *at = a;
        at = (const dr_amended **)(uintptr_t)&a->next;
    }
}

static const char *joined(dr_front *f, const char *a, const char *b, const char *c)
{
    const char *parts[] = {a, b, c};
    dr_buf out;
    dr_buf_init(&out, &f->alloc, TEXT_MAX);
    for (uint32_t i = 0; i < 3; i++) {
        if (parts[i] == NULL)
            continue;
        if (i > 0)
            dr_buf_char(&out, '.');
        dr_buf_text(&out, parts[i]);
    }
    const char *kept = dr_take_text(&f->program->arena, out.data == NULL ? "" : out.data, out.len);
    f->no_memory = f->no_memory || out.failed || kept == NULL;
    dr_buf_free(&out);
    return kept == NULL ? "" : kept;
}

static bool day_of(dr_front *f, const dr_ast *date, int64_t *day)
{
    if (dr_date_parse(date->text, strlen(date->text), day))
        return true;
    dr_no_such_day(f, date->span, date->text);
    return false;
}

bool dr_period(dr_front *f, const dr_ast *period, int64_t *from, int64_t *to)
{
    *from = INT64_MIN;
    *to = INT64_MAX;
    period = dr_service_period(period);
    if (period == NULL)
        return true;
    if ((period->a != NULL && !day_of(f, period->a, from)) ||
        (period->b != NULL && !day_of(f, period->b, to)))
        return false;
    if (*from > *to) {
        dr_diag *d = dr_error_at(f, period->span, "E0421", "this period ends before it begins");
        dr_diag_hint(f->diags, d, "the earlier day stands first");
        dr_diag_fix(f->diags, d, false, period->a->span, "%s", period->b->text);
        dr_diag_fix(f->diags, d, false, period->b->span, "%s", period->a->text);
        return false;
    }
    return true;
}

/* ---- attributes */

static bool clause_guards(dr_front *f, dr_work *w, dr_type type)
{
    uint32_t n = dr_ast_count(w->ast->b), i = 0;
    bool ok = true;
    w->guards = dr_take_zero(f->arena, n + 1, sizeof *w->guards);
    w->n_guards = n;
    if (w->guards == NULL)
        return f->no_memory = true, false;
    for (dr_ast *c = w->ast->b; c != NULL; c = c->next, i++) {
        dr_guard *g = &w->guards[i];
        *g = (dr_guard){.ast = c, .when = c->b, .value = c->c};
        for (uint32_t k = 0; k < i; k++) {
            if (c->text == NULL || w->guards[k].ast->text != c->text ||
                (c->flag & w->guards[k].ast->flag & DR_PIECE) != 0)
                continue;
            dr_diag *d = dr_error_at(f, c->span, "E0422", "two clauses here are called \"%s\"", c->text);
            if (d != NULL)
                dr_diag_label(f->diags, d, w->guards[k].ast->span, "the other one");
            if (c->span.source != w->ast->span.source)
                dr_diag_hint(f->diags, d, "to change the one below: amend %s.%s.%s", w->ast->text,
                             w->ast->text2, c->text);
            ok = false;
        }
        ok = dr_period_also(f, c->e, &g->also, &g->n_also) && dr_period(f, c->e, &g->from, &g->to) && ok;
        uint32_t facts = f->n_facts;
        if (c->b != NULL)
            ok = dr_check_as(f, c->b, dr_type_plain(DR_BOOL), "what follows \"when\"") && ok;
        dr_facts_add(f, c->b, true);
        ok = dr_check_as(f, c->c, type, "the value") && ok;
        f->n_facts = facts;
        g->clause =
            new_clause(f, joined(f, w->ast->text, w->ast->text2, c->text), c->d, c, DR_CLAUSE_VALUE, w->slot);
        note_amended(f, g->clause, c);
    }
    return ok;
}

static void name_rows(dr_front *f, dr_work *w)
{
    for (uint32_t i = 0; i < w->n_guards; i++) {
        const dr_ast *row = w->guards[i].ast;
        const char *name = joined(f, w->ast->text, w->ast->text2, row->text);
        const dr_ast *cites = row->d != NULL ? row->d : w->ast->c->d;
        w->guards[i].clause = new_clause(f, name, cites, row, DR_CLAUSE_ROW, w->slot);
        note_amended(f, w->guards[i].clause, row);
    }
}

static bool check_attribute(dr_front *f, dr_work *w)
{
    dr_type type = DR_AT(f->slots, dr_slot, w->slot).type;
    bool ok = w->ast->c != NULL ? dr_table_to_guards(f, w, w->ast->c, type) : clause_guards(f, w, type);
    if (w->ast->c != NULL && ok)
        name_rows(f, w);
    w->broken = !ok;
    return ok;
}

/* ---- groups and clocks */

static bool check_group(dr_front *f, dr_work *w)
{
    dr_ast *g = w->ast;
    uint16_t member = DR_AT(f->slots, dr_slot, w->slot).entity;
    enter(f, w, member);
    bool ok = g->c == NULL || dr_check_as(f, g->c, dr_type_plain(DR_BOOL), "what follows \"where\"");
    dr_facts_add(f, g->c, true);
    for (dr_ast *key = g->d->a; key != NULL; key = key->next) {
        if (!dr_check(f, key, NULL)) {
            ok = false;
            continue;
        }
        uint8_t k = key->type.kind;
        if (k == DR_NUM || k == DR_SPANS || k == DR_LIST || k == DR_NOTHING) {
            dr_error_at(f, key->span, "E0423", "rows cannot be grouped by %s", dr_type_name(f, key->type));
            ok = false;
        }
    }
    w->broken = !(dr_check_keys(f, g->d->b) && ok);
    return !w->broken;
}

static bool action_set(dr_front *f, const dr_ast *names, uint16_t e, uint64_t *set)
{
    *set = 0;
    for (const dr_ast *n = names; n != NULL; n = n->next) {
        int64_t v = dr_enum_value(f, e, n->text);
        if (v < 0) {
            dr_diag *d = dr_error_at(f, n->span, "E0424", "%s has no value \"%s\"",
                                     DR_AT(f->enums, dr_enum, e).name, n->text);
            dr_suggest s;
            dr_suggest_init(&s, n->text, strlen(n->text));
            for (uint32_t i = 0; i < DR_AT(f->enums, dr_enum, e).count; i++)
                dr_suggest_try(&s, DR_AT(f->enums, dr_enum, e).names[i]);
            dr_hint_nearest(f, d, &s);
            return false;
        }
        *set |= (uint64_t)1 << v;
    }
    return true;
}

static bool check_clock(dr_front *f, dr_work *w)
{
    dr_ast *c = w->ast;
    enter(f, w, w->entity);
    if (!dr_check(f, c->a, NULL))
        return false;
    if (c->a->type.kind != DR_LIST || c->a->refers != R_SLOT || c->a->kind != A_NAME) {
        dr_error_at(f, c->a->span, "E0425", "a clock runs over a list of events of its own entity");
        return false;
    }
    uint16_t member = c->a->type.of;
    f->this_entity = member;
    if (c->b != NULL && !dr_check_as(f, c->b, dr_type_plain(DR_BOOL), "what follows \"where\""))
        return false;
    dr_ast *action = c->c, *at = action->next;
    if (at == NULL || !dr_check(f, action, NULL) || action->type.kind != DR_ENUM ||
        !dr_check_as(f, at, dr_type_plain(DR_INSTANT), "the second name after \"by\"")) {
        dr_error_at(f, action->span, "E0426",
                    "a clock is driven by an enum and an instant: \"by action, at\"");
        return false;
    }
    uint64_t set = 0;
    for (const dr_ast *s = c->d; s != NULL; s = s->next)
        if (!action_set(f, s->a, action->type.of, &set))
            return false;
    return true;
}

uint64_t dr_clock_set(dr_front *f, const dr_ast *clock, uint32_t index)
{
    uint64_t set = 0;
    const dr_ast *s = clock->d;
    while (index-- > 0)
        s = s->next;
    action_set(f, s->a, clock->c->type.of, &set);
    return set;
}

/* ---- rules */

static bool bind_row(dr_front *f, dr_work *w)
{
    enter(f, w, w->entity);
    f->vars[f->n_vars++] =
        (dr_var){w->ast->a->text, w->entity, 0, DR_NONE, w->ast->kind == A_MARK ? w->ast->a->a : NULL};
    f->this_entity = w->entity;
    bool ok = w->ast->c == NULL || dr_check_as(f, w->ast->c, dr_type_plain(DR_BOOL), "what follows \"when\"");
    dr_facts_add(f, w->ast->c, true);
    return ok;
}

static void given_twice(dr_front *f, const dr_ast *a)
{
    dr_diag *d = dr_error_at(f, a->span, "E0427", "\"%s\" is given twice", a->text);
    for (const dr_ast *other = f->at->ast->d; other != NULL && other != a && d != NULL; other = other->next) {
        if (other->kind != A_ASSIGN || other->text != a->text)
            continue;
        dr_diag_label(f->diags, d, other->span, "it is given here first");
        break;
    }
    dr_diag_note(f->diags, d, "nothing is ever assigned a second time: the two would contradict each other");
    dr_diag_hint(f->diags, d, "keep one of them, or move the choice into an attribute with clauses");
}

static bool check_assign(dr_front *f, dr_ast *a, bool *given)
{
    for (uint32_t i = 0; i < f->fields.count; i++) {
        const dr_result_field *field = &DR_AT(f->fields, dr_result_field, i);
        if (field->name != a->text)
            continue;
        dr_type type = DR_AT(f->slots, dr_slot, field->slot).type;
        if (given[i] && type.kind != DR_SET) {
            given_twice(f, a);
            return false;
        }
        given[i] = true;
        uint32_t facts = f->n_facts;
        bool ok = a->b == NULL || dr_check_as(f, a->b, dr_type_plain(DR_BOOL), "what follows \"when\"");
        dr_facts_add(f, a->b, true);
        if (a->b != NULL && type.kind != DR_SET && !type.optional) {
            dr_diag *d = dr_error_at(f, a->span, "E0428",
                                     "\"%s\" must always be given: take its \"when\" away", a->text);
            dr_diag_label(f->diags, d, DR_AT(f->slots, dr_slot, field->slot).span,
                          "it is declared here, without a \"?\"");
            dr_diag_hint(f->diags, d, "a condition for the whole line stands behind its \"for … in …\"");
            ok = false;
        }
        char what[80];
        snprintf(what, sizeof what, "\"%s\"", a->text);
        ok = dr_check_as(f, a->a, type, what) && ok;
        a->ref = i;
        f->n_facts = facts;
        return ok;
    }
    dr_diag *d = dr_error_at(f, a->span, "E0429", "a line has no field \"%s\"", a->text);
    dr_suggest s;
    dr_suggest_init(&s, a->text, strlen(a->text));
    for (uint32_t i = 0; i < f->fields.count; i++)
        dr_suggest_try(&s, DR_AT(f->fields, dr_result_field, i).name);
    dr_hint_nearest(f, d, &s);
    return false;
}

/* Anything may be said, also that something is missing. */
static bool check_says(dr_front *f, const dr_ast *body)
{
    bool ok = true;
    for (const dr_ast *b = body; b != NULL; b = b->next)
        for (dr_ast *part = b->kind == A_SAYS ? b->a : NULL; part != NULL; part = part->next)
            ok = dr_check(f, part, NULL) && ok;
    return ok;
}

static bool check_line(dr_front *f, dr_work *w)
{
    bool ok = bind_row(f, w);
    bool *given = dr_take_zero(f->arena, f->fields.count + 1, sizeof *given);
    if (given == NULL)
        return f->no_memory = true, false;
    if (f->program->result_entity == DR_NONE) {
        dr_error_at(f, w->ast->span, "E0430", "a line needs a declared result: \"result Line as …\"");
        return false;
    }
    for (dr_ast *a = w->ast->d; a != NULL; a = a->next)
        if (a->kind == A_ASSIGN)
            ok = check_assign(f, a, given) && ok;
    for (uint32_t i = 0; i < f->fields.count; i++) {
        const dr_result_field *field = &DR_AT(f->fields, dr_result_field, i);
        dr_type type = DR_AT(f->slots, dr_slot, field->slot).type;
        if (given[i] || type.optional || type.kind == DR_SET)
            continue;
        dr_diag *d = dr_error_at(f, w->ast->span, "E0431", "this line does not say its \"%s\"", field->name);
        dr_diag_label(f->diags, d, DR_AT(f->slots, dr_slot, field->slot).span,
                      "each line has it: there is no \"?\" behind its type");
        dr_diag_hint(f->diags, d, "add to the line: %s = …", field->name);
        ok = false;
    }
    ok = check_says(f, w->ast->d) && ok;
    uint32_t clause = new_clause(f, w->ast->text, w->ast->d, w->ast, DR_CLAUSE_LINE, DR_NONE);
    note_amended(f, clause, w->ast);
    DR_AT(f->rules, dr_rule, w->rule).clause = clause;
    return ok;
}

static bool check_mark(dr_front *f, dr_work *w)
{
    bool ok = dr_check_marked(f, w);
    ok = bind_row(f, w) && ok;
    bool *given = dr_take_zero(f->arena, f->fields.count + 1, sizeof *given);
    if (given == NULL)
        return f->no_memory = true, false;
    for (dr_ast *a = w->ast->d; a != NULL && ok; a = a->next)
        if (a->kind == A_ASSIGN)
            ok = check_assign(f, a, given);
    ok = check_says(f, w->ast->d) && ok;
    uint32_t clause = new_clause(f, w->ast->text, w->ast->d, w->ast, DR_CLAUSE_MARK, DR_NONE);
    note_amended(f, clause, w->ast);
    DR_AT(f->rules, dr_rule, w->rule).clause = clause;
    return ok;
}

static bool check_about(dr_front *f, dr_ast *about)
{
    if (!dr_check(f, about->a, NULL))
        return false;
    if (about->a->type.kind == DR_TEXT ||
        (about->a->type.kind == DR_SET && about->a->type.member == DR_TEXT && !about->a->type.optional))
        return true;
    dr_error_at(f, about->span, "E0432", "a finding is about texts (ids), found %s",
                dr_type_name(f, about->a->type));
    return false;
}

/* What other programs call the four. */
static void other_level(dr_front *f, dr_diag *d, const dr_ast *finding)
{
    static const char *const others[][2] = {{"warning", "warn"}, {"alert", "warn"},       {"error", "deny"},
                                            {"reject", "deny"},  {"information", "info"}, {"note", "info"}};
    for (size_t i = 0; d != NULL && i < sizeof others / sizeof *others; i++) {
        if (strcmp(finding->text2, others[i][0]) != 0)
            continue;
        dr_diag_hint(f->diags, d, "did you mean \"%s\"?", others[i][1]);
        dr_diag_fix(f->diags, d, others[i][1][0] != 'd', d->span, "%s", others[i][1]);
    }
}

static void no_message(dr_front *f, const dr_ast *finding)
{
    dr_diag *d = dr_error_at(f, finding->span, "E0434", "a finding says what is wrong: message \"…\"");
    dr_span at = finding->d->span;
    const char *bytes = f->sources->items[at.source].bytes;
    while (at.start > 0 && bytes[at.start - 1] != '\n')
        at.start--;
    at.end = at.start;
    dr_diag_hint(f->diags, d, "write the sentence that the coder reads behind \"message\"");
    if (at.start > finding->span.end)
        dr_diag_fix(f->diags, d, false, at, "  message \"what is wrong\"\n");
}

static bool check_finding(dr_front *f, dr_work *w)
{
    static const char *const levels[] = {"deny", "hold", "warn", "info"};
    bool ok = bind_row(f, w), said = false;
    dr_rule *r = &DR_AT(f->rules, dr_rule, w->rule);
    r->level = UINT8_MAX;
    for (uint8_t i = 0; i < 4; i++)
        if (strcmp(levels[i], w->ast->text2) == 0)
            r->level = i;
    if (r->level == UINT8_MAX) {
        dr_suggest s;
        dr_suggest_init(&s, w->ast->text2, strlen(w->ast->text2));
        for (uint8_t i = 0; i < 4; i++)
            dr_suggest_try(&s, levels[i]);
        dr_diag *d = dr_error_at(f, w->ast->a->b->span, "E0433",
                                 "a finding is deny, hold, warn or info, found \"%s\"", w->ast->text2);
        dr_hint_nearest(f, d, &s);
        other_level(f, d, w->ast);
        ok = false;
    }
    r->code = w->ast->b != NULL ? w->ast->b->text : w->ast->text;
    r->message = "";
    for (dr_ast *b = w->ast->d; b != NULL; b = b->next) {
        if (b->kind == A_MESSAGE) {
            r->message = b->text;
            said = true;
        } else if (b->kind == A_ABOUT) {
            ok = check_about(f, b) && ok;
        }
    }
    if (!said) {
        no_message(f, w->ast);
        ok = false;
    }
    ok = dr_check_advice(f, w->ast->d, r) && ok;
    ok = check_says(f, w->ast->d) && ok;
    uint32_t clause = new_clause(f, w->ast->text, w->ast->d, w->ast, DR_CLAUSE_FINDING, DR_NONE);
    note_amended(f, clause, w->ast);
    DR_AT(f->rules, dr_rule, w->rule).clause = clause;
    return ok;
}

/* Citations that no clause carries: those of parameters, of which the uppermost layer's counts, and data tables. */
static void check_cites(dr_front *f)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_PARAM || item->kind == A_SET) {
            const char *cite = cite_text(f, item->c);
            const dr_decl *d = dr_decl_find(f, D_PARAM, 0, item->text);
            dr_param *p = d == NULL ? NULL : &DR_AT(f->params, dr_param, d->index);
            if (p != NULL)
                p->cite = cite;
            if (p != NULL)
                p->given = item->span;
        } else if (item->kind == A_DATATABLE)
            (void)cite_text(f, item->d);
    }
}

/* The line that another stands under, too; one that a layer suspended is not named. */
static bool check_also(dr_front *f, const dr_work *w, const dr_ast *also)
{
    dr_rule *r = &DR_AT(f->rules, dr_rule, w->rule);
    if (r->n_named > 1) {
        dr_error_at(f, also->span, "E0427", "\"%s\" is given twice", "also");
        return false;
    }
    dr_decl *d = dr_decl_find(f, D_RULE, 0, also->text);
    if (d != NULL && d->index != w->rule && DR_AT(f->rules, dr_rule, d->index).kind == DR_CLAUSE_LINE) {
        r->named[0] = DR_AT(f->rules, dr_rule, d->index).clause;
        r->named[1] = r->clause;
        r->n_named = 2;
        return true;
    }
    if (d == NULL && dr_is_gone(f, also->text, false))
        return true; /* a layer suspended it */
    dr_suggest s;
    dr_suggest_init(&s, also->text, strlen(also->text));
    for (uint32_t i = 0; i < f->work.count; i++) {
        const dr_work *other = &DR_AT(f->work, dr_work, i);
        if (other->kind == DR_NODE_RULE && other->ast->kind == A_LINE && other != w)
            dr_suggest_try(&s, other->ast->text);
    }
    dr_hint_nearest(f, dr_error_at(f, also->span, "E0435", "there is no other line \"%s\"", also->text), &s);
    return false;
}

/* The clauses that what a rule emits names, once all rules have theirs. */
static bool name_clauses(dr_front *f)
{
    bool ok = true;
    for (uint32_t i = 0; i < f->work.count; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind != DR_NODE_RULE)
            continue;
        dr_rule *r = &DR_AT(f->rules, dr_rule, w->rule);
        r->named[0] = r->clause;
        r->n_named = 1;
        for (const dr_ast *b = w->ast->d; b != NULL; b = b->next)
            if (b->kind == A_ALSO)
                ok = check_also(f, w, b) && ok;
    }
    return ok;
}

bool dr_check_nodes(dr_front *f)
{
    bool ok = true;
    check_cites(f);
    for (uint32_t i = 0; i < f->work.count; i++) {
        dr_work *w = &DR_AT(f->work, dr_work, i);
        enter(f, w, w->entity);
        switch (w->kind) {
        case DR_NODE_ATTR:
            ok = check_attribute(f, w) && ok;
            break;
        case DR_NODE_GROUP:
            ok = check_group(f, w) && ok;
            break;
        case DR_NODE_CLOCK:
            ok = check_clock(f, w) && ok;
            break;
        case DR_NODE_MERGE:
            ok = dr_check_merge(f, w) && ok;
            break;
        default:
            ok = (w->ast->kind == A_LINE   ? check_line(f, w)
                  : w->ast->kind == A_MARK ? check_mark(f, w)
                                           : check_finding(f, w)) &&
                 ok;
            break;
        }
    }
    ok = name_clauses(f) && ok;
    ok = dr_check_axes(f) && ok;
    f->at = NULL;
    return dr_check_clauses(f) && ok && !f->no_memory;
}
