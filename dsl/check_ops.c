/* drip: check_ops.c, level 2a. Types of operators: comparisons, arithmetic with units, span sets, and
 * the functions written `length of x`. */
#include "front.h"

#include <string.h>

static bool yes_no(dr_front *f, dr_ast *e)
{
    return dr_check_as(f, e, dr_type_plain(DR_BOOL), "a condition");
}

static bool result(dr_ast *e, dr_type t)
{
    e->type = t;
    return true;
}

static bool present(dr_front *f, dr_ast *e)
{
    if (!e->type.optional)
        return true;
    dr_type plain = e->type;
    plain.optional = false;
    return dr_check_as(f, e, plain, "this");
}

/* `x is known and …`, where x is never missing: the question goes with its "and". */
static void drop_question(dr_front *f, const dr_ast *e, const dr_ast *question, dr_span goes, uint32_t before)
{
    dr_diag *d = dr_newest(f, before);
    dr_span between = {e->a->span.source, e->a->span.end, e->b->span.start};
    if (e->kind == A_AND && question->kind == A_KNOWN && d != NULL && strcmp(d->code, "W0310") == 0 &&
        d->span.start == question->span.start && d->span.end == question->span.end &&
        dr_only_blanks(f, between, "and"))
        dr_diag_fix(f->diags, d, true, goes, "%s", "");
}

static bool check_and_or(dr_front *f, dr_ast *e)
{
    uint32_t reported = f->diags->count;
    bool ok = yes_no(f, e->a);
    drop_question(f, e, e->a, (dr_span){e->a->span.source, e->a->span.start, e->b->span.start}, reported);
    uint32_t before = dr_facts_add(f, e->a, e->kind == A_AND);
    reported = f->diags->count;
    ok = !(ok && dr_repeats_value(f, e)) && yes_no(f, e->b) && ok;
    drop_question(f, e, e->b, (dr_span){e->a->span.source, e->a->span.end, e->b->span.end}, reported);
    f->n_facts = before;
    return result(e, dr_type_plain(DR_BOOL)) && ok;
}

static bool mixed(dr_front *f, const dr_ast *e, const char *verb, const char *join)
{
    dr_diag *d = dr_error_at(f, e->span, "E0301", "cannot %s %s %s %s", verb, dr_type_name(f, e->a->type),
                             join, dr_type_name(f, e->b->type));
    dr_advise_compare(f, d, e);
    return false;
}

/* Whole numbers stand in for decimals, and durations for amounts of time. */
static bool meet(dr_ast *e)
{
    dr_ast *a = e->a, *b = e->b;
    dr_type number = dr_type_plain(DR_NUM);
    if (dr_type_same(a->type, b->type))
        return true;
    if (a->type.kind == DR_INT && dr_type_same(b->type, number))
        return true;
    return b->type.kind == DR_INT && dr_type_same(a->type, number);
}

static bool operands(dr_front *f, dr_ast *e)
{
    bool ok = dr_check(f, e->a, NULL);
    return dr_check(f, e->b, ok ? &e->a->type : NULL) && ok && present(f, e->a) && present(f, e->b);
}

static bool check_is(dr_front *f, dr_ast *e)
{
    dr_type boolean = dr_type_plain(DR_BOOL);
    e->type = boolean;
    if (!dr_check(f, e->a, NULL))
        return false;
    if (e->b->kind == A_NAME && strcmp(e->b->text, "nothing") == 0 && e->a->type.kind == DR_SET) {
        e->b->kind = A_SETLIT;
        e->b->a = NULL;
    }
    if (!dr_check(f, e->b, &e->a->type) || !present(f, e->a) || !present(f, e->b))
        return false;
    if (e->a->type.kind == DR_LIST || !meet(e))
        return mixed(f, e, "compare", "with");
    return true;
}

static bool ordered_kind(dr_type t)
{
    return t.kind == DR_INT || t.kind == DR_NUM || t.kind == DR_DURATION || t.kind == DR_INSTANT ||
           t.kind == DR_DATE;
}

