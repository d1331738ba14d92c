/* drip: api_format.c, level 3. The canonical layout of a source. */
#include "api.h"

#include "../dsl/format.h"

enum { DIAGS_MAX = 100 };

drip_status drip_format(drip_engine *engine, const char *origin, const char *bytes, size_t len, char **text,
                        size_t *text_len, drip_error **error)
{
    if (engine == NULL || origin == NULL || text == NULL || text_len == NULL)
        return DRIP_MISUSE;
    *text = NULL;
    if (error != NULL)
        *error = NULL;
    dr_sources sources;
    dr_diags diags;
    dr_buf out;
    dr_watch watch = {.alloc = engine->alloc};
    const dr_alloc watched = dr_watched(&watch);
    drip_status status = DRIP_BAD_POLICY;
    dr_sources_init(&sources, &watched, engine->limits.compile_heap);
    dr_diags_init(&diags, &watched, DIAGS_MAX);
    dr_buf_init(&out, &watched, engine->limits.compile_heap);
    int64_t index = dr_sources_add(&sources, origin, bytes, len);
    if (index < 0)
        status = DRIP_LIMIT;
    else if (dr_format_source(&watched, &sources, (uint32_t)index, &diags, &out) && !out.failed)
        status = DRIP_OK;
    if (status != DRIP_OK && watch.refused)
        status = dr_api_error(engine, error, DRIP_NO_MEMORY, "memory is out");
    else
        dr_api_diags(engine, error, &diags, &sources);
    if (status == DRIP_OK) {
        *text = dr_api_copy(&engine->alloc, out.data == NULL ? "" : out.data, out.len);
        *text_len = out.len;
        status = *text == NULL ? DRIP_NO_MEMORY : DRIP_OK;
    }
    dr_buf_free(&out);
    dr_diags_free(&diags);
    dr_sources_free(&sources);
    return status;
}

void drip_text_free(drip_engine *engine, char *text, size_t len)
{
    if (text != NULL)
        dr_free(&engine->alloc, text, len + 1);
}
