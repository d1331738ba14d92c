/* drip: format.h, level 2a. The formatter: one source in, its one canonical layout out.
 *
 * Which token begins a line is the author's and stays (it can mean something); blanks, blank lines,
 * indentation and columns are the formatter's. Comments keep their text and their line. */
#ifndef DR_FORMAT_H
#define DR_FORMAT_H

#include "../runtime/diag.h"

/* Replaces what `out` holds. False, with the reason in diags and `out` empty, if the source does not parse,
 * memory is out, or the layout would not read as the same tokens. Formatting the result changes nothing. */
bool dr_format_source(const dr_alloc *alloc, dr_sources *sources, uint32_t source, dr_diags *diags,
                      dr_buf *out);

#endif