static bool check_order(dr_front *f, dr_ast *e)
{
    e->type = dr_type_plain(DR_BOOL);
    if (!operands(f, e))
        return false;
    if (!ordered_kind(e->a->type) || !meet(e)) {
        dr_diag *d = dr_error_at(f, e->span, "E0302", "%s and %s have no order between them",
                                 dr_type_name(f, e->a->type), dr_type_name(f, e->b->type));
        dr_advise_compare(f, d, e);
        return false;
    }
    return true;
}

static bool check_in(dr_front *f, dr_ast *e)
{
    e->type = dr_type_plain(DR_BOOL);
    dr_type member = dr_type_plain(DR_NOTHING);
    if (e->a->kind == A_NAME && e->b->kind != A_SETLIT) { /* a value of the enum that the set is of */
        if (!dr_check(f, e->b, NULL))
            return false;
        member = dr_type_plain(e->b->type.member);
        member.of = e->b->type.of;
    }
    if (!dr_check(f, e->a, member.kind == DR_ENUM ? &member : NULL) || !present(f, e->a))
        return false;
    dr_type set = dr_type_plain(DR_SET);
    set.member = e->a->type.kind == DR_SET ? e->a->type.member : e->a->type.kind;
    set.of = e->a->type.of;
    if (e->b->kind == A_SETLIT && e->a->type.kind != DR_SET) {
        bool ok = true;
        for (dr_ast *m = e->b->a; m != NULL; m = m->next)
            ok = dr_check_as(f, m, e->a->type, "each value here") && ok;
        e->b->type = set;
        return ok;
    }
    if (set.member != DR_TEXT && set.member != DR_ENUM) {
        dr_error_at(f, e->span, "E0303", "%s cannot be a member of a set: list the values between braces",
                    dr_type_name(f, e->a->type));
        return false;
    }
    return dr_check_as(f, e->b, set, "what follows \"in\"");
}

static bool check_outranks(dr_front *f, dr_ast *e)
{
    e->type = dr_type_plain(DR_BOOL);
    if (!operands(f, e))
        return false;
    if (e->a->type.kind != DR_ENUM || !dr_type_same(e->a->type, e->b->type))
        return mixed(f, e, "rank", "against");
    if (DR_AT(f->enums, dr_enum, e->a->type.of).ranks == NULL) {
        dr_diag *d = dr_error_at(f, e->span, "E0304", "the values of %s have no rank",
                                 DR_AT(f->enums, dr_enum, e->a->type.of).name);
        dr_decl *ranked = dr_decl_find(f, D_ENUM, 0, DR_AT(f->enums, dr_enum, e->a->type.of).name);
        if (ranked != NULL)
            dr_diag_label(f->diags, d, ranked->span, "commas stand beside each other; > ranks");
        dr_diag_hint(f->diags, d, "declare the order with > between its values, highest first");
        return false;
    }
    return true;
}

static dr_type amount(dr_type t)
{
    dr_type n = dr_type_plain(DR_NUM);
    if (t.kind == DR_DURATION)
        n.dim[0] = 1;
    else if (t.kind == DR_NUM)
        memcpy(n.dim, t.dim, sizeof n.dim);
    return n;
}

/* Amounts of time are durations, in whole seconds. */
static dr_type settled(dr_type n)
{
    dr_type time = dr_type_plain(DR_NUM);
    time.dim[0] = 1;
    return dr_type_same(n, time) ? dr_type_plain(DR_DURATION) : n;
}

static bool numeric(dr_type t)
{
    return t.kind == DR_INT || t.kind == DR_NUM || t.kind == DR_DURATION;
}

static bool check_sum(dr_front *f, dr_ast *e)
{
    if (dr_is_months(e->b))
        return dr_check(f, e->a, NULL) && present(f, e->a) && dr_check_months(f, e);
    if (!operands(f, e))
        return false;
    dr_type a = e->a->type, b = e->b->type;
    bool minus = e->kind == A_SUB;
    if (a.kind == DR_INSTANT && b.kind == DR_INSTANT && minus)
        return result(e, dr_type_plain(DR_DURATION));
    if (a.kind == DR_DATE && b.kind == DR_DATE && minus)
        return result(e, dr_type_plain(DR_DURATION));
    if ((a.kind == DR_INSTANT || a.kind == DR_DATE) && b.kind == DR_DURATION)
        return result(e, dr_type_plain(a.kind));
    if (numeric(a) && meet(e))
        return result(e, a.kind == DR_INT ? b : a);
    return mixed(f, e, minus ? "subtract" : "add", "and");
}

