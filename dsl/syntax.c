/* drip: syntax.c, level 2a. What the parser says where it cannot go on, and where it goes on after that.
 *
 * Of a hundred tokens that could stand in a place a reader needs the few that tell it from others: the
 * rest are told as what they begin, a value, an operator, a declaration. After an error the parser takes
 * up again at the next word that begins a declaration in the first column, so that each declaration gets
 * an error of its own and none gets two. */
#include "scan.h"

#include <string.h>

int drip_scan(DRIP_YYSTYPE *value, DRIP_YYLTYPE *span, yyscan_t scanner);
dr_parse *drip_yyget_extra(yyscan_t scanner);

/* ---- where it goes on */

bool dr_declaration_word(int token)
{
    switch (token) {
    case TOK_POLICY:
    case TOK_LAYER:
    case TOK_PART:
    case TOK_TESTS:
    case TOK_FORMAT:
    case TOK_SOURCE:
    case TOK_PARAM:
    case TOK_AXIS:
    case TOK_SET:
    case TOK_ENUM:
    case TOK_EXTEND:
    case TOK_AMEND:
    case TOK_SUSPEND:
    case TOK_ADD:
    case TOK_DIMENSION:
    case TOK_ENTITY:
    case TOK_RESULT:
    case TOK_CLOCK:
    case TOK_ATTRIBUTE:
    case TOK_TABLE:
    case TOK_HOOK:
    case TOK_LINE:
    case TOK_MARK:
    case TOK_FINDING:
    case TOK_TOPIC:
    case TOK_SHORTHAND:
    case TOK_SCENARIO:
    case TOK_UNTESTED:
        return true;
    default:
        return false;
    }
}

static bool in_first_column(const dr_parse *p, dr_span at)
{
    return at.start == 0 || p->source->bytes[at.start - 1] == '\n';
}

bool dr_begins_declaration(const dr_parse *p, int token, dr_span at)
{
    return token <= 0 || (dr_declaration_word(token) && in_first_column(p, at));
}

/* ---- what could stand here */

typedef struct expected {
    const char *const *names; /* of tokens; NULL among them: the end of the file */
    int n;
    bool told[DR_EXPECTED_MAX]; /* by a group already */
    char text[400];
    size_t used;
    uint32_t parts;
} expected;

static int find(const expected *x, const char *name)
{
    for (int i = 0; i < x->n; i++)
        if (x->names[i] != NULL && strcmp(x->names[i], name) == 0)
            return i;
    return -1;
}

typedef struct group {
    const char *says;
    const char *sign[3]; /* all of these can stand here: so can the group */
    const char *const *members;
} group;

/* clang-format off */
static const char *const operators[] = {"and", "or", "else", "is", "is not", "in", "not in", "over", "under", "at least",
    "at most", "before", "after", "within", "overlaps", "contains", "outranks", "union", "intersect", "minus", "rounded",
    "'>'", "'+'", "'-'", "'*'", "'/'", "'.'", "'['", "'('", "of", "from", NULL};
static const char *const values[] = {"name", "name at the start of a line", "number", "text in quotes", "date", "time",
    "date and time", "code", "yes", "no", "not", "nothing", "this", "each", "key", "first", "last", "'('", "'{'", "'-'",
    "any", "every", "count", "sum of", "earliest", "least", "latest", "most", "highest", "union", "set", "best", "list",
    "from", "steps", "pieces", "previous", NULL};
static const char *const declarations[] = {"policy", "layer", "part", "tests", "format", "source", "param", "axis", "set", "enum",
    "extend", "amend", "suspend", "add", "dimension", "entity", "result", "clock", "attribute", "table", "hook", "line", "mark", "topic", "finding", "shorthand", "scenario",
    "untested", NULL};
static const char *const words[] = {"name", "name at the start of a line", "nothing", "key", "line", "source", "from", "to",
    "is", "clock", "first", "last", "each", "set", "list", "count", "on", "no", "per", "format", "version", "policy", NULL};
