/* drip: hooks_num.c, level 1. Exact numbers for scripts: what they are, what is done with them. */
#include "hooks_lua.h"

#include <string.h>

enum { NUMBER_SIZE = sizeof(dr_num) };

/* ---- exact numbers ---- */

static bool is_number(lua_State *L, int at)
{
    if (lua_type(L, at) != LUA_TUSERDATA || lua_getmetatable(L, at) == 0)
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, dr_hooks_of(L));
    bool same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    return same;
}

bool dr_hook_get_number(lua_State *L, int at, dr_num *n)
{
    if (lua_isinteger(L, at)) {
        *n = dr_num_int(lua_tointeger(L, at));
        return true;
    }
    if (!is_number(L, at))
        return false;
    memcpy(n, lua_touserdata(L, at), NUMBER_SIZE);
    return true;
}

dr_num dr_hook_want_number(lua_State *L, int at)
{
    dr_num n;
    if (!dr_hook_get_number(L, at, &n))
        dr_hook_fail(L, "a number is needed here, and something else was given");
    return n;
}

int dr_hook_put_number(lua_State *L, dr_num n, bool fits)
{
    if (!fits)
        return dr_hook_fail(L, "a number does not fit");
    memcpy(lua_newuserdatauv(L, NUMBER_SIZE, 0), &n, NUMBER_SIZE);
    lua_rawgetp(L, LUA_REGISTRYINDEX, dr_hooks_of(L));
    lua_setmetatable(L, -2);
    return 1;
}

static int number_add(lua_State *L)
{
    dr_num a = dr_hook_want_number(L, 1), b = dr_hook_want_number(L, 2), out = a;
    bool fits = dr_num_add(a, b, &out);
    return dr_hook_put_number(L, out, fits);
}

static int number_sub(lua_State *L)
{
    dr_num a = dr_hook_want_number(L, 1), b = dr_hook_want_number(L, 2), out = a;
    bool fits = dr_num_sub(a, b, &out);
    return dr_hook_put_number(L, out, fits);
}

static int number_mul(lua_State *L)
{
    dr_num a = dr_hook_want_number(L, 1), b = dr_hook_want_number(L, 2), out = a;
    bool fits = dr_num_mul(a, b, &out);
    return dr_hook_put_number(L, out, fits);
}

static int number_div(lua_State *L)
{
    dr_num a = dr_hook_want_number(L, 1), b = dr_hook_want_number(L, 2), out = a;
    if (b.top == 0)
        return dr_hook_fail(L, "division by zero");
    bool fits = dr_num_div(a, b, &out);
    return dr_hook_put_number(L, out, fits);
}

static int number_negative(lua_State *L)
{
    dr_num a = dr_hook_want_number(L, 1), out = a;
    bool fits = dr_num_sub(dr_num_int(0), a, &out);
    return dr_hook_put_number(L, out, fits);
}

static int number_eq(lua_State *L)
{
    lua_pushboolean(L, dr_num_cmp(dr_hook_want_number(L, 1), dr_hook_want_number(L, 2)) == 0);
    return 1;
}

static int number_lt(lua_State *L)
{
    lua_pushboolean(L, dr_num_cmp(dr_hook_want_number(L, 1), dr_hook_want_number(L, 2)) < 0);
    return 1;
}

static int number_le(lua_State *L)
{
    lua_pushboolean(L, dr_num_cmp(dr_hook_want_number(L, 1), dr_hook_want_number(L, 2)) <= 0);
    return 1;
}

/* ---- math, num ---- */

static int math_abs(lua_State *L)
{
    dr_num n = dr_hook_want_number(L, 1), out = n;
    bool fits = n.top >= 0 || dr_num_sub(dr_num_int(0), n, &out);
    if (!lua_isinteger(L, 1))
        return dr_hook_put_number(L, out, fits);
    int64_t whole = lua_tointeger(L, 1);
    if (whole == INT64_MIN)
        return dr_hook_fail(L, "a number does not fit");
    lua_pushinteger(L, whole < 0 ? -whole : whole);
    return 1;
}

