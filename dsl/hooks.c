/* drip: hooks.c, level 2a. Hooks: their declarations, the scripts they are in, and their calls.
 *
 * A script is compiled while the policy is, and its body is run, so that what can be wrong with it is told with
 * its line: its grammar, what a script cannot have, the function that is not there. A call is of the hook's type
 * with a "?", as a script may fail: whoever calls says what holds then. */
#include "front.h"

#include "../runtime/hooks.h"

#include <string.h>

/* ---- declarations */

static bool can_pass(dr_type t)
{
    switch (t.kind) {
    case DR_BOOL:
    case DR_INT:
    case DR_NUM:
    case DR_TEXT:
    case DR_ENUM:
    case DR_DATE:
    case DR_DURATION:
    case DR_SET:
        return true;
    default:
        return false;
    }
}

static bool passed_type(dr_front *f, const dr_ast *t, dr_type *out)
{
    if (!dr_type_of_ast(f, t, out))
        return false;
    if (can_pass(*out))
        return true;
    dr_diag *d =
        dr_error_at(f, t->span, "E0522", "%s cannot go into a hook or come out of it", dr_type_name(f, *out));
    dr_diag_hint(f->diags, d,
                 "bool, int, number, text, date, duration, amounts with units, enums and sets can");
    return false;
}

static bool declare_params(dr_front *f, const dr_ast *item, dr_hook *h)
{
    bool ok = true;
    uint32_t n = dr_ast_count(item->a);
    dr_type *types = dr_take_zero(&f->program->arena, n + 1u, sizeof *types);
    if (types == NULL)
        return f->no_memory = true, false;
    if (n > DR_HOOK_PARAMS) {
        dr_error_at(f, item->span, "E0521", "a hook takes at most %d values", DR_HOOK_PARAMS);
        return false;
    }
    for (const dr_ast *p = item->a; p != NULL; p = p->next) {
        for (const dr_ast *other = item->a; other != p; other = other->next)
            if (other->text == p->text) {
                dr_diag *d = dr_error_at(f, p->span, "E0200", "\"%s\" is declared twice", p->text);
                if (d != NULL)
                    dr_diag_label(f->diags, d, other->span, "declared here first");
                ok = false;
            }
        ok = passed_type(f, p->a, &types[h->n_params++]) && ok;
    }
    h->params = types;
    return ok;
}

/* ---- scripts */

static dr_span line_of(const dr_front *f, uint32_t source, uint32_t line)
{
    const dr_source *s = &f->sources->items[source];
    uint32_t at = 0, end;
    for (uint32_t n = 1; n < line && at < s->len; at++)
        n += s->bytes[at] == '\n';
    while (at < s->len && (s->bytes[at] == ' ' || s->bytes[at] == '\t'))
        at++;
    for (end = at; end < s->len && s->bytes[end] != '\n' && s->bytes[end] != '\r';)
        end++;
    return (dr_span){source, at, end > at ? end : at + 1};
}

static bool script_error(dr_front *f, uint32_t source, const dr_hook_report *r, const char *code,
                         const char *what)
{
    dr_buf plain;
    dr_buf_init(&plain, &f->alloc, 2048);
    dr_buf_plain(&plain, r->reason, strlen(r->reason));
    dr_error_at(f, line_of(f, source, r->line), code, "%s: %s", what, plain.data != NULL ? plain.data : "");
    dr_buf_free(&plain);
    return false;
}

/* A script that is in several hooks is compiled once. */
static bool load_script(dr_front *f, dr_hooks *sandbox, uint32_t source, uint32_t *script)
{
    const dr_source *s = &f->sources->items[source];
    dr_hook_report report;
    uint32_t start = 0, end = 0;
    for (*script = 0; *script < f->scripts.count; ++*script)
        if (DR_AT(f->scripts, uint32_t, *script) == source)
            return true;
    if (s->len > DR_HOOK_SCRIPT) {
        dr_error_at(f, (dr_span){source, 0, 1}, "E0523", "a script has at most %d bytes", DR_HOOK_SCRIPT);
        return false;
    }
    const char *refused = dr_hook_refused(s->bytes, s->len, &start, &end);
    if (refused != NULL) {
        dr_error_at(f, (dr_span){source, start, end}, "E0524", "a script cannot have this: %s", refused);
        return false;
    }
    dr_hook_end done = dr_hooks_load(sandbox, s->bytes, s->len, &report);
    if (done == DR_HOOK_FAILED)
        return script_error(f, source, &report, "E0523", "this is not Lua");
    uint32_t *kept = done == DR_HOOK_DONE ? dr_vec_add(&f->program->arena, &f->scripts, sizeof *kept) : NULL;
    if (kept == NULL)
        return f->no_memory = true, false;
    *kept = source;
    return true;
}

