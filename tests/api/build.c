/* drip: build.c, tests. The same encounters as JSON and value by value: results and refusals are equal.
 *
 *   build POLICY PATH [-b INPUT_BYTES] [-f FUEL] < ops
 *
 * Ops, words and LEN:BYTES between blanks, as tests/api/build.py writes them:
 *   E json              an encounter, as JSON; what follows gives the same
 *   R list n            rows
 *   T|N|S list path row text      a text, a number, a member of a set;  Q list path row: an empty set
 *   B list path row 0|1           A list path row number unit
 *   K list path kind first n …    a column: for each value "-" or, by kind T N B A S, what it is made of
 *   X                   evaluate both, compare */
#include "same.h"

#include <ctype.h>

typedef struct blob {
    char *bytes;
    size_t len;
} blob;

static int next_byte(void)
{
    int c = getchar();
    while (c == ' ' || c == '\n')
        c = getchar();
    return c;
}

static unsigned long number(void)
{
    unsigned long n = 0;
    int c = next_byte();
    for (; isdigit(c); c = getchar())
        n = n * 10 + (unsigned long)(c - '0');
    return n;
}

/* In a block of exactly its size, so that the sanitizer sees a byte read too many. */
static blob take(void)
{
    blob b = {NULL, number()}; /* takes the colon */
    b.bytes = malloc(b.len + 1);
    CHECK(fread(b.bytes, 1, b.len, stdin) == b.len);
    b.bytes[b.len] = '\0';
    return b;
}

typedef struct state {
    const drip_program *program;
    drip_session *json, *built;
    unsigned long count, refused, limited;
    drip_status status; /* the first that failed */
} state;

static void keep(state *s, drip_status status)
{
    CHECK(status != DRIP_MISUSE);
    if (s->status == DRIP_OK)
        s->status = status;
}

/* False: nobody declares it. An amount may be declared as one field or as two. */
static int field_of(const state *s, uint32_t *field)
{
    uint32_t list;
    blob name = take(), path = take();
    drip_status status = drip_program_list(s->program, name.bytes, &list);
    if (status == DRIP_OK)
        status = drip_program_field(s->program, list, path.bytes, field);
    free(name.bytes);
    free(path.bytes);
    return status == DRIP_OK;
}

static void rows(state *s)
{
    uint32_t list, first;
    blob name = take();
    unsigned long n = number();
    if (drip_program_list(s->program, name.bytes, &list) == DRIP_OK)
        keep(s, drip_input_rows(s->built, list, (uint32_t)n, &first));
    free(name.bytes);
}

static void value(state *s, int op)
{
    uint32_t field;
    int known = field_of(s, &field);
    uint32_t row = (uint32_t)number();
    blob text = {NULL, 0}, unit = {NULL, 0};
    if (op == 'B') {
        int yes = (int)number();
        keep(s, known ? drip_input_bool(s->built, field, row, yes) : DRIP_OK);
        return;
    }
    if (op == 'Q') {
        keep(s, known ? drip_input_set(s->built, field, row) : DRIP_OK);
        return;
    }
    text = take();
    if (op == 'A')
        unit = take();
    drip_status status = DRIP_OK;
    if (known && op == 'T')
        status = drip_input_text(s->built, field, row, text.bytes, text.len);
    else if (known && op == 'N')
        status = drip_input_number(s->built, field, row, text.bytes, text.len);
    else if (known && op == 'S')
        status = drip_input_member(s->built, field, row, text.bytes, text.len);
    else if (known)
        status = drip_input_amount(s->built, field, row, text.bytes, text.len, unit.bytes, unit.len);
    keep(s, status);
    free(text.bytes);
    free(unit.bytes);
}

static drip_text one(void)
{
    blob b = take();
    return (drip_text){b.bytes, b.len};
}

/* One value of a column, of which `texts` holds *n so far. */
static void fill(drip_column *c, int kind, uint32_t i, drip_text *texts, uint32_t *n)
{
    switch (kind) {
    case 'B':
        ((uint8_t *)c->bools)[i] = (uint8_t)number();
        return;
    case 'A':
        texts[i] = one();
        ((drip_text *)c->units)[i] = one();
        return;
    case 'S':
        for (unsigned long k = number(); k > 0; k--)
            texts[(*n)++] = one();
        return;
    default:
        texts[i] = one();
    }
}

