/* drip: layout.c, level 2a. Where each token goes: the lines, that is indentation and blanks between words; the
 * columns follow in columns.c. Works on tokens of a source that parses; knows the grammar's shape and no meaning. */
#include "layout.h"

enum {
    VARIED = 4,
    SEEN_WHERE = 1,
    SEEN_BY = 2,
    SEEN_ORDERED = 4,
    SEEN_WHEN = 8,
    SEEN_BODY = 16,
    SEEN_VARY = 32,
    SEEN_EXPECT = 64
};

/* The walk over the tokens: what it must remember of a declaration. */
typedef struct walk {
    dr_layout *l;
    int decl;       /* the word it begins with; of `extend`, `amend line` and the like, the next */
    uint32_t depth; /* of parentheses, brackets and braces */
    uint32_t seen;
    uint32_t indent; /* of the member */
    uint32_t base;   /* of lines that continue its expression */
    uint32_t hang;   /* of lines that continue its newest part */
    uint32_t column; /* of a table's row, counted from 1; 0: this row is not aligned */
    bool labels;     /* some rows of the table have one before their first bar */
    bool member;     /* on the first line of a member that may have = */
    bool alone;      /* no other declaration begins on the declaration's first line before it */
} walk;

/* ---- what a token is */

/* Does token i end a value, so that a name after it begins something new and a - is a minus between two? */
static bool ends_value(const dr_layout *l, uint32_t i)
{
    switch (dr_layout_kind(l, i)) {
    case TOK_NAME:
    case TOK_LNAME:
    case TOK_NUMBER:
    case TOK_CODE:
    case TOK_UNIT:
    case TOK_STRING:
    case TOK_DATE:
    case TOK_TIME:
    case TOK_DATETIME:
    case ')':
    case ']':
    case '}':
    case '?':
    case TOK_YES:
    case TOK_NO:
    case TOK_THIS:
    case TOK_NOTHING:
    case TOK_EACH:
    case TOK_KNOWN:
    case TOK_MISSING:
    case TOK_ONWARD:
    case TOK_AS_CHARTED:
    case TOK_PIN:
    case TOK_BAR_LAST:
        return true;
    default:
        return dr_layout_kind(l, i - 1) == '.';
    }
}

static bool is_top_word(int kind)
{
    return kind == TOK_DRIP || dr_declaration_word(kind);
}

static bool begins_declaration(const walk *w, uint32_t i)
{
    int before = dr_layout_kind(w->l, i - 1), after = dr_layout_kind(w->l, i + 1);
    int kind = dr_layout_kind(w->l, i);
    if (w->depth > 0 || !is_top_word(kind) || before == '.' || before == ',' || before == TOK_EXTEND ||
        before == TOK_AMEND || before == TOK_SUSPEND)
        return false;
    if (kind == TOK_SET)
        return after != TOK_OF;
    if (kind == TOK_TABLE)
        return after != TOK_UNIQUE && after != TOK_FIRST;
    bool expected = before == TOK_EXPECT || before == ';' || before == TOK_NO;
    return kind != TOK_FINDING || !expected || (w->seen & SEEN_EXPECT) == 0;
}

static bool in_scenario(const walk *w)
{
    return w->decl == TOK_SCENARIO || w->decl == TOK_SHORTHAND;
}

static bool begins_field(const walk *w, uint32_t i)
{
    bool fields = w->decl == TOK_ENTITY || w->decl == TOK_RESULT;
    return fields && dr_layout_kind(w->l, i) == TOK_LNAME && dr_layout_kind(w->l, i + 1) == ':';
}

static bool begins_labelled_row(const dr_layout *l, uint32_t i)
{
    int after = dr_layout_kind(l, i + 1);
    return dr_layout_kind(l, i) == TOK_LNAME &&
           (after == TOK_BAR || (after == TOK_FIXED && dr_layout_kind(l, i + 2) == TOK_BAR));
}

/* A clause, an assignment or a unit: a name at the start of a line, and in the end its = . */
static bool begins_clause(const walk *w, uint32_t i)
{
    int after = dr_layout_kind(w->l, i + 1);
    if (dr_layout_kind(w->l, i) != TOK_LNAME || !ends_value(w->l, i - 1))
        return false;
    if (w->decl == TOK_ATTRIBUTE || w->decl == TOK_ADD)
        return after == TOK_FIXED || after == '=' || after == TOK_EXCEPT || after == TOK_WHEN ||
               after == TOK_EFFECTIVE || after == TOK_KNOWN;
    return after == '=' && (w->decl == TOK_LINE || w->decl == TOK_MARK || w->decl == TOK_DIMENSION);
}

