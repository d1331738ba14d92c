/* drip: scenario.c, level 2a. Scenarios to cases: the short notation of the policy's own world becomes the
 * JSON of an encounter, and so goes through the same reader as any record.
 *
 * A statement is a shorthand, a field of the encounter, a group of its fields ("evaluation code …"), or a
 * row of one of its lists. Which words these are, the sources declare; nothing here knows one. */
#include "layers.h"
#include "story.h"

#include <string.h>

static const dr_ast *shorthand(dr_front *f, const char *name)
{
    dr_decl *d = dr_decl_find(f, D_SHORTHAND, 0, name);
    return d == NULL ? NULL : DR_AT(f->items, dr_ast *, d->index);
}

/* The entity read from the list `name` of the encounter, or of the encounter itself (NULL). */
const dr_ast *dr_story_list(dr_front *f, const char *name)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_ENTITY && item->op != 'x' &&
            (name == NULL ? item->b == NULL : item->b != NULL && strcmp(item->c->text, name) == 0))
            return item;
    }
    return NULL;
}

path_match dr_story_path(dr_front *f, const char *entity, const char *path, dr_type *type)
{
    size_t len = strlen(path);
    path_match found = PATH_NONE;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_ENTITY || item->text != entity)
            continue;
        for (const dr_ast *field = item->a; field != NULL; field = field->next) {
            const char *at = field->b != NULL ? field->b->text : field->text;
            if (strcmp(at, path) == 0) {
                dr_decl *d = dr_decl_find(f, D_ENTITY, 0, entity);
                d = d == NULL ? NULL : dr_decl_find(f, D_SLOT, (uint16_t)d->index, field->text);
                if (d != NULL)
                    *type = DR_AT(f->slots, dr_slot, d->index).type;
                return PATH_WHOLE;
            }
            if (strncmp(at, path, len) == 0 && at[len] == '.')
                found = PATH_PREFIX;
        }
    }
    return found;
}

static void wrong(story *s, dr_span span, const char *code, const char *format, const char *word)
{
    dr_error_at(s->f, span, code, format, word);
    s->ok = false;
}

/* Of a statement, or of a field with its value, the word that begins it. */
static dr_span first_word(const dr_ast *at)
{
    dr_span span = at->span;
    uint32_t len = (uint32_t)strlen(at->text);
    if (span.end - span.start > len)
        span.end = span.start + len;
    return span;
}

static void unknown_field(story *s, const dr_ast *at, const char *entity, const char *key)
{
    dr_diag *d = dr_error_at(s->f, first_word(at), "E0501", "%s has no field \"%s\"", entity, key);
    dr_suggest g;
    dr_suggest_init(&g, key, strlen(key));
    for (uint32_t i = 0; i < s->f->items.count; i++) {
        const dr_ast *item = DR_AT(s->f->items, dr_ast *, i);
        if (item->kind != A_ENTITY || item->text != entity)
            continue;
        for (const dr_ast *field = item->a; field != NULL; field = field->next)
            dr_suggest_try(&g, field->b != NULL ? field->b->text : field->text);
    }
    dr_hint_nearest(s->f, d, &g);
    s->ok = false;
}

/* ---- which statements: those of the scenario, with the variation's in the place of what they replace */

static bool replaces(dr_front *f, const dr_ast *a, const dr_ast *b)
{
    if (a->kind != b->kind || a->kind == A_EXPECT)
        return false;
    if (a->kind == A_ON || a->kind == A_KNOWNON)
        return true;
    if (a->text != b->text)
        return false;
    if (a->kind == A_WITH || a->a == NULL || b->a == NULL)
        return true;
    bool is_row = dr_story_list(f, a->text) != NULL;
    if (shorthand(f, a->text) == NULL && !is_row)
        return a->a->next == NULL || a->a->text == b->a->text;
    if (a->a->text != b->a->text)
        return false;
    return !is_row || (a->a->next != NULL && b->a->next != NULL && a->a->next->text == b->a->next->text);
}

