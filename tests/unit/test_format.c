/* drip: test_format.c, tests. The formatter: small layouts by hand, then every policy in the tree (from
 * DRIP_ROOT, else here): same tokens on the same lines, formatting twice, other blanks, broken lines. */
#define _GNU_SOURCE /* nftw */
#include "format.h"
#include "scan.h"
#include "unit.h"

#include <ftw.h>

typedef struct work {
    tally memory;
    dr_alloc alloc;
    dr_sources sources;
    dr_diags diags;
    dr_buf out;
    bool ok;
} work;

static void run(work *w, const char *text, size_t len)
{
    w->alloc = tally_alloc(&w->memory);
    dr_sources_init(&w->sources, &w->alloc, SIZE_MAX);
    dr_diags_init(&w->diags, &w->alloc, 20);
    dr_buf_init(&w->out, &w->alloc, (size_t)1 << 26);
    int64_t source = dr_sources_add(&w->sources, "test.drip", text, len);
    w->ok = source >= 0 && dr_format_source(&w->alloc, &w->sources, (uint32_t)source, &w->diags, &w->out);
}

static void done(work *w)
{
    dr_buf_free(&w->out);
    dr_diags_free(&w->diags);
    dr_sources_free(&w->sources);
    assert_clean(&w->memory);
}

/* Formats text, which must give expected, which in turn must stay as it is. */
static void check(const char *text, const char *expected)
{
    work w = {0}, again = {0};
    run(&w, text, strlen(text));
    if (!w.ok && w.diags.count > 0)
        print_message("%s: %s\n", w.diags.items[0].code, w.diags.items[0].message);
    assert_true(w.ok);
    assert_string_equal(w.out.data, expected);
    run(&again, w.out.data, w.out.len);
    assert_true(again.ok);
    assert_string_equal(again.out.data, expected);
    done(&w);
    done(&again);
}

/* ---- small ones */

static void test_blanks(void **state)
{
    (void)state;
    check("\n\n  drip   1\r\n\tpart  of\tx\r\n\r\n\r\n\r\nparam a :int=1+2*( 3 -4 )   \n\n\n",
          "drip 1\npart of x\n\nparam a: int = 1 + 2 * (3 - 4)\n");
    check("drip 1\nparam a:{x,y}=x cite s\"one\"  ,t . u \"two\"",
          "drip 1\nparam a: {x, y} = x  cite s \"one\", t.u \"two\"\n");
    check("drip 1\nenum E{a>b,c}\nattribute A.b:bool=- 5 is -c and d in{e , f}and x in { }",
          "drip 1\nenum E { a > b, c }\nattribute A.b: bool = -5 is -c and d in {e, f} and x in {}\n");
    check("drip 1\nattribute A.b:money per time ?=t[a ,b] . c / ( d else 2  mL/h )",
          "drip 1\nattribute A.b: money per time? = t[a, b].c / (d else 2 mL/h)\n");
    check("drip 1\nattribute A.b:bool=a is  not b and c at \t least 3 and d  not  in {e}\n",
          "drip 1\nattribute A.b: bool = a is not b and c at least 3 and d not in {e}\n");
    check("drip 1\npolicy p version 3 effective 2026-01-01 .. 2026-12-31 by date\n  of a . b",
          "drip 1\npolicy p version 3 effective 2026-01-01..2026-12-31 by date\n    of a.b\n");
    check("drip 1\nformat \"a  b \\\" c\"\n", "drip 1\nformat \"a  b \\\" c\"\n");
}

static void test_comments(void **state)
{
    (void)state;
    check("# first  \n\n\n#second\ndrip 1 # edition\t\n   # between\nentity A # entity\n# of b\n"
          "b:text?#of b, behind\n\n# last\n"
          "  # very last",
          "# first\n\n#second\ndrip 1  # edition\n# between\nentity A  # entity\n  # of b\n"
          "  b : text?  #of b, behind\n\n"
          "# last\n# very last\n");
    check("drip 1\nattribute A.b: bool = a # why\n      # because\nand b\n# next\nattribute A.c: bool\n= d",
          "drip 1\nattribute A.b: bool = a  # why\n    # because\n    and b\n\n# next\n"
          "attribute A.c: bool\n    = d\n");
    check("drip 1 # a \"quote and a | b\nformat \"a # no comment\"#  \xC2\xA7 \r\n",
          "drip 1                   # a \"quote and a | b\nformat \"a # no comment\"  #  \xC2\xA7\n");
}