static bool begins_statement(const dr_layout *l, uint32_t i)
{
    int before = dr_layout_kind(l, i - 1);
    switch (dr_layout_kind(l, i)) {
    case TOK_LNAME:
        return before != ',' && before != '.' && before != TOK_WITH && before != TOK_UNDER &&
               before != TOK_BECAUSE && before != TOK_SHORTHAND;
    case TOK_ON:
        return before != ',' && before != TOK_KNOWN;
    case TOK_KNOWN:
        return before != ',' && dr_layout_kind(l, i + 1) == TOK_ON;
    case TOK_WITH:
    case TOK_EXPECT:
    case TOK_VARY:
        return before != ',';
    default:
        return false;
    }
}

/* Of words that a declaration may have once as a part of its own, and again inside an expression. */
static bool begins_part(const walk *w, uint32_t i)
{
    bool rule = w->decl == TOK_LINE || w->decl == TOK_MARK || w->decl == TOK_FINDING;
    bool rows = w->decl == TOK_ENTITY || w->decl == TOK_CLOCK || w->decl == TOK_RESULT;
    bool head = (w->seen & SEEN_BODY) == 0;
    switch (dr_layout_kind(w->l, i)) {
    case TOK_WHERE:
        return rows && (w->seen & SEEN_WHERE) == 0;
    case TOK_BY:
        return rows && (w->seen & (SEEN_BY | SEEN_ORDERED)) == 0;
    case TOK_ORDERED:
        return rows;
    case TOK_BEGINS:
    case TOK_OPENS:
    case TOK_CLOSES:
        return w->decl == TOK_CLOCK;
    case TOK_WHEN:
    case TOK_EFFECTIVE:
        return rule && head;
    case TOK_FOR:
        return rule && head && (w->seen & SEEN_WHEN) == 0;
    case TOK_MESSAGE:
    case TOK_ABOUT:
    case TOK_ON_TOPIC:
    case TOK_CURE:
        return w->decl == TOK_FINDING;
    case TOK_ALSO:
        return w->decl == TOK_LINE;
    case TOK_SAYS:
        return rule;
    case TOK_CITE:
        return rule || w->decl == TOK_TABLE || w->decl == TOK_HOOK;
    case TOK_SHOWS:
    case TOK_TOTALS:
        return w->decl == TOK_ENTITY;
    case TOK_FROM:
        return w->decl == TOK_TABLE && head;
    case TOK_TABLE:
        return true;
    case TOK_BAR_FIRST:
        return true;
    default:
        return false;
    }
}

static bool begins_member(const walk *w, uint32_t i)
{
    if (w->depth > 0)
        return false;
    if (in_scenario(w))
        return begins_statement(w->l, i);
    return begins_field(w, i) || begins_labelled_row(w->l, i) || begins_clause(w, i) || begins_part(w, i);
}

/* ---- lines */

/* How far behind the start of its line the expression stands that this word introduces; 0 for other words. */
static uint32_t introduces(const dr_layout *l, uint32_t i)
{
    switch (dr_layout_kind(l, i)) {
    case '=':
        return 2;
    case TOK_BY:
        return 3;
    case TOK_WHEN:
        return 5;
    case TOK_WHERE:
        return 6;
    case TOK_ORDERED:
        return 11;
    default:
        return 0;
    }
}

static void hang_from(walk *w, uint32_t column)
{
    w->base = w->hang = column;
}

static uint32_t place_member(walk *w, uint32_t i)
{
    uint32_t lead = in_scenario(w) ? 0 : introduces(w->l, i);
    bool varied = (w->seen & SEEN_VARY) != 0 && dr_layout_kind(w->l, i) != TOK_VARY;
    w->indent = varied ? VARIED : MEMBER;
    hang_from(w, w->indent + (lead > 0 ? lead : 2));
    return w->indent;
}

/* A line that goes on with a declaration, a member or an expression. */
static uint32_t place_continuation(walk *w, uint32_t i)
{
    uint32_t at = w->hang, lead = introduces(w->l, i);
    uint32_t begin = w->indent + 2 < CONTINUED ? CONTINUED : w->indent + 2;
    switch (w->depth > 0 ? 0 : dr_layout_kind(w->l, i)) {
    case '=':
    case TOK_WHEN:
    case TOK_EXCEPT:
    case TOK_EFFECTIVE:
    case TOK_KNOWN:
    case TOK_CITE:
    case TOK_PIN:
        hang_from(w, begin + (lead > 0 ? lead : 2));
        return begin;
    default:
        break;
    }
    if (lead == 0)
        return at;
    w->hang = w->base + lead;
    return w->base;
}

static uint32_t place_first(walk *w, uint32_t i)
{
    if (w->l->tokens[i].top)
        return 0;
    return begins_member(w, i) ? place_member(w, i) : place_continuation(w, i);
}

