/* drip: checklist_json.c, level 2b. The checklist as drip.audit/1, one line of JSON.
 *
 * Every topic is there, in the order of the checklist, with its findings in the order of the result. What is not
 * said (a cure, a citation) is left out; findings without a topic stand last, under the topic null. */
#include "checklist.h"
#include "result.h"

#include <string.h>

static const char *const levels[] = {
    [DR_DENY] = "deny", [DR_HOLD] = "hold", [DR_WARN] = "warn", [DR_INFO] = "info"};

static void put_text(dr_buf *to, const char *text)
{
    dr_buf_json(to, text, strlen(text));
}

static void put_member(dr_buf *to, const char *key, const char *text)
{
    if (text == NULL)
        return;
    dr_buf_text(to, key);
    put_text(to, text);
}

static bool put_about(const dr_session *s, const dr_set *about, dr_buf *to)
{
    dr_arena scratch;
    dr_arena_init(&scratch, &s->alloc, 0, s->limits.heap);
    const dr_member *texts = dr_ordered(s, &scratch, DR_TEXT, 0, about);
    bool ok = texts != NULL || about->count == 0;
    dr_buf_text(to, ",\"about\":[");
    for (uint32_t i = 0; ok && i < about->count; i++) {
        dr_buf_text(to, i > 0 ? "," : "");
        dr_buf_json(to, texts[i].bytes, texts[i].len);
    }
    dr_buf_char(to, ']');
    dr_arena_free(&scratch);
    return ok;
}

static bool put_places(const dr_session *s, const dr_out_finding *f, dr_buf *to)
{
    dr_places places;
    dr_buf pointer;
    if (!dr_places_of(s, f, &places))
        return false;
    dr_buf_init(&pointer, &s->alloc, to->cap);
    dr_buf_text(to, ",\"places\":[");
    for (uint32_t i = 0; i < places.n; i++) {
        dr_buf_clear(&pointer);
        dr_buf_text(to, i > 0 ? "," : "");
        (void)dr_place_pointer(s, places.at[i], &pointer);
        dr_buf_json(to, pointer.data != NULL ? pointer.data : "", pointer.len);
    }
    dr_buf_char(to, ']');
    if (places.more > 0) {
        dr_buf_text(to, ",\"morePlaces\":");
        dr_buf_int(to, places.more);
    }
    bool ok = !pointer.failed;
    dr_buf_free(&pointer);
    return ok;
}

static bool put_finding(const dr_session *s, const dr_out_finding *f, dr_buf *to)
{
    put_member(to, "{\"severity\":", levels[f->level & 3]);
    put_member(to, ",\"code\":", f->code);
    put_member(to, ",\"message\":", f->message);
    if (!put_about(s, f->about, to) || !put_places(s, f, to))
        return false;
    put_member(to, ",\"cure\":", f->cure);
    put_member(to, ",\"clause\":", s->program->clauses[f->clause].name);
    put_member(to, ",\"cite\":", f->cite);
    dr_buf_char(to, '}');
    return true;
}

static bool put_row(const dr_session *s, const dr_outcome *out, uint32_t row, dr_topic_row r, dr_buf *to)
{
    static const char *const statuses[] = {
        [DR_TOPIC_OK] = "ok", [DR_TOPIC_OPEN] = "open", [DR_TOPIC_NOTHING] = "nothing"};
    bool any = false;
    dr_buf_text(to, "{\"topic\":");
    if (r.name != NULL)
        put_text(to, r.name);
    else
        dr_buf_text(to, "null");
    put_member(to, ",\"title\":", r.title);
    put_member(to, ",\"status\":", statuses[r.status]);
    dr_buf_text(to, ",\"findings\":[");
    for (uint32_t i = 0; i < out->n_findings; i++) {
        if (dr_topic_row_of(s, &out->findings[i]) != row)
            continue;
        dr_buf_text(to, any ? "," : "");
        if (!put_finding(s, &out->findings[i], to))
            return false;
        any = true;
    }
    dr_buf_text(to, "]}");
    return true;
}

static void put_total(dr_buf *to, const char *key, uint32_t n)
{
    dr_buf_text(to, key);
    dr_buf_int(to, n);
}

bool dr_checklist_json(const dr_session *s, const dr_outcome *out, dr_buf *to)
{
    uint32_t n = dr_topic_rows(s, out), open = 0, found[4] = {0};
    if (!dr_head_json(s, "drip.audit/1", to))
        return false;
    dr_buf_text(to, ",\"checklist\":[");
    for (uint32_t i = 0; i < n; i++) {
        dr_topic_row r = dr_topic_row_at(s, out, i);
        dr_buf_text(to, i > 0 ? "," : "");
        if (!put_row(s, out, i, r, to))
            return false;
        open += r.status == DR_TOPIC_OPEN;
        for (uint32_t k = 0; k < 4; k++)
            found[k] += r.findings[k];
    }
    put_total(to, "],\"totals\":{\"lines\":", out->n_lines);
    put_total(to, ",\"open\":", open);
    put_total(to, ",\"deny\":", found[DR_DENY]);
    put_total(to, ",\"hold\":", found[DR_HOLD]);
    put_total(to, ",\"warn\":", found[DR_WARN]);
    put_total(to, ",\"info\":", found[DR_INFO]);
    dr_buf_text(to, "}}");
    return !to->failed;
}