/* Comments behind lines that follow one another, as far in, stand below each other. */
static void test_comments_aligned(void **state)
{
    (void)state;
    check("drip 1\nentity A # a\n  b : text # of b\n  c1 : text? key#of c1\n  d : text\n  e : int # of e\n",
          "drip 1\nentity A  # a\n  b  : text        # of b\n  c1 : text?  key  #of c1\n  d  : text\n"
          "  e  : int  # of e\n");
}

static void test_declarations_apart(void **state)
{
    (void)state;
    check("drip 1\nattribute A.b: bool = c\nattribute A.d: bool\n= e\nattribute A.f: bool\n= g\n# of h\n"
          "attribute A.h: bool\n= i\n",
          "drip 1\nattribute A.b: bool = c\nattribute A.d: bool\n    = e\n\nattribute A.f: bool\n    = g\n"
          "\n# of h\n"
          "attribute A.h: bool\n    = i\n");
    check("drip 1\nenum A { a }\nenum Bcd { a,\nb,\n c }\nenum Ef {\na,\nb\n}\n\n\nenum G { a }",
          "drip 1\nenum A   { a }\nenum Bcd { a,\n           b,\n           c }\n\nenum Ef {\n  a,\n  b\n"
          "}\n\nenum G { a }\n");
    check("drip 1\nsource a \"x\"\nsource b.cd \"y\"\n\nsource b.c.d.e \"z\"",
          "drip 1\nsource a    \"x\"\nsource b.cd \"y\"\n\nsource b.c.d.e \"z\"\n");
    check("drip 1 source a \"x\" source bc \"y\"", "drip 1 source a \"x\" source bc \"y\"\n");
    check("drip 1\nparam a: int = 1 cite s\nparam bc: int = 22 cite s\nparam d: int = 3\ncite s\n",
          "drip 1\nparam a: int = 1    cite s\nparam bc: int = 22  cite s\nparam d: int = 3\n"
          "                    cite s\n");
    check("drip 1\nparam a: int = 1 effective until 2025-12-31\n= 2 effective 2026-01-01 onward cite s",
          "drip 1\nparam a: int = 1 effective until 2025-12-31\n"
          "    = 2 effective 2026-01-01 onward  cite s\n");
}

static void test_columns(void **state)
{
    (void)state;
    check("drip 1\nentity A in B as \"x\" required\na: text key\nlong_name: set of C?\n"
          "b: volume per time? as \"y\"\n",
          "drip 1\nentity A in B as \"x\" required\n  a         : text              key\n"
          "  long_name : set of C?\n"
          "  b         : volume per time?  as \"y\"\n");
    check("drip 1\nresult L as \"lines\"\na: text name\nordered by a,\nb",
          "drip 1\nresult L as \"lines\"\n  a : text  name\n  ordered by a,\n             b\n");
    check("drip 1\ndimension d\ng=1 also \"gram\",\"grams\"\nmcg=0.001 also \"ug\"\n",
          "drip 1\ndimension d\n  g   = 1      also \"gram\", \"grams\"\n  mcg = 0.001  also \"ug\"\n");
    check("drip 1\nattribute A.b: int\none=1 cite s\ntwo except one when c=22 cite s\nthree except two\n"
          "=3\nfour = a\nelse b\n",
          "drip 1\nattribute A.b: int\n  one                   = 1   cite s\n"
          "  two except one when c = 22  cite s\n  three except two\n"
          "    = 3\n  four                  = a\n    else b\n");
    check("drip 1\nattribute A.b: int\none=1 cite s\n"
          "two except one when a_very_long_condition_that_takes_much_room and c=2 cite s\n",
          "drip 1\nattribute A.b: int\n  one = 1  cite s\n"
          "  two except one when a_very_long_condition_that_takes_much_room and c = 2  cite s\n");
}

