/* drip: hooks_lib.c, level 1. The functions that a script can call, and its environment. */
#define _GNU_SOURCE
#include "hooks_lua.h"

#include <string.h>

enum { UNPACK_MAX = 100 };

/* ---- arguments of functions ---- */

int64_t dr_hook_want_whole(lua_State *L, int at)
{
    if (!lua_isinteger(L, at))
        dr_hook_fail(L, "a whole number is needed here, and something else was given");
    return lua_tointeger(L, at);
}

static int64_t whole_or(lua_State *L, int at, int64_t otherwise)
{
    return lua_isnoneornil(L, at) ? otherwise : dr_hook_want_whole(L, at);
}

dr_hook_text dr_hook_want_text(lua_State *L, int at)
{
    dr_hook_text t = {"", 0};
    if (lua_type(L, at) != LUA_TSTRING)
        dr_hook_fail(L, "a text is needed here, and something else was given");
    t.bytes = lua_tolstring(L, at, &t.len);
    dr_hook_charge(L, t.len / 16 + 1);
    return t;
}

/* Its length; elements are got and set without metatables. */
static int64_t want_table(lua_State *L, int at)
{
    if (lua_type(L, at) != LUA_TTABLE)
        dr_hook_fail(L, "a table is needed here, and something else was given");
    return (int64_t)lua_rawlen(L, at);
}

static dr_buf *start_text(lua_State *L)
{
    dr_buf_clear(&dr_hooks_of(L)->text);
    return &dr_hooks_of(L)->text;
}

static int put_text(lua_State *L)
{
    const dr_buf *b = &dr_hooks_of(L)->text;
    if (b->failed)
        return dr_hook_fail(L, "a text is too long");
    dr_hook_charge(L, b->len / 16 + 1);
    lua_pushlstring(L, b->data != NULL ? b->data : "", b->len);
    return 1;
}

/* What tostring and concat make of a value. */
static void add_value(lua_State *L, int at, dr_buf *b)
{
    dr_num n;
    if (lua_type(L, at) == LUA_TSTRING) {
        dr_hook_text t = dr_hook_want_text(L, at);
        dr_buf_bytes(b, t.bytes, t.len);
    } else if (lua_isinteger(L, at)) {
        dr_buf_int(b, lua_tointeger(L, at));
    } else if (dr_hook_get_number(L, at, &n)) {
        dr_num_write(n, b);
    } else if (lua_isboolean(L, at)) {
        dr_buf_text(b, lua_toboolean(L, at) ? "true" : "false");
    } else if (lua_isnil(L, at)) {
        dr_buf_text(b, "nil");
    } else {
        dr_hook_fail(L, "a table or a function has no text");
    }
}

/* ---- order ---- */

/* -1 0 1: whole and exact numbers by value, texts by their bytes. */
static int order_of(lua_State *L, int a, int b)
{
    dr_num x = dr_num_int(0), y = x;
    if (lua_type(L, a) == LUA_TSTRING && lua_type(L, b) == LUA_TSTRING) {
        size_t n = 0, m = 0;
        const char *p = lua_tolstring(L, a, &n), *q = lua_tolstring(L, b, &m);
        int order = memcmp(p, q, n < m ? n : m);
        dr_hook_charge(L, (n < m ? n : m) / 64);
        return order != 0 ? order : (n > m) - (n < m);
    }
    if (!dr_hook_get_number(L, a, &x) || !dr_hook_get_number(L, b, &y))
        dr_hook_fail(L, "these values have no order");
    return dr_num_cmp(x, y);
}

static int kind_of_key(lua_State *L, int at)
{
    return lua_isinteger(L, at) ? 0 : lua_type(L, at) == LUA_TSTRING ? 1 : 2;
}

/* Is the value at the top before the one under it? Takes both away. `by`: 0 plain, -1 keys, else a function. */
static bool is_less(lua_State *L, int by)
{
    bool less;
    if (by > 0) {
        lua_pushvalue(L, by);
        lua_insert(L, -3);
        lua_insert(L, -2); /* the function, the top one, the one under it */
        lua_call(L, 2, 1);
        less = lua_toboolean(L, -1) != 0;
        lua_pop(L, 1);
        return less;
    }
    int top = lua_gettop(L), x = by < 0 ? kind_of_key(L, top) : 0, y = by < 0 ? kind_of_key(L, top - 1) : 0;
    if (x != y)
        less = x < y;
    else if (x == 2)
        less = lua_toboolean(L, top) < lua_toboolean(L, top - 1);
    else
        less = order_of(L, top, top - 1) < 0;
    lua_pop(L, 2);
    return less;
}

static void move_item(lua_State *L, int from, int64_t i, int to, int64_t k)
{
    lua_rawgeti(L, from, i);
    lua_rawseti(L, to, k);
}

