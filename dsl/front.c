/* drip: front.c, level 2a. The pipeline: parse, declare, check, order, emit; stops after the first pass
 * that failed, so that one mistake is not reported twice. */
#include "compile.h"
#include "front.h"
#include "layers.h"
#include "lint.h"

#include "../runtime/sha256.h"

#include <string.h>

static bool parse_one(dr_front *f, uint32_t source, dr_ast **items)
{
    enum { NODES_MAX = 4000000 };
    dr_parse *p = dr_take_zero(f->arena, 1, sizeof *p);
    if (p == NULL)
        return f->no_memory = true, false;
    p->arena = f->arena;
    p->syms = f->syms;
    p->diags = f->diags;
    p->source = &f->sources->items[source];
    p->source_index = source;
    p->max_nodes = NODES_MAX;
    bool ok = dr_parse_source(p);
    *items = p->items;
    return ok;
}

/* ---- headers: which policy, which layers, in which order */

typedef struct source_head {
    dr_ast *items;
    const dr_ast *head; /* policy, layer, part or tests */
    uint32_t rank;      /* 0 base; DR_NONE unknown yet */
} source_head;

/* The first of its headers says what a file is; further ones may only be more versions of the same policy or layer. */
static bool find_head(dr_front *f, source_head *s)
{
    bool ok = true;
    for (dr_ast *i = s->items; i != NULL; i = i->next) {
        if (i->kind != A_POLICY && i->kind != A_LAYER && i->kind != A_PART && i->kind != A_TESTS)
            continue;
        if (s->head == NULL)
            s->head = i;
        bool versions = i->kind == A_POLICY || i->kind == A_LAYER;
        if (i == s->head || (versions && i->kind == s->head->kind && i->text == s->head->text))
            continue;
        dr_diag *d =
            dr_error_at(f, i->span, "E0486",
                        "a file belongs to one policy or layer: \"%s\" needs a file of its own", i->text);
        if (d != NULL)
            dr_diag_label(f->diags, d, s->head->span, "this file belongs to \"%s\"", s->head->text);
        ok = false;
    }
    return ok;
}

static bool add_layer(dr_front *f, const dr_ast *head)
{
    for (uint32_t i = 0; i < f->layers.count; i++) {
        if (DR_AT(f->layers, dr_layer_info, i).name != head->text)
            continue;
        dr_diag *d = dr_error_at(f, head->span, "E0480", "the layer \"%s\" is there twice", head->text);
        if (d != NULL)
            dr_diag_label(f->diags, d, DR_AT(f->layers, dr_layer_info, i).span, "here first");
        dr_diag_hint(f->diags, d, "where it is in several files, the others begin: part of %s", head->text);
        return false;
    }
    dr_layer_info *l = dr_vec_add(f->arena, &f->layers, sizeof *l);
    if (l == NULL)
        return f->no_memory = true, false;
    *l = (dr_layer_info){head->text, head->kind == A_LAYER ? head->b : NULL, head->span};
    return true;
}

static uint32_t layer_rank(const dr_front *f, const char *name)
{
    for (uint32_t i = 0; i < f->layers.count; i++)
        if (DR_AT(f->layers, dr_layer_info, i).name == name)
            return i;
    return DR_NONE;
}

/* Of the policies that a layer names behind "over", the first that is not there yet; NULL: all are. */
static const dr_ast *base_missing(const dr_front *f, const dr_ast *head)
{
    for (const dr_ast *base = head->b; base != NULL; base = base->next)
        if (layer_rank(f, base->text) == DR_NONE)
            return base;
    return NULL;
}

