/* drip: api_checklist.c, level 3. The last result as a checklist: topics, what is to be done, and where. */
#include "api.h"
#include "checklist.h"

uint32_t drip_result_topics(const drip_session *session)
{
    return session->evaluated ? dr_topic_rows(&session->s, &session->outcome) : 0;
}

drip_status drip_result_topic(drip_session *session, uint32_t topic, drip_topic *view)
{
    if (session == NULL || view == NULL || topic >= drip_result_topics(session))
        return DRIP_MISUSE;
    dr_topic_row r = dr_topic_row_at(&session->s, &session->outcome, topic);
    *view = (drip_topic){r.name, r.title, (drip_topic_status)r.status, {0}};
    for (uint32_t i = 0; i < 4; i++)
        view->findings[i] = r.findings[i];
    return DRIP_OK;
}

drip_status drip_result_advice(drip_session *session, uint32_t finding, drip_advice *view)
{
    if (session == NULL || view == NULL || finding >= drip_result_findings(session))
        return DRIP_MISUSE;
    const dr_out_finding *f = &session->outcome.findings[finding];
    dr_places places;
    if (!dr_places_of(&session->s, f, &places))
        return DRIP_NO_MEMORY;
    *view = (drip_advice){dr_topic_row_of(&session->s, f), f->cure, places.n, places.more};
    return DRIP_OK;
}

/* What was written, kept with the views. */
static const char *keep(drip_session *session)
{
    const char *text = dr_take_text(&session->views, session->words.data == NULL ? "" : session->words.data,
                                    session->words.len);
    dr_buf_clear(&session->words);
    return text == NULL ? "" : text;
}

drip_status drip_result_spot(drip_session *session, uint32_t finding, uint32_t k, drip_spot *view)
{
    if (session == NULL || view == NULL || finding >= drip_result_findings(session))
        return DRIP_MISUSE;
    dr_places places;
    if (!dr_places_of(&session->s, &session->outcome.findings[finding], &places))
        return DRIP_NO_MEMORY;
    if (k >= places.n)
        return DRIP_NOT_FOUND;
    dr_buf_clear(&session->words);
    (void)dr_place_pointer(&session->s, places.at[k], &session->words);
    view->pointer = keep(session);
    (void)dr_place_name(&session->s, places.at[k], &session->words);
    view->name = keep(session);
    dr_place_instant(&session->s, places.at[k], &session->words);
    view->at = keep(session);
    return DRIP_OK;
}

drip_status drip_result_checklist(drip_session *session, const char **json, size_t *len)
{
    if (session == NULL || json == NULL || len == NULL || !session->evaluated)
        return DRIP_MISUSE;
    *json = NULL;
    dr_buf_clear(&session->json);
    if (!dr_checklist_json(&session->s, &session->outcome, &session->json) || session->json.data == NULL)
        return DRIP_NO_MEMORY;
    *json = session->json.data;
    *len = session->json.len;
    return DRIP_OK;
}