/* One pass of merging: runs of `width` from one table into another. */
static void merge(lua_State *L, int from, int to, int64_t n, int64_t width, int by)
{
    for (int64_t low = 1; low <= n; low += 2 * width) {
        int64_t middle = low + width <= n ? low + width : n + 1;
        int64_t end = middle + width <= n ? middle + width : n + 1, i = low, k = middle;
        for (int64_t at = low; at < end; at++) {
            dr_hook_charge(L, 2);
            bool right = i >= middle;
            if (i < middle && k < end) {
                lua_rawgeti(L, from, i);
                lua_rawgeti(L, from, k);
                right = is_less(L, by);
            }
            move_item(L, from, right ? k++ : i++, to, at);
        }
    }
}

/* Sorts the first n of a table, equal ones as they stood; whatever `by` answers, it ends with the same values. */
static void sort_table(lua_State *L, int table, int64_t n, int by)
{
    dr_hook_charge(L, (uint64_t)n);
    lua_createtable(L, (int)n, 0);
    lua_createtable(L, (int)n, 0);
    int a = lua_gettop(L) - 1, b = a + 1;
    for (int64_t i = 1; i <= n; i++)
        move_item(L, table, i, a, i);
    for (int64_t width = 1; width < n; width *= 2) {
        merge(L, a, b, n, width, by);
        int swap = a;
        a = b;
        b = swap;
    }
    for (int64_t i = 1; i <= n; i++)
        move_item(L, a, i, table, i);
    lua_pop(L, 2);
}

/* ---- the basic functions ---- */

static int base_error(lua_State *L)
{
    return dr_hook_fail(L, "it called error()");
}

static int base_assert(lua_State *L)
{
    return lua_toboolean(L, 1) ? lua_gettop(L) : dr_hook_fail(L, "an assert() did not hold");
}

static int base_type(lua_State *L)
{
    lua_pushstring(L, lua_type(L, 1) == LUA_TUSERDATA ? "number" : lua_typename(L, lua_type(L, 1)));
    return 1;
}

static int base_tostring(lua_State *L)
{
    add_value(L, 1, start_text(L));
    return put_text(L);
}

static bool whole_of(dr_hook_text t, int64_t *whole)
{
    bool less = t.len > 0 && t.bytes[0] == '-';
    *whole = 0;
    for (size_t i = less; i < t.len; i++) {
        int digit = t.bytes[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(*whole, 10, whole) ||
            __builtin_sub_overflow(*whole, digit, whole))
            return false;
    }
    return t.len > (size_t)less && (less || !__builtin_sub_overflow(0, *whole, whole));
}

/* A whole number from the digits of a text; nil where it is something else. */
static int base_tonumber(lua_State *L)
{
    int64_t whole = 0;
    if (lua_type(L, 1) != LUA_TSTRING) {
        dr_hook_want_number(L, 1);
        lua_settop(L, 1);
    } else if (whole_of(dr_hook_want_text(L, 1), &whole)) {
        lua_pushinteger(L, whole);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int base_select(lua_State *L)
{
    int n = lua_gettop(L);
    if (lua_type(L, 1) == LUA_TSTRING && strcmp(lua_tostring(L, 1), "#") == 0) {
        lua_pushinteger(L, n - 1);
        return 1;
    }
    int64_t from = dr_hook_want_whole(L, 1);
    return from < 1 ? dr_hook_fail(L, "select() counts from 1") : from >= n ? 0 : n - (int)from;
}

static int next_of_array(lua_State *L)
{
    want_table(L, 1);
    int64_t i = dr_hook_want_whole(L, 2);
    if (i == INT64_MAX)
        return 0;
    dr_hook_charge(L, 1);
    lua_pushinteger(L, i + 1);
    return lua_rawgeti(L, 1, i + 1) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L)
{
    want_table(L, 1);
    lua_pushcfunction(L, next_of_array);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

/* Upvalues: the table, its keys in order, the place in them. */
static int next_in_order(lua_State *L)
{
    int64_t i = lua_tointeger(L, lua_upvalueindex(3)) + 1;
    dr_hook_charge(L, 1);
    lua_settop(L, 0);
    while (lua_rawgeti(L, lua_upvalueindex(2), i) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
            lua_pushinteger(L, i);
            lua_replace(L, lua_upvalueindex(3));
            return 2;
        }
        lua_settop(L, 0);
        dr_hook_charge(L, 1);
        i++;
    }
    return 1;
}

/* Keys in order: whole numbers, then texts, then false and true. */
static int base_pairs(lua_State *L)
{
    enum { START = 100 }; /* a table may be large and empty */
    int64_t n = 0;
    want_table(L, 1);
    dr_hook_charge(L, START);
    lua_settop(L, 1);
    lua_createtable(L, 0, 0);
    lua_pushnil(L);
    while (lua_next(L, 1) != 0) {
        dr_hook_charge(L, 2);
        lua_pop(L, 1);
        if (!lua_isinteger(L, 3) && lua_type(L, 3) != LUA_TSTRING && !lua_isboolean(L, 3))
            return dr_hook_fail(L, "pairs() goes through keys that are whole numbers, texts, true and false");
        lua_pushvalue(L, 3);
        lua_rawseti(L, 2, ++n);
    }
    sort_table(L, 2, n, -1);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_in_order, 3);
    return 1;
}

/* ---- string ---- */

static int string_len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)dr_hook_want_text(L, 1).len);
    return 1;
}

