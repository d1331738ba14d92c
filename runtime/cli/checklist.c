/* drip: checklist.c, level 4. `drip run --audit`: the lines of an encounter, and its findings as a checklist.
 *
 * A row of the checklist begins with how it stands, so that a reader looks down one column; below it stand its
 * findings, gravest first, each with its place in the record and what is to be done about it. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

enum { STANDING = 64 };

static const char *const names[] = {"deny", "hold", "warn", "info"};

static void put(cli *c, const char *text)
{
    cli_safe(c, text, strlen(text));
}

/* "1 hold, 2 warn", "ok, 1 info", "nothing to check"; its length. */
static size_t standing(const drip_topic *topic, char text[STANDING])
{
    size_t used = 0;
    text[0] = '\0';
    if (topic->status != DRIP_TOPIC_OPEN)
        used = (size_t)snprintf(text, STANDING, "%s",
                                topic->status == DRIP_TOPIC_OK ? "ok" : "nothing to check");
    for (unsigned i = 0; i < 4; i++)
        if (topic->findings[i] > 0 && used < STANDING)
            used += (size_t)snprintf(text + used, STANDING - used, "%s%u %s", used > 0 ? ", " : "",
                                     topic->findings[i], names[i]);
    return used < STANDING ? used : STANDING - 1;
}

static const char *style_of(const drip_topic *topic)
{
    static const char *const styles[] = {"1;31", "1;33", "33"};
    for (unsigned i = 0; i < 3; i++)
        if (topic->findings[i] > 0)
            return styles[i];
    return topic->status == DRIP_TOPIC_OK ? "32" : "2";
}

static void put_places(cli_job *job, uint32_t finding, const drip_advice *advice)
{
    cli *c = job->c;
    drip_spot spot;
    if (advice->places == 0)
        return;
    cli_text(c, "          at ");
    for (uint32_t k = 0; drip_result_spot(job->session, finding, k, &spot) == DRIP_OK; k++) {
        cli_text(c, k > 0 ? ", " : "");
        put(c, spot.name);
        cli_text(c, *spot.at != '\0' ? " " : "");
        put(c, spot.at);
    }
    if (advice->more_places > 0) {
        cli_text(c, " and ");
        cli_uint(c, advice->more_places);
        cli_text(c, " more");
    }
    cli_text(c, "\n");
}

static void put_clause(cli *c, const drip_clause *clause)
{
    cli_text(c, "          ");
    cli_style(c, "2");
    put(c, clause->name);
    if (clause->cite != NULL && *clause->cite != '\0') {
        cli_text(c, " · ");
        put(c, clause->cite);
    }
    cli_style(c, "0");
    cli_text(c, "\n");
}

static void put_finding(cli_job *job, uint32_t finding, const drip_finding *f, const drip_advice *advice)
{
    cli *c = job->c;
    cli_text(c, "    ");
    put(c, names[(unsigned)f->severity & 3]);
    cli_text(c, "  ");
    put(c, f->code);
    if (*f->about != '\0') {
        cli_text(c, "  (");
        put(c, f->about);
        cli_text(c, ")");
    }
    cli_text(c, "\n          ");
    put(c, f->message);
    cli_text(c, "\n");
    if (advice->cure != NULL) {
        cli_text(c, "          to do: ");
        cli_style(c, "1");
        put(c, advice->cure);
        cli_style(c, "0");
        cli_text(c, "\n");
    }
    put_places(job, finding, advice);
    put_clause(c, &f->clause);
}

static void put_topic(cli_job *job, uint32_t index, const drip_topic *topic, size_t width)
{
    char text[STANDING];
    drip_finding f;
    drip_advice advice;
    size_t len = standing(topic, text);
    cli_text(job->c, "  ");
    cli_style(job->c, style_of(topic));
    put(job->c, text);
    cli_style(job->c, "0");
    cli_pad(job->c, width - len + 2);
    put(job->c, topic->title);
    cli_text(job->c, "\n");
    for (uint32_t i = 0; i < drip_result_findings(job->session); i++)
        if (drip_result_advice(job->session, i, &advice) == DRIP_OK && advice.topic == index &&
            drip_result_finding(job->session, i, &f) == DRIP_OK)
            put_finding(job, i, &f, &advice);
}

drip_status cli_checklist(cli_job *job)
{
    char text[STANDING];
    drip_topic topic;
    size_t width = 0;
    drip_status status = cli_lines(job);
    uint32_t n = drip_result_topics(job->session);
    cli_text(job->c, n > 0 ? "\n" : "");
    for (uint32_t i = 0; i < n && drip_result_topic(job->session, i, &topic) == DRIP_OK; i++) {
        size_t len = standing(&topic, text);
        width = len > width ? len : width;
    }
    for (uint32_t i = 0; i < n && status == DRIP_OK; i++) {
        status = drip_result_topic(job->session, i, &topic);
        if (status == DRIP_OK)
            put_topic(job, i, &topic, width);
    }
    return status;
}

drip_status cli_checklist_json(cli_job *job)
{
    return cli_json_line(job, drip_result_checklist);
}
