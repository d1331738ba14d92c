/* drip: rounded.c, level 2a. Rounding, and the least and the most of several values: types, constants, code.
 *
 * `V rounded HOW` is a whole number. `V rounded HOW to STEP` is the multiple of STEP that is meant by HOW, of V's
 * type; STEP is a constant or a parameter, so that the reader sees to what is rounded. `rounded` binds tighter than
 * signs of arithmetic. With a step that is easily read wrong (`price * units rounded up to 0.01 USD`), so there
 * parentheses are asked for. Nothing new is in the machine: V is divided by STEP, rounded, and multiplied again. */
#include "front.h"

#include <string.h>

/* ---- types */

static bool refuse(dr_front *f, dr_span at, const char *code, const char *what, const char *hint)
{
    dr_diag *d = dr_error_at(f, at, code, "%s", what);
    dr_diag_hint(f->diags, d, "%s", hint);
    return false;
}

static bool above_zero(dr_type type, int64_t value)
{
    return type.kind == DR_NUM ? ((const dr_num *)dr_ptr(value))->top > 0 : value > 0;
}

/* A constant or a parameter, above zero on all days. */
static bool check_step_value(dr_front *f, const dr_ast *step)
{
    int64_t value = 0;
    if (dr_constant(f, step, &value)) {
        if (above_zero(step->type, value))
            return true;
    } else if (step->kind == A_NAME && step->refers == R_PARAM) {
        const dr_param *p = &DR_AT(f->params, dr_param, step->ref);
        bool above = !p->axis;
        for (uint32_t i = 0; i < p->count && above; i++)
            above = above_zero(p->type, DR_AT(f->param_values, dr_dated, p->first + i).value);
        if (above)
            return true;
    }
    return refuse(f, step->span, "E0332", "what is rounded to is a constant or a parameter, above zero",
                  "write it out with its unit, or give it a name with \"param\"");
}

static bool countable(dr_type t)
{
    return t.kind == DR_INT || t.kind == DR_NUM || t.kind == DR_DURATION;
}

static bool check_step(dr_front *f, dr_ast *e)
{
    if (!dr_check(f, e->a, NULL) || !dr_check(f, e->b, &e->a->type))
        return false;
    dr_type a = e->a->type, b = e->b->type;
    a.optional = b.optional = false;
    bool number = dr_type_same(a, dr_type_plain(DR_NUM)) && b.kind == DR_INT;
    if (!countable(a) || (!dr_type_same(a, b) && !number)) {
        dr_diag *d = dr_error_at(f, e->span, "E0331", "%s is not rounded to a multiple of %s",
                                 dr_type_name(f, a), dr_type_name(f, b));
        dr_diag_hint(f->diags, d,
                     a.kind == DR_INT && b.kind == DR_NUM
                         ? "if more than this is rounded, put parentheses around all of it: "
                           "\"(…) rounded half_up to …\""
                         : "give both the same unit");
        return false;
    }
    if ((e->a->type.optional && !dr_check_as(f, e->a, a, "what is rounded")) ||
        (e->b->type.optional && !dr_check_as(f, e->b, b, "what is rounded to")))
        return false;
    e->type = a;
    return check_step_value(f, e->b);
}

bool dr_check_round(dr_front *f, dr_ast *e)
{
    static const char *const ways[] = {"down", "up", "half_up", "half_even"};
    for (uint8_t i = 0; i < 4; i++) {
        if (strcmp(e->text, ways[i]) != 0)
            continue;
        e->op = i;
        e->type = dr_type_plain(DR_INT);
        return e->b != NULL ? check_step(f, e)
                            : dr_check_as(f, e->a, dr_type_plain(DR_NUM), "what is rounded");
    }
    dr_suggest s;
    dr_suggest_init(&s, e->text, strlen(e->text));
    for (uint8_t i = 0; i < 4; i++)
        dr_suggest_try(&s, ways[i]);
    dr_diag *d = dr_error_at(f, e->span, "E0311",
                             "numbers are rounded down, up, half_up or half_even, found \"%s\"", e->text);
    if (d != NULL && s.best != NULL) {
        dr_span behind = {e->span.source, e->a->span.end, e->span.end}, word = behind;
        const char *bytes = f->sources->items[behind.source].bytes;
        for (uint32_t i = behind.start; i + strlen(e->text) <= behind.end; i++)
            if (strncmp(bytes + i, e->text, strlen(e->text)) == 0)
                word = (dr_span){behind.source, i, i + (uint32_t)strlen(e->text)};
        dr_diag_hint(f->diags, d, "did you mean \"%s\"?", s.best);
        dr_diag_fix(f->diags, d, s.best_distance == 1 && !s.tied, word, "%s", s.best);
    }
    return false;
}

bool dr_check_round_alone(dr_front *f, const dr_ast *e)
{
    static const char *const signs[] = {"+", "-", "*", "/"};
    const dr_ast *b = e->b;
    if (b->kind != A_ROUND || b->b == NULL)
        return true;
    for (size_t i = 0; i < 4; i++) {
        if (!dr_only_blanks(f, (dr_span){e->span.source, e->a->span.end, b->span.start}, signs[i]))
            continue;
        dr_diag *d =
            dr_error_at(f, b->span, "E0333", "only what stands behind \"%s\" is rounded here", signs[i]);
        dr_diag_hint(
            f->diags, d,
            "put parentheses around all that is rounded: \"(… %s …) rounded %s to …\"; or around this, if "
            "it alone is",
            signs[i], b->text);
        return false;
    }
    return true;
}

