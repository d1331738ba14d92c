/* drip: codes.h, level 2a. The pages about the codes of diagnostics.
 *
 * dsl/codes.txt is the one table of all codes. dsl/codes.awk makes of it what dr_code_page looks up (when Drip
 * is built), docs/errors/ and the table in LANGUAGE.md (`make docs`). tests/codes.py sees to it that the table,
 * the sources, the pages and the golden cases agree. */
#ifndef DR_CODES_H
#define DR_CODES_H

/* In Markdown; static. NULL: there is no such code. */
const char *dr_code_page(const char *code);

#endif
