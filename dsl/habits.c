/* drip: habits.c, level 2a. Words and phrases that people bring along where the parser cannot go on: `if … then`,
 * "is greater than", AND in capitals, a comma in a decimal, an = in a condition, a parenthesis left open. Each is
 * told as what it is, with what drip writes instead, before syntax.c says what could stand there.
 *
 * Nothing here changes what parses: it is asked only after a syntax error. */
#include "scan.h"

#include <string.h>

typedef struct spot { /* where the parser stopped, and what could stand there */
    dr_parse *p;
    const dr_syntax *found;
    const char *const *names;
    int n;
} spot;

static bool could_be(const spot *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (s->names[i] != NULL && strcmp(s->names[i], name) == 0)
            return true;
    return false;
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static const char *text_of(const spot *s, dr_span at, size_t *len)
{
    *len = at.end - at.start;
    return s->p->source->bytes + at.start;
}

/* Is this token that word, in whatever letters? */
static bool is_word(const spot *s, dr_span at, const char *word)
{
    size_t len, i = 0;
    const char *text = text_of(s, at, &len);
    while (i < len && word[i] != '\0' && small(text[i]) == word[i])
        i++;
    return len > 0 && i == len && word[i] == '\0';
}

static bool is_any(const spot *s, dr_span at, const char *const *words)
{
    for (; *words != NULL; words++)
        if (is_word(s, at, *words))
            return true;
    return false;
}

/* What stands there, as messages quote it. */
static const char *quoted(const spot *s, dr_span at)
{
    enum { MOST = 60 };
    size_t len;
    const char *text = text_of(s, at, &len), *kept = dr_take_text(s->p->arena, text, len < MOST ? len : MOST);
    return kept == NULL ? "" : kept;
}

static dr_diag *not_written(const spot *s, dr_span at)
{
    return dr_diag_add(s->p->diags, DR_ERROR, "E0109", at, "drip does not write \"%s\"", quoted(s, at));
}

/* Of a token of two words the first. */
static dr_span first_word(const spot *s, dr_span at)
{
    size_t len, n = 0;
    const char *text = text_of(s, at, &len);
    while (n < len && text[n] != ' ' && text[n] != '\t')
        n++;
    at.end = at.start + (uint32_t)n;
    return at;
}

static dr_span joined(dr_span from, dr_span to)
{
    return (dr_span){from.source, from.start, to.end};
}

/* ---- if … then … else */

static bool if_then(const spot *s)
{
    static const char *const ifs[] = {"if", "elif", "elsif", "elseif", NULL};
    static const char *const thens[] = {"then", NULL};
    dr_parse *p = s->p;
    static const char *const elses[] = {"else", "otherwise", "default", NULL};
    bool here = !s->found->at_end && is_any(s, s->found->at, ifs);
    bool then = !s->found->at_end && is_any(s, s->found->at, thens);
    bool rest = !s->found->at_end && is_word(s, s->found->at, "=") && is_any(s, p->before, elses);
    if (!here && !then && !rest && !is_any(s, p->before, ifs))
        return false;
    dr_span at = here || then ? s->found->at : p->before;
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0114", at, "drip has no \"%s\"", quoted(s, at));
    if (here && could_be(s, "when")) {
        dr_diag_hint(p->diags, d, "a condition stands behind \"when\"");
        dr_diag_fix(p->diags, d, true, s->found->at, "when");
    } else if (then && could_be(s, "'='")) {
        dr_diag_hint(p->diags, d, "what holds then stands behind \"=\"");
        dr_diag_fix(p->diags, d, true, s->found->at, "=");
    } else {
        dr_diag_note(p->diags, d, "each case is a clause of its own, with a name by which it can be cited");
        dr_diag_hint(p->diags, d,
                     "write a line for each case: \"usual = …\" for all the rest, and "
                     "\"special except usual when … = …\"");
    }
    return true;
}

/* ---- comparisons in words */

typedef struct phrase {
    const char *word, *meant;
} phrase;

