/* drip: story.h, level 2a. A scenario while it becomes an encounter. Only scenario.c, story.c and story_values.c
 * include it. */
#ifndef DR_STORY_H
#define DR_STORY_H

#include "front.h"

enum { STATEMENTS_MAX = 400, PAIRS_MAX = 64 };

typedef struct row_pair {
    const char *key;
    const dr_ast *value;
} row_pair;

typedef struct row {
    const char *list; /* JSON name of the list; NULL: a field of the encounter, key is its path */
    row_pair pairs[PAIRS_MAX];
    uint32_t n;
} row;

typedef struct story {
    dr_front *f;
    const dr_ast *statements[STATEMENTS_MAX];
    uint32_t n;
    row *rows;
    uint32_t n_rows;
    int64_t day, known_on; /* DR_MISSING: as the policy says */
    dr_buf json;
    bool ok;
} story;

typedef enum path_match { PATH_NONE, PATH_WHOLE, PATH_PREFIX } path_match;

/* The entity read from the list `name` of the encounter, or of the encounter itself (NULL). */
const dr_ast *dr_story_list(dr_front *f, const char *name);
/* Is `path` a field of the entity, or the beginning of some? */
path_match dr_story_path(dr_front *f, const char *entity, const char *path, dr_type *type);
/* story_values.c: the pairs of a name and what is expected of it: of what is shown of a line or a field of it; or of
 * totals. */
void dr_story_values(story *s, const dr_ast *pairs, bool total, dr_expect *to);
/* Whom a finding is about, a set of texts; NULL: nothing is said of that. */
void dr_story_about(story *s, dr_ast *set, dr_expect *to);
/* story.c: one value as JSON, into s->json; type NULL: of something that is no field. */
void dr_story_value(story *s, const dr_ast *v, const dr_type *type);
/* story_words.c: what each shorthand stands for, into the program. */
bool dr_story_shorthands(story *s);
/* The rows as the JSON of an encounter, into s->json. */
void dr_story_write(story *s);

#endif