static const char *const statements[] = {"name at the start of a line", "on", "with", "expect", NULL};
static const char *const conditions[] = {"otherwise", "known", "missing", "over", "under", "at least", "at most", NULL};
static const char *const members[] = {"message", "about", "topic of a finding", "cure", "says", "cite", NULL};
static const char *const either_name[] = {"name", "name at the start of a line", NULL};
static const char *const either_unit[] = {"name", "unit", NULL};
static const group groups[] = {
    {"an operator", {"and", "or", "else"}, operators},
    {"a condition", {"otherwise", "known", "missing"}, conditions},
    {"a value", {"not", "'('", "number"}, values},
    {"a value", {"date and time", "time", "number"}, values},
    {"a member of the finding", {"message", "about", "cure"}, members},
    {"a new declaration", {"param", "entity", "attribute"}, declarations},
    {"a name", {"clock", "per", "key"}, words},
    {"a statement of the scenario", {"with", "expect", "on"}, statements},
    {"a unit", {"unit", "name", "unit"}, either_unit},
    {"a name", {"name", "name", "name"}, either_name},
};
/* clang-format on */

static void say(expected *x, const char *before, const char *text, const char *after)
{
    const char *pieces[] = {before, text, after};
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(pieces[i]), room = sizeof x->text - 1 - x->used;
        len = len < room ? len : room;
        memcpy(x->text + x->used, pieces[i], len);
        x->used += len;
    }
    x->text[x->used] = '\0';
}

/* How one token is told; *quoted: it stands so in the text. */
static const char *token_text(const char *name, bool *quoted, char room[4])
{
    static const char *const kinds[][2] = {{"name at the start of a line", "a name at the start of a line"},
                                           {"name", "a name"},
                                           {"number", "a number"},
                                           {"code", "a code"},
                                           {"unit", "a unit"},
                                           {"text in quotes", "a text in quotes"},
                                           {"date", "a date"},
                                           {"time", "a time"},
                                           {"date and time", "a date and time"},
                                           {"topic of a finding", "\"topic\""},
                                           {"| at the start of a line", "a row of cells between bars"},
                                           {"| at the end of a line", "\"|\" at the end of the line"}};
    *quoted = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i][0], name) == 0)
            return kinds[i][1];
    *quoted = true;
    if (name[0] != '\'' || name[1] == '\0')
        return name;
    room[0] = name[1];
    room[1] = '\0';
    return room;
}

static void say_part(expected *x, const char *text, bool quoted, bool last)
{
    const char *join = x->parts == 0 ? "" : last ? " or " : ", ";
    say(x, join, quoted ? "\"" : "", "");
    say(x, text, quoted ? "\"" : "", "");
    x->parts++;
}

static uint32_t mark_groups(expected *x, bool can[], size_t n)
{
    uint32_t count = 0;
    int bar = find(x, "|");
    if (bar >= 0 && find(x, "| at the end of a line") >= 0)
        x->told[bar] = true;
    int rare = find(x, "fixed"); /* behind every name, and hardly ever what was meant */
    if (rare >= 0 && x->n > 1)
        x->told[rare] = true;
    for (size_t g = 0; g < n; g++) {
        bool all = true;
        for (size_t i = 0; i < 3; i++) {
            int at = find(x, groups[g].sign[i]);
            all = all && at >= 0 && !x->told[at];
        }
        can[g] = all;
        count += all;
        for (size_t i = 0; all && groups[g].members[i] != NULL; i++) {
            int at = find(x, groups[g].members[i]);
            if (at >= 0)
                x->told[at] = true;
        }
    }
    return count;
}

/* Signs are told first, then words, then what is not quoted, as groups are. */
static int turn_of(const char *name)
{
    bool quoted;
    char room[4];
    if (name[0] == '\'' || name[0] == '|' || name[0] == '.')
        return 0;
    (void)token_text(name, &quoted, room);
    return quoted ? 1 : 2;
}

