/* drip: account.h, level 2b. What an explanation consists of, before it is written as text or as JSON. */
#ifndef DR_ACCOUNT_H
#define DR_ACCOUNT_H

#include "miss.h"

typedef struct dr_asked { /* what is to be explained */
    const char *why;      /* only lines and findings with this code; NULL: all */
    const char *why_not;  /* why there is no line of this code; NULL */
    const char *json; /* the encounter's text once more, for the nearest miss; NULL: it is not looked for */
    size_t len;
    bool whole;          /* trees are not cut for length */
    uint64_t fuel;       /* for the nearest miss; 0: as many steps as one evaluation may take */
    dr_session *scratch; /* another session of the same program, with its date; needed with json */
} dr_asked;

/* A clause that could emit the line that is not there, for the row that came furthest. */
typedef struct dr_candidate {
    uint32_t rule, row; /* row DR_NONE: there is no such row */
    bool nearest;       /* the clause of the nearest miss */
    const dr_why *why;  /* NULL without a row */
} dr_candidate;

typedef struct dr_account_entry {
    const dr_out_line *line; /* one of the two */
    const dr_out_finding *finding;
    const dr_why **whys;
    uint32_t n_whys;
} dr_account_entry;

typedef struct dr_account {
    dr_account_entry *entries;
    dr_candidate *candidates; /* the nearest first, then by name */
    dr_misses misses;
    uint32_t n_entries, n_candidates;
    bool searched;
    const char *missing; /* the code that is not there; NULL: entries answer */
} dr_account;

/* Can the rule give a line of this name (its symbol is `text`, or -1), or a finding of this code? */
bool dr_could_emit(const dr_program *p, const dr_rule *rule, const char *code, int64_t text);

/* In the session's arena. */
dr_status dr_account_make(dr_session *s, const dr_outcome *outcome, const dr_asked *asked, dr_account *out);
void dr_account_text(dr_session *s, const dr_account *account, dr_buf *out);
/* drip.explanation/1 on one line, no newline. False: no memory. */
bool dr_account_json(dr_session *s, const dr_account *account, dr_buf *out);

#endif
