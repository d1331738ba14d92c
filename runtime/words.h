/* drip: words.h, level 1. What a piece of a source says, however it is laid out: its words without comments, citations
 * and pins, on one line. Two pieces with the same words mean the same. */
#ifndef DR_WORDS_H
#define DR_WORDS_H

#include "mem.h"

bool dr_is_word(char c); /* of a name or number, inside */
/* Adds them, a blank where there were any. */
void dr_words_put(const char *bytes, size_t len, dr_buf *out);

#endif