/* Is the function there, and does it take what the hook is given? */
static bool probe(dr_front *f, dr_hooks *sandbox, const dr_hook *h)
{
    dr_hook_report r;
    dr_hook_end end = dr_hooks_probe(sandbox, h->script, h->name, &r);
    const char *file = f->sources->items[h->source].origin;
    if (end == DR_HOOK_NO_MEMORY)
        return f->no_memory = true, false;
    if (end != DR_HOOK_DONE && r.line > 0)
        return script_error(f, h->source, &r, "E0525", "the script fails before any hook is called");
    if (end != DR_HOOK_DONE) {
        dr_diag *d =
            dr_error_at(f, h->span, "E0525", "the hook \"%s\" cannot be called: %s", h->name, r.reason);
        dr_diag_hint(f->diags, d, "write it into %s: function %s(…) … end", file, h->name);
        return false;
    }
    if (r.n_params == UINT32_MAX || r.n_params == h->n_params)
        return true;
    dr_diag *d = dr_error_at(f, h->span, "E0525", "the hook \"%s\" is given %u %s, and its function takes %u",
                             h->name, h->n_params, h->n_params == 1 ? "value" : "values", r.n_params);
    if (d != NULL)
        dr_diag_label(f->diags, d, line_of(f, h->source, r.line), "the function");
    return false;
}

/* A function of the program that runs the policy: that it has given one is all there is to know. */
static bool from_host(dr_front *f, const dr_ast *item, dr_hook *h)
{
    dr_diag *d;
    h->source = h->script = DR_NONE;
    if (strcmp(item->c->text, "host") != 0) {
        d = dr_error_at(f, item->c->span, "E0560", "a hook is from a script or from host, not from %s",
                        item->c->text);
        dr_diag_hint(f->diags, d, "write from \"FILE.lua\", or from host");
        return false;
    }
    for (uint32_t i = 0; i < f->n_hosts; i++)
        if (strcmp(f->hosts[i], h->name) == 0)
            return true;
    d = dr_error_at(f, item->span, "E0561",
                    "this program has no function \"%s\" for the hook that is from host", h->name);
    dr_diag_hint(f->diags, d, "run the policy with the program that has it, or write the hook as a script");
    return false;
}

static bool keep_hook(dr_front *f, const dr_ast *item, const dr_hook *h)
{
    dr_hook *kept = dr_vec_add(&f->program->arena, &f->hooks, sizeof *kept);
    if (kept == NULL)
        return f->no_memory = true, false;
    *kept = *h;
    return dr_decl_add(f, D_HOOK, 0, item->text, f->hooks.count - 1, item->span) != NULL;
}

static bool declare_hook(dr_front *f, const dr_ast *item, dr_hooks *sandbox)
{
    dr_hook h = {.name = item->text, .span = item->span};
    bool ok = declare_params(f, item, &h);
    ok = passed_type(f, item->b, &h.result) && ok;
    if (item->c->kind == A_NAME)
        return from_host(f, item, &h) && ok && keep_hook(f, item, &h);
    h.source = dr_source_beside(f, item->span, item->c);
    if (!ok || h.source == DR_NONE || !load_script(f, sandbox, h.source, &h.script) || !probe(f, sandbox, &h))
        return false;
    return keep_hook(f, item, &h);
}