static const phrase phrases[] = {
    {"greater", "over"},  {"more", "over"},   {"larger", "over"},   {"higher", "over"},
    {"bigger", "over"},   {"longer", "over"}, {"above", "over"},    {"exceeds", "over"},
    {"less", "under"},    {"fewer", "under"}, {"smaller", "under"}, {"lower", "under"},
    {"shorter", "under"}, {"below", "under"}, {"equal", "is"},      {"equals", "is"},
};

static const char *phrase_meant(const spot *s, dr_span at)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (is_word(s, at, phrases[i].word))
            return phrases[i].meant;
    return NULL;
}

static bool say_phrase(const spot *s, dr_span at, const char *meant)
{
    dr_diag *d = not_written(s, at);
    dr_diag_hint(s->p->diags, d, "write \"%s\"", meant);
    dr_diag_fix(s->p->diags, d, true, at, "%s", meant);
    return true;
}

/* class is in {…}, is not in {…}, is either …, between … and … */
static bool other_comparison(const spot *s, dr_span at)
{
    dr_parse *p = s->p;
    bool is_not = p->before.end - p->before.start > 3 && is_word(s, first_word(s, p->before), "is");
    if (is_word(s, at, "in") && (is_not || is_word(s, p->before, "is")))
        return say_phrase(s, joined(p->before, at), is_not ? "not in" : "in");
    if (is_word(s, p->before, "either") || is_word(s, p->before, "both")) {
        dr_diag *d = not_written(s, p->before);
        dr_diag_hint(p->diags, d,
                     "leave it out; behind \"or\" and \"and\" stands a whole condition each time");
        dr_diag_fix(p->diags, d, true, (dr_span){at.source, p->before.start, at.start}, "%s", "");
        return true;
    }
    if (!is_word(s, at, "between") || !could_be(s, "over"))
        return false;
    dr_diag_hint(p->diags, not_written(s, at),
                 "name both ends, and whether they belong to it: \"x at least … and x at most …\"");
    return true;
}

/* minutes is over …, is greater than …, equals …, longer than … */
static bool comparison(const spot *s)
{
    static const char *const tails[] = {"than", "to", NULL};
    static const char *const after_is[] = {"over",  "under",  "at least", "at most",  "before",
                                           "after", "within", "contains", "overlaps", NULL};
    dr_parse *p = s->p;
    dr_span at = s->found->at;
    if (s->found->at_end)
        return false;
    if (other_comparison(s, at))
        return true;
    bool is_before = is_word(s, p->before, "is"), is_earlier = is_word(s, p->earlier, "is");
    size_t len;
    const char *text = text_of(s, at, &len);
    char word[16] = "";
    if (is_before && is_any(s, at, after_is) && len < sizeof word) {
        memcpy(word, text, len);
        return say_phrase(s, joined(p->before, at), word);
    }
    if (is_any(s, at, tails) && phrase_meant(s, p->before) != NULL)
        return say_phrase(s, joined(is_earlier ? p->earlier : p->before, at), phrase_meant(s, p->before));
    if (len >= 11 && memcmp(text, "longer", 6) == 0 && could_be(s, "over"))
        return say_phrase(s, is_before ? joined(p->before, at) : at, "over");
    const char *meant = could_be(s, "over") ? phrase_meant(s, at) : NULL;
    if (meant == NULL)
        return false;
    const char *than = p->source->bytes + at.end;
    than += strspn(than, " \t");
    if (strncmp(than, "than ", 5) == 0 || strncmp(than, "to ", 3) == 0)
        at.end = (uint32_t)(than - p->source->bytes) + (than[1] == 'h' ? 4u : 2u);
    return say_phrase(s, at, meant);
}

/* ---- words in capitals */

