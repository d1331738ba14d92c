/* drip: test_reason.c, tests. Conflicts and gaps as the compiler reports them, against going through every case.
 *
 * Small random policies: one attribute with clauses over plain fields, amounts, texts, attributes that are looked
 * through, parameters that change with time, periods. Whether two clauses clash, whether a case is left out, and
 * that the example that is shown is one, is worked out here from the meaning alone. (test_solve.c: it is smallest.) */
#include "drip.h"
#include "unit.h"

/* A case: what the fields hold, and the day. */
enum { YES_NO, WORD, MAYBE, OTHER, WHOLE, TEXT, AMOUNT, DAY, FIELDS };
typedef struct record {
    int at[FIELDS];
} record;
static const int sizes[FIELDS] = {2, 3, 3, 3, 6, 3, 5, 3};
static const char *const names[FIELDS] = {"flag",  "word", "maybe", "other",
                                          "whole", "name", "dose",  "date of start"};
/* What each value may be called in an example; two for what stands for more than one. */
static const char *const values[FIELDS][6] = {
    {"no", "yes"},
    {"x", "y", "z"},
    {"p", "q", "missing"},
    {"p", "q", "missing"},
    {"-1", "0", "1", "2", "3", "4"},
    {"\"a\"", "\"b\"", "something else"},
    {"under 1 mg", "1 mg", "over 1 mg and under 2 mg", "2 mg", "over 2 mg"},
    {"2026-01-01", "2026-04-01", "2026-07-01"},
};

typedef struct writer {
    uint64_t dice;
    char text[20000];
    size_t len;
    bool whole_used[8]; /* constants that `whole` is compared with: they make the cells */
} writer;

static uint32_t below(writer *w, uint32_t n)
{
    return (uint32_t)(roll(&w->dice) % n);
}

__attribute__((format(printf, 2, 3))) static void put(writer *w, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    w->len += (size_t)vsnprintf(w->text + w->len, sizeof w->text - w->len, format, arguments);
    va_end(arguments);
    assert_true(w->len < sizeof w->text);
}

/* ---- conditions: written down and worked out */

typedef enum op {
    AND,
    OR,
    NOT,
    FLAG,
    WORD_IS,
    WORD_IN,
    OUTRANKS,
    KNOWN,
    MAYBE_IS,
    OTHER_ELSE,
    COMPARE,
    LIMIT,
    NAME_IS,
    DOSE,
    CLEAR,
    MODE,
    OPS
} op;
typedef struct cond {
    op op;
    int a, b;
    struct cond *x, *y;
} cond;

typedef struct policy {
    cond pool[400];
    uint32_t n;
    const cond *mode[2]; /* the attributes that are looked through */
    const cond *clear;
    struct {
        const cond *when; /* NULL: always */
        int value, from;  /* in force from this day's number; 0: always */
        uint32_t over;    /* exceptions to these, through others */
    } clauses[4];
    uint32_t n_clauses;
} policy;

static int limit_on(const record *r)
{
    return r->at[DAY] == 0 ? 1 : 3; /* the parameter: 1 until March, 3 after */
}

static bool order(int a, int kind, int b)
{
    return kind == 0 ? a > b : kind == 1 ? a < b : kind == 2 ? a >= b : a <= b;
}

static bool holds(const policy *p, const cond *c, const record *r)
{
    switch (c->op) {
    case AND:
        return holds(p, c->x, r) && holds(p, c->y, r);
    case OR:
        return holds(p, c->x, r) || holds(p, c->y, r);
    case NOT:
        return !holds(p, c->x, r);
    case FLAG:
        return r->at[YES_NO] == 1;
    case WORD_IS:
        return (r->at[WORD] == c->a) == (c->b == 0);
    case WORD_IN:
        return (r->at[WORD] == c->a || r->at[WORD] == (c->a + 1) % 3) == (c->b == 0);
    case OUTRANKS:
        return r->at[WORD] < c->a; /* the first ranks highest */
    case KNOWN:
        return (r->at[MAYBE] != 2) == (c->b == 0);
    case MAYBE_IS:
        return r->at[MAYBE] == c->a;
    case OTHER_ELSE:
        return (r->at[OTHER] == 2 ? c->b : r->at[OTHER]) == c->a;
    case COMPARE:
        return order(r->at[WHOLE] - 1, c->b, c->a);
    case LIMIT:
        return order(r->at[WHOLE] - 1, c->b, limit_on(r));
    case NAME_IS:
        return (r->at[TEXT] == c->a) == (c->b == 0);
    case DOSE:
        return order(r->at[AMOUNT], c->b, 2 * c->a + 1);
    case CLEAR:
        return holds(p, p->clear, r);
    default: /* the second clause of mode is an exception to the first, the default to neither */
        return ((holds(p, p->mode[1], r) ? 2 : holds(p, p->mode[0], r) ? 1 : 0) == c->a) == (c->b == 0);
    }
}

