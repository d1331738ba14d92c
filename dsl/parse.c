/* drip: parse.c, level 2a. Owns the scanner's life: text in, declarations or diagnostics out. */
#include "scan.h"

#include <string.h>

static bool text_is_clean(dr_parse *p)
{
    const dr_source *s = p->source;
    size_t bad = 0;
    if (dr_utf8_valid(s->bytes, s->len, &bad))
        return true;
    dr_span at = {p->source_index, (uint32_t)bad, (uint32_t)bad + 1};
    bool nul = s->bytes[bad] == '\0';
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0107", at,
                             nul ? "a policy cannot contain a NUL byte" : "this byte is not valid UTF-8");
    dr_diag_hint(p->diags, d, "save the file as UTF-8 text");
    return false;
}

bool dr_parse_source(dr_parse *p)
{
    uint32_t errors = p->diags->errors;
    p->items = NULL;
    p->last_start = p->last_end = 0;
    p->line_start = true;
    p->reserved = 0;
    p->skipping = false;
    p->newest = p->before = p->earlier = (dr_span){p->source_index, 0, 0};
    p->when = p->equals = p->next_equals = p->line_name = p->newest;
    p->n_open = 0;
    if (!text_is_clean(p))
        return false;
    yyscan_t scanner;
    if (drip_yylex_init_extra(p, &scanner) != 0)
        return false;
    /* The two NUL bytes behind a source belong to the buffer. flex writes a NUL behind each token and
     * takes it back, which is why the bytes, ours, are not const to it. */
    char *bytes = (char *)(uintptr_t)p->source->bytes;
    bool scans = drip_yy_scan_buffer(bytes, (size_t)p->source->len + 2, scanner) != NULL;
    bool parsed = scans && drip_yyparse(scanner, p) == 0;
    if (scans && !parsed)
        drip_scan_leave(scanner);
    drip_yylex_destroy(scanner);
    if (p->stopped && p->diags->errors == errors) {
        dr_span at = {p->source_index, 0, 0};
        dr_diag_add(p->diags, DR_ERROR, "E0105", at, "out of memory while reading this policy");
    }
    return parsed && !p->stopped && p->diags->errors == errors;
}