static void add_statements(story *s, const dr_ast *list, bool vary)
{
    uint32_t before = s->n;
    for (const dr_ast *a = list; a != NULL; a = a->next) {
        uint32_t at = s->n;
        for (uint32_t i = 0; i < before && vary; i++)
            if (s->statements[i] != NULL && replaces(s->f, s->statements[i], a))
                at = i;
        if (at == STATEMENTS_MAX) {
            wrong(s, a->span, "E0502", "a scenario this long is hard to read%s: split it", "");
            return;
        }
        s->statements[at] = a;
        s->n += at == s->n;
    }
}

/* ---- rows */

static row *new_row(story *s, const char *list)
{
    if (s->n_rows == STATEMENTS_MAX)
        return NULL;
    row *r = &s->rows[s->n_rows++];
    r->list = list;
    r->n = 0;
    return r;
}

static void put_pair(story *s, row *r, const dr_ast *at, const char *key, const dr_ast *value)
{
    dr_type type;
    const dr_ast *item = dr_story_list(s->f, r->list);
    if (item == NULL || value == NULL)
        return;
    if (dr_story_path(s->f, item->text, key, &type) == PATH_NONE) {
        unknown_field(s, at, item->text, key);
        return;
    }
    for (uint32_t i = 0; i < r->n; i++) {
        if (strcmp(r->pairs[i].key, key) != 0)
            continue;
        r->pairs[i].value = value;
        return;
    }
    if (r->n < PAIRS_MAX)
        r->pairs[r->n++] = (row_pair){key, value};
}

/* The argument that a shorthand's parameter stands for, else the value itself. */
static const dr_ast *bound(const dr_ast *value, const dr_ast *params, const dr_ast *args)
{
    if (value == NULL || value->kind != A_NAME)
        return value;
    for (; params != NULL && args != NULL; params = params->next, args = args->next)
        if (params->text == value->text)
            return args;
    return value;
}