static bool check_negative(dr_front *f, dr_ast *e, const dr_type *expected)
{
    if (!dr_check(f, e->a, expected) || !present(f, e->a))
        return false;
    if (numeric(e->a->type))
        return result(e, e->a->type);
    dr_error_at(f, e->span, "E0301", "cannot take the negative of %s", dr_type_name(f, e->a->type));
    return false;
}

static bool check_product(dr_front *f, dr_ast *e)
{
    bool ok = dr_check(f, e->a, NULL);
    if (!dr_check(f, e->b, NULL) || !ok || !present(f, e->a) || !present(f, e->b))
        return false;
    dr_type a = e->a->type, b = e->b->type;
    if (!numeric(a) || !numeric(b))
        return mixed(f, e, e->kind == A_MUL ? "multiply" : "divide", e->kind == A_MUL ? "and" : "by");
    if (e->kind == A_MUL && a.kind != DR_NUM && b.kind != DR_NUM &&
        !(a.kind == DR_DURATION && b.kind == DR_DURATION))
        return result(e, a.kind == DR_DURATION ? a : b);
    dr_type n = amount(a), m = amount(b);
    for (uint32_t i = 0; i < DR_DIMS; i++)
        n.dim[i] = (int8_t)(e->kind == A_MUL ? n.dim[i] + m.dim[i] : n.dim[i] - m.dim[i]);
    return result(e, settled(n));
}

static bool check_spans(dr_front *f, dr_ast *e, dr_type type)
{
    dr_type spans = dr_type_plain(DR_SPANS);
    uint32_t reported = f->diags->count;
    bool ok = dr_check_as(f, e->a, spans, "what stands before");
    if (!ok && e->kind == A_CONTAINS && e->a->type.kind == DR_TEXT) {
        dr_diag_hint(f->diags, dr_newest(f, reported),
                     "texts are compared whole, with \"is\" or \"in {…}\"; longer lists stand in a table");
        return false;
    }
    if (e->kind == A_CONTAINS)
        return dr_check_as(f, e->b, dr_type_plain(DR_INSTANT), "what a span contains") && ok &&
               result(e, type);
    return dr_check_as(f, e->b, spans, "what stands after") && ok && result(e, type);
}

static bool check_else(dr_front *f, dr_ast *e, const dr_type *expected)
{
    if (!dr_check_quiet(f, e->a, expected))
        return false;
    if (!e->a->type.optional) {
        dr_diag *d = dr_error_at(f, e->span, "E0305", "the part before \"else\" is never missing");
        dr_diag_hint(f->diags, d, "take the \"else\" and what follows it away");
        dr_label_declared(f, d, e->a);
        if (dr_only_blanks(f, (dr_span){e->span.source, e->a->span.end, e->b->span.start}, "else"))
            dr_diag_fix(f->diags, d, true, (dr_span){e->span.source, e->a->span.end, e->b->span.end}, "%s",
                        "");
        return false;
    }
    dr_type wanted = e->a->type;
    if (!dr_check(f, e->b, &wanted))
        return false;
    if (!dr_type_same(e->a->type, e->b->type)) {
        dr_error_at(f, e->b->span, "E0301", "%s cannot stand in the place of %s", dr_type_name(f, e->b->type),
                    dr_type_name(f, e->a->type));
        return false;
    }
    wanted.optional = e->b->type.optional;
    return result(e, wanted);
}

static bool check_span(dr_front *f, dr_ast *e)
{
    bool ok = dr_check_as(f, e->a, dr_type_plain(DR_INSTANT), "the start of a span");
    if (e->op == 't')
        ok = dr_check_as(f, e->b, dr_type_plain(DR_INSTANT), "the end of a span") && ok;
    else if (e->op == 'f')
        ok = dr_check_as(f, e->b, dr_type_plain(DR_DURATION), "the length of a span") && ok;
    return ok && result(e, dr_type_plain(DR_SPANS));
}

static bool optional_result(dr_ast *e, dr_type t)
{
    t.optional = true;
    return result(e, t);
}