static void test_tables(void **state)
{
    (void)state;
    check("drip 1\ntable t(a:text key,b:int?) from \"f\" cite s\n|a|b|\n# of x\n|\"\xC2\xA7\"|-1|# one\n\n"
          "|\"xyz\"|22|\n",
          "drip 1\ntable t (a: text key, b: int?) from \"f\"  cite s\n  | a     | b  |\n  # of x\n"
          "  | \"\xC2\xA7\"   | -1 |  # one\n\n"
          "  | \"xyz\" | 22 |\n");
    check("drip 1\nattribute A.b: C table first\n|a|b is c||d|\n|-|over 5 min||x|\n|yes|-||otherwise|\n",
          "drip 1\nattribute A.b: C table first\n  | a   | b is c     || d         |\n"
          "  | -   | over 5 min || x         |\n"
          "  | yes | -          || otherwise |\n");
    check("drip 1\nattribute A.b: C\ntable unique\n|a|b\nand c||d|\n|yes|-||x|\n",
          "drip 1\nattribute A.b: C\n  table unique\n  | a | b\n    and c || d |\n  | yes | - || x |\n");
}

static void test_rules(void **state)
{
    (void)state;
    check("drip 1\nline a.b in c for s in S\nwhen s.x and\ns.y\nunits=1 when s.z\ncode=\"x\"\ncite t \"y\"\n",
          "drip 1\nline a.b in c for s in S\n  when s.x and\n       s.y\n  units = 1 when s.z\n"
          "  code  = \"x\"\n  cite t \"y\"\n");
    check("drip 1\nfinding a-b hold for s in S when s.x\nmessage \"m\"\nabout s.ids\ncite t",
          "drip 1\nfinding a-b hold for s in S when s.x\n  message \"m\"\n  about s.ids\n  cite t\n");
    check("drip 1\nattribute A.b: S?\nwhen c\nand d\n= best s in T where s.e\nby s.f,\nleast s.g,\n"
          "as charted\n",
          "drip 1\nattribute A.b: S?\n    when c\n         and d\n    = best s in T where s.e\n"
          "      by s.f,\n         least s.g,\n"
          "         as charted\n");
    check("drip 1\nentity G groups E as es\nwhere a\nand b\nby c,d\nordered by earliest at,as charted\n",
          "drip 1\nentity G groups E as es\n  where a\n        and b\n  by c, d\n"
          "  ordered by earliest at, as charted\n");
    check("drip 1\nclock A.running over events where counts\nby action,at\nbegins start\nopens resume\n"
          "closes pause,stop\n",
          "drip 1\nclock A.running over events where counts\n  by action, at\n  begins start\n"
          "  opens resume\n  closes pause, stop\n");
    check("drip 1\nattribute A.b: bool\n= a or\nb is c\nattribute A.c: set of t =\nset of x for y in z",
          "drip 1\nattribute A.b: bool\n    = a or\n      b is c\n\nattribute A.c: set of t =\n"
          "    set of x for y in z\n");
}

static void test_scenarios(void **state)
{
    (void)state;
    check("drip 1\ntests for x\nscenario defaults\non 2026-03-02\nscenario \"a  b\" under y\n"
          "infuse A1 \"d\" 09:00 - 10:30,\nroute iv\n"
          "with p=no\nexpect only 11 - 22 x1,33 x2;no 44;\nno\nfinding a-b,c\nvary \"v\"\n"
          "give 5  mL 09:00+1 to 10:00\nat 10:00,\nset\n 7\n",
          "drip 1\ntests for x\nscenario defaults\n  on 2026-03-02\n\nscenario \"a  b\" under y\n"
          "  infuse A1 \"d\" 09:00-10:30,\n"
          "    route iv\n  with p = no\n  expect only 11-22 x1, 33 x2; no 44;\n    no\n"
          "    finding a-b, c\n  vary \"v\"\n"
          "    give 5 mL 09:00+1 to 10:00\n    at 10:00,\n      set\n      7\n");
}