static bool ordered(dr_type t)
{
    return countable(t) || t.kind == DR_INSTANT || t.kind == DR_DATE;
}

bool dr_check_pick(dr_front *f, dr_ast *e)
{
    const char *of = e->op == G_LEAST ? "least of" : "most of";
    dr_type type = dr_type_plain(DR_NOTHING), number = dr_type_plain(DR_NUM);
    for (dr_ast *v = e->a; v != NULL; v = v->next) {
        if (!dr_check(f, v, v == e->a ? NULL : &type))
            return false;
        dr_type plain = v->type;
        plain.optional = false;
        if (v->type.optional && !dr_check_as(f, v, plain, "this"))
            return false;
        if (v == e->a || (type.kind == DR_INT && dr_type_same(plain, number)))
            type = plain;
        bool alike = dr_type_same(type, plain) || (plain.kind == DR_INT && dr_type_same(type, number));
        if (ordered(type) && alike)
            continue;
        dr_diag *d = dr_error_at(
            f, v->span, "E0334", "\"%s\" compares values of one kind that have an order, found %s%s%s", of,
            dr_type_name(f, type), alike ? "" : " and ", alike ? "" : dr_type_name(f, plain));
        dr_diag_hint(f->diags, d, "%s",
                     ordered(type) ? "give all of them the same unit"
                                   : "numbers, amounts, lengths of time, days and points in time have one");
        return false;
    }
    e->type = type;
    return e->a->next != NULL || refuse(f, e->span, "E0334",
                                        e->op == G_LEAST ? "\"least of\" takes two or more values"
                                                         : "\"most of\" takes two or more values",
                                        "of the rows of a list it is written \"least x.price for x in …\"");
}

/* ---- constants */

static bool as_number(dr_front *f, const dr_ast *e, dr_num *n)
{
    int64_t value = 0;
    if (!dr_constant(f, e, &value))
        return false;
    *n = e->type.kind == DR_NUM ? *(const dr_num *)dr_ptr(value) : dr_num_int(value);
    return true;
}

static bool keep(dr_front *f, dr_type type, dr_num n, int64_t *value)
{
    if (type.kind != DR_NUM)
        return n.bottom == 1 && dr_num_floor(n, value);
    dr_num *kept = dr_take(&f->program->arena, sizeof *kept);
    if (kept == NULL)
        return f->no_memory = true, false;
    *kept = n;
    *value = dr_cell(kept);
    return true;
}

bool dr_round_constant(dr_front *f, const dr_ast *e, int64_t *value)
{
    dr_num n, step = dr_num_int(1);
    int64_t count = 0;
    if (!as_number(f, e->a, &n) || (e->b != NULL && !as_number(f, e->b, &step)) || !dr_num_div(n, step, &n) ||
        !dr_num_round(n, 0, (dr_round)e->op, &count))
        return false;
    return dr_num_mul(dr_num_int(count), step, &n) && keep(f, e->type, n, value);
}

bool dr_pick_constant(dr_front *f, const dr_ast *e, int64_t *value)
{
    dr_num best = dr_num_int(0), n;
    for (const dr_ast *v = e->a; v != NULL; v = v->next) {
        if (!as_number(f, v, &n))
            return false;
        int order = dr_num_cmp(n, best);
        if (v == e->a || (e->op == G_LEAST ? order < 0 : order > 0))
            best = n;
    }
    return keep(f, e->type, best, value);
}

/* ---- code */

static uint32_t number(dr_front *f, const dr_ast *e)
{
    uint32_t r = dr_emit(f, e);
    if (e->type.kind == DR_NUM)
        return r;
    uint32_t n = dr_reg(f);
    dr_code(f, DR_OP_NUM, n, r, 0, 0);
    return n;
}

uint32_t dr_emit_round(dr_front *f, const dr_ast *e)
{
    uint32_t r = dr_reg(f);
    if (e->b == NULL) {
        dr_code(f, DR_OP_NINT, r, dr_emit(f, e->a), e->op, 0);
        return r;
    }
    uint32_t n = number(f, e->a), step = number(f, e->b);
    dr_code(f, DR_OP_NDIV, r, n, step, 0);
    dr_code(f, DR_OP_NINT, r, r, e->op, 0);
    dr_code(f, DR_OP_NUM, r, r, 0, 0);
    dr_code(f, DR_OP_NMUL, r, r, step, 0);
    if (e->type.kind != DR_NUM) /* a multiple of whole steps: nothing is lost */
        dr_code(f, DR_OP_NINT, r, r, DR_ROUND_DOWN, 0);
    return r;
}

uint32_t dr_emit_pick(dr_front *f, const dr_ast *e)
{
    bool numbers = e->type.kind == DR_NUM;
    uint32_t r = dr_reg(f), base = f->next_reg;
    for (const dr_ast *v = e->a; v != NULL; v = v->next) {
        uint32_t at = numbers ? number(f, v) : dr_emit(f, v), closer = dr_reg(f), jump = 0;
        bool first = v == e->a, least = e->op == G_LEAST;
        if (!first) {
            dr_code(f, numbers ? DR_OP_NLT : DR_OP_LT, closer, least ? at : r, least ? r : at, 0);
            jump = dr_code(f, DR_OP_JF, closer, 0, 0, 0);
        }
        dr_code(f, DR_OP_MOVE, r, at, 0, 0);
        if (!first)
            dr_patch(f, jump);
        f->next_reg = base;
    }
    return r;
}