static bool capitals(const spot *s)
{
    static const char *const before_names[] = {"not", "any", "every", "sum", "count", "first", "last", NULL};
    dr_parse *p = s->p;
    dr_span at = s->found->at;
    size_t len;
    const char *text = text_of(s, at, &len), *meant = NULL;
    for (int i = 0; i < s->n && meant == NULL && !s->found->at_end; i++)
        if (s->names[i] != NULL && is_word(s, at, s->names[i]) && strlen(s->names[i]) == len)
            meant = s->names[i];
    if (!s->found->at_end && meant == NULL && len == 2 && small(text[0]) == 'a' && small(text[1]) == 't' &&
        could_be(s, "at least"))
        meant = "at";
    if (meant == NULL && is_any(s, p->before, before_names)) {
        at = p->before;
        text = text_of(s, at, &len);
        for (const char *const *word = before_names; *word != NULL; word++)
            if (is_word(s, at, *word))
                meant = *word;
    }
    if (meant == NULL || strncmp(text, meant, len) == 0)
        return false;
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0116", at,
                             "words of the language have small letters: \"%s\"", quoted(s, at));
    dr_diag_hint(p->diags, d, "write \"%s\"", meant);
    dr_diag_fix(p->diags, d, true, at, "%s", meant);
    return true;
}

/* ---- signs */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool decimal_comma(const spot *s, const char *text, dr_span at)
{
    dr_parse *p = s->p;
    uint32_t digits = 0;
    if (*text != ',' || p->before.end != at.start || at.start == 0 || !is_digit(text[-1]) ||
        !is_digit(text[1]))
        return false;
    while (is_digit(text[1 + digits]))
        digits++;
    dr_span number = {at.source, p->before.start, at.end + digits};
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0113", number, "a comma cannot stand in a number: \"%s\"",
                             quoted(s, number));
    if (digits == 3) {
        dr_diag_hint(p->diags, d, "write thousands without a sign, and a decimal with a point");
        dr_diag_fix(p->diags, d, false, at, "%s", "");
    } else {
        dr_diag_hint(p->diags, d, "a decimal has a point");
        dr_diag_fix(p->diags, d, true, at, ".");
    }
    return true;
}

/* In `when x = 1 = 2` the first = is the wrong one; in `= x = 1` it is the second. */
static bool equals(const spot *s, const char *text, dr_span at)
{
    dr_parse *p = s->p;
    if (*text != '=' || at.end - at.start != 1 || !could_be(s, "and"))
        return false;
    bool in_condition = p->when.end > p->line_name.start && p->equals.start > p->when.start;
    dr_span wrong = in_condition && p->equals.end <= at.start ? p->equals : at;
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0109", wrong, "drip does not write \"=\" to compare");
    dr_diag_hint(p->diags, d, "values are compared with \"is\" and \"is not\"");
    dr_diag_fix(p->diags, d, true, wrong, "is");
    return true;
}

/* A colon that only leads over to what follows: behind a clause's name, behind message, at the end of a line. */
static bool colon(const spot *s, const char *text, dr_span at)
{
    static const char *const next[] = {"when ", "except ",  "effective ", "=",  "\"",
                                       "'",     "\xE2\x80", "\n",         "\r", "#"};
    if (*text != ':' || could_be(s, "':'"))
        return false;
    const char *rest = text + 1 + strspn(text + 1, " \t");
    for (size_t i = 0; i < sizeof next / sizeof *next; i++) {
        if (strncmp(rest, next[i], strlen(next[i])) != 0 || (*rest == '"' && could_be(s, "'='")))
            continue;
        dr_diag *d = not_written(s, at);
        dr_diag_hint(s->p->diags, d, "nothing stands here: take it away");
        dr_diag_fix(s->p->diags, d, true, at, "%s", "");
        return true;
    }
    return false;
}

/* in (a, b): the members of a list stand between braces. */
static bool list_in_parentheses(const spot *s, const char *text, dr_span at)
{
    dr_parse *p = s->p;
    if (*text != ',' || p->n_open == 0 || p->n_open > DR_OPEN_MAX || !could_be(s, "')'"))
        return false;
    dr_span open = p->open[p->n_open - 1];
    const char *bytes = p->source->bytes;
    uint32_t end = at.end, before = open.start;
    while (bytes[end] != ')' && bytes[end] != '(' && bytes[end] != '\n' && end < p->source->len)
        end++;
    while (before > 0 && bytes[before - 1] == ' ')
        before--;
    if (bytes[open.start] != '(' || bytes[end] != ')' || before < 3 ||
        memcmp(bytes + before - 3, " in", 3) != 0)
        return false;
    dr_diag *d = not_written(s, (dr_span){at.source, open.start, end + 1});
    dr_diag_hint(p->diags, d, "the members of a list stand between braces");
    dr_diag_fix(p->diags, d, true, open, "{");
    dr_diag_fix(p->diags, d, true, (dr_span){at.source, end, end + 1}, "}");
    return true;
}