/* Positions as Lua has them: from 1, negative ones from the end. */
static int64_t position(int64_t at, size_t len)
{
    int64_t n = (int64_t)len;
    return at >= 0 ? at : at < -n ? 0 : n + at + 1;
}

static int string_sub(lua_State *L)
{
    dr_hook_text t = dr_hook_want_text(L, 1);
    int64_t from = position(dr_hook_want_whole(L, 2), t.len), to = position(whole_or(L, 3, -1), t.len);
    from = from < 1 ? 1 : from;
    to = to > (int64_t)t.len ? (int64_t)t.len : to;
    lua_pushlstring(L, from <= to ? t.bytes + from - 1 : "", from <= to ? (size_t)(to - from + 1) : 0);
    return 1;
}

static int string_cased(lua_State *L, char first, char last)
{
    dr_hook_text t = dr_hook_want_text(L, 1);
    dr_buf *b = start_text(L);
    for (size_t i = 0; i < t.len; i++)
        dr_buf_char(b, t.bytes[i] >= first && t.bytes[i] <= last ? (char)(t.bytes[i] ^ 0x20) : t.bytes[i]);
    return put_text(L);
}

static int string_lower(lua_State *L)
{
    return string_cased(L, 'A', 'Z');
}

static int string_upper(lua_State *L)
{
    return string_cased(L, 'a', 'z');
}

static int string_rep(lua_State *L)
{
    dr_hook_text t = dr_hook_want_text(L, 1);
    int64_t n = dr_hook_want_whole(L, 2);
    if (n > 0 && t.len > 0 && n > DR_HOOK_TEXT / (int64_t)t.len)
        return dr_hook_fail(L, "a text is too long");
    dr_buf *b = start_text(L);
    for (int64_t i = 0; i < n && t.len > 0; i++)
        dr_buf_bytes(b, t.bytes, t.len);
    return put_text(L);
}

static int string_byte(lua_State *L)
{
    dr_hook_text t = dr_hook_want_text(L, 1);
    int64_t at = position(whole_or(L, 2, 1), t.len);
    if (at < 1 || at > (int64_t)t.len)
        return 0;
    lua_pushinteger(L, (unsigned char)t.bytes[at - 1]);
    return 1;
}

static int string_find(lua_State *L)
{
    dr_hook_text t = dr_hook_want_text(L, 1), what = dr_hook_want_text(L, 2);
    int64_t from = position(whole_or(L, 3, 1), t.len);
    from = from < 1 ? 1 : from;
    const char *found = from <= (int64_t)t.len + 1
                            ? memmem(t.bytes + from - 1, t.len - (size_t)(from - 1), what.bytes, what.len)
                            : NULL;
    if (found == NULL)
        return 0;
    lua_pushinteger(L, found - t.bytes + 1);
    lua_pushinteger(L, found - t.bytes + (lua_Integer)what.len);
    return 2;
}

static int string_replace(lua_State *L)
{
    dr_hook_text t = dr_hook_want_text(L, 1), what = dr_hook_want_text(L, 2), with = dr_hook_want_text(L, 3);
    if (what.len == 0)
        return dr_hook_fail(L, "string.replace() looks for a text that is not empty");
    dr_buf *b = start_text(L);
    for (const char *at = t.bytes, *end = at + t.len; at <= end && !b->failed;) {
        const char *found = memmem(at, (size_t)(end - at), what.bytes, what.len);
        dr_hook_charge(L, 1);
        dr_buf_bytes(b, at, (size_t)((found != NULL ? found : end) - at));
        if (found == NULL)
            break;
        dr_buf_bytes(b, with.bytes, with.len);
        at = found + what.len;
    }
    return put_text(L);
}

static int string_split(lua_State *L)
{
    dr_hook_text t = dr_hook_want_text(L, 1), what = dr_hook_want_text(L, 2);
    int64_t n = 0;
    if (what.len == 0)
        return dr_hook_fail(L, "string.split() parts at a text that is not empty");
    lua_createtable(L, 0, 0);
    for (const char *at = t.bytes, *end = at + t.len; at != NULL;) {
        const char *found = memmem(at, (size_t)(end - at), what.bytes, what.len);
        dr_hook_charge(L, 2);
        lua_pushlstring(L, at, (size_t)((found != NULL ? found : end) - at));
        lua_rawseti(L, -2, ++n);
        at = found != NULL ? found + what.len : NULL;
    }
    return 1;
}