typedef struct dr_function {
    const char *name;
    uint8_t takes, gives, optional;
} dr_function;

static const dr_function functions[] = {
    {"length", DR_SPANS, DR_DURATION, 0}, {"start", DR_SPANS, DR_INSTANT, 1},
    {"end", DR_SPANS, DR_INSTANT, 1},     {"date", DR_INSTANT, DR_DATE, 0},
    {"size", DR_SET, DR_INT, 0},          {"gaps", DR_SPANS, DR_SPANS, 0},
    {"stretches", DR_SPANS, DR_INT, 0},   {"lower", DR_TEXT, DR_TEXT, 0},
};

static void wrong_argument(dr_front *f, const dr_ast *e, const dr_function *fn)
{
    dr_diag *d = dr_error_at(f, e->span, "E0306", "\"%s of\" takes %s, found %s", fn->name,
                             dr_type_name(f, dr_type_plain(fn->takes)), dr_type_name(f, e->a->type));
    dr_span goes = {e->span.source, dr_first_part(e->span, fn->name).end, e->a->span.start};
    dr_label_declared(f, d, e->a);
    if (d == NULL || e->a->type.kind != fn->gives)
        return;
    dr_diag_hint(f->diags, d, "it is %s already: take \"%s of\" away", dr_type_name(f, e->a->type), fn->name);
    if (!dr_only_blanks(f, goes, "of"))
        return;
    goes.start = e->span.start;
    dr_diag_fix(f->diags, d, true, goes, "%s", "");
}

static bool check_of(dr_front *f, dr_ast *e)
{
    if (!dr_check(f, e->a, NULL) || !present(f, e->a))
        return false;
    if (e->a->type.kind == DR_LIST) {
        dr_type ref = dr_type_plain(DR_REF);
        ref.of = e->a->type.of;
        if (strcmp(e->text, "count") == 0)
            return result(e, dr_type_plain(DR_INT));
        if (strcmp(e->text, "first") == 0 || strcmp(e->text, "last") == 0)
            return dr_known_here(f, e) ? result(e, ref) : optional_result(e, ref);
    }
    dr_suggest s;
    dr_suggest_init(&s, e->text, strlen(e->text));
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const dr_function *fn = &functions[i];
        dr_suggest_try(&s, fn->name);
        if (strcmp(fn->name, e->text) != 0)
            continue;
        if (fn->takes != e->a->type.kind) {
            wrong_argument(f, e, fn);
            return false;
        }
        return fn->optional && !dr_known_here(f, e) ? optional_result(e, dr_type_plain(fn->gives))
                                                    : result(e, dr_type_plain(fn->gives));
    }
    dr_diag *d = dr_error_at(f, e->span, "E0307", "there is no \"%s of\"", e->text);
    if (d != NULL && s.best != NULL) {
        dr_diag_hint(f->diags, d, "did you mean \"%s of\"?", s.best);
        dr_diag_fix(f->diags, d, s.best_distance == 1 && !s.tied, dr_first_part(e->span, e->text), "%s",
                    s.best);
    }
    return false;
}

static bool check_steps(dr_front *f, dr_ast *e)
{
    dr_type d = dr_type_plain(DR_DURATION);
    bool ok = dr_check_as(f, e->a, d, "what is counted in steps");
    ok = dr_check_as(f, e->b, d, "what is counted beyond") && ok;
    ok = dr_check_as(f, e->c, d, "a step") && ok;
    ok = dr_check_as(f, e->d, d, "what the last part must be over") && ok;
    int64_t step = 0;
    if (ok && dr_constant(f, e->c, &step) && step <= 0) {
        dr_error_at(f, e->c->span, "E0308", "a step must be longer than nothing");
        return false;
    }
    return ok && result(e, dr_type_plain(DR_INT));
}

static bool check_set_literal(dr_front *f, dr_ast *e, const dr_type *expected)
{
    dr_type set = dr_type_plain(DR_SET);
    set.member = DR_TEXT;
    if (expected != NULL && expected->kind == DR_SET && expected->member != DR_NOTHING)
        set = *expected;
    set.optional = false;
    dr_type member = dr_type_plain(set.member);
    member.of = set.of;
    bool ok = true;
    for (dr_ast *m = e->a; m != NULL; m = m->next)
        ok = dr_check_as(f, m, member, "each member of this set") && ok;
    return ok && result(e, set);
}