static cond *make(policy *p, writer *w, int depth, int ops)
{
    cond *c = &p->pool[p->n++];
    *c = (cond){
        .op = (op)(depth > 0 && below(w, 3) > 0 ? below(w, 3) : FLAG + below(w, (uint32_t)(ops - FLAG)))};
    if (c->op <= NOT)
        c->x = make(p, w, depth - 1, ops);
    if (c->op <= OR)
        c->y = make(p, w, depth - 1, ops);
    c->b = (int)below(w, c->op == COMPARE || c->op == LIMIT || c->op == DOSE ? 4 : 2);
    c->a = (int)below(w, c->op == COMPARE                                                             ? 4
                         : c->op == WORD_IS || c->op == WORD_IN || c->op == OUTRANKS || c->op == MODE ? 3
                                                                                                      : 2);
    return c;
}

static void write(writer *w, const cond *c)
{
    static const char *const orders[] = {"over", "under", "at least", "at most"};
    const char *is = c->b == 0 ? "is" : "is not";
    switch (c->op) {
    case AND:
    case OR:
        put(w, "(");
        write(w, c->x);
        put(w, c->op == AND ? " and " : " or ");
        write(w, c->y);
        put(w, ")");
        break;
    case NOT:
        put(w, "not (");
        write(w, c->x);
        put(w, ")");
        break;
    case FLAG:
        put(w, "flag");
        break;
    case WORD_IS:
        put(w, "word %s %s", is, values[WORD][c->a]);
        break;
    case WORD_IN:
        put(w, "word %s {%s, %s}", c->b == 0 ? "in" : "not in", values[WORD][c->a],
            values[WORD][(c->a + 1) % 3]);
        break;
    case OUTRANKS:
        put(w, "word outranks %s", values[WORD][c->a]);
        break;
    case KNOWN:
        put(w, "maybe is %s", c->b == 0 ? "known" : "missing");
        break;
    case MAYBE_IS:
        put(w, "(maybe is known and maybe is %s)", values[MAYBE][c->a]);
        break;
    case OTHER_ELSE:
        put(w, "other else %s is %s", values[MAYBE][c->b], values[MAYBE][c->a]);
        break;
    case COMPARE:
        put(w, "whole %s %d", orders[c->b], c->a);
        break;
    case LIMIT:
        put(w, "whole %s limit", orders[c->b]);
        break;
    case NAME_IS:
        put(w, "name %s %s", is, values[TEXT][c->a]);
        break;
    case DOSE:
        put(w, "dose %s %d mg", orders[c->b], c->a + 1);
        break;
    case CLEAR:
        put(w, "clear");
        break;
    default:
        put(w, "mode %s %s", is, c->a == 0 ? "none" : c->a == 1 ? "some" : "all");
        break;
    }
}

static void write_policy(policy *p, writer *w)
{
    put(w, "drip 1\npolicy small version \"1\" effective 2026-01-01..2026-12-31 by date of visit.start\n"
           "dimension mass\n  g = 1\n  mg = 0.001\nenum Word { x > y > z }\nenum Maybe { p, q }\n"
           "entity Visit\n  id : text key\n  start : instant\n  flag : bool\n  word : Word\n  maybe : "
           "Maybe?\n  other : Maybe?\n"
           "  whole : int\n  name : text\n  dose : mass\n"
           "param limit: int = 1 effective 2026-01-01..2026-03-31 = 3 effective 2026-04-01 onward\n");
    p->clear = make(p, w, 2, CLEAR);
    p->mode[0] = make(p, w, 1, CLEAR);
    p->mode[1] = make(p, w, 1, CLEAR);
    put(w, "attribute Visit.clear: bool = ");
    write(w, p->clear);
    put(w, "\nattribute Visit.mode: {none, some, all}\n  base = none\n  one except base when ");
    write(w, p->mode[0]);
    put(w, " = some\n  two except one when ");
    write(w, p->mode[1]);
    put(w, " = all\nattribute Visit.answer: int\n");
    p->n_clauses = 1 + below(w, 4);
    for (uint32_t i = 0; i < p->n_clauses; i++) {
        put(w, "  c%u", i);
        p->clauses[i].over = 0;
        for (uint32_t k = 0, first = 1; k < i; k++) {
            if (below(w, 3) > 0)
                continue;
            put(w, "%s c%u", first ? " except" : ",", k);
            first = 0;
            p->clauses[i].over |= p->clauses[k].over | 1u << k;
        }
        p->clauses[i].when = below(w, 6) == 0 ? NULL : make(p, w, 2, OPS);
        p->clauses[i].from = below(w, 4) == 0 ? 2 : 0;
        p->clauses[i].value = (int)below(w, 3);
        if (p->clauses[i].when != NULL) {
            put(w, " when ");
            write(w, p->clauses[i].when);
        }
        put(w, "%s = %d\n", p->clauses[i].from > 0 ? " effective 2026-07-01 onward" : "",
            p->clauses[i].value);
    }
}

