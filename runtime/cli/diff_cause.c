/* drip: diff_cause.c, level 4. Where two policies part on one encounter: the first value that both worked out, and differently.
 *
 * Both accounts of a line are trees of "LABEL is VALUE — CLAUSE", indented. Where the other side has no such line, its account of
 * why not stands in. A label whose values differ is where the policies part if no label below it, in either tree, differs as
 * well: all above it follows from it. Of several the first is taken. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct node {
    size_t depth, end; /* nodes below it stand before `end` */
    char *label, *value;
    const char *other; /* its value on the other side, if it differs there; NULL */
} node;
typedef struct tree {
    char *text;
    node *nodes;
    size_t n;
} tree;

static void cut_above(char *line)
{
    static const char above[] = " (above)";
    size_t len = strlen(line), n = sizeof above - 1;
    if (len > n && strcmp(line + len - n, above) == 0)
        line[len - n] = '\0';
}

/* "LABEL is VALUE" or "LABEL: VALUE", cut in two in place; a line that is neither has no value. */
static void split(node *to, char *line)
{
    char *dash = strstr(line, "  \xE2\x80\x94 "), *at = strstr(line, " is ");
    size_t skip = 4;
    cut_above(line);
    if (at == NULL || (dash != NULL && at > dash)) {
        skip = 2;
        at = NULL;
        for (char *colon = strstr(line, ": "); colon != NULL && (dash == NULL || colon < dash);
             colon = strstr(colon + 1, ": "))
            at = colon;
    }
    to->label = line;
    to->value = at != NULL ? at + skip : NULL;
    if (at != NULL)
        *at = '\0';
}

static bool plant(tree *t, const char *text, size_t len)
{
    size_t lines = 1;
    t->text = calloc(1, len + 1);
    if (t->text == NULL)
        return false;
    memcpy(t->text, text, len);
    for (size_t i = 0; i < len; i++)
        lines += t->text[i] == '\n';
    t->nodes = calloc(lines, sizeof *t->nodes);
    char *rest = t->text;
    while (t->nodes != NULL && rest != NULL) {
        char *line = rest, *newline = strchr(rest, '\n');
        rest = newline != NULL ? newline + 1 : NULL;
        if (newline != NULL)
            *newline = '\0';
        node *to = &t->nodes[t->n++];
        to->depth = strspn(line, " ");
        split(to, line + to->depth);
    }
    for (size_t i = 0; t->nodes != NULL && i < t->n; i++)
        for (t->nodes[i].end = i + 1;
             t->nodes[i].end < t->n && t->nodes[t->nodes[i].end].depth > t->nodes[i].depth;)
            t->nodes[i].end++;
    return t->nodes != NULL;
}

static const char *value_of(const tree *t, const char *label)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->nodes[i].value != NULL && strcmp(t->nodes[i].label, label) == 0)
            return t->nodes[i].value;
    return NULL;
}

/* Without the clause. Where it is tested, the test stands behind the value: "7, over limit (5)". */
static bool same_value(const char *a, const char *b)
{
    static const char dash[] = "  \xE2\x80\x94 ";
    const char *a_end = strstr(a, dash), *b_end = strstr(b, dash);
    size_t n = a_end != NULL ? (size_t)(a_end - a) : strlen(a),
           m = b_end != NULL ? (size_t)(b_end - b) : strlen(b);
    size_t least = n < m ? n : m;
    const char *longer = n < m ? b : a;
    return strncmp(a, b, least) == 0 && (n == m || strncmp(longer + least, ", ", 2) == 0);
}

static void compare(tree *a, const tree *b)
{
    for (size_t i = 0; i < a->n; i++) {
        const char *other = a->nodes[i].value != NULL ? value_of(b, a->nodes[i].label) : NULL;
        if (other != NULL && !same_value(other, a->nodes[i].value))
            a->nodes[i].other = other;
    }
}

static bool follows(const tree *t, const char *label)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->nodes[i].value == NULL || strcmp(t->nodes[i].label, label) != 0)
            continue;
        for (size_t k = i + 1; k < t->nodes[i].end; k++)
            if (t->nodes[k].other != NULL && strcmp(t->nodes[k].label, label) != 0)
                return true;
    }
    return false;
}

/* Below the heading and the sentence of the line itself. */
static const node *parting(const tree *a, const tree *b)
{
    for (size_t i = 0; i < a->n; i++) {
        const node *n = &a->nodes[i];
        if (n->other != NULL && n->depth > 2 && !follows(a, n->label) && !follows(b, n->label))
            return n;
    }
    return NULL;
}

static bool account(drip_session *s, const char *name, tree *to)
{
    const char *text = NULL;
    size_t len = 0;
    drip_options_explain why = {.struct_size = sizeof why, .why = name, .whole = 1};
    drip_options_explain why_not = {.struct_size = sizeof why_not, .why_not = name, .whole = 1};
    if (drip_explain(s, &why, &text, &len) == DRIP_OK && memchr(text, '\n', len) != NULL &&
        strstr(text, "\n    ") != NULL)
        return plant(to, text, len);
    return drip_explain(s, &why_not, &text, &len) == DRIP_OK && plant(to, text, len);
}

static char *joined(const node *n, const char *value)
{
    size_t size = strlen(n->label) + strlen(value) + sizeof " is ";
    char *text = malloc(size);
    if (text != NULL)
        (void)snprintf(text, size, "%s is %s", n->label, value);
    return text;
}

void cli_diff_cause(drip_session *const sessions[2], const char *const names[2], cli_answer answers[2])
{
    tree trees[2] = {0};
    if (account(sessions[0], names[0], &trees[0]) && account(sessions[1], names[1], &trees[1])) {
        compare(&trees[0], &trees[1]);
        compare(&trees[1], &trees[0]);
        const node *found = parting(&trees[1], &trees[0]);
        if (found != NULL) {
            answers[0].cause = joined(found, found->other);
            answers[1].cause = joined(found, found->value);
        }
    }
    for (int side = 0; side < 2; side++) {
        free(trees[side].text);
        free(trees[side].nodes);
    }
}
