/* drip: types.c, level 2a. Types as the checker talks about them: sameness, names, units of measure. */
#include "front.h"

#include <string.h>

dr_type dr_type_plain(uint8_t kind)
{
    dr_type t;
    memset(&t, 0, sizeof t);
    t.kind = kind;
    return t;
}

bool dr_type_same(dr_type a, dr_type b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case DR_ENUM:
    case DR_REF:
    case DR_LIST:
        return a.of == b.of;
    case DR_SET:
        return a.member == DR_NOTHING || b.member == DR_NOTHING ||
               (a.member == b.member && (a.member != DR_ENUM || a.of == b.of));
    case DR_NUM:
        return memcmp(a.dim, b.dim, sizeof a.dim) == 0;
    default:
        return true;
    }
}

static const char *kept(dr_front *f, const char *before, const char *name)
{
    size_t a = strlen(before), b = strlen(name);
    char *text = dr_take(f->arena, a + b + 1);
    if (text == NULL)
        return before;
    memcpy(text, before, a);
    memcpy(text + a, name, b + 1);
    return text;
}

static const char *number_name(dr_front *f, dr_type t)
{
    const char *over = NULL, *under = NULL;
    int32_t parts = 0;
    for (uint32_t i = 0; i < DR_DIMS; i++) {
        if (t.dim[i] == 0)
            continue;
        parts += t.dim[i] > 0 ? t.dim[i] : -t.dim[i];
        const char *name = i == 0                   ? "time"
                           : i < f->dim_names.count ? DR_AT(f->dim_names, const char *, i)
                                                    : "?";
        if (t.dim[i] > 0)
            over = name;
        else
            under = name;
    }
    if (parts == 0)
        return "a number";
    if (over != NULL && under == NULL && parts == 1)
        return kept(f, "an amount of ", over);
    if (over != NULL && under != NULL && parts == 2)
        return kept(f, kept(f, kept(f, "an amount of ", over), " per "), under);
    return "an amount of mixed units";
}

const char *dr_type_name(dr_front *f, dr_type t)
{
    static const char *const plain[] = {
        [DR_BOOL] = "yes or no",
        [DR_INT] = "a whole number",
        [DR_TEXT] = "a text",
        [DR_DATE] = "a date",
        [DR_INSTANT] = "a date and time",
        [DR_DURATION] = "a duration",
        [DR_SPANS] = "a set of time spans",
        [DR_NOTHING] = "nothing",
        [DR_NUM] = "a number",
        [DR_ENUM] = "",
        [DR_REF] = "",
        [DR_SET] = "",
        [DR_LIST] = "",
    };
    switch (t.kind) {
    case DR_NUM:
        return number_name(f, t);
    case DR_ENUM:
        return kept(f, "one of ", DR_AT(f->enums, dr_enum, t.of).name);
    case DR_REF:
        return kept(f, strchr("AEIOU", DR_AT(f->entities, dr_entity, t.of).name[0]) != NULL ? "an " : "a ",
                    DR_AT(f->entities, dr_entity, t.of).name);
    case DR_LIST:
        return kept(f, "a list of ", DR_AT(f->entities, dr_entity, t.of).name);
    case DR_SET:
        return t.member == DR_ENUM ? kept(f, "a set of ", DR_AT(f->enums, dr_enum, t.of).name)
                                   : "a set of texts";
    default:
        return plain[t.kind];
    }
}

typedef struct dr_time_unit {
    const char *name;
    int64_t seconds;
} dr_time_unit;

static bool time_unit(const char *text, size_t len, dr_num *factor)
{
    static const dr_time_unit units[] = {{"s", 1},         {"sec", 1},       {"min", 60},    {"minute", 60},
                                         {"minutes", 60},  {"h", 3600},      {"hr", 3600},   {"hour", 3600},
                                         {"hours", 3600},  {"d", 86400},     {"day", 86400}, {"days", 86400},
                                         {"week", 604800}, {"weeks", 604800}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == len && memcmp(units[i].name, text, len) == 0) {
            *factor = dr_num_int(units[i].seconds);
            return true;
        }
    }
    return false;
}

static bool one_unit(const dr_front *f, const char *text, size_t len, uint32_t *dim, dr_num *factor)
{
    if (time_unit(text, len, factor)) {
        *dim = 0;
        return true;
    }
    for (uint32_t i = 0; i < f->units.count; i++) {
        const dr_unit *u = &DR_AT(f->units, dr_unit, i);
        if (strlen(u->name) == len && memcmp(u->name, text, len) == 0) {
            *dim = u->dim;
            *factor = u->factor;
            return true;
        }
    }
    return false;
}

bool dr_unit_find(const dr_front *f, const char *text, size_t len, dr_type *type, dr_num *factor)
{
    *type = dr_type_plain(DR_NUM);
    *factor = dr_num_int(1);
    size_t start = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != '/')
            continue;
        uint32_t dim = 0;
        dr_num one;
        if (!one_unit(f, text + start, i - start, &dim, &one))
            return false;
        bool below = start > 0;
        if (!(below ? dr_num_div(*factor, one, factor) : dr_num_mul(*factor, one, factor)))
            return false;
        type->dim[dim] = (int8_t)(type->dim[dim] + (below ? -1 : 1));
        start = i + 1;
    }
    return true;
}
