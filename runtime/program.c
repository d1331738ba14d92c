/* drip: program.c, level 1. What every user of a compiled program needs: freeing it, the names of its
 * instructions, the hash of its data tables, and values as a person reads them.
 *
 * The hash must give the same on every machine and in every release that reads programs compiled with
 * this one; as programs are not stored, only the compiler and the engine of one build must agree.
 * Symbol ids order nothing here: the members of a set are written by their texts. */
#include "program.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 12 }; /* members or spans written out before "and 5 more" */

/* The struct lies in its own arena, which therefore must be let go of last, from a copy. */
void dr_program_free(dr_program *program)
{
    if (program == NULL)
        return;
    dr_sources sources = program->sources;
    dr_arena arena = program->arena;
    dr_sources_free(&sources);
    dr_arena_free(&arena);
}

const char *dr_op_name(uint8_t op)
{
    static const char *const names[DR_OP_COUNT] = {
#define X(name, operands, cost, meaning) [DR_OP_##name] = #name,
#include "opcodes.def"
#undef X
    };
    return op < DR_OP_COUNT ? names[op] : "?";
}

void dr_node_name(const dr_program *program, uint32_t node, char *room, size_t size)
{
    const dr_node *n = &program->nodes[node];
    const char *name = n->name != NULL ? n->name : "";
    if (n->kind == DR_NODE_RULE || n->kind == DR_NODE_GROUP || n->kind == DR_NODE_MERGE)
        snprintf(room, size, "%s", name);
    else
        snprintf(room, size, "%s.%s", program->entities[n->kind == DR_NODE_WALK ? n->owner : n->entity].name,
                 name);
}

uint32_t dr_field_of(const dr_program *program, dr_role role)
{
    for (uint32_t i = 0; i < program->n_fields; i++)
        if (program->fields[i].role == role)
            return i;
    return DR_NONE;
}

