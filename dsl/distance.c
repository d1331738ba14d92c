/* drip: distance.c, level 2a. How far one day lies from another: `A within 28 days before B`, `A at least 8 weeks
 * after B`, and months, which are counted in the calendar.
 *
 * The grammar reads `28 days before B` as a comparison; on the right of `within`, `at least` and `over` it is a
 * distance from B. Each of these becomes comparisons with B and with the day that lies so far from it:
 * `A at least 8 weeks before B` is `A at most B - 8 weeks`, and `A within 28 days before B` both `A before B` and
 * `A at least B - 28 days`. A month later is the same day of the next month, or that month's last day where it
 * has no such day. */
#include "front.h"

#include <string.h>

enum { MONTHS_MAX = 12000 };

static bool calendar_unit(const dr_ast *e, int64_t *months)
{
    static const char *const units[] = {"month", "months", "year", "years"};
    for (uint32_t i = 0; e->kind == A_QUANTITY && i < 4; i++) {
        if (strcmp(e->b->text, units[i]) != 0)
            continue;
        *months = i < 2 ? 1 : 12;
        return true;
    }
    return false;
}

bool dr_is_months(const dr_ast *e)
{
    int64_t months;
    return calendar_unit(e, &months);
}

bool dr_no_months(dr_front *f, const dr_ast *e)
{
    dr_diag *d = dr_error_at(f, e->span, "E0313", "months and years have no fixed length");
    dr_diag_hint(
        f->diags, d,
        "count them from a date: x.date within 12 months before y.date, or y.date - 12 months; or say "
        "how many days are meant");
    return false;
}

bool dr_check_elapsed(dr_front *f, dr_ast *e)
{
    bool years = strcmp(e->text, "years") == 0;
    if (!years && strcmp(e->text, "months") != 0) {
        dr_diag *d =
            dr_error_at(f, e->span, "E0339", "\"%s\" are not counted from one date to another", e->text);
        dr_diag_hint(f->diags, d, "write years or months; a number of days is the difference of two dates");
        return false;
    }
    e->ref = years ? 12 : 1;
    e->type = dr_type_plain(DR_INT);
    bool ok = dr_check_as(f, e->a, dr_type_plain(DR_DATE), "what is counted from");
    return dr_check_as(f, e->b, dr_type_plain(DR_DATE), "what is counted to") && ok;
}

bool dr_check_months(dr_front *f, dr_ast *e)
{
    dr_num n;
    int64_t months = 0, count = 0;
    calendar_unit(e->b, &months);
    if (!dr_num_parse(e->b->text, strlen(e->b->text), &n) || n.bottom != 1 || !dr_num_floor(n, &count) ||
        count > MONTHS_MAX) {
        dr_error_at(f, e->b->span, "E0313", "months and years are counted whole, up to 1000 years");
        return false;
    }
    e->op = 'm';
    e->ref = (uint32_t)(count * months);
    e->type = e->a->type;
    if (e->a->type.kind == DR_DATE)
        return true;
    dr_diag *d = dr_error_at(f, e->span, "E0313", "months and years are counted from a date, found %s",
                             dr_type_name(f, e->a->type));
    if (e->a->type.kind == DR_INSTANT)
        dr_diag_hint(f->diags, d, "take its day: date of …");
    return false;
}

int64_t dr_months_of(const dr_ast *e)
{
    return e->kind == A_SUB ? -(int64_t)e->ref : (int64_t)e->ref;
}

/* ---- distances */

bool dr_is_distance(const dr_ast *e)
{
    bool compared = e->kind == A_WITHIN || e->kind == A_OVER || e->kind == A_ATLEAST || e->kind == A_UNDER ||
                    e->kind == A_ATMOST;
    return compared && e->b != NULL && (e->b->kind == A_BEFORE || e->b->kind == A_AFTER);
}