/* The policy first, then each layer after those it lies over. */
static bool rank_layers(dr_front *f, source_head *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (s[i].head != NULL && s[i].head->kind == A_POLICY && f->layers.count == 0 &&
            !add_layer(f, s[i].head))
            return false;
    bool moved = true;
    while (moved) {
        moved = false;
        for (uint32_t i = 0; i < n; i++) {
            const dr_ast *h = s[i].head;
            if (h == NULL || h->kind != A_LAYER || s[i].rank != DR_NONE || base_missing(f, h) != NULL)
                continue;
            if (!add_layer(f, h))
                return false;
            s[i].rank = f->layers.count - 1;
            moved = true;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        const dr_ast *h = s[i].head;
        if (h == NULL)
            continue;
        if (h->kind == A_LAYER && s[i].rank == DR_NONE) {
            dr_error_at(f, h->span, "E0481",
                        "the layer \"%s\" lies over \"%s\", which is not among these sources", h->text,
                        base_missing(f, h)->text);
            return false;
        }
        if (h->kind == A_POLICY && layer_rank(f, h->text) == DR_NONE) {
            dr_diag *d = dr_error_at(f, h->span, "E0482", "there are two policies here, \"%s\" and \"%s\"",
                                     DR_AT(f->layers, dr_layer_info, 0).name, h->text);
            dr_diag_hint(f->diags, d, "write \"layer %s over %s\" to build one on the other", h->text,
                         DR_AT(f->layers, dr_layer_info, 0).name);
            return false;
        }
        if (h->kind == A_POLICY || h->kind == A_PART)
            s[i].rank = layer_rank(f, h->text);
        if (h->kind == A_PART && s[i].rank == DR_NONE) {
            dr_error_at(f, h->span, "E0483", "this is part of \"%s\", which is not among these sources",
                        h->text);
            return false;
        }
    }
    return true;
}

/* In the order of their days; heads likewise. */
static bool add_version(dr_front *f, dr_vec *versions, dr_vec *heads, const dr_ast *h)
{
    dr_version v = {h->a->text, INT64_MIN, INT64_MAX};
    if (!dr_period(f, h->kind == A_LAYER ? h->c : h->b, &v.from, &v.to))
        return false;
    if (h->kind == A_POLICY && h->c != NULL)
        f->by = h->c;
    uint32_t at = versions->count;
    if (dr_vec_add(&f->program->arena, versions, sizeof v) == NULL ||
        dr_vec_add(f->arena, heads, sizeof h) == NULL)
        return f->no_memory = true, false;
    for (; at > 0 && DR_AT(*versions, dr_version, at - 1).from > v.from; at--) {
        DR_AT(*versions, dr_version, at) = DR_AT(*versions, dr_version, at - 1);
        DR_AT(*heads, const dr_ast *, at) = DR_AT(*heads, const dr_ast *, at - 1);
    }
    DR_AT(*versions, dr_version, at) = v;
    DR_AT(*heads, const dr_ast *, at) = h;
    return true;
}

/* Is every day from the first version's to the last one's in one of them? */
static bool versions_meet(dr_front *f, const dr_vec *versions, const dr_vec *heads)
{
    bool ok = true;
    for (uint32_t k = 1; k < versions->count; k++) {
        const dr_version *before = &DR_AT(*versions, dr_version, k - 1), *after = before + 1;
        dr_span at = DR_AT(*heads, const dr_ast *, k)->a->span;
        dr_diag *d;
        if (before->to != INT64_MAX && after->from == before->to + 1)
            continue;
        if (after->from <= before->to)
            d = dr_error_at(f, at, "E0484", "the versions \"%s\" and \"%s\" are in force on the same day",
                            before->name, after->name);
        else
            d = dr_error_at(f, at, "E0485", "no version is in force between \"%s\" and \"%s\"", before->name,
                            after->name);
        if (d != NULL)
            dr_diag_label(f->diags, d, DR_AT(*heads, const dr_ast *, k - 1)->a->span,
                          "the version before it");
        dr_diag_hint(
            f->diags, d,
            "a version begins on the day after the one before it ends: \"effective 2025-01-01..2025-12-31\"");
        ok = false;
    }
    return ok;
}

static bool first_dated(dr_front *f, const dr_vec *versions, const dr_vec *heads)
{
    const dr_version *all = versions->data;
    if (versions->count == 0 || f->by != NULL ||
        (all[0].from == INT64_MIN && all[versions->count - 1].to == INT64_MAX))
        return true;
    dr_diag *d = dr_error_at(f, DR_AT(*heads, const dr_ast *, 0)->span, "E0487",
                             "this policy has a period, and does not say by which date it is chosen");
    dr_diag_hint(f->diags, d,
                 "end the line with \"by\" and the date of service, as in: by date of encounter.start");
    return false;
}

/* A layer's versions take the place of those below, on the days that these have: it holds where both do. */
static bool versions_over(dr_front *f, dr_vec *versions, const dr_vec *heads)
{
    dr_version *v = versions->data;
    uint32_t n = 0;
    int64_t from = f->versions.count == 0 ? INT64_MIN : DR_AT(f->versions, dr_version, 0).from;
    int64_t to =
        f->versions.count == 0 ? INT64_MAX : DR_AT(f->versions, dr_version, f->versions.count - 1).to;
    for (uint32_t i = 0; i < versions->count; i++) {
        dr_version own = v[i];
        own.from = own.from < from ? from : own.from;
        own.to = own.to > to ? to : own.to;
        if (own.from <= own.to)
            v[n++] = own;
    }
    if (n == 0) {
        const dr_ast *head = DR_AT(*heads, const dr_ast *, 0);
        dr_diag *d = dr_error_at(f, head->span, "E0449",
                                 "on no day of this layer's period that which it lies over is in force");
        dr_diag_hint(f->diags, d, "correct the days behind \"effective\"");
        return false;
    }
    versions->count = n;
    f->versions = *versions;
    return true;
}

/* From the base up: the result names the version of the uppermost layer that has one. */
static bool add_versions(dr_front *f, const source_head *s, uint32_t n)
{
    bool ok = true;
    for (uint32_t layer = 0; layer < f->layers.count && ok; layer++) {
        dr_vec heads = {0}, versions = {0};
        for (uint32_t i = 0; i < n; i++)
            for (const dr_ast *h = s[i].items; h != NULL; h = h->next)
                if (s[i].rank == layer && (h->kind == A_POLICY || h->kind == A_LAYER) && h->a != NULL)
                    ok = add_version(f, &versions, &heads, h) && ok;
        ok = ok && versions_meet(f, &versions, &heads) && first_dated(f, &versions, &heads) &&
             (versions.count == 0 || versions_over(f, &versions, &heads));
    }
    return ok;
}

static bool gather(dr_front *f, source_head *s, uint32_t n)
{
    uint32_t top = f->layers.count;
    for (uint32_t rank = 0; rank <= top; rank++) {
        for (uint32_t i = 0; i < n; i++) {
            uint32_t own = s[i].rank == DR_NONE ? top : s[i].rank;
            if (own != rank)
                continue;
            for (dr_ast *item = s[i].items; item != NULL; item = item->next) {
                if (item->kind == A_SCENARIO || item->kind == A_UNTESTED) {
                    dr_vec *list = item->kind == A_SCENARIO ? &f->scenarios : &f->untested;
                    dr_ast **kept = dr_vec_add(f->arena, list, sizeof *kept);
                    if (kept == NULL)
                        return f->no_memory = true, false;
                    *kept = item;
                    continue;
                }
                if (item->kind == A_SET)
                    item->ref =
                        own < top ? own : DR_NONE; /* settings from outside may repeat: the last counts */
                if (item->kind == A_DEFAULTS)
                    f->defaults = item;
                if (item->kind == A_FORMAT)
                    f->program->format_in = item->text;
                if (item->kind == A_TESTS)
                    f->tests_for = item->text;
                if (item->kind == A_SHORTHAND)
                    dr_decl_add(f, D_SHORTHAND, 0, item->text, f->items.count, item->span);
                dr_ast **kept = dr_vec_add(f->arena, &f->items, sizeof *kept);
                if (kept == NULL)
                    return f->no_memory = true, false;
                *kept = item;
            }
        }
    }
    return true;
}

/* Of the sources, whatever their order. */
static bool make_digest(dr_front *f)
{
    uint32_t n = f->sources->count;
    char(*each)[65] = dr_take_zero(f->arena, n + 1, sizeof *each);
    char *out = dr_take(&f->program->arena, 80);
    if (each == NULL || out == NULL)
        return f->no_memory = true, false;
    f->program->digest = "";
    if (f->quick)
        return true;
    dr_sha256 sha;
    for (uint32_t i = 0; i < n; i++) {
        dr_sha256_init(&sha);
        dr_sha256_add(&sha, f->sources->items[i].bytes, f->sources->items[i].len);
        dr_sha256_end(&sha, each[i]);
        for (uint32_t k = i; k > 0 && memcmp(each[k], each[k - 1], 64) < 0; k--) {
            char swap[65];
            memcpy(swap, each[k], 65);
            memcpy(each[k], each[k - 1], 65);
            memcpy(each[k - 1], swap, 65);
        }
    }
    dr_sha256_init(&sha);
    for (uint32_t i = 0; i < n; i++)
        dr_sha256_add(&sha, each[i], 64);
    memcpy(out, "sha256:", 7);
    dr_sha256_end(&sha, out + 7);
    f->program->digest = out;
    return true;
}

#define HAND(field, vec, type)                                                                               \
    do {                                                                                                     \
        p->field = (type *)f->vec.data;                                                                      \
        p->n_##field = f->vec.count;                                                                         \
    } while (0)

static bool finish(dr_front *f)
{
    dr_program *p = f->program;
    uint32_t n_nodes = p->n_nodes;
    HAND(enums, enums, dr_enum);
    HAND(units, units, dr_unit);
    HAND(dims, dims, const char *);
    HAND(entities, entities, dr_entity);
    HAND(slots, slots, dr_slot);
    HAND(shapes, shapes, dr_shape);
    HAND(nodes, nodes, dr_node);
    p->n_all_nodes = p->n_nodes;
    p->n_nodes = n_nodes;
    HAND(clauses, clauses, dr_clause);
    HAND(conds, conds, dr_cond);
    HAND(rules, rules, dr_rule);
    HAND(fields, fields, dr_result_field);
    p->sort_fields = f->sort_fields.data;
    p->n_sort = f->sort_fields.count;
    HAND(shown, shown, dr_shown);
    HAND(totals, totals, dr_shown);
    HAND(params, params, dr_param);
    HAND(param_values, param_values, dr_dated);
    HAND(axes, axes, dr_axis);
    HAND(needs, needs, dr_need);
    HAND(tests, tests, dr_test);
    HAND(filters, filters, dr_filter);
    HAND(alts, alts, dr_alt);
    HAND(parts, parts, uint32_t);
    p->pairs = f->pairs.data;
    p->n_pairs = f->pairs.count;
    HAND(consts, consts, int64_t);
    HAND(const_sets, const_sets, uint32_t);
    HAND(code, code, dr_instr);
    HAND(topics, topics, dr_heading);
    HAND(hooks, hooks, dr_hook);
    HAND(calls, calls, dr_call);
    HAND(scripts, scripts, uint32_t);
    HAND(versions, versions, dr_version);
    p->layers = dr_take_zero(&p->arena, f->layers.count + 1, sizeof *p->layers);
    if (p->layers == NULL)
        return f->no_memory = true, false;
    for (uint32_t i = 0; i < f->layers.count; i++)
        p->layers[i] = DR_AT(f->layers, dr_layer_info, i).name;
    p->n_layers = f->layers.count;
    p->name = f->layers.count > 0 ? p->layers[f->layers.count - 1] : "unnamed";
    return make_digest(f);
}

bool dr_is_data(const char *origin)
{
    size_t len = strlen(origin);
    return len > 4 && (strcmp(origin + len - 4, ".csv") == 0 || strcmp(origin + len - 4, ".lua") == 0);
}

static bool parse_all(dr_front *f)
{
    uint32_t n = f->sources->count;
    source_head *s = dr_take_zero(f->arena, n + 1, sizeof *s);
    bool ok = true;
    if (s == NULL)
        return f->no_memory = true, false;
    for (uint32_t i = 0; i < n; i++) {
        s[i].rank = DR_NONE;
        if (dr_is_data(f->sources->items[i].origin))
            continue;
        ok = parse_one(f, i, &s[i].items) && ok;
        ok = find_head(f, &s[i]) && ok;
    }
    uint32_t *layers = dr_take_zero(&f->program->arena, (size_t)n + 1, sizeof *layers);
    if (layers == NULL)
        return f->no_memory = true, false;
    f->program->source_layers = layers;
    ok = ok && rank_layers(f, s, n);
    for (uint32_t i = 0; i < n; i++)
        layers[i] = s[i].rank;
    return ok && add_versions(f, s, n) && gather(f, s, n) && dr_apply_layers(f);
}

static bool clean(const dr_front *f)
{
    return f->diags->errors == 0 && !f->no_memory;
}

bool dr_front_open(dr_front *f, const dr_alloc *alloc, dr_arena *arena, dr_sources *sources, dr_diags *diags,
                   size_t heap)
{
    dr_arena own;
    memset(f, 0, sizeof *f);
    f->alloc = *alloc;
    f->arena = arena;
    f->sources = sources;
    f->diags = diags;
    f->this_entity = UINT16_MAX;
    dr_arena_init(&own, alloc, (size_t)1 << 16, heap);
    dr_program *p = dr_take_zero(&own, 1, sizeof *p);
    if (p == NULL) {
        dr_arena_free(&own);
        return false;
    }
    p->arena = own;
    p->refs = 1;
    p->result_entity = p->merge_entity = p->family_slot = p->id_slot = p->policy_slot = DR_NONE;
    p->result_name = "lines";
    dr_syms_init(&p->syms, &p->arena, NULL, dr_seed());
    f->program = p;
    f->syms = &p->syms;
    return true;
}

bool dr_front_run(dr_front *f)
{
    uint32_t *order = NULL, n = 0;
    const char **time = dr_vec_add(&f->program->arena, &f->dims, sizeof *time);
    const char **name = dr_vec_add(f->arena, &f->dim_names, sizeof *name);
    if (time == NULL || name == NULL)
        return false;
    *time = "s";
    *name = "time";
    if (!parse_all(f) || !clean(f))
        return false;
    dr_declare_names(f);
    dr_declare_topics(f);
    if (!clean(f) || !dr_declare_slots(f) || !clean(f))
        return false;
    bool declared = dr_declare_hooks(f);
    declared = dr_declare_params(f) && declared;
    if (!dr_fill_tables(f) || !declared || !clean(f))
        return false;
    if (!dr_check_nodes(f) || !clean(f))
        return false;
    if (!f->quick) {
        dr_lint_conditions(f);
        dr_lint_reach(f);
        dr_lint_unused(f);
    }
    f->program->tests_for = f->tests_for;
    return dr_order_nodes(f, &order, &n) && dr_emit_all(f, order, n) && finish(f) && dr_make_cases(f) &&
           dr_make_untested(f) && clean(f);
}

dr_program *dr_compile(const dr_alloc *alloc, dr_sources *sources, dr_diags *diags, size_t heap,
                       const dr_compiling *how)
{
    dr_arena arena;
    dr_front *f;
    dr_arena_init(&arena, alloc, (size_t)1 << 16, heap);
    f = dr_take(&arena, sizeof *f);
    if (f == NULL || !dr_front_open(f, alloc, &arena, sources, diags, heap)) {
        dr_arena_free(&arena);
        return NULL;
    }
    dr_program *program = f->program;
    f->notes = how->care == DR_CARE_NOTES;
    f->quick = how->care == DR_CARE_QUICK;
    f->hosts = how->hosts;
    f->n_hosts = how->n_hosts;
    bool ok = dr_front_run(f);
    if (!ok && diags->errors == 0) {
        dr_span nowhere = {UINT32_MAX, 0, 0};
        dr_diag_add(diags, DR_ERROR, "E0105", nowhere,
                    "out of memory: this policy needs more than the limit allows");
    }
    if (!ok) {
        dr_program_free(program);
        program = NULL;
    } else {
        program->sources = *sources;
        memset(sources, 0, sizeof *sources);
    }
    dr_arena_free(&arena);
    return program;
}