/* ---- what is so, by going through every case */

static bool applies(const policy *p, uint32_t i, const record *r)
{
    return r->at[DAY] >= p->clauses[i].from &&
           (p->clauses[i].when == NULL || holds(p, p->clauses[i].when, r));
}

static bool defeated(const policy *p, uint32_t i, const record *r)
{
    for (uint32_t k = 0; k < p->n_clauses; k++)
        if ((p->clauses[k].over >> i & 1) != 0 && applies(p, k, r))
            return true;
    return false;
}

static bool clash(const policy *p, uint32_t a, uint32_t b, const record *r)
{
    return p->clauses[a].value != p->clauses[b].value &&
           ((p->clauses[a].over >> b | p->clauses[b].over >> a) & 1) == 0 && applies(p, a, r) &&
           applies(p, b, r) && !defeated(p, a, r) && !defeated(p, b, r);
}

static bool left_out(const policy *p, const record *r)
{
    for (uint32_t i = 0; i < p->n_clauses; i++)
        if (applies(p, i, r))
            return false;
    return true;
}

static bool decides(const policy *p, int a, int b, const record *r)
{
    (void)b;
    return applies(p, (uint32_t)a, r) && !defeated(p, (uint32_t)a, r);
}

static bool next_record(record *r)
{
    for (int i = 0; i < FIELDS; i++) {
        if (++r->at[i] < sizes[i])
            return true;
        r->at[i] = 0;
    }
    return false;
}

typedef bool (*bad_fn)(const policy *p, int a, int b, const record *r);

static bool bad_pair(const policy *p, int a, int b, const record *r)
{
    return clash(p, (uint32_t)a, (uint32_t)b, r);
}

static bool bad_case(const policy *p, int a, int b, const record *r)
{
    (void)a;
    (void)b;
    return left_out(p, r);
}

static bool ever(const policy *p, bad_fn bad, int a, int b)
{
    record r = {{0}};
    do
        if (bad(p, a, b, &r))
            return true;
    while (next_record(&r));
    return false;
}

/* Every record that agrees with the example is bad. */
static bool always(const policy *p, bad_fn bad, int a, int b, const int *example)
{
    record r = {{0}};
    do {
        bool agrees = true;
        for (int i = 0; i < FIELDS; i++)
            agrees = agrees && (example[i] < 0 || example[i] == r.at[i]);
        if (agrees && !bad(p, a, b, &r))
            return false;
    } while (next_record(&r));
    return true;
}

/* ---- what the compiler says */

/* "word is x, whole is 3": -1 for what it does not say. A value outside of the cases here is read as the nearest. */
static void read_example(const char *text, int *example)
{
    for (int i = 0; i < FIELDS; i++)
        example[i] = -1;
    while (*text != '\0') {
        int field = 0;
        size_t len = strcspn(text, ",");
        while (field < FIELDS && (strncmp(text, names[field], strlen(names[field])) != 0 ||
                                  strncmp(text + strlen(names[field]), " is ", 4) != 0))
            field++;
        if (strncmp(text, "date of visit.start is ", 23) == 0) {
            field = DAY;
            text += 6;
            len -= 6;
        }
        assert_true(field < FIELDS);
        const char *value = text + strlen(names[field]) + 4;
        size_t size = len - strlen(names[field]) - 4;
        for (int k = 0; k < sizes[field]; k++)
            if (strlen(values[field][k]) == size && memcmp(values[field][k], value, size) == 0)
                example[field] = k;
        if (field == DAY)
            example[field] = strncmp(value, "2026-04", 7) < 0 ? 0 : strncmp(value, "2026-07", 7) < 0 ? 1 : 2;
        else if (field == WHOLE && example[field] < 0)
            example[field] = value[0] == '-' ? 0 : 5;
        else if (field == AMOUNT && example[field] < 0) /* one limit only: a value on that side of it */
            example[field] = strncmp(value, "over", 4) == 0 ? 4 : 0;
        assert_true(example[field] >= 0);
        text += len;
        text += text[0] == ',' ? 2 : 0;
    }
}