static void column(state *s)
{
    enum { MOST = 4096 };
    static const char kinds[] = "TINBAS"; /* by drip_column_kind */
    uint32_t field, members = 0;
    int known = field_of(s, &field), kind = next_byte();
    uint32_t first = (uint32_t)number(), n = (uint32_t)number();
    drip_text *texts = calloc(MOST, sizeof *texts), *units = calloc(MOST, sizeof *units);
    uint8_t *bools = calloc(MOST, 1), *valid = calloc(MOST, 1);
    uint32_t *ends = calloc(MOST, sizeof *ends);
    CHECK(n < MOST);
    drip_column c = {.struct_size = sizeof c,
                     .texts = texts,
                     .units = units,
                     .bools = bools,
                     .ends = ends,
                     .valid = valid};
    c.kind = (drip_column_kind)(strchr(kinds, kind) - kinds);
    for (uint32_t i = 0; i < n; i++) {
        int mark = next_byte();
        if (mark == '+') {
            valid[i / 8] |= (uint8_t)(1 << i % 8);
            fill(&c, kind, i, texts, &members);
        }
        ends[i] = members;
    }
    if (known)
        keep(s, drip_input_column(s->built, field, first, n, &c));
    for (uint32_t i = 0; i < MOST; i++) {
        free((char *)texts[i].bytes);
        free((char *)units[i].bytes);
    }
    free(texts), free(units), free(bools), free(valid), free(ends);
}

/* Where in the text of JSON it was has no counterpart. */
static void without_byte(char *to, size_t size, const char *message)
{
    snprintf(to, size, "%s", message);
    char *byte = strstr(to, " (byte ");
    if (byte != NULL)
        *byte = '\0';
}

static void compare(state *s, const blob *json)
{
    const char *x, *y;
    size_t n, m;
    drip_status a = drip_eval(s->json, json->bytes, json->len), b = drip_eval_input(s->built);
    s->count++;
    int equal = a == b && (s->status == DRIP_OK || s->status == b);
    if (a == DRIP_OK && equal) {
        CHECK(drip_result_json(s->json, &x, &n) == DRIP_OK && drip_result_json(s->built, &y, &m) == DRIP_OK);
        equal = n == m && memcmp(x, y, n) == 0 &&
                drip_session_fuel_used(s->json) == drip_session_fuel_used(s->built);
        if (!equal)
            fprintf(stderr, "%s\n%s\n", x, y);
    } else {
        char p[600], q[600];
        s->refused++;
        s->limited += a == DRIP_LIMIT;
        without_byte(p, sizeof p, drip_session_message(s->json));
        without_byte(q, sizeof q, drip_session_message(s->built));
        equal = equal && strcmp(p, q) == 0 &&
                strcmp(drip_session_encounter(s->json), drip_session_encounter(s->built)) == 0;
        if (!equal)
            fprintf(stderr, "%d %d %d\n%s\n%s\n", a, b, s->status, p, q);
    }
    if (!equal)
        fprintf(stderr, "%.*s\n", (int)json->len, json->bytes);
    CHECK(equal);
}

int main(int argc, char **argv)
{
    drip_limits limits = DRIP_LIMITS_INIT;
    drip_engine *engine = NULL;
    CHECK(argc >= 3);
    for (int i = 3; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "-f") == 0)
            limits.fuel = strtoull(argv[i + 1], NULL, 10);
    CHECK(drip_engine_new(NULL, NULL, &limits, &engine) == DRIP_OK);
    drip_program *program = load(engine, argv[1], argv[2]);
    state s = {.program = program};
    CHECK(drip_session_new(program, &s.json) == DRIP_OK && drip_session_new(program, &s.built) == DRIP_OK);
    blob json = {NULL, 0};
    for (int op = next_byte(); op != EOF; op = next_byte()) {
        if (op == 'E') {
            free(json.bytes);
            json = take();
            s.status = DRIP_OK;
            CHECK(drip_input_begin(s.built) == DRIP_OK);
        } else if (op == 'R') {
            rows(&s);
        } else if (op == 'K') {
            column(&s);
        } else if (op == 'X') {
            compare(&s, &json);
        } else {
            value(&s, op);
        }
    }
    free(json.bytes);
    drip_session_free(s.json);
    drip_session_free(s.built);
    drip_program_free(program);
    drip_engine_free(engine);
    printf("%lu encounters, %lu refused, %lu at a limit\n", s.count, s.refused, s.limited);
    return 0;
}