/* Neither a shorthand nor something of the record: of a scenario, or of a shorthand itself. */
static void unknown_statement(story *s, const dr_ast *st)
{
    dr_diag *d = dr_error_at(s->f, first_word(st), "E0506",
                             "\"%s\" is no shorthand, no field and no list of the encounter", st->text);
    dr_suggest g;
    dr_suggest_init(&g, st->text, strlen(st->text));
    static const char *const words[] = {"expect", "with", "vary", "on"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        dr_suggest_try(&g, words[i]);
    for (uint32_t i = 0; i < s->f->items.count; i++) {
        const dr_ast *item = DR_AT(s->f->items, dr_ast *, i);
        if (item->kind == A_SHORTHAND)
            dr_suggest_try(&g, item->text);
        else if (item->kind == A_ENTITY && item->b != NULL)
            dr_suggest_try(&g, item->c->text);
        for (const dr_ast *x = item->kind == A_ENTITY && item->b == NULL ? item->a : NULL; x != NULL;
             x = x->next)
            dr_suggest_try(&g, x->b != NULL ? x->b->text : x->text);
    }
    dr_hint_nearest(s->f, d, &g);
    s->ok = false;
}

static void list_row(story *s, const dr_ast *st, const dr_ast *params, const dr_ast *args,
                     const dr_ast *extra)
{
    row *r = new_row(s, st->text);
    if (r == NULL)
        return;
    if (st->a == NULL || st->a->next == NULL || st->a->next->next != NULL) {
        wrong(s, st->span, "E0503", "a row is written \"%s field value, field value\"", st->text);
        return;
    }
    put_pair(s, r, st, st->a->text, bound(st->a->next, params, args));
    for (const dr_ast *p = st->b; p != NULL; p = p->next)
        put_pair(s, r, p, p->text, bound(p->a, params, args));
    for (const dr_ast *p = extra; p != NULL; p = p->next)
        put_pair(s, r, p, p->text, p->a);
}

static void expand(story *s, const dr_ast *st, const dr_ast *def)
{
    uint32_t wanted = dr_ast_count(def->a), given = dr_ast_count(st->a);
    if (wanted != given) {
        dr_diag *d = dr_error_at(s->f, st->span, "E0504", "\"%s\" takes %u words after it, %u are given",
                                 st->text, wanted, given);
        if (d != NULL)
            dr_diag_label(s->f->diags, d, def->span, "declared here");
        s->ok = false;
        return;
    }
    const dr_ast *extra = st->b;
    for (const dr_ast *line = def->b; line != NULL; line = line->next, extra = NULL) {
        if (dr_story_list(s->f, line->text) != NULL)
            list_row(s, line, def->a, st->a, extra);
        else
            unknown_statement(s, line);
    }
}

static const char *dotted(story *s, const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    char *text = dr_take(s->f->arena, n + m + 2);
    if (text == NULL) {
        s->f->no_memory = true;
        return a;
    }
    memcpy(text, a, n);
    text[n] = '.';
    memcpy(text + n + 1, b, m + 1);
    return text;
}

static void field_rows(story *s, const dr_ast *st)
{
    const dr_ast *root = dr_story_list(s->f, NULL);
    dr_type type;
    path_match m = root == NULL ? PATH_NONE : dr_story_path(s->f, root->text, st->text, &type);
    row *r = new_row(s, NULL);
    if (r == NULL)
        return;
    if (m == PATH_WHOLE && st->a != NULL && st->a->next == NULL) {
        put_pair(s, r, st, st->text, st->a);
    } else if (m == PATH_PREFIX && st->a != NULL && st->a->next != NULL && st->a->next->next == NULL) {
        put_pair(s, r, st, dotted(s, st->text, st->a->text), st->a->next);
        for (const dr_ast *p = st->b; p != NULL; p = p->next)
            put_pair(s, r, p, dotted(s, st->text, p->text), p->a);
    } else if (m != PATH_NONE) {
        wrong(s, st->span, "E0505", "\"%s\" is followed by one value, or by a field and its value", st->text);
    } else {
        unknown_statement(s, st);
    }
}

static void make_rows(story *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const dr_ast *st = s->statements[i];
        int64_t *day = st->kind == A_ON ? &s->day : st->kind == A_KNOWNON ? &s->known_on : NULL;
        if (day != NULL && !dr_date_parse(st->a->text, strlen(st->a->text), day)) {
            dr_no_such_day(s->f, st->a->span, st->a->text);
            s->ok = false;
        }
    }
    for (uint32_t i = 0; i < s->n; i++) {
        const dr_ast *st = s->statements[i];
        if (st->kind != A_STATEMENT)
            continue;
        const dr_ast *def = shorthand(s->f, st->text);
        if (def != NULL)
            expand(s, st, def);
        else if (dr_story_list(s->f, st->text) != NULL)
            list_row(s, st, NULL, NULL, NULL);
        else
            field_rows(s, st);
    }
}

/* ---- settings and expectations */

static void check_setting(story *s, const dr_ast *st)
{
    dr_front *f = s->f;
    dr_decl *d = dr_decl_find(f, D_PARAM, 0, st->text);
    f->at = NULL;
    f->this_entity = UINT16_MAX;
    f->n_vars = f->n_facts = 0;
    if (d == NULL) {
        dr_suggest_names(f,
                         dr_error_at(f, st->span, "E0472", "there is no parameter \"%s\" to set", st->text),
                         st->text, D_PARAM, 0);
        s->ok = false;
    } else if (DR_AT(f->params, dr_param, d->index).axis) {
        dr_axis_not_set(f, st, d->span);
        s->ok = false;
    } else {
        s->ok =
            dr_check_as(f, st->a, DR_AT(f->params, dr_param, d->index).type, "the value of this parameter") &&
            s->ok;
    }
}