static void test_tight(void **state)
{
    (void)state;
    check("drip 1\nscenario \"a\"\nexpect 1234 - 56 x1, J1 - 5 x2, 0213T - 59 - 25, \"a\" - 3\n",
          "drip 1\nscenario \"a\"\n  expect 1234-56 x1, J1 - 5 x2, 0213T-59-25, \"a\"-3\n");
    check("drip 1\nscenario \"a\"\nexpect 1234 - 56 - 78 x1\n",
          "drip 1\nscenario \"a\"\n  expect 1234 - 56-78 x1\n");
    check("drip 1\nscenario \"a\"\ngive 2026-03-02T09:00 - 10:00 a - b 5 - 6\nexpect nothing",
          "drip 1\nscenario \"a\"\n  give 2026-03-02T09:00 - 10:00 a - b 5-6\n  expect nothing\n");
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "drip 1\nattribute", "drip 1\nformat \"x",
                                      "drip 1\nenum E { a \xFF }"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        work w = {0};
        run(&w, bad[i], strlen(bad[i]));
        assert_false(w.ok);
        assert_true(w.diags.errors > 0);
        assert_int_equal(w.out.len, 0);
        done(&w);
    }
    work w = {0}; /* a carriage return alone holds these two words apart: with a blank they were one token */
    run(&w, "drip 1\nattribute A.b: bool = a as\rcharted\n", 37);
    assert_false(w.ok);
    done(&w);
}

static void test_no_memory(void **state)
{
    (void)state;
    const char *text = "drip 1\nentity A\n  b : text  # c\nattribute A.c: int\n  d = 1\n";
    for (size_t n = 1; n < 60; n++) {
        work w = {.memory.fail_at = n};
        run(&w, text, strlen(text));
        if (w.ok)
            assert_string_equal(w.out.data, "drip 1\nentity A\n  b : text  # c\n\nattribute A.c: int\n"
                                            "  d = 1\n");
        else
            assert_int_equal(w.out.len, 0);
        done(&w);
    }
}

/* ---- every policy in the tree */

typedef struct words {
    char *text; /* kinds, line beginnings and texts, one a line */
    size_t len;
} words;

static void put(words *all, size_t room, const char *bytes, size_t len)
{
    assert_true(all->len + len < room);
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != ' ' && bytes[i] != '\t')
            all->text[all->len++] = bytes[i];
        else if (i == 0 || (bytes[i - 1] != ' ' && bytes[i - 1] != '\t'))
            all->text[all->len++] = ' ';
}

/* The tokens as text, by the scanner alone. Strings keep their blanks. */
static words tokens_of(const char *text, size_t len)
{
    dr_alloc alloc = dr_alloc_default();
    dr_arena arena;
    dr_syms syms;
    dr_diags diags;
    dr_sources sources;
    yyscan_t scanner;
    DRIP_YYSTYPE value;
    dr_span at;
    size_t room = len * 8 + 64;
    words all = {malloc(room), 0};
    dr_arena_init(&arena, &alloc, 4096, SIZE_MAX);
    dr_syms_init(&syms, &arena, NULL, 1);
    dr_diags_init(&diags, &alloc, 20);
    dr_sources_init(&sources, &alloc, SIZE_MAX);
    assert_int_equal(dr_sources_add(&sources, "x", text, len), 0);
    dr_parse *p = dr_take_zero(&arena, 1, sizeof *p);
    *p = (dr_parse){.arena = &arena, .syms = &syms, .diags = &diags, .line_start = true};
    p->source = &sources.items[0];
    assert_int_equal(drip_yylex_init_extra(p, &scanner), 0);
    drip_yy_scan_buffer((char *)(uintptr_t)p->source->bytes, len + 2, scanner);
    uint32_t before = 0;
    for (int kind; (kind = drip_yylex(&value, &at, scanner)) > 0; before = at.end) {
        bool first = memchr(text + before, '\n', at.start - before) != NULL;
        const char head[] = {(char)('0' + kind / 64), (char)('0' + kind % 64), first ? '\n' : '.'};
        put(&all, room, head, sizeof head);
        if (kind == TOK_STRING) {
            memcpy(all.text + all.len, text + at.start, at.end - at.start);
            all.len += at.end - at.start;
        } else {
            put(&all, room, text + at.start, at.end - at.start);
        }
    }
    drip_yylex_destroy(scanner);
    dr_sources_free(&sources);
    dr_diags_free(&diags);
    dr_arena_free(&arena);
    return all;
}