/* ---- table ---- */

static int table_insert(lua_State *L)
{
    int64_t n = want_table(L, 1), at = n + 1;
    int args = lua_gettop(L);
    if (args == 3)
        at = dr_hook_want_whole(L, 2);
    if (args < 2 || args > 3 || at < 1 || at > n + 1)
        return dr_hook_fail(L, "table.insert() was given a place outside the table");
    dr_hook_charge(L, (uint64_t)(n + 1 - at) + 1);
    for (int64_t i = n; i >= at; i--)
        move_item(L, 1, i, 1, i + 1);
    lua_settop(L, args);
    lua_rawseti(L, 1, at);
    return 0;
}

static int table_remove(lua_State *L)
{
    int64_t n = want_table(L, 1), at = whole_or(L, 2, n);
    if (n == 0)
        return 0;
    if (at < 1 || at > n)
        return dr_hook_fail(L, "table.remove() was given a place outside the table");
    dr_hook_charge(L, (uint64_t)(n - at) + 1);
    lua_rawgeti(L, 1, at);
    for (int64_t i = at; i < n; i++)
        move_item(L, 1, i + 1, 1, i);
    lua_pushnil(L);
    lua_rawseti(L, 1, n);
    return 1;
}

static int table_concat(lua_State *L)
{
    int64_t n = want_table(L, 1);
    dr_hook_text between = lua_isnoneornil(L, 2) ? (dr_hook_text){"", 0} : dr_hook_want_text(L, 2);
    dr_buf *b = start_text(L);
    for (int64_t i = 1; i <= n && !b->failed; i++) {
        dr_hook_charge(L, 1);
        lua_rawgeti(L, 1, i);
        dr_buf_bytes(b, between.bytes, i > 1 ? between.len : 0);
        add_value(L, lua_gettop(L), b);
        lua_pop(L, 1);
    }
    return put_text(L);
}

static int table_unpack(lua_State *L)
{
    int64_t n = want_table(L, 1);
    if (n > UNPACK_MAX || lua_checkstack(L, UNPACK_MAX) == 0)
        return dr_hook_fail(L, "table.unpack() gives at most 100 values");
    for (int64_t i = 1; i <= n; i++)
        lua_rawgeti(L, 1, i);
    return (int)n;
}

static int table_sort(lua_State *L)
{
    dr_hooks *h = dr_hooks_of(L);
    int64_t n = want_table(L, 1);
    bool by = !lua_isnoneornil(L, 2);
    if (h->sorting || (by && lua_type(L, 2) != LUA_TFUNCTION))
        return dr_hook_fail(L, h->sorting ? "what compares cannot sort"
                                          : "table.sort() compares with a function");
    lua_settop(L, 2);
    h->sorting = true;
    sort_table(L, 1, n, by ? 2 : 0);
    h->sorting = false;
    return 0;
}

/* ---- the environment ---- */

static const dr_hook_entry base_entries[] = {
    {"assert", base_assert}, {"error", base_error},       {"ipairs", base_ipairs},     {"pairs", base_pairs},
    {"select", base_select}, {"tonumber", base_tonumber}, {"tostring", base_tostring}, {"type", base_type}};
static const dr_hook_entry string_entries[] = {
    {"byte", string_byte},   {"find", string_find}, {"len", string_len},
    {"lower", string_lower}, {"rep", string_rep},   {"replace", string_replace},
    {"split", string_split}, {"sub", string_sub},   {"upper", string_upper}};
static const dr_hook_entry table_entries[] = {{"concat", table_concat},
                                              {"insert", table_insert},
                                              {"remove", table_remove},
                                              {"sort", table_sort},
                                              {"unpack", table_unpack}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

void dr_hook_put_entries(lua_State *L, const dr_hook_entry *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, list[i].name);
        lua_pushcfunction(L, list[i].function);
        lua_rawset(L, -3);
    }
}

void dr_hook_put_library(lua_State *L, const char *name, const dr_hook_entry *list, size_t n)
{
    lua_pushstring(L, name);
    lua_createtable(L, 0, (int)n);
    dr_hook_put_entries(L, list, n);
    lua_rawset(L, -3);
}

/* Made anew for each call: a script may write into all of it. */
void dr_hook_put_environment(lua_State *L)
{
    lua_createtable(L, 0, 16);
    dr_hook_put_entries(L, base_entries, COUNT(base_entries));
    dr_hook_put_library(L, "string", string_entries, COUNT(string_entries));
    dr_hook_put_library(L, "table", table_entries, COUNT(table_entries));
    dr_hook_put_numbers(L);
}