static const char *settings(story *s)
{
    dr_buf out;
    dr_buf_init(&out, &s->f->alloc, 1 << 16);
    for (uint32_t i = 0; i < s->n; i++) {
        const dr_ast *st = s->statements[i];
        if (st->kind != A_WITH)
            continue;
        check_setting(s, st);
        if (out.len == 0)
            dr_buf_text(&out, "drip 1\n");
        dr_buf_text(&out, "set ");
        dr_buf_text(&out, st->text);
        dr_buf_text(&out, " = ");
        const dr_span at = st->a->span;
        dr_buf_bytes(&out, s->f->sources->items[at.source].bytes + at.start, at.end - at.start);
        dr_buf_char(&out, '\n');
    }
    const char *kept = out.len == 0 ? NULL : dr_take_text(&s->f->program->arena, out.data, out.len);
    dr_buf_free(&out);
    return kept;
}

static bool split_code(story *s, const char *word, dr_expect *e, const dr_ast *more)
{
    const char **suffixes = dr_take_zero(&s->f->program->arena, 16, sizeof *suffixes);
    if (suffixes == NULL)
        return false;
    const char *dash = strchr(word, '-');
    e->text = dash == NULL ? word : dr_take_text(&s->f->program->arena, word, (size_t)(dash - word));
    while (dash != NULL && e->n_suffixes < 15) {
        const char *next = strchr(dash + 1, '-');
        size_t len = next == NULL ? strlen(dash + 1) : (size_t)(next - dash - 1);
        suffixes[e->n_suffixes++] = dr_take_text(&s->f->program->arena, dash + 1, len);
        dash = next;
    }
    for (; more != NULL && e->n_suffixes < 15; more = more->next)
        suffixes[e->n_suffixes++] = more->text;
    e->suffixes = suffixes;
    return true;
}

static void wrong_count(story *s, const dr_ast *count)
{
    dr_diag *d =
        dr_error_at(s->f, count->span, "E0507", "a count is written x1, x2 …: found \"%s\"", count->text);
    if ((count->text[0] == 'X' || count->text[0] == 'x') && count->text[1] != '\0' &&
        strspn(count->text + 1, "0123456789") == strlen(count->text + 1))
        dr_diag_fix(s->f->diags, d, true, count->span, "x%s", count->text + 1);
    s->ok = false;
}

/* "total paid 185.10 USD" */
static void expect_total(story *s, const dr_ast *x, const dr_ast *c, dr_vec *out)
{
    dr_expect *e = dr_vec_add(&s->f->program->arena, out, sizeof *e);
    if (e == NULL)
        return;
    *e = (dr_expect){.kind = 't', .text = c->text, .count = -1};
    bool alone = x->op == 'n' || (x->op == 'o' && c == x->a) || x->c != NULL;
    if (strcmp(c->text, "total") == 0 && c->b == NULL && !alone) {
        dr_story_values(s, c->a, true, e);
        return;
    }
    dr_diag *d = dr_error_at(s->f, c->span, "E0539", "only a total is followed by a name and its value");
    if (strcmp(c->text, "total") == 0)
        dr_diag_hint(s->f->diags, d, "write it behind a \";\": …; total %s …", c->a->text);
    else
        dr_diag_hint(s->f->diags, d, "write: %s with %s …", c->text, c->a->text);
    s->ok = false;
}

