/* drip: topics.c, level 2a. Topics, by which an audit puts findings in order, and what findings say for it: the topic
 * they belong to, and what is to be done about them.
 *
 * The order of the declarations, from the base upward, is the order of the checklist. So those of one layer stand in
 * one file, as no answer may depend on the order of files. A layer adds topics of its own, and changes what a finding
 * says with `amend finding`: see layers.c. */
#include "layers.h"

static bool is_blank(const char *text)
{
    while (*text == ' ')
        text++;
    return *text == '\0';
}

static bool says_something(dr_front *f, dr_span at, const char *text, const char *what)
{
    if (!is_blank(text))
        return true;
    dr_diag *d = dr_error_at(f, at, "E0542", "%s has no words", what);
    dr_diag_hint(f->diags, d, "write between the quotes what a person is to read");
    return false;
}

static bool in_one_file(dr_front *f, const dr_ast *item)
{
    for (uint32_t i = 0; i < f->topics.count; i++) {
        dr_span other = DR_AT(f->topics, dr_heading, i).span;
        if (other.source == item->span.source ||
            dr_layer_of(f, other.source) != dr_layer_of(f, item->span.source))
            continue;
        dr_diag *d = dr_error_at(f, item->span, "E0543", "the topics of one policy stand in one file");
        if (d != NULL)
            dr_diag_label(f->diags, d, other, "another stands here");
        dr_diag_hint(f->diags, d, "their order is the order of the checklist: put them below each other");
        return false;
    }
    return true;
}

void dr_declare_topics(dr_front *f)
{
    bool together = true;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_TOPIC || !says_something(f, item->a->span, item->a->text, "the title of a topic"))
            continue;
        if (dr_decl_add(f, D_TOPIC, 0, item->text, f->topics.count, item->span) == NULL)
            continue;
        together = together && in_one_file(f, item);
        dr_heading *t = dr_vec_add(&f->program->arena, &f->topics, sizeof *t);
        if (t == NULL)
            f->no_memory = true;
        else
            *t = (dr_heading){item->text, item->a->text, item->span};
    }
}

static bool topic_named(dr_front *f, const dr_ast *named, uint32_t *topic)
{
    const dr_decl *decl = dr_decl_find(f, D_TOPIC, 0, named->text);
    if (decl != NULL) {
        *topic = decl->index;
        return true;
    }
    dr_diag *d = dr_error_at(f, named->span, "E0540", "there is no topic \"%s\"", named->text);
    dr_suggest_names(f, d, named->text, D_TOPIC, 0);
    dr_diag_hint(f->diags, d, "a topic is declared with its title: topic %s \"…\"", named->text);
    return false;
}

static const dr_ast *given_before(const dr_ast *body, const dr_ast *item)
{
    for (; body != item; body = body->next)
        if (body->kind == item->kind)
            return body;
    return NULL;
}

static bool given_once(dr_front *f, const dr_ast *body, const dr_ast *item)
{
    const dr_ast *first = given_before(body, item);
    if (first == NULL)
        return true;
    bool topic = item->kind == A_ON_TOPIC;
    dr_diag *d = dr_error_at(f, item->span, "E0541", "this finding has two %s", topic ? "topics" : "cures");
    if (d != NULL)
        dr_diag_label(f->diags, d, first->span, "the first one");
    dr_diag_hint(f->diags, d,
                 topic ? "a finding stands in one place of the checklist: keep one of them"
                       : "write all that is to be done as one text");
    return false;
}

bool dr_check_advice(dr_front *f, const dr_ast *body, dr_rule *rule)
{
    bool ok = true;
    rule->topic = DR_NONE;
    rule->cure = NULL;
    for (const dr_ast *b = body; b != NULL; b = b->next) {
        if (b->kind != A_ON_TOPIC && b->kind != A_CURE)
            continue;
        ok = given_once(f, body, b) && ok;
        if (b->kind == A_ON_TOPIC)
            ok = topic_named(f, b, &rule->topic) && ok;
        else if (says_something(f, b->span, b->text, "this cure"))
            rule->cure = b->text;
        else
            ok = false;
    }
    return ok;
}