static dr_ast *node(dr_front *f, uint8_t kind, const dr_ast *at, dr_ast *a, dr_ast *b, dr_type type)
{
    dr_ast *n = dr_take_zero(f->arena, 1, sizeof *n);
    if (n == NULL) {
        f->no_memory = true;
        return NULL;
    }
    *n = (dr_ast){.kind = kind, .span = at->span, .a = a, .b = b, .type = type, .refers = R_NONE};
    return n;
}

static bool unlike(dr_front *f, const dr_ast *e, const dr_ast *base)
{
    dr_diag *d = dr_error_at(f, e->span, "E0314", "%s does not lie before or after %s",
                             dr_type_name(f, e->a->type), dr_type_name(f, base->type));
    if (e->a->type.kind == DR_DATE && base->type.kind == DR_INSTANT)
        dr_diag_hint(f->diags, d, "take the day of the second: date of …");
    else if (e->a->type.kind == DR_INSTANT && base->type.kind == DR_DATE)
        dr_diag_hint(f->diags, d, "take the day of the first: date of …");
    else
        dr_diag_hint(f->diags, d, "both are dates, or both points in time");
    return false;
}

static bool check_parts(dr_front *f, dr_ast *e, dr_ast *far, dr_ast *base)
{
    bool months = dr_is_months(far);
    bool ok = dr_check(f, e->a, NULL) && dr_check(f, base, NULL) &&
              (months || dr_check_as(f, far, dr_type_plain(DR_DURATION), "a distance"));
    if (!ok)
        return false;
    dr_type plain = e->a->type, other = base->type;
    plain.optional = other.optional = false;
    if ((e->a->type.optional && !dr_check_as(f, e->a, plain, "this")) ||
        (base->type.optional && !dr_check_as(f, base, other, "this")))
        return false;
    if ((plain.kind != DR_DATE && plain.kind != DR_INSTANT) || !dr_type_same(plain, other))
        return unlike(f, e, base);
    int64_t seconds = 0;
    if (plain.kind == DR_DATE && !months && dr_constant(f, far, &seconds) && seconds % 86400 != 0) {
        dr_diag *d = dr_error_at(f, far->span, "E0314", "a date lies whole days from another");
        dr_diag_hint(f->diags, d, "say how many days, or compare points in time");
        return false;
    }
    return true;
}

/* The day so far before or after the base. */
static dr_ast *limit_of(dr_front *f, const dr_ast *side, dr_ast *far, dr_ast *base)
{
    dr_ast *limit = node(f, side->kind == A_BEFORE ? A_SUB : A_ADD, side, base, far, base->type);
    if (limit == NULL || (dr_is_months(far) && !dr_check_months(f, limit)))
        return NULL;
    return limit;
}

bool dr_check_distance(dr_front *f, dr_ast *e)
{
    dr_ast *side = e->b, *far = side->a, *base = side->b;
    bool before = side->kind == A_BEFORE;
    dr_type yes = dr_type_plain(DR_BOOL);
    e->type = yes;
    if (e->kind == A_UNDER || e->kind == A_ATMOST) {
        dr_diag *d = dr_error_at(f, e->span, "E0315", "does this take what lies on the other side, too?");
        dr_diag_hint(f->diags, d, "write within … %s, which takes only what lies %s it",
                     before ? "before" : "after", before ? "before" : "after");
        return false;
    }
    if (!check_parts(f, e, far, base))
        return false;
    dr_ast *limit = limit_of(f, side, far, base);
    if (limit == NULL)
        return false;
    if (e->kind != A_WITHIN) {
        e->kind = e->kind == A_OVER ? (before ? A_UNDER : A_OVER) : before ? A_ATMOST : A_ATLEAST;
        e->b = limit;
        return true;
    }
    dr_ast *near = node(f, before ? A_BEFORE : A_AFTER, e, e->a, base, yes);
    dr_ast *reach = node(f, before ? A_ATLEAST : A_ATMOST, e, e->a, limit, yes);
    if (near == NULL || reach == NULL)
        return false;
    e->kind = A_AND;
    e->op = 'd';
    e->a = near;
    e->b = reach;
    return true;
}