bool dr_declare_hooks(dr_front *f)
{
    dr_hooks *sandbox = NULL;
    bool ok = true;
    for (uint32_t i = 0; i < f->items.count && !f->no_memory; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_HOOK)
            continue;
        if (sandbox == NULL)
            sandbox = dr_hooks_new(&f->alloc, 0, NULL);
        if (sandbox == NULL)
            f->no_memory = true;
        else
            ok = declare_hook(f, item, sandbox) && ok;
    }
    dr_hooks_free(sandbox);
    return ok && !f->no_memory;
}

/* ---- calls */

/* What others write as a function, unless a hook of that name is declared. `meant`: put in its place. */
static const struct {
    const char *name, *meant, *hint;
} foreign[] = {
    {"min", "least of ", "the smallest of several values is written \"least of (a, b)\""},
    {"max", "most of ", "the largest of several values is written \"most of (a, b)\""},
    {"round", NULL,
     "how it is rounded stands behind: \"(…) rounded half_up to 0.01\", or down, up, half_even"},
    {"floor", NULL, "how it is rounded stands behind: \"(…) rounded down\""},
    {"ceil", NULL, "how it is rounded stands behind: \"(…) rounded up\""},
    {"ceiling", NULL, "how it is rounded stands behind: \"(…) rounded up\""},
    {"rounddown", NULL, "how it is rounded stands behind: \"(…) rounded down\""},
    {"roundup", NULL, "how it is rounded stands behind: \"(…) rounded up\""},
};

static bool no_hook(dr_front *f, const dr_ast *e)
{
    dr_span name = dr_first_part(e->span, e->text);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (strcmp(foreign[i].name, e->text) != 0)
            continue;
        dr_diag *d = dr_error_at(f, name, "E0109", "drip does not write \"%s(…)\"", e->text);
        dr_diag_hint(f->diags, d, "%s", foreign[i].hint);
        if (foreign[i].meant != NULL && e->a != NULL && e->a->next != NULL)
            dr_diag_fix(f->diags, d, true, name, "%s", foreign[i].meant);
        return false;
    }
    dr_diag *d = dr_error_at(f, name, "E0520", "there is no hook \"%s\"", e->text);
    dr_suggest_names(f, d, e->text, D_HOOK, 0);
    return false;
}

bool dr_check_call(dr_front *f, dr_ast *e)
{
    const dr_decl *decl = dr_decl_find(f, D_HOOK, 0, e->text);
    if (decl == NULL)
        return no_hook(f, e);
    const dr_hook *h = &DR_AT(f->hooks, dr_hook, decl->index);
    uint32_t n = dr_ast_count(e->a), i = 0;
    if (f->at == NULL || (f->at->kind != DR_NODE_ATTR && f->at->kind != DR_NODE_RULE)) {
        dr_diag *d = dr_error_at(f, e->span, "E0526", "a hook cannot be called here");
        dr_diag_hint(f->diags, d, "call it in an attribute, and read the attribute here");
        return false;
    }
    if (n != h->n_params) {
        dr_diag *d = dr_error_at(f, e->span, "E0521", "the hook \"%s\" takes %u %s, found %u", h->name,
                                 h->n_params, h->n_params == 1 ? "value" : "values", n);
        if (d != NULL)
            dr_diag_label(f->diags, d, h->span, "declared here");
        return false;
    }
    for (dr_ast *arg = e->a; arg != NULL; arg = arg->next)
        if (!dr_check_as(f, arg, h->params[i++], "what this hook is given"))
            return false;
    e->ref = decl->index;
    e->type = h->result;
    e->type.optional = !dr_known_here(f, e);
    return true;
}

/* Its values stand in registers one behind the other. */
uint32_t dr_emit_call(dr_front *f, const dr_ast *e)
{
    uint32_t n = dr_ast_count(e->a), first = f->next_reg, at = first;
    for (uint32_t i = 0; i < n; i++)
        dr_reg(f);
    for (const dr_ast *arg = e->a; arg != NULL; arg = arg->next)
        dr_emit_to(f, arg, at++);
    dr_call *call = dr_vec_add(&f->program->arena, &f->calls, sizeof *call);
    uint32_t r = dr_reg(f);
    if (call == NULL) {
        f->no_memory = true;
        return r;
    }
    *call = (dr_call){e->ref, e->span};
    dr_code(f, DR_OP_HOOK, r, first, 0, f->calls.count - 1);
    return r;
}