static void expect_codes(story *s, const dr_ast *x, dr_vec *out)
{
    bool first = true;
    for (const dr_ast *c = x->a; c != NULL; c = c->next) {
        if (c->a != NULL)
            continue;
        dr_expect *e = dr_vec_add(&s->f->program->arena, out, sizeof *e);
        if (e == NULL)
            return;
        e->kind = x->op;
        e->first = first;
        first = false;
        e->count = -1;
        split_code(s, c->text, e, c->b);
        if (c->next == NULL && x->c != NULL)
            dr_story_values(s, x->c, false, e);
        if (c->c == NULL)
            continue;
        const char *n = c->c->text;
        e->count = 0;
        for (const char *d = n + 1; *d >= '0' && *d <= '9' && e->count < 1000000; d++)
            e->count = e->count * 10 + (*d - '0');
        if (n[0] != 'x' || n[1] == '\0' || n[strspn(n + 1, "0123456789") + 1] != '\0')
            wrong_count(s, c->c);
    }
    for (const dr_ast *c = x->a; c != NULL; c = c->next)
        if (c->a != NULL)
            expect_total(s, x, c, out);
}

static void expect_names(story *s, const dr_ast *x, dr_vec *out)
{
    const dr_ast *name = x->a;
    do {
        dr_expect *e = dr_vec_add(&s->f->program->arena, out, sizeof *e);
        if (e == NULL)
            return;
        e->kind = x->op;
        e->count = -1;
        e->text = name == NULL ? NULL : name->text;
        dr_story_about(s, name == NULL ? NULL : name->a, e);
        name = name == NULL ? NULL : name->next;
    } while (name != NULL);
}

static bool rule_named(dr_front *f, const char *name, bool finding)
{
    for (uint32_t i = 0; i < f->rules.count; i++) {
        const dr_rule *r = &DR_AT(f->rules, dr_rule, i);
        if (finding && r->kind == DR_CLAUSE_FINDING && strcmp(r->code, name) == 0)
            return true;
    }
    for (uint32_t i = 0; i < f->clauses.count && !finding; i++)
        if (strcmp(DR_AT(f->clauses, dr_clause, i).name, name) == 0)
            return true;
    return (finding && strcmp(name, "conflict") == 0) || dr_is_gone(f, name, finding);
}

/* A name that no rule has would make an expectation that cannot fail. What another policy should do, its own
 * names say: it fails there where it has none of them. */
static void check_expected(story *s, const dr_ast *x, bool elsewhere)
{
    bool finding = x->op == 'f' || x->op == 'F', named = finding || x->op == 'b';
    for (const dr_ast *n = x->a; n != NULL && named && !(elsewhere && x->op != 'F'); n = n->next) {
        if (rule_named(s->f, n->text, finding))
            continue;
        dr_diag *d =
            dr_error_at(s->f, n->span, "E0508",
                        finding ? "there is no finding \"%s\"" : "there is no clause \"%s\"", n->text);
        dr_suggest g;
        dr_suggest_init(&g, n->text, strlen(n->text));
        for (uint32_t i = 0; i < s->f->rules.count && finding; i++)
            if (DR_AT(s->f->rules, dr_rule, i).kind == DR_CLAUSE_FINDING)
                dr_suggest_try(&g, DR_AT(s->f->rules, dr_rule, i).code);
        for (uint32_t i = 0; i < s->f->clauses.count && !finding; i++)
            dr_suggest_try(&g, DR_AT(s->f->clauses, dr_clause, i).name);
        dr_hint_nearest(s->f, d, &g);
        s->ok = false;
    }
}

static void expectations(story *s, const dr_ast *from, dr_case *c)
{
    dr_vec out = {0};
    for (const dr_ast *st = from; st != NULL; st = st->next) {
        for (const dr_ast *x = st->kind == A_EXPECT ? st->a : NULL; x != NULL; x = x->next) {
            check_expected(s, x, c->under != NULL);
            if (x->op == 'o' || x->op == 'i' || x->op == 'n')
                expect_codes(s, x, &out);
            else
                expect_names(s, x, &out);
        }
    }
    c->expects = out.data;
    c->n_expects = out.count;
    if (out.count == 0) {
        dr_diag *d =
            dr_error_at(s->f, c->span, "E0509", "this expects nothing of the answer: it could not fail");
        dr_diag_hint(s->f->diags, d, "add \"expect …\", or \"expect nothing\" where no line should come");
        s->ok = false;
    }
}