/* "=", "when" or a new declaration. */
static void list_expected(expected *x)
{
    enum { GROUPS = sizeof groups / sizeof *groups, MOST = 6 };
    bool can[GROUPS], quoted;
    char room[4];
    uint32_t n_groups = mark_groups(x, can, GROUPS), left = 0, shown = 0;
    for (int i = 0; i < x->n; i++)
        left += !x->told[i] && x->names[i] != NULL;
    uint32_t singles = left > MOST ? MOST : left;
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < x->n && shown < singles; i++) {
            if (x->told[i] || x->names[i] == NULL || turn_of(x->names[i]) != turn)
                continue;
            shown++;
            const char *text = token_text(x->names[i], &quoted, room);
            say_part(x, text, quoted, n_groups == 0 && shown == singles && left <= MOST);
        }
    }
    for (size_t g = 0; g < GROUPS; g++)
        if (can[g])
            say_part(x, groups[g].says, false, --n_groups == 0 && left <= MOST);
    if (left > MOST)
        say_part(x, "something else", false, true);
    if (x->parts == 0)
        say_part(x, "the end of the file", false, true);
}

/* ---- what was meant */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The nearest of these words of at least `least` letters. */
static const char *nearest(const char *const *names, int n, const char *text, size_t len, size_t least)
{
    dr_suggest s;
    dr_suggest_init(&s, text, len);
    for (int i = 0; i < n; i++)
        if (names[i] != NULL && is_word(names[i][0]) && strchr(names[i], ' ') == NULL &&
            strlen(names[i]) >= least)
            dr_suggest_try(&s, names[i]);
    return len > 1 ? s.best : NULL;
}

static bool is_text(const dr_parse *p, dr_span at, const char *word)
{
    size_t len = strlen(word);
    return at.end - at.start == len && memcmp(p->source->bytes + at.start, word, len) == 0;
}

static bool is_one_of(const char *const *names, const char *text, size_t len)
{
    for (; *names != NULL; names++)
        if (strlen(*names) == len && memcmp(*names, text, len) == 0)
            return true;
    return false;
}

/* A likely word; sure where one slip makes a word of three letters or more of it. */
static void hint_word(dr_parse *p, dr_diag *d, dr_span at, const char *near)
{
    dr_suggest s;
    dr_suggest_init(&s, p->source->bytes + at.start, at.end - at.start);
    dr_suggest_try(&s, near);
    dr_diag_hint(p->diags, d, "did you mean \"%s\"?", near);
    dr_diag_fix(p->diags, d, s.best != NULL && s.best_distance == 1 && s.len >= 3, at, "%s", near);
}

/* `found` begins a value where "=" was expected. */
static bool lacks_equals(const expected *x, const char *text)
{
    return find(x, "'='") >= 0 && ((*text >= '0' && *text <= '9') || *text == '"');
}

/* `for Visit when …`: the row itself has no name yet. */
static void hint_row(dr_parse *p, dr_diag *d)
{
    const char *entity = p->source->bytes + p->before.start;
    int len = (int)(p->before.end - p->before.start);
    char name = *entity >= 'A' && *entity <= 'Z' ? (char)(*entity | 0x20) : *entity;
    dr_diag_hint(p->diags, d, "give the row a name: for %c in %.*s", name, len, entity);
    dr_diag_fix(p->diags, d, false, (dr_span){p->before.source, p->before.start, p->before.start}, "%c in ",
                name);
}

static void hint_one_word(dr_parse *p, dr_diag *d, dr_span at)
{
    const char *first = p->source->bytes + p->before.start, *second = p->source->bytes + at.start;
    int n = (int)(p->before.end - p->before.start), m = (int)(at.end - at.start);
    dr_span both = {at.source, p->before.start, at.end};
    dr_diag_hint(p->diags, d, "a name is one word: %.*s_%.*s", n, first, m, second);
    dr_diag_fix(p->diags, d, false, both, "%.*s_%.*s", n, first, m, second);
}

static bool is_plain_word(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_word(text[i]) && (i == 0 || text[i] < '0' || text[i] > '9'))
            return false;
    return len > 0 && len < 60;
}