/* Is the - at i a range or a suffix (09:00-10:30, a code and its suffix), which is written tight? Not where
 * that would make another token of it: four digits and twice two are a date. */
static bool is_tight(const walk *w, uint32_t i)
{
    const dr_layout *l = w->l;
    int left = dr_layout_kind(l, i - 1);
    if (!in_scenario(w) || w->depth > 0 || l->tokens[i].first || i + 1 >= l->count || l->tokens[i + 1].first)
        return false;
    if (left == TOK_NUMBER && l->tokens[i - 1].width == 4 && dr_layout_kind(l, i + 2) == '-')
        return false;
    return left == TOK_NUMBER || left == TOK_CODE || left == TOK_STRING || left == TOK_TIME;
}

/* Does the ( at i open what a hook is given? It touches its name. */
static bool calls(const walk *w, uint32_t i)
{
    int before = dr_layout_kind(w->l, i - 1);
    return (before == TOK_NAME || before == TOK_LNAME) && w->decl != TOK_TABLE && w->decl != TOK_EXTEND;
}

static bool is_bar(int kind)
{
    return kind == TOK_BAR || kind == TOK_BARS || kind == TOK_BAR_LAST;
}

/* The blanks between token i and the one before it on its line. */
static uint32_t place_inside(const walk *w, uint32_t i)
{
    const dr_layout *l = w->l;
    int before = dr_layout_kind(l, i - 1);
    switch (dr_layout_kind(l, i)) {
    case ',':
    case ';':
    case ')':
    case ']':
    case '?':
    case '.':
    case '[':
    case TOK_DOTS:
        return 0;
    case '(':
        if (calls(w, i))
            return 0;
        break;
    case '}':
        return l->tokens[i].wide ? 1 : 0;
    case ':':
        return l->tokens[i].stop == STOP_COLON ? 1 : 0;
    case TOK_CITE:
    case TOK_ALSO:
    case TOK_PIN:
        return 2;
    case '-':
        if (is_tight(w, i))
            return 0;
        break;
    default:
        break;
    }
    switch (before) {
    case '(':
    case '[':
    case '.':
    case TOK_DOTS:
        return 0;
    case '{':
        return l->tokens[i - 1].wide ? 1 : 0;
    case '-':
        if (is_tight(w, i - 1))
            return 0;
        return ends_value(l, i - 2) || is_bar(dr_layout_kind(l, i)) ? 1 : 0;
    default:
        return l->tokens[i].stop == STOP_TAIL ? 2 : 1;
    }
}

/* ---- stops */

/* The token behind the type that begins at i. */
static uint32_t behind_type(const dr_layout *l, uint32_t i)
{
    int kind = dr_layout_kind(l, i);
    if (kind == '{') {
        while (i < l->count && l->tokens[i].kind != '}')
            i++;
        return i + 1;
    }
    i += kind == TOK_SET || kind == TOK_LIST ? 3 : 1;
    i += dr_layout_kind(l, i) == TOK_PER ? 2 : 0;
    return i + (dr_layout_kind(l, i) == '?' ? 1 : 0);
}

static void stop_field(dr_layout *l, uint32_t i)
{
    uint32_t tail = behind_type(l, i + 2);
    if (!l->tokens[i + 1].first)
        l->tokens[i + 1].stop = STOP_COLON;
    for (uint32_t k = i + 1; k <= tail; k++)
        if (k >= l->count || l->tokens[k].first)
            return;
    int kind = l->tokens[tail].kind;
    if (kind == TOK_AS || kind == TOK_KEY || kind == TOK_COUNT || kind == TOK_NAME)
        l->tokens[tail].stop = STOP_TAIL;
    for (uint32_t k = tail; k < l->count && k <= tail + 3 && !l->tokens[k].first; k++)
        if (l->tokens[k].kind == TOK_ALSO)
            l->tokens[k].stop = STOP_ALSO;
}

/* What an entity shows, and as what. */
static void stop_shown(dr_layout *l, uint32_t i)
{
    if (i + 2 < l->count && !l->tokens[i + 1].first && !l->tokens[i + 2].first)
        l->tokens[i + 2].stop = STOP_SHOWN;
}

/* Has this row, or one of those below it, a name before its first bar? */
static bool has_labels(const dr_layout *l, uint32_t i)
{
    bool labels = false;
    while (dr_layout_kind(l, i) == TOK_BAR_FIRST || begins_labelled_row(l, i)) {
        labels = labels || dr_layout_kind(l, i) == TOK_LNAME;
        while (i < l->count && l->tokens[i].kind != TOK_BAR_LAST)
            i++;
        i++;
    }
    return labels;
}

/* A row whose cells go over several lines keeps its own columns. */
static bool row_on_one_line(const dr_layout *l, uint32_t i)
{
    for (i++; i < l->count && !l->tokens[i].first; i++)
        if (l->tokens[i].kind == TOK_BAR_LAST)
            return true;
    return false;
}