static const char *const functions[] = {"length", "start", "end",   "date", "size", "gaps", "stretches",
                                        "lower",  "count", "first", "last", "sum",  NULL};

static void call_of(dr_parse *p, dr_diag *d, dr_span name, const char *text, uint32_t open)
{
    dr_diag_hint(p->diags, d, "say of what, as in: %s of …", text);
    dr_diag_fix(p->diags, d, true, (dr_span){name.source, name.end, open}, " of ");
}

/* length(x): functions are joined to what they are of by a word. */
static bool call(const spot *s, const char *text, dr_span at)
{
    dr_parse *p = s->p;
    if (*text != '(' || !is_any(s, p->before, functions))
        return false;
    call_of(p, not_written(s, joined(p->before, at)), p->before, quoted(s, p->before), at.start);
    return true;
}

/* The same, where the word is a name and so could be a hook's. */
void dr_habit_call(dr_parse *p, dr_span name, dr_span open, const char *text)
{
    for (const char *const *f = functions; *f != NULL; f++) {
        if (strcmp(*f, text) != 0)
            continue;
        dr_span at = {name.source, name.start, open.end};
        const char *written = dr_take_text(p->arena, p->source->bytes + at.start, at.end - at.start);
        dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0109", at, "drip does not write \"%s\"",
                                 written != NULL ? written : text);
        call_of(p, d, name, text, open.start);
    }
}

bool dr_habit_count(dr_parse *p, const dr_ast *x, const dr_ast *number)
{
    if (strcmp(x->text, "x") != 0 || number->kind != A_NUMBER)
        return false;
    dr_span at = {x->span.source, x->span.start, number->span.end};
    const char *written = dr_take_text(p->arena, p->source->bytes + at.start, at.end - at.start);
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0109", at, "drip does not write \"%s\"",
                             written != NULL ? written : "x");
    dr_diag_hint(p->diags, d, "a count touches its x: x%s", number->text);
    dr_diag_fix(p->diags, d, true, (dr_span){at.source, x->span.end, number->span.start}, "%s", "");
    return true;
}

static bool is_date(const char *text)
{
    for (size_t i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !is_digit(text[i]))
            return false;
    return true;
}

/* effective from D; or a period without "effective". */
static bool from_date(const spot *s, dr_span at)
{
    dr_parse *p = s->p;
    bool named = is_word(s, p->before, "effective");
    if (!is_word(s, at, "from") || (!named && !could_be(s, "effective")))
        return false;
    const char *day = p->source->bytes + at.end, *rest;
    day += strspn(day, " \t");
    dr_diag *d = not_written(s, at);
    dr_diag_hint(p->diags, d,
                 "a period is written \"effective D1..D2\", \"effective D onward\" or "
                 "\"effective until D\"");
    if (d == NULL || !is_date(day))
        return true;
    rest = day + 10 + strspn(day + 10, " \t");
    if (*rest == '\n' || *rest == '\0' || *rest == '#' || strncmp(rest, "cite", 4) == 0) {
        at.end = (uint32_t)(day - p->source->bytes) + 10;
        dr_diag_fix(p->diags, d, true, at, "%s%.10s onward", named ? "" : "effective ", day);
    }
    return true;
}