static void hint_sign(dr_parse *p, dr_diag *d, const expected *x, const dr_syntax *found)
{
    const char *text = p->source->bytes + found->at.start;
    size_t len = found->at.end - found->at.start;
    dr_span before = {found->at.source, found->at.start, found->at.start};
    if (lacks_equals(x, text)) {
        dr_diag_hint(p->diags, d, "the value stands behind \"=\"");
        dr_diag_fix(p->diags, d, true, before, "= ");
    } else if (text[0] == '|' && find(x, "table") >= 0) {
        dr_diag_hint(p->diags, d, "a decision table begins with \"table unique\" or \"table first\"");
    } else if (x->n <= 2 && find(x, "text in quotes") >= 0) {
        dr_diag_hint(p->diags, d, "a text stands between quotes: \"like this\"");
        if (is_word(text[0]))
            dr_diag_fix(p->diags, d, false, found->at, "\"%.*s\"", (int)len, text);
    } else if (x->n == 1 && find(x, "for") >= 0) {
        dr_diag_hint(p->diags, d, "say first about which rows it is: \"for x in\" and the name of an entity");
    } else if (x->n == 1 && find(x, "in") >= 0 && is_text(p, p->earlier, "for")) {
        hint_row(p, d);
    } else if (is_text(p, p->earlier, "set") && find(x, "'='") >= 0 && is_word(text[0])) {
        hint_one_word(p, d, found->at);
    } else if (is_text(p, p->earlier, "amend") && is_word(text[0]) && find(x, "was #…") >= 0) {
        dr_span front = {p->before.source, p->before.start, p->before.start};
        dr_diag_hint(p->diags, d, "what a finding weighs is changed by: amend finding NAME %.*s",
                     (int)(len < 40 ? len : 40), text);
        dr_diag_fix(p->diags, d, false, front, "finding ");
    } else if (is_text(p, p->earlier, "attribute") && text[0] == ':') {
        dr_diag_hint(p->diags, d, "say first whose it is: an entity, a point, and its name");
    } else if (len == 6 && memcmp(text, "yes/no", 6) == 0) {
        dr_diag_hint(p->diags, d, "what is yes or no has the type \"bool\"");
        dr_diag_fix(p->diags, d, true, found->at, "bool");
    } else if (is_text(p, p->before, ":") && *text >= '0' && *text <= '9') {
        dr_diag_hint(p->diags, d, "a type stands here, and behind it \"=\" with the value");
    } else if (text[0] == '"' && find(x, "name") >= 0 && is_plain_word(text + 1, len - 2)) {
        dr_diag_hint(p->diags, d, "a name stands without quotes");
        dr_diag_fix(p->diags, d, true, found->at, "%.*s", (int)len - 2, text + 1);
    } else if (find(x, "'{'") >= 0 && x->n == 1) {
        dr_diag_hint(p->diags, d, "its values stand between braces, with commas: { a, b }");
    } else if (text[0] == '"' && is_text(p, p->before, "cite")) {
        dr_diag_hint(p->diags, d, "name the source first, as in: cite guide \"p. 4\"");
    } else if (text[0] == '=' && is_text(p, p->earlier, "param")) {
        dr_diag_hint(p->diags, d, "say its type first, as in: param NAME: duration = …");
    } else if (len == 5 && memcmp(text, "topic", 5) == 0 && find(x, "topic") >= 0) {
        dr_diag_hint(p->diags, d, "a topic has a name and a title, as in: topic timed \"What is timed\"");
    } else if (found->is_keyword && (find(x, "name") >= 0 || find(x, "name at the start of a line") >= 0)) {
        dr_diag_hint(p->diags, d, "\"%.*s\" is a word of the language, and cannot be a name",
                     (int)(len < 40 ? len : 40), text);
    }
}

static void hint(dr_parse *p, dr_diag *d, const expected *x, const dr_syntax *found)
{
    const char *text = p->source->bytes + found->at.start;
    size_t len = found->at.end - found->at.start;
    const char *near = NULL;
    dr_span top = {found->at.source, 0, 0};
    if (!found->at_end && is_word(text[0])) {
        /* Letters are left out more often than put in. */
        near = nearest(x->names, x->n, text, len, len);
        near = near != NULL ? near : nearest(x->names, x->n, text, len, 0);
    }
    if (near != NULL) {
        hint_word(p, d, found->at, near);
    } else if (find(x, "drip") >= 0 && x->n == 1) {
        dr_diag_hint(p->diags, d, "the first line of every policy file is: drip 1");
        dr_diag_fix(p->diags, d, true, top, "drip 1\n");
    } else if (!found->at_end) {
        hint_sign(p, d, x, found);
    }
}