static void stop_in_member(dr_token *t)
{
    switch (t->kind) {
    case '=':
        t->stop = STOP_EQUALS;
        break;
    case TOK_ALSO:
        t->stop = STOP_ALSO;
        break;
    case TOK_CITE:
        t->stop = STOP_CITE;
        break;
    default:
        break;
    }
}

static void stop_at(walk *w, uint32_t i)
{
    dr_token *t = &w->l->tokens[i];
    bool labelled = begins_labelled_row(w->l, i);
    if ((t->kind == TOK_BAR_FIRST || labelled) && dr_layout_kind(w->l, i - 1) != TOK_BAR_LAST)
        w->labels = has_labels(w->l, i);
    if (t->kind == TOK_BAR_FIRST || labelled)
        w->column = row_on_one_line(w->l, i) ? 1 : 0;
    if (t->kind == TOK_BAR_FIRST && w->labels && w->column > 0)
        t->stop = (uint8_t)(STOP_CELL + w->column++ - 1);
    else if (is_bar(t->kind) && w->column > 0 && w->column <= LAYOUT_COLUMNS_MAX)
        t->stop = (uint8_t)(STOP_CELL + w->column++ - 1);
    else if (w->member && !t->first)
        stop_in_member(t);
    else if (w->alone && w->decl == TOK_PARAM && t->kind == TOK_CITE)
        t->stop = STOP_CITE;
    else if (w->alone && !t->first && (w->decl == TOK_SOURCE || w->decl == TOK_TOPIC) &&
             t->kind == TOK_STRING)
        t->stop = STOP_NAME;
    else if (w->alone && !t->first && w->decl == TOK_ENUM && t->kind == '{')
        t->stop = STOP_NAME;
    if ((t->kind == '{' || t->kind == '}') && w->decl == TOK_ENUM)
        t->wide = true;
}

/* ---- the walk */

static void begin_declaration(walk *w, uint32_t i)
{
    dr_layout *l = w->l;
    l->tokens[i].top = true;
    int next = dr_layout_kind(l, i + 1);
    w->decl = l->tokens[i].kind;
    if (w->decl == TOK_EXTEND ||
        (w->decl == TOK_AMEND && (next == TOK_LINE || next == TOK_MARK || next == TOK_FINDING)))
        w->decl = next;
    w->seen = w->indent = w->column = 0;
    w->member = w->labels = false;
    w->alone = l->tokens[i].first;
    hang_from(w, CONTINUED);
}

static void begin_line(walk *w, uint32_t i)
{
    bool field = begins_field(w, i);
    w->member = w->depth == 0 && !field && begins_clause(w, i);
    if (w->depth == 0 && in_scenario(w) && begins_statement(w->l, i))
        w->seen &= ~(uint32_t)SEEN_EXPECT;
    if (w->depth == 0 && field)
        stop_field(w->l, i);
    int kind = dr_layout_kind(w->l, i);
    if (w->depth == 0 && w->decl == TOK_ENTITY && (kind == TOK_SHOWS || kind == TOK_TOTALS))
        stop_shown(w->l, i);
}

static void remember(walk *w, uint32_t i)
{
    switch (dr_layout_kind(w->l, i)) {
    case '(':
    case '[':
    case '{':
        w->depth++;
        break;
    case ')':
    case ']':
    case '}':
        w->depth -= w->depth > 0;
        break;
    case TOK_WHERE:
        w->seen |= SEEN_WHERE;
        break;
    case TOK_BY:
        w->seen |= SEEN_BY;
        break;
    case TOK_ORDERED:
        w->seen |= SEEN_ORDERED;
        break;
    case TOK_WHEN:
        w->seen |= SEEN_WHEN;
        break;
    case '=':
    case TOK_MESSAGE:
    case TOK_ABOUT:
    case TOK_ON_TOPIC:
    case TOK_CURE:
    case TOK_SAYS:
    case TOK_ALSO:
    case TOK_BAR_FIRST:
        w->seen |= SEEN_BODY;
        break;
    case TOK_VARY:
        w->seen |= SEEN_VARY;
        break;
    case TOK_EXPECT:
        w->seen |= SEEN_EXPECT;
        break;
    default:
        break;
    }
}

void dr_layout_place(dr_layout *l)
{
    walk w = {.l = l};
    for (uint32_t i = 0; i < l->count; i++) {
        dr_token *t = &l->tokens[i];
        if (begins_declaration(&w, i))
            begin_declaration(&w, i);
        else if (t->first)
            begin_line(&w, i);
        stop_at(&w, i);
        t->gap = t->first ? place_first(&w, i) : place_inside(&w, i);
        remember(&w, i);
    }
}