typedef struct tally_of {
    uint32_t conflicts, gaps, clean, idle;
} tally_of;

static void check_diag(const policy *p, const drip_diag *d, bad_fn bad, int a, int b, const char *before)
{
    int example[FIELDS];
    const char *at = strstr(d->message, before);
    if (at == NULL) { /* it is so in every case */
        for (int i = 0; i < FIELDS; i++)
            example[i] = -1;
    } else {
        read_example(at + strlen(before), example);
    }
    assert_true(always(p, bad, a, b, example));
}

static void check_policy(drip_engine *engine, const policy *p, const writer *w, tally_of *seen)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    bool conflict = false, said_conflict = false, said_gap = false;
    assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "small.drip", w->text, w->len, &error), DRIP_OK);
    drip_status status = drip_compile(layers, &program, &error);
    for (uint32_t a = 0; a < p->n_clauses; a++)
        for (uint32_t b = a + 1; b < p->n_clauses; b++)
            conflict = ever(p, bad_pair, (int)a, (int)b) || conflict;
    bool gap = ever(p, bad_case, 0, 0);
    drip_diag d;
    for (uint32_t i = 0; drip_error_diag(error, i, &d) == DRIP_OK; i++) {
        if (strcmp(d.code, "E0403") == 0) {
            said_conflict = true;
            check_diag(p, &d, bad_pair, d.message[2] - '0', d.message[11] - '0', "for example where ");
        } else if (strcmp(d.code, "E0404") == 0) {
            said_gap = true;
            check_diag(p, &d, bad_case, 0, 0, "in this case: ");
        } else if (strcmp(d.code, "W0603") == 0 && d.message[1] == 'c') {
            assert_false(ever(p, decides, d.message[2] - '0', 0));
            seen->idle++;
        } else if (d.level != DRIP_WARNING) {
            fail_msg("%s\n%s", w->text, drip_error_text(error));
        }
    }
    if (said_conflict != conflict || said_gap != (gap && !conflict) ||
        (status == DRIP_OK) == (conflict || gap))
        print_error("%s\n%s\n", w->text, error == NULL ? "" : drip_error_text(error));
    assert_int_equal(said_conflict, conflict);
    assert_int_equal(said_gap, gap && !conflict);
    assert_int_equal(status == DRIP_OK, !conflict && !gap);
    *(conflict ? &seen->conflicts : gap ? &seen->gaps : &seen->clean) += 1;
    drip_error_free(error);
    drip_program_free(program);
    drip_layers_free(layers);
}

static void test_random(void **state)
{
    (void)state;
    drip_engine *engine = NULL;
    tally_of seen = {0};
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        static writer w;
        static policy p;
        w.dice = seed;
        w.len = 0;
        p.n = 0;
        write_policy(&p, &w);
        check_policy(engine, &p, &w, &seen);
    }
    assert_true(seen.conflicts > 60 && seen.gaps > 60 && seen.clean > 30 && seen.idle > 5);
    drip_engine_free(engine);
}

static drip_status compile_with(tally *t, const writer *w)
{
    drip_engine *engine = NULL;
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    drip_status status = drip_engine_new(tally_fn, t, NULL, &engine);
    if (status == DRIP_OK)
        status = drip_layers_new(engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add(layers, "small.drip", w->text, w->len, NULL);
    drip_layers_set_notes(layers, 1);
    if (status == DRIP_OK)
        status = drip_compile(layers, &program, &error);
    drip_error_free(error);
    drip_program_free(program);
    drip_layers_free(layers);
    drip_engine_free(engine);
    assert_clean(t);
    return status;
}

/* Each allocation of a compile is refused once: it fails, and nothing is lost. */
static void test_memory(void **state)
{
    (void)state;
    static writer w;
    static policy p;
    drip_status status = DRIP_BAD_POLICY;
    size_t most = 0, k = 1;
    for (uint64_t seed = 1; status != DRIP_OK || p.n_clauses < 4; seed++) {
        tally t = {.live = 0};
        w.dice = seed;
        w.len = 0;
        p.n = 0;
        write_policy(&p, &w);
        status = compile_with(&t, &w);
        most = t.calls;
    }
    for (status = DRIP_NO_MEMORY; status != DRIP_OK; k++) {
        tally t = {.fail_at = k};
        status = compile_with(&t, &w);
        assert_true(k <= most + 1);
    }
    assert_true(k > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