/* The word for which this one, at the start of a line, may stand. */
static const char *meant_declaration(const dr_parse *p, dr_span at)
{
    const char *text = p->source->bytes + at.start;
    if (at.end == at.start || !in_first_column(p, at) || !is_word(text[0]))
        return NULL;
    return nearest(declarations, (int)(sizeof declarations / sizeof *declarations), text, at.end - at.start,
                   0);
}

/* `atribute Dose.x …` where a line began with a name: what is wrong is the word before. */
static bool misspelt_declaration(dr_parse *p)
{
    const char *text = p->source->bytes + p->before.start, *near = meant_declaration(p, p->before);
    size_t len = p->before.end - p->before.start;
    if (near == NULL)
        return false;
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0100", p->before, "\"%.*s\" does not begin a declaration",
                             (int)(len < 40 ? len : 40), text);
    hint_word(p, d, p->before, near);
    return true;
}

/* Is what is wrong rather that the line before stops short? */
static bool stops_short(const dr_parse *p, const expected *x, const dr_syntax *found)
{
    const char *text = p->source->bytes + found->at.start;
    if (p->before.end == p->before.start || found->at_end)
        return found->at_end && p->before.end > p->before.start;
    if (*text == '|' && find(x, "| at the end of a line") >= 0)
        return memchr(p->source->bytes + p->before.end, '\n', found->at.start - p->before.end) != NULL;
    bool complete = find(x, "param") >= 0; /* a declaration could follow */
    return !complete && found->is_keyword && in_first_column(p, found->at) &&
           is_one_of(declarations, text, found->at.end - found->at.start);
}

void dr_syntax_error(dr_parse *p, const dr_syntax *found, const char *const *names, int n)
{
    enum { TEXT_MAX = 40 };
    expected x = {.names = names, .n = n < DR_EXPECTED_MAX ? n : DR_EXPECTED_MAX};
    const char *text = p->source->bytes + found->at.start;
    size_t len = found->at.end - found->at.start, cut = len < TEXT_MAX ? len : TEXT_MAX;
    if (misspelt_declaration(p) || dr_habit(p, found, names, x.n))
        return;
    list_expected(&x);
    if (stops_short(p, &x, found)) {
        dr_diag_add(p->diags, DR_ERROR, "E0100", p->before, "this is not finished: expected %s after it",
                    x.text);
        return;
    }
    while (cut < len && cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
        cut--;
    const char *quote = found->at_end || text[0] == '"' ? "" : "\"";
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0100", found->at, "found %s%.*s%s here, expected %s",
                             quote, found->at_end ? 19 : (int)cut,
                             found->at_end ? "the end of the file" : text, quote, x.text);
    hint(p, d, &x, found);
}

/* ---- the parser's tokens */

/* What habits.c asks for: what is open, and where a condition and a value began. */
static void remember(dr_parse *p, int token, dr_span at)
{
    p->earlier = p->before;
    p->before = p->newest;
    p->newest = at;
    p->stray = false;
    if (p->begun) /* by the token before: an error at a declaration's first word is one of what it ends */
        p->n_open = 0;
    p->begun = dr_begins_declaration(p, token, at);
    switch (token) {
    case '(':
    case '{':
    case '[':
        if (p->n_open < DR_OPEN_MAX)
            p->open[p->n_open] = at;
        p->n_open++;
        break;
    case ')':
    case '}':
    case ']':
        p->stray = p->n_open == 0;
        p->n_open -= p->n_open > 0;
        break;
    case '=':
        p->equals = p->next_equals;
        p->next_equals = at;
        break;
    case TOK_WHEN:
    case TOK_WHERE:
        p->when = at;
        break;
    case TOK_LNAME:
        p->line_name = at;
        break;
    default:
        break;
    }
}

int drip_yylex(DRIP_YYSTYPE *value, DRIP_YYLTYPE *span, yyscan_t scanner)
{
    dr_parse *p = drip_yyget_extra(scanner);
    int token;
    bool stop;
    do {
        token = drip_scan(value, span, scanner);
        drip_scan_leave(scanner); /* errors are told with what stands behind the token */
        stop = !p->skipping || dr_begins_declaration(p, token, *span);
    } while (!stop && !(token == TOK_LNAME && meant_declaration(p, *span) != NULL));
    p->skipping = false;
    remember(p, token, *span);
    return token;
}