/* The one that is least (-1) or most (1). */
static int best(lua_State *L, int want)
{
    int found = 1, n = lua_gettop(L);
    dr_hook_charge(L, (uint64_t)n);
    dr_hook_want_number(L, 1);
    for (int i = 2; i <= n; i++)
        if (dr_num_cmp(dr_hook_want_number(L, i), dr_hook_want_number(L, found)) == want)
            found = i;
    lua_pushvalue(L, found);
    return 1;
}

static int math_min(lua_State *L)
{
    return best(L, -1);
}

static int math_max(lua_State *L)
{
    return best(L, 1);
}

static int num_of(lua_State *L)
{
    dr_num n;
    if (lua_type(L, 1) != LUA_TSTRING)
        return dr_hook_put_number(L, dr_hook_want_number(L, 1), true);
    dr_hook_text t = dr_hook_want_text(L, 1);
    return dr_num_parse(t.bytes, t.len, &n) ? dr_hook_put_number(L, n, true)
                                            : dr_hook_fail(L, "num.of() was given a text that is no number");
}

static int want_way(lua_State *L, int at)
{
    static const char *const ways[] = {"down", "up", "half_up", "half_even"};
    dr_hook_text t = dr_hook_want_text(L, at);
    for (int i = 0; i < 4; i++)
        if (strcmp(t.bytes, ways[i]) == 0)
            return i;
    dr_hook_fail(L, "num.round() rounds \"down\", \"up\", \"half_up\" or \"half_even\"");
    return 0;
}

static int num_round(lua_State *L)
{
    static const int64_t powers[] = {1,      10,      100,      1000,      10000,
                                     100000, 1000000, 10000000, 100000000, 1000000000};
    dr_num n = dr_hook_want_number(L, 1);
    int64_t places = dr_hook_want_whole(L, 2), count = 0;
    int way = want_way(L, 3);
    if (places < 0 || places > 9)
        return dr_hook_fail(L, "num.round() keeps 0 to 9 places");
    bool fits = dr_num_round(n, (int)places, (dr_round)way, &count);
    dr_num out = dr_num_int(count);
    fits = fits && dr_num_div(out, dr_num_int(powers[places]), &out);
    return dr_hook_put_number(L, out, fits);
}

static int num_int(lua_State *L)
{
    dr_num n = dr_hook_want_number(L, 1);
    int64_t whole = 0;
    if (n.bottom != 1 || !dr_num_floor(n, &whole))
        return dr_hook_fail(L, "num.int() was given a number that is not whole");
    lua_pushinteger(L, whole);
    return 1;
}

/* ---- into the environment ---- */

static const dr_hook_entry math_entries[] = {{"abs", math_abs}, {"max", math_max}, {"min", math_min}};
static const dr_hook_entry num_entries[] = {
    {"div", number_div}, {"int", num_int}, {"of", num_of}, {"round", num_round}};
static const dr_hook_entry number_entries[] = {
    {"__add", number_add},      {"__sub", number_sub}, {"__mul", number_mul}, {"__eq", number_eq},
    {"__unm", number_negative}, {"__lt", number_lt},   {"__le", number_le}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

void dr_hook_put_numbers(lua_State *L)
{
    dr_hook_put_library(L, "math", math_entries, COUNT(math_entries));
    dr_hook_put_library(L, "num", num_entries, COUNT(num_entries));
}

void dr_hook_make_numbers(lua_State *L)
{
    lua_createtable(L, 0, 8);
    dr_hook_put_entries(L, number_entries, COUNT(number_entries));
    lua_pushstring(L, "__name");
    lua_pushstring(L, "number");
    lua_rawset(L, -3);
    lua_rawsetp(L, LUA_REGISTRYINDEX, dr_hooks_of(L));
}