static bool check_previous(dr_front *f, dr_ast *e)
{
    if (!dr_check(f, e->a, NULL))
        return false;
    if (e->a->type.kind != DR_LIST || e->a->type.of != f->this_entity || e->a->refers != R_SLOT) {
        dr_error_at(f, e->span, "E0309", "\"previous in\" takes a list that holds this row");
        return false;
    }
    e->ref = e->a->ref;
    dr_type ref = dr_type_plain(DR_REF);
    ref.of = f->this_entity;
    return dr_known_here(f, e) ? result(e, ref) : optional_result(e, ref);
}

static bool check_known(dr_front *f, dr_ast *e)
{
    e->type = dr_type_plain(DR_BOOL);
    uint32_t facts = f->n_facts;
    if (!dr_check_quiet(f, e->a, NULL))
        return false;
    f->n_facts = facts;
    if (!e->a->type.optional && !e->a->narrowed && !dr_known_here(f, e->a)) {
        dr_diag *d = dr_diag_add(f->diags, DR_WARNING, "W0310", e->span, "this is never missing");
        dr_diag_hint(f->diags, d, "only what is declared with \"?\" can be missing");
    }
    return true;
}

bool dr_check_ops(dr_front *f, dr_ast *e, const dr_type *expected)
{
    if (dr_is_distance(e))
        return dr_check_distance(f, e);
    if (e->kind >= A_ADD && e->kind <= A_DIV && !dr_check_round_alone(f, e))
        return false;
    switch (e->kind) {
    case A_AND:
        if (e->op == 'd') /* checked before */
            return true;
        return check_and_or(f, e);
    case A_OR:
        return check_and_or(f, e);
    case A_NOT:
        return yes_no(f, e->a) && result(e, dr_type_plain(DR_BOOL));
    case A_NEG:
        return check_negative(f, e, expected);
    case A_KNOWN:
    case A_MISSING:
        return check_known(f, e);
    case A_IS:
    case A_ISNOT:
        return check_is(f, e);
    case A_IN:
    case A_NOTIN:
        return check_in(f, e);
    case A_OVER:
    case A_UNDER:
    case A_ATLEAST:
    case A_ATMOST:
    case A_BEFORE:
    case A_AFTER:
        return check_order(f, e);
    case A_OUTRANKS:
        return check_outranks(f, e);
    case A_ADD:
    case A_SUB:
        return check_sum(f, e);
    case A_MUL:
    case A_DIV:
        return check_product(f, e);
    case A_UNION:
    case A_INTERSECT:
    case A_MINUS:
        return check_spans(f, e, dr_type_plain(DR_SPANS));
    case A_OVERLAPS:
    case A_WITHIN:
    case A_CONTAINS:
        return check_spans(f, e, dr_type_plain(DR_BOOL));
    case A_ELSE:
        return check_else(f, e, expected);
    case A_SPAN:
        return check_span(f, e);
    case A_OF:
        return check_of(f, e);
    case A_LONGER:
        return dr_check_as(f, e->a, dr_type_plain(DR_SPANS), "what has pieces") &&
               dr_check_as(f, e->b, dr_type_plain(DR_DURATION), "the length of a piece") &&
               result(e, dr_type_plain(DR_SPANS));
    case A_STEPS:
        return check_steps(f, e);
    case A_ELAPSED:
        return dr_check_elapsed(f, e);
    case A_SETLIT:
        return check_set_literal(f, e, expected);
    case A_PREVIOUS:
        return check_previous(f, e);
    case A_ROUND:
        return dr_check_round(f, e);
    case A_PICK:
        return dr_check_pick(f, e);
    default: {
        dr_diag *d = dr_error_at(f, e->span, "E0312", "this cannot stand in an expression");
        if (e->kind == A_TIME || e->kind == A_DATETIME)
            dr_diag_hint(f->diags, d,
                         "a time of day is charted, not compared with; a length of time is written "
                         "with its unit, as in 20 min");
        return false;
    }
    }
}
