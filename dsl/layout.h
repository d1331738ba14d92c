/* drip: layout.h, level 2a. The tokens of one source as format.c and layout.c share them. */
#ifndef DR_LAYOUT_H
#define DR_LAYOUT_H

#include "scan.h"

/* Tokens that may stand one below the other. From STOP_CELL on: the end of a table's n-th column. */
typedef enum dr_stop {
    STOP_NONE,
    STOP_NAME,
    STOP_COLON,
    STOP_TAIL,
    STOP_EQUALS,
    STOP_CITE,
    STOP_ALSO,
    STOP_SHOWN,
    STOP_CELL
} dr_stop;
enum { MEMBER = 2, CONTINUED = 4 }; /* indentation */
enum { LAYOUT_COLUMNS_MAX = 64 };   /* of a table; what lies beyond is not padded */

typedef struct dr_token {
    uint32_t start, end;
    int kind;
    uint32_t width; /* in characters, as it will be written */
    uint32_t gap;   /* blanks before it: the indentation where it is first on its line */
    uint32_t note;  /* blanks before the comment behind it, if more than two */
    uint8_t stop;
    bool first; /* on its line */
    bool top;   /* begins a declaration */
    bool wide;  /* a brace with blanks inside */
    bool apart; /* a blank line before it, whatever the author had */
} dr_token;

typedef struct dr_layout {
    const dr_source *source;
    dr_token *tokens;
    uint32_t count;
} dr_layout;

/* The kind of token i, 0 outside. Unsigned wrap-around of i is meant: before the first is outside. */
static inline int dr_layout_kind(const dr_layout *l, uint32_t i)
{
    return i < l->count ? l->tokens[i].kind : 0;
}

/* The first token of the declaration after the one that i belongs to. */
static inline uint32_t dr_layout_next(const dr_layout *l, uint32_t i)
{
    for (i++; i < l->count && !l->tokens[i].top; i++)
        continue;
    return i;
}

/* Is there a blank line, or a comment on a line of its own, between token i and the one before it? */
bool dr_layout_blank(const dr_layout *l, uint32_t i);
bool dr_layout_comment(const dr_layout *l, uint32_t i);
bool dr_layout_note(const dr_layout *l, uint32_t i); /* does a comment end the line of the token before i? */

void dr_layout_place(dr_layout *l); /* lines: indentation, blanks between tokens, stops, top, wide */
void dr_layout_align(dr_layout *l); /* columns: apart, and the gaps of stops */

#endif