static const char *case_name(story *s, const dr_ast *scenario, const dr_ast *vary)
{
    dr_buf name;
    dr_buf_init(&name, &s->f->alloc, 4096);
    dr_buf_text(&name, scenario->a->text);
    if (vary != NULL) {
        dr_buf_text(&name, " / ");
        dr_buf_text(&name, vary->a != NULL ? vary->a->text : "variation");
    }
    const char *kept = dr_take_text(&s->f->program->arena, name.data == NULL ? "" : name.data, name.len);
    dr_buf_free(&name);
    return kept;
}

static bool one_case(story *s, const dr_ast *scenario, const dr_ast *vary, dr_vec *cases)
{
    dr_case c = {.span = vary != NULL ? vary->span : scenario->span};
    s->n = s->n_rows = 0;
    s->ok = true;
    s->day = 0;
    s->known_on = DR_MISSING;
    dr_buf_clear(&s->json);
    if (s->f->defaults != NULL)
        add_statements(s, s->f->defaults->b, false);
    add_statements(s, scenario->b, true);
    if (vary != NULL)
        add_statements(s, vary->b, true);
    make_rows(s);
    c.under = scenario->c == NULL ? NULL : scenario->c->text;
    expectations(s, vary != NULL ? vary->b : scenario->b, &c);
    c.settings = settings(s);
    if (!s->ok)
        return false;
    dr_story_write(s);
    c.name = case_name(s, scenario, vary);
    c.len = s->json.len;
    c.known_on = s->known_on;
    c.json = s->json.failed ? NULL : dr_take_text(&s->f->program->arena, s->json.data, s->json.len);
    dr_case *kept = dr_vec_add(&s->f->program->arena, cases, sizeof *kept);
    if (kept == NULL || c.json == NULL || c.name == NULL)
        return s->f->no_memory = true, false;
    *kept = c;
    return true;
}

/* The encounter of a scenario that says nothing. */
static bool make_defaults(story *s)
{
    dr_program *p = s->f->program;
    s->n = s->n_rows = 0;
    s->ok = true;
    s->day = 0;
    dr_buf_clear(&s->json);
    add_statements(s, s->f->defaults->b, false);
    make_rows(s);
    if (!s->ok)
        return false;
    dr_story_write(s);
    p->defaults = s->json.failed ? NULL : dr_take_text(&p->arena, s->json.data, s->json.len);
    p->defaults_len = s->json.len;
    p->story_day = s->day;
    s->f->no_memory = s->f->no_memory || p->defaults == NULL;
    return p->defaults != NULL && dr_story_shorthands(s);
}

bool dr_make_cases(dr_front *f)
{
    dr_vec cases = {0};
    bool ok = true;
    if (f->scenarios.count == 0 && f->defaults == NULL)
        return true;
    story *s = dr_take_zero(f->arena, 1, sizeof *s);
    if (s == NULL || (s->rows = dr_take_zero(f->arena, STATEMENTS_MAX, sizeof *s->rows)) == NULL)
        return f->no_memory = true, false;
    s->f = f;
    dr_buf_init(&s->json, &f->alloc, (size_t)1 << 24);
    for (uint32_t i = 0; i < f->scenarios.count; i++) {
        const dr_ast *scenario = DR_AT(f->scenarios, dr_ast *, i);
        ok = one_case(s, scenario, NULL, &cases) && ok;
        for (const dr_ast *v = scenario->d; v != NULL; v = v->next)
            ok = one_case(s, scenario, v, &cases) && ok;
    }
    ok = ok && (f->defaults == NULL || make_defaults(s));
    dr_buf_free(&s->json);
    f->program->cases = cases.data;
    f->program->n_cases = cases.count;
    return ok;
}