static bool simple_sign(const spot *s, const char *text, dr_span at)
{
    dr_parse *p = s->p;
    if (colon(s, text, at) || call(s, text, at) || from_date(s, at))
        return true;
    if (*text == ';' && could_be(s, "','"))
        return say_phrase(s, at, ",");
    bool days = could_be(s, "..") && (is_word(s, at, "to") || is_word(s, at, "-") || is_word(s, at, "until"));
    bool bars = memcmp(text, "||", 2) == 0 && could_be(s, "or");
    bool value = could_be(s, "'='") && (is_word(s, at, "to") || is_word(s, at, ":"));
    if (value && *text == ':') {
        dr_diag *d = not_written(s, at);
        bool close = p->before.end == at.start;
        dr_diag_hint(p->diags, d, "a value stands behind \"=\"");
        dr_diag_fix(p->diags, d, true, at, close ? " =" : "=");
        return true;
    }
    if (bars || days || value)
        return say_phrase(s, at, bars ? "or" : days ? ".." : "=");
    if (*text != ';' || could_be(s, "';'"))
        return false;
    const char *rest = text + 1 + strspn(text + 1, " \t\r");
    bool ends = *rest == '\n' || *rest == '\0' || *rest == '#';
    dr_diag *d = not_written(s, at);
    dr_diag_hint(p->diags, d,
                 ends ? "nothing stands at the end of a line: take it away"
                      : "a clause or declaration ends where the next one begins, on a line of its own");
    if (ends)
        dr_diag_fix(p->diags, d, true, at, "%s", "");
    return true;
}

/* ---- parentheses */

static bool ends_expression(const spot *s, const char *text, dr_span at)
{
    if (s->found->at_end || at.start == 0 || text[-1] == '\n' || *text == '=')
        return true;
    return is_word(s, at, "cite") || is_word(s, at, "effective") || is_word(s, at, "when") ||
           memchr(s->p->source->bytes + s->p->before.end, '\n', at.start - s->p->before.end) != NULL;
}

static bool parentheses(const spot *s, const char *text, dr_span at)
{
    static const char closers[][4] = {"')'", "'}'", "']'"};
    dr_parse *p = s->p;
    if (!s->found->at_end && p->stray && (*text == ')' || *text == '}' || *text == ']')) {
        dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0115", at, "this \"%c\" closes nothing", *text);
        dr_diag_hint(p->diags, d, "take it away, or write its partner before it");
        dr_diag_fix(p->diags, d, false, at, "%s", "");
        return true;
    }
    uint32_t last = p->n_open - 1;
    if (p->n_open == 0 || p->n_open > DR_OPEN_MAX || !ends_expression(s, text, at))
        return false;
    char open = p->source->bytes[p->open[last].start], close = open == '(' ? ')' : open == '{' ? '}' : ']';
    if (!could_be(s, closers[open == '(' ? 0 : open == '{' ? 1 : 2]))
        return false;
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0115", p->open[last], "this \"%c\" is not closed", open);
    dr_span end = {at.source, p->before.end, p->before.end};
    dr_diag_label(p->diags, d, p->before, "\"%c\" is missing behind this, or before it", close);
    dr_diag_hint(p->diags, d, "write \"%c\" where what it holds together ends", close);
    dr_diag_fix(p->diags, d, false, end, "%c", close);
    return true;
}

/* A sentence's full stop: a word would have to follow, on the same line. */
static bool full_stop(const spot *s)
{
    dr_parse *p = s->p;
    dr_span at = is_word(s, p->before, ".") ? p->before : p->earlier;
    const char *rest = p->source->bytes + at.end;
    rest += strspn(rest, " \t\r");
    if (!is_word(s, at, ".") || (*rest != '\n' && *rest != '\0' && *rest != '#'))
        return false;
    dr_diag *d = not_written(s, at);
    dr_diag_hint(p->diags, d, "nothing stands at the end of a line: take it away");
    dr_diag_fix(p->diags, d, true, at, "%s", "");
    return true;
}

bool dr_habit(dr_parse *p, const dr_syntax *found, const char *const *names, int n)
{
    const spot s = {p, found, names, n};
    const char *text = p->source->bytes + found->at.start;
    if (!found->at_end && (equals(&s, text, found->at) || decimal_comma(&s, text, found->at)))
        return true;
    if (if_then(&s) || comparison(&s) || capitals(&s))
        return true;
    if (full_stop(&s) || (!found->at_end && list_in_parentheses(&s, text, found->at)))
        return true;
    if (parentheses(&s, text, found->at))
        return true;
    return !found->at_end && simple_sign(&s, text, found->at);
}
