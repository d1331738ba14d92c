/* drip: views.c, tests. The JSON of a result put together again from views: byte for byte the same.
 *
 *   views POLICY PATH < NDJSON */
#include "same.h"

static char *out;
static size_t out_len, out_size;

static void put(const char *text, size_t len)
{
    if (out_len + len >= out_size) {
        out_size = (out_len + len + 1) * 2;
        out = realloc(out, out_size);
    }
    memcpy(out + out_len, text, len);
    out_len += len;
    out[out_len] = '\0';
}

static void puts_to(const char *text)
{
    put(text, strlen(text));
}

static void quoted(const char *text, size_t len)
{
    char escape[8];
    puts_to("\"");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        static const char plain[] = "\b\f\n\r\t", *letter;
        if (c == '"' || c == '\\') {
            snprintf(escape, sizeof escape, "\\%c", c);
            puts_to(escape);
        } else if (c < 0x20 && (letter = strchr(plain, c)) != NULL && c != 0) {
            snprintf(escape, sizeof escape, "\\%c", "bfnrt"[letter - plain]);
            puts_to(escape);
        } else if (c < 0x20 || c == 0x7F) {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            puts_to(escape);
        } else {
            put(text + i, 1);
        }
    }
    puts_to("\"");
}

static void name(const char *text)
{
    quoted(text, strlen(text));
}

typedef drip_status (*member_fn)(drip_session *s, uint32_t line, uint32_t field, uint32_t k,
                                 drip_text *member);

static void value(drip_session *s, const drip_value *v, member_fn member, uint32_t line, uint32_t field)
{
    drip_text text;
    if (v->type == DRIP_TYPE_SET) {
        puts_to("[");
        for (uint32_t k = 0; k < v->members; k++) {
            puts_to(k > 0 ? "," : "");
            CHECK(member(s, line, field, k, &text) == DRIP_OK);
            quoted(text.bytes, text.len);
        }
        CHECK(member(s, line, field, v->members, &text) == DRIP_NOT_FOUND);
        puts_to("]");
    } else if (v->type == DRIP_TYPE_INT || v->type == DRIP_TYPE_BOOL) {
        char digits[32];
        snprintf(digits, sizeof digits, "%lld", (long long)v->integer);
        puts_to(v->type == DRIP_TYPE_INT ? digits : v->integer ? "true" : "false");
        CHECK(v->type == DRIP_TYPE_BOOL || strcmp(digits, v->text) == 0);
    } else {
        quoted(v->text, v->len);
    }
}

static void close_objects(const char *names)
{
    for (; *names != '\0'; names++)
        puts_to(*names == '.' ? "}" : "");
}

/* "a.b" and "a.c" stand in one object. */
static void shown(drip_session *s, uint32_t line)
{
    const char *before = "";
    for (uint32_t k = 0; k < drip_result_shown_count(s); k++) {
        drip_shown view;
        drip_value v;
        CHECK(drip_result_shown(s, line, k, &view) == DRIP_OK &&
              drip_result_shown_value(s, line, k, &v) == DRIP_OK);
        if (v.missing)
            continue;
        const char *at = view.path, *dot;
        for (size_t i = 0; view.path[i] != '\0' && view.path[i] == before[i]; i++)
            if (view.path[i] == '.')
                at = view.path + i + 1;
        close_objects(before + (at - view.path));
        for (puts_to(","); (dot = strchr(at, '.')) != NULL; at = dot + 1) {
            quoted(at, (size_t)(dot - at));
            puts_to(":{");
        }
        name(at);
        puts_to(":");
        value(s, &v, drip_result_shown_member, line, k);
        before = view.path;
    }
    close_objects(before);
}

static void one_line(drip_session *s, uint32_t line)
{
    drip_clause clause;
    puts_to(line > 0 ? ",{" : "{");
    for (uint32_t f = 0; f < drip_result_fields(s); f++) {
        drip_value v;
        CHECK(drip_result_line_value(s, line, f, &v) == DRIP_OK);
        if (v.missing)
            continue;
        name(drip_result_field_name(s, f));
        puts_to(":");
        value(s, &v, drip_result_line_member, line, f);
        puts_to(",");
    }
    puts_to("\"clauses\":[");
    for (uint32_t k = 0; drip_result_line_clause(s, line, k, &clause) == DRIP_OK; k++) {
        puts_to(k > 0 ? "," : "");
        name(clause.name);
    }
    puts_to("]");
    shown(s, line);
    puts_to("}");
}

