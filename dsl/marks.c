/* drip: marks.c, level 2a. What may be marked, and who waits for a mark.
 *
 * A mark adds members to sets of lines that were emitted. So it comes after every line of its families, and
 * before whoever reads a field that it gives. As it only adds, marks need no order among themselves; what one
 * gives, it may not ask for, or the answer would depend on which came first. */
#include "front.h"

#include <string.h>

static void depend(dr_front *f, uint32_t work)
{
    dr_edge *e = f->at == NULL ? NULL : dr_vec_add(f->arena, &f->at->edges, sizeof *e);
    if (e != NULL)
        *e = (dr_edge){work, DR_NONE};
    else if (f->at != NULL)
        f->no_memory = true;
}

void dr_depend_lines(dr_front *f, uint32_t family)
{
    for (uint32_t i = 0; i < f->work.count; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind == DR_NODE_RULE && w->ast->kind == A_LINE &&
            DR_AT(f->rules, dr_rule, w->rule).family == family)
            depend(f, i);
    }
}

static bool gives(const dr_ast *mark, const char *field)
{
    for (const dr_ast *a = mark->d; a != NULL; a = a->next)
        if (a->kind == A_ASSIGN && a->text == field)
            return true;
    return false;
}

/* Can they be the same lines? Those of any family can. */
static bool meet(const dr_ast *families, const dr_ast *others)
{
    for (const dr_ast *x = families; x != NULL; x = x->next)
        for (const dr_ast *y = others; y != NULL; y = y->next)
            if (strcmp(x->text, y->text) == 0)
                return true;
    return families == NULL || others == NULL;
}

static bool asks_itself(dr_front *f, const dr_ast *read, const char *field)
{
    const dr_ast *mark = f->at->ast;
    dr_diag *d =
        dr_error_at(f, read->span, "E0546", "\"%s\" gives \"%s\", and asks for it", mark->text, field);
    for (const dr_ast *a = mark->d; a != NULL && d != NULL; a = a->next)
        if (a->kind == A_ASSIGN && a->text == field)
            dr_diag_label(f->diags, d, a->span, "it is given here, to the same lines");
    dr_diag_note(f->diags, d,
                 "what a mark adds must not depend on what marks have added: they have no order");
    dr_diag_hint(f->diags, d,
                 "ask for another field of the line, or for what the line itself asked when it was emitted");
    return false;
}

bool dr_depend_marks(dr_front *f, const dr_ast *read, uint32_t slot, const dr_ast *lines)
{
    const char *field = DR_AT(f->slots, dr_slot, slot).name;
    bool marking = f->at != NULL && f->at->kind == DR_NODE_RULE && f->at->ast->kind == A_MARK;
    if (lines == NULL && marking && read->kind == A_NAME) /* of the row that it marks */
        lines = f->at->ast->a->a;
    if (marking && gives(f->at->ast, field) && meet(lines, f->at->ast->a->a))
        return asks_itself(f, read, field);
    for (uint32_t i = 0; i < f->work.count; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind == DR_NODE_RULE && w->ast->kind == A_MARK && w != f->at && gives(w->ast, field) &&
            meet(lines, w->ast->a->a))
            depend(f, i);
    }
    return true;
}

static bool check_family(dr_front *f, dr_ast *family)
{
    const dr_decl *d = dr_decl_find(f, D_FAMILY, 0, family->text);
    if (d == NULL) {
        dr_suggest_names(f,
                         dr_error_at(f, family->span, "E0320", "there are no lines of \"%s\"", family->text),
                         family->text, D_FAMILY, 0);
        return false;
    }
    family->ref = d->index;
    dr_depend_lines(f, d->index);
    return true;
}

static bool check_gift(dr_front *f, const dr_ast *a)
{
    for (uint32_t i = 0; i < f->fields.count; i++) {
        const dr_result_field *field = &DR_AT(f->fields, dr_result_field, i);
        const dr_slot *slot = &DR_AT(f->slots, dr_slot, field->slot);
        if (field->name != a->text || slot->type.kind == DR_SET)
            continue;
        dr_diag *d = dr_error_at(f, a->span, "E0545", "a mark adds members to sets: \"%s\" is %s", a->text,
                                 dr_type_name(f, slot->type));
        if (d != NULL)
            dr_diag_label(f->diags, d, slot->span, "it is declared here");
        dr_diag_hint(f->diags, d, "what else a line says, its own clause says: amend line …");
        return false;
    }
    return true;
}

bool dr_check_marked(dr_front *f, dr_work *w)
{
    bool ok = true, some = false;
    for (dr_ast *family = w->ast->a->a; family != NULL; family = family->next)
        ok = check_family(f, family) && ok;
    for (const dr_ast *a = w->ast->d; a != NULL; a = a->next) {
        some = some || a->kind == A_ASSIGN;
        ok = (a->kind != A_ASSIGN || check_gift(f, a)) && ok;
    }
    if (!some) {
        dr_diag *d = dr_error_at(f, w->ast->span, "E0547", "this mark gives nothing to the lines");
        dr_diag_hint(f->diags, d,
                     "write what it adds below it: a set of the line, = and the new members between braces");
        ok = false;
    }
    return ok;
}