uint32_t dr_table_hash(const int64_t *keys, uint32_t n)
{
    uint64_t h = n;
    for (uint32_t i = 0; i < n; i++) {
        h = (h ^ (uint64_t)keys[i]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    return (uint32_t)(h ^ h >> 29);
}

/* ---- values ---- */

static void write_count(uint32_t count, const char *one, const char *many, dr_buf *out)
{
    dr_buf_int(out, count);
    dr_buf_char(out, ' ');
    dr_buf_text(out, count == 1 ? one : many);
}

static void write_power(const dr_program *program, uint32_t dim, int power, dr_buf *out)
{
    const char *unit = dim < program->n_dims && program->dims[dim] != NULL ? program->dims[dim]
                       : dim == 0                                          ? "s"
                                                                           : "?";
    dr_buf_text(out, unit);
    if (power > 1) {
        dr_buf_char(out, '^');
        dr_buf_int(out, power);
    }
}

/* " g", " L/s", " 1/s": the base units of a number, each with its power. */
static void write_unit(const dr_program *program, dr_type type, dr_buf *out)
{
    bool any = false, over = false;
    for (uint32_t i = 0; i < DR_DIMS; i++) {
        over = over || type.dim[i] < 0;
        if (type.dim[i] <= 0)
            continue;
        dr_buf_char(out, any ? '*' : ' ');
        write_power(program, i, type.dim[i], out);
        any = true;
    }
    if (over && !any)
        dr_buf_text(out, " 1");
    for (uint32_t i = 0; i < DR_DIMS; i++) {
        if (type.dim[i] >= 0)
            continue;
        dr_buf_char(out, '/');
        write_power(program, i, -type.dim[i], out);
    }
}

static void write_symbol(const dr_syms *syms, int64_t id, dr_buf *out)
{
    const dr_text *text = dr_sym_text(syms, id);
    if (text != NULL)
        dr_buf_plain(out, text->bytes, text->len);
}

static void write_enum(const dr_program *program, uint16_t of, int64_t value, dr_buf *out)
{
    const dr_enum *e = of < program->n_enums ? &program->enums[of] : NULL;
    if (e != NULL && (uint64_t)value < e->count)
        dr_buf_text(out, e->names[value]);
    else
        dr_buf_int(out, value);
}

static void write_more(uint32_t count, dr_buf *out)
{
    if (count <= SHOWN)
        return;
    dr_buf_text(out, " and ");
    dr_buf_int(out, count - SHOWN);
    dr_buf_text(out, " more");
}

static void write_spans(const dr_spans *spans, dr_buf *out)
{
    if (spans->count == 0)
        dr_buf_text(out, "no time");
    for (uint32_t i = 0; i < spans->count && i < SHOWN; i++) {
        if (i > 0)
            dr_buf_text(out, ", ");
        dr_instant_write(spans->at[i].start, false, 0, out);
        if (spans->at[i].end >= DR_FOREVER) {
            dr_buf_text(out, " onward");
            continue;
        }
        dr_buf_text(out, " to ");
        dr_instant_write(spans->at[i].end, false, 0, out);
    }
    write_more(spans->count, out);
}

/* The member whose text comes next after `last`'s, NULL first; no memory is taken to sort. */
static const dr_text *next_text(const dr_syms *syms, const dr_set *set, const dr_text *last)
{
    const dr_text *next = NULL;
    for (uint32_t i = 0; i < set->count; i++) {
        const dr_text *text = dr_sym_text(syms, set->at[i]);
        if (text == NULL || (last != NULL && dr_text_cmp(text, last) <= 0))
            continue;
        if (next == NULL || dr_text_cmp(text, next) < 0)
            next = text;
    }
    return next;
}

static void write_set(const dr_program *program, const dr_syms *syms, dr_type type, const dr_set *set,
                      dr_buf *out)
{
    const dr_text *last = NULL;
    dr_buf_char(out, '{');
    for (uint32_t i = 0; i < set->count && i < SHOWN; i++) {
        if (i > 0)
            dr_buf_text(out, ", ");
        if (type.member == DR_ENUM) {
            write_enum(program, type.of, set->at[i], out);
            continue;
        }
        last = next_text(syms, set, last);
        if (last != NULL)
            dr_buf_plain(out, last->bytes, last->len);
    }
    write_more(set->count, out);
    dr_buf_char(out, '}');
}

static void write_row(const dr_program *program, uint16_t of, int64_t row, dr_buf *out)
{
    dr_buf_text(out, of < program->n_entities ? program->entities[of].name : "row");
    dr_buf_char(out, ' ');
    dr_buf_int(out, row + 1);
}

/* The decimals of an amount of one dimension. */
static uint32_t decimals_of(const dr_program *program, dr_type type)
{
    uint32_t decimals = 0;
    int powers = 0;
    for (uint32_t i = 0; i < DR_DIMS; i++) {
        powers += type.dim[i] < 0 ? 2 : type.dim[i];
        if (type.dim[i] == 1)
            decimals = program->decimals[i];
    }
    return powers == 1 ? decimals : 0;
}

void dr_number_write(const dr_program *program, dr_type type, dr_num number, dr_buf *out)
{
    uint32_t decimals = decimals_of(program, type), have = 0;
    size_t start = out->len;
    dr_num_write(number, out);
    if (decimals == 0 || out->failed || memchr(out->data + start, '/', out->len - start) != NULL)
        return;
    const char *point = memchr(out->data + start, '.', out->len - start);
    if (point != NULL)
        have = (uint32_t)(out->data + out->len - point - 1);
    else
        dr_buf_char(out, '.');
    for (; have < decimals; have++)
        dr_buf_char(out, '0');
}

void dr_value_write(const dr_program *program, const dr_syms *syms, dr_type type, int64_t cell, dr_buf *out)
{
    if (cell == DR_MISSING) {
        dr_buf_text(out, "missing");
        return;
    }
    switch ((dr_kind)type.kind) {
    case DR_BOOL:
        dr_buf_text(out, cell != 0 ? "yes" : "no");
        return;
    case DR_NUM:
        dr_number_write(program, type, *(const dr_num *)dr_ptr(cell), out);
        write_unit(program, type, out);
        return;
    case DR_TEXT:
        write_symbol(syms, cell, out);
        return;
    case DR_ENUM:
        write_enum(program, type.of, cell, out);
        return;
    case DR_DATE:
        dr_date_write(cell, out);
        return;
    case DR_INSTANT:
        dr_instant_write(cell, false, 0, out);
        return;
    case DR_DURATION:
        dr_duration_write(cell, out);
        return;
    case DR_SPANS:
        write_spans(dr_ptr(cell), out);
        return;
    case DR_REF:
        write_row(program, type.of, cell, out);
        return;
    case DR_SET:
        write_set(program, syms, type, dr_ptr(cell), out);
        return;
    case DR_LIST:
        write_count(((const dr_list *)dr_ptr(cell))->count, "row", "rows", out);
        return;
    case DR_INT:
    case DR_NOTHING:
        break;
    }
    dr_buf_int(out, cell);
}

bool dr_about_change(const dr_untested *u)
{
    return u->text != NULL && strstr(u->text, DR_ARROW) != NULL;
}