static void one_finding(drip_session *s, uint32_t i)
{
    static const char *const levels[] = {"deny", "hold", "warn", "info"};
    drip_finding f;
    drip_text id;
    CHECK(drip_result_finding(s, i, &f) == DRIP_OK);
    puts_to(i > 0 ? ",{\"severity\":" : "{\"severity\":");
    name(levels[f.severity]);
    puts_to(",\"code\":");
    name(f.code);
    puts_to(",\"message\":");
    name(f.message);
    puts_to(",\"about\":[");
    for (uint32_t k = 0; drip_result_finding_about(s, i, k, &id) == DRIP_OK; k++) {
        puts_to(k > 0 ? "," : "");
        quoted(id.bytes, id.len);
    }
    puts_to("],\"clause\":");
    name(f.clause.name);
    if (f.clause.cite != NULL) {
        puts_to(",\"cite\":");
        name(f.clause.cite);
    }
    puts_to("}");
}

static void head(drip_session *s)
{
    const drip_program *p = drip_session_program(s);
    drip_value id;
    CHECK(drip_result_encounter(s, &id) == DRIP_OK);
    puts_to("{\"format\":\"drip.result/1\",\"encounter\":");
    if (id.missing)
        puts_to("null");
    else
        value(s, &id, NULL, 0, 0);
    puts_to(",\"policy\":{\"name\":");
    name(drip_program_name(p));
    puts_to(",\"version\":");
    name(drip_result_version(s));
    puts_to(",\"layers\":[");
    for (uint32_t k = 0; drip_program_layer(p, k) != NULL; k++) {
        puts_to(k > 0 ? "," : "");
        name(drip_program_layer(p, k));
    }
    puts_to("],\"digest\":");
    name(drip_program_digest(p));
    puts_to("},");
    name(drip_program_result_name(p));
    puts_to(":[");
}

static void whole(drip_session *s)
{
    char number[80];
    head(s);
    for (uint32_t i = 0; i < drip_result_lines(s); i++)
        one_line(s, i);
    puts_to("],\"findings\":[");
    for (uint32_t i = 0; i < drip_result_findings(s); i++)
        one_finding(s, i);
    snprintf(number, sizeof number, "],\"totals\":{\"lines\":%u", drip_result_lines(s));
    puts_to(number);
    for (uint32_t k = 0; k < drip_result_totals(s); k++) {
        drip_shown total;
        drip_value v;
        CHECK(drip_result_total(s, k, &total) == DRIP_OK && drip_result_total_value(s, k, &v) == DRIP_OK);
        if (v.missing)
            continue;
        puts_to(",");
        name(total.path);
        puts_to(":");
        value(s, &v, NULL, 0, 0);
    }
    snprintf(number, sizeof number, ",\"denied\":%u}}", drip_result_denied(s));
    puts_to(number);
}

int main(int argc, char **argv)
{
    drip_engine *engine = NULL;
    drip_session *session = NULL;
    char *line = NULL;
    size_t size = 0;
    unsigned long count = 0, lines = 0, findings = 0;
    CHECK(argc == 3 && drip_engine_new(NULL, NULL, NULL, &engine) == DRIP_OK);
    drip_program *program = load(engine, argv[1], argv[2]);
    CHECK(drip_session_new(program, &session) == DRIP_OK);
    for (ssize_t n; (n = getline(&line, &size, stdin)) > 0;) {
        const char *json;
        size_t len;
        if (drip_eval(session, line, (size_t)n) != DRIP_OK)
            continue;
        CHECK(drip_result_json(session, &json, &len) == DRIP_OK);
        out_len = 0;
        whole(session);
        if (out_len != len || memcmp(out, json, len) != 0) {
            fprintf(stderr, "%s\n%s\n", json, out);
            return 1;
        }
        count++;
        lines += drip_result_lines(session);
        findings += drip_result_findings(session);
    }
    printf("%lu results, %lu lines, %lu findings\n", count, lines, findings);
    free(line);
    free(out);
    drip_session_free(session);
    drip_program_free(program);
    drip_engine_free(engine);
    return 0;
}