static void assert_same_tokens(const char *a, size_t a_len, const char *b, size_t b_len)
{
    words x = tokens_of(a, a_len), y = tokens_of(b, b_len);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.text, y.text, x.len);
    free(x.text);
    free(y.text);
}

/* What holds of whatever parses. */
static bool holds(const char *text, size_t len, char **kept, size_t *kept_len)
{
    work w = {0}, again = {0};
    run(&w, text, len);
    bool ok = w.ok;
    for (uint32_t i = 0; i < w.diags.count; i++)
        assert_string_not_equal(w.diags.items[i].code, "E0108");
    if (ok) {
        assert_same_tokens(text, len, w.out.data, w.out.len);
        run(&again, w.out.data, w.out.len);
        assert_true(again.ok);
        assert_int_equal(again.out.len, w.out.len);
        assert_memory_equal(again.out.data, w.out.data, w.out.len);
        assert_null(strstr(w.out.data, " \n"));
        assert_null(strstr(w.out.data, "\n\n\n"));
        assert_true(w.out.data[w.out.len - 1] == '\n' && w.out.data[w.out.len - 2] != '\n');
        done(&again);
    }
    if (ok && kept != NULL) {
        *kept = memcpy(malloc(w.out.len + 1), w.out.data, w.out.len + 1);
        *kept_len = w.out.len;
    }
    done(&w);
    return ok;
}

/* Other blanks at the same places, and line ends of the other kind; with `breaks`, other lines too. */
static char *stir(const char *text, size_t len, uint64_t *dice, bool breaks, size_t *out_len)
{
    char *out = malloc(len * 10 + 64);
    size_t n = 0;
    bool quoted = false, comment = false, start = true;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '\n') {
            for (int64_t k = roll_in(dice, 0, 2); k > 0; k--)
                out[n++] = k == 2 ? '\t' : ' ';
            out[n++] = '\r';
            comment = false;
            start = true;
        } else if (!comment && !quoted && c == ' ') {
            for (int64_t k = roll_in(dice, start ? 0 : 1, 3); k > 0; k--)
                out[n++] = roll(dice) % 4 == 0 ? '\t' : ' ';
            if (breaks && roll(dice) % 200 == 0)
                out[n++] = '\n';
            continue;
        } else if (quoted && c == '\\') {
            out[n++] = c;
            c = text[++i];
        } else if (!comment && c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == '#') {
            comment = true;
        }
        start = start && c == '\n';
        out[n++] = c;
    }
    *out_len = n;
    return out;
}

static uint32_t files_seen, broken_seen;

static void check_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static char text[1 << 22];
    size_t len = fread(text, 1, sizeof text, file), plain_len = 0, stirred_len;
    fclose(file);
    char *plain = NULL;
    uint64_t dice = len;
    if (!holds(text, len, &plain, &plain_len)) {
        print_message("%s does not parse\n", path);
        return;
    }
    files_seen++;
    char *stirred = stir(plain, plain_len, &dice, false, &stirred_len), *back = NULL;
    size_t back_len = 0;
    assert_true(holds(stirred, stirred_len, &back, &back_len));
    assert_int_equal(back_len, plain_len);
    assert_memory_equal(back, plain, plain_len);
    free(stirred);
    free(back);
    for (int i = 0; i < 3 && plain_len < 20000; i++) { /* of some 500 files */
        stirred = stir(plain, plain_len, &dice, true, &stirred_len);
        broken_seen += holds(stirred, stirred_len, NULL, NULL);
        free(stirred);
    }
    free(plain);
}

static int visit(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)where;
    size_t len = strlen(path);
    if (strstr(path, "fmt-cannot-be-laid-out") != NULL)
        return 0; /* what it says */
    if (type == FTW_F && len > 5 && strcmp(path + len - 5, ".drip") == 0)
        check_file(path);
    return 0;
}

static void test_tree(void **state)
{
    (void)state;
    const char *root = getenv("DRIP_ROOT");
    assert_int_equal(nftw(root != NULL ? root : ".", visit, 16, FTW_PHYS), 0);
    print_message("%u policies, %u broken otherwise\n", files_seen, broken_seen);
    assert_true(files_seen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_comments_aligned),
        cmocka_unit_test(test_declarations_apart),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_tight),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
