/* drip: sqlite_drip.c, level 4. Policies in SQL, as a loadable extension of SQLite.
 *
 *   drip_lines(policy, encounter)      a table: a row for each line of the result, with the fields that the policy
 *                                      declares of a line, and the clause that decided it with its citation
 *   drip_findings(policy, encounter)   a table: a row for each finding
 *   drip_result(policy, encounter)     the drip.result/1, as text for SQLite's JSON functions
 *
 *   SELECT e.id, l.code, l.units FROM encounters e, drip_lines('national', e.json) l;
 *
 * A policy is given by its name, never by a path: who may only ask questions is not to open files. It is looked for along
 * the environment's DRIP_PATH, else in DRIP_DATA, compiled when it is first named, and kept for the connection. A NULL
 * argument gives no rows, or NULL. A refused encounter is an error of the query, which names its id and the place
 * in it and nothing else that stands there. Columns of drip_lines are those of the national policy; a field that
 * another one does not have is NULL there.
 *
 *   cc -shared -fPIC -o sqlite_drip.so sqlite_drip.c $(pkg-config --cflags --libs drip) */
#include "drip.h"

#include <sqlite3ext.h>
#include <stdlib.h>
#include <string.h>
SQLITE_EXTENSION_INIT1

#ifndef DRIP_DATA
#define DRIP_DATA "/usr/local/share/drip"
#endif

enum { FIELDS_MAX = 64 };
enum { POLICY, ENCOUNTER, GIVEN }; /* the arguments, which are the hidden columns behind the others */

/* What a connection has compiled. */
typedef struct known {
    struct known *next;
    drip_program *program;
    drip_session *session; /* of drip_result; each cursor has its own, as several are open at once */
    char name[];
} known;

typedef struct shared {
    int users; /* the functions that hold it */
    drip_engine *engine;
    known *known;
} shared;

typedef struct table {
    sqlite3_vtab base;
    shared *s;
    int n_fields; /* of a line; 0 for findings */
    char *fields[FIELDS_MAX];
} table;

typedef struct cursor {
    sqlite3_vtab_cursor base;
    drip_session *session;
    uint32_t row, rows;
    uint32_t
        field[FIELDS_MAX]; /* of the session's program, for each of the table's; past the last: it has none */
    sqlite3_value *given[GIVEN];
} cursor;

/* ---- programs, once for each policy */

static void leave(void *argument)
{
    shared *s = argument;
    if (--s->users > 0)
        return;
    for (known *k = s->known, *next; k != NULL; k = next) {
        next = k->next;
        drip_session_free(k->session);
        drip_program_free(k->program);
        sqlite3_free(k);
    }
    drip_engine_free(s->engine);
    sqlite3_free(s);
}

static drip_status compile(shared *s, const char *policy, drip_program **program, drip_error **error)
{
    const char *path = getenv("DRIP_PATH");
    drip_layers *layers = NULL;
    drip_status status = drip_layers_new(s->engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add_policy_files(layers, policy, path != NULL ? path : DRIP_DATA, error);
    if (status == DRIP_OK)
        status = drip_compile(layers, program, error);
    drip_layers_free(layers);
    return status;
}

/* NULL with *why, the caller's to sqlite3_free. */
static known *find(shared *s, const char *policy, char **why)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t len = strlen(policy);
    for (known *k = s->known; k != NULL; k = k->next)
        if (strcmp(k->name, policy) == 0)
            return k;
    if (len == 0 || len > 79 || strspn(policy, name) != len || policy[0] == '.' ||
        sqlite3_strlike("%.drip", policy, 0) == 0) {
        *why = sqlite3_mprintf("a policy is given by its name, as \"national\"");
        return NULL;
    }
    drip_error *error = NULL;
    known *k = sqlite3_malloc64(sizeof *k + len + 1);
    drip_program *program = NULL;
    drip_status status = k == NULL ? DRIP_NO_MEMORY : compile(s, policy, &program, &error);
    if (status == DRIP_OK) {
        *k = (known){.next = s->known, .program = program};
        memcpy(k->name, policy, len + 1);
        s->known = k;
    } else {
        *why = sqlite3_mprintf("%s", error != NULL ? drip_error_text(error) : drip_status_name(status));
        sqlite3_free(k);
        k = NULL;
    }
    drip_error_free(error);
    return k;
}

/* Evaluates in *session, which is made, or made anew, where it is not of this policy. */
static int evaluate(shared *s, sqlite3_value **given, drip_session **session, char **why)
{
    const char *policy = (const char *)sqlite3_value_text(given[POLICY]);
    known *k = policy == NULL ? NULL : find(s, policy, why);
    if (k == NULL)
        return policy == NULL ? SQLITE_NOMEM : SQLITE_ERROR;
    if (*session == NULL || drip_session_program(*session) != k->program) {
        drip_session_free(*session);
        if (drip_session_new(k->program, session) != DRIP_OK)
            return SQLITE_NOMEM;
    }
    const char *json = (const char *)sqlite3_value_text(given[ENCOUNTER]);
    drip_status status = drip_eval(*session, json, (size_t)sqlite3_value_bytes(given[ENCOUNTER]));
    if (status == DRIP_OK)
        return SQLITE_OK;
    const char *message = drip_session_message(*session);
    *why = sqlite3_mprintf("%s", *message != '\0' ? message : drip_status_name(status));
    return SQLITE_ERROR;
}

static int is_missing(sqlite3_value **given)
{
    return sqlite3_value_type(given[POLICY]) == SQLITE_NULL ||
           sqlite3_value_type(given[ENCOUNTER]) == SQLITE_NULL;
}

static void result(sqlite3_context *c, int n, sqlite3_value **given)
{
    shared *s = sqlite3_user_data(c);
    const char *policy = (const char *)sqlite3_value_text(given[POLICY]), *json = NULL;
    char *why = NULL;
    size_t len = 0;
    (void)n;
    if (is_missing(given))
        return;
    known *k = find(s, policy, &why);
    int status = k == NULL ? SQLITE_ERROR : evaluate(s, given, &k->session, &why);
    if (status == SQLITE_OK && drip_result_json(k->session, &json, &len) != DRIP_OK)
        status = SQLITE_NOMEM;
    if (status == SQLITE_OK)
        sqlite3_result_text64(c, json, len, SQLITE_TRANSIENT, SQLITE_UTF8);
    else if (why != NULL)
        sqlite3_result_error(c, why, -1);
    else
        sqlite3_result_error_nomem(c);
    sqlite3_free(why);
}

/* ---- the tables */

static const char *const finding_columns[] = {"severity", "code", "message", "about",
                                              "clause",   "cite", "cure"};
static const char *const line_columns[] = {"clause", "cite"}; /* behind the fields */
enum { FINDING_COLUMNS = sizeof finding_columns / sizeof *finding_columns, LINE_COLUMNS = 2 };

static int disconnect(sqlite3_vtab *base)
{
    table *t = (table *)base;
    for (int i = 0; i < t->n_fields; i++)
        sqlite3_free(t->fields[i]);
    sqlite3_free(t);
    return SQLITE_OK;
}

static int take_fields(table *t, char **why)
{
    drip_session *session = NULL;
    known *k = find(t->s, "national", why);
    if (k == NULL)
        return SQLITE_ERROR;
    if (drip_session_new(k->program, &session) != DRIP_OK)
        return SQLITE_NOMEM;
    uint32_t n = drip_result_fields(session);
    for (uint32_t i = 0; i < n && i < FIELDS_MAX; i++)
        if ((t->fields[i] = sqlite3_mprintf("%s", drip_result_field_name(session, i))) != NULL)
            t->n_fields++;
    drip_session_free(session);
    return SQLITE_OK;
}

static int declare(sqlite3 *db, const table *t)
{
    const char *const *more = t->n_fields > 0 ? line_columns : finding_columns;
    int n = t->n_fields > 0 ? LINE_COLUMNS : FINDING_COLUMNS;
    sqlite3_str *sql = sqlite3_str_new(db);
    sqlite3_str_appendall(sql, "CREATE TABLE x(");
    for (int i = 0; i < t->n_fields; i++)
        sqlite3_str_appendf(sql, "\"%w\", ", t->fields[i]);
    for (int i = 0; i < n; i++)
        sqlite3_str_appendf(sql, "%s, ", more[i]);
    sqlite3_str_appendall(sql, "policy HIDDEN, encounter HIDDEN)");
    char *text = sqlite3_str_finish(sql);
    int status = text == NULL ? SQLITE_NOMEM : sqlite3_declare_vtab(db, text);
    sqlite3_free(text);
    return status;
}

static int connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **base, char **why)
{
    table *t = sqlite3_malloc(sizeof *t);
    (void)argc;
    if (t == NULL)
        return SQLITE_NOMEM;
    *t = (table){.s = aux};
    int status = strcmp(argv[0], "drip_lines") == 0 ? take_fields(t, why) : SQLITE_OK;
    if (status == SQLITE_OK)
        status = declare(db, t);
    if (status == SQLITE_OK)
        *base = &t->base;
    else
        disconnect(&t->base);
    return status;
}

static int columns(const table *t)
{
    return t->n_fields > 0 ? t->n_fields + LINE_COLUMNS : FINDING_COLUMNS;
}

/* Both arguments must be known before there are rows. */
static int best_index(sqlite3_vtab *base, sqlite3_index_info *plan)
{
    int first = columns((table *)base), found = 0;
    for (int i = 0; i < plan->nConstraint; i++) {
        int given = plan->aConstraint[i].iColumn - first;
        if (given < POLICY || plan->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!plan->aConstraint[i].usable)
            return SQLITE_CONSTRAINT;
        plan->aConstraintUsage[i].argvIndex = given + 1;
        plan->aConstraintUsage[i].omit = 1;
        found |= 1 << given;
    }
    if (found != (1 << GIVEN) - 1) {
        base->zErrMsg = sqlite3_mprintf("it takes a policy and an encounter");
        return SQLITE_ERROR;
    }
    plan->estimatedCost = 1000;
    plan->estimatedRows = 10;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    cursor *c = sqlite3_malloc(sizeof *c);
    (void)base;
    if (c == NULL)
        return SQLITE_NOMEM;
    *c = (cursor){0};
    *out = &c->base;
    return SQLITE_OK;
}

static void forget(cursor *c)
{
    c->row = c->rows = 0;
    for (int i = 0; i < GIVEN; i++) {
        sqlite3_value_free(c->given[i]);
        c->given[i] = NULL;
    }
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    cursor *c = (cursor *)base;
    forget(c);
    drip_session_free(c->session);
    sqlite3_free(c);
    return SQLITE_OK;
}

static void find_fields(cursor *c, const table *t)
{
    uint32_t n = drip_result_fields(c->session);
    for (int i = 0; i < t->n_fields; i++)
        for (c->field[i] = 0; c->field[i] < n; c->field[i]++)
            if (strcmp(drip_result_field_name(c->session, c->field[i]), t->fields[i]) == 0)
                break;
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *name, int argc, sqlite3_value **argv)
{
    cursor *c = (cursor *)base;
    table *t = (table *)base->pVtab;
    (void)number, (void)name, (void)argc;
    forget(c);
    if (is_missing(argv))
        return SQLITE_OK;
    char *why = NULL;
    int status = evaluate(t->s, argv, &c->session, &why);
    if (status == SQLITE_OK) {
        find_fields(c, t);
        c->rows = t->n_fields > 0 ? drip_result_lines(c->session) : drip_result_findings(c->session);
        for (int i = 0; i < GIVEN; i++)
            c->given[i] = sqlite3_value_dup(argv[i]);
    } else {
        sqlite3_free(base->pVtab->zErrMsg);
        base->pVtab->zErrMsg = why;
    }
    return status;
}

static int next(sqlite3_vtab_cursor *base)
{
    ((cursor *)base)->row++;
    return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base)
{
    return ((cursor *)base)->row >= ((cursor *)base)->rows;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *id)
{
    *id = ((cursor *)base)->row;
    return SQLITE_OK;
}

static void give(sqlite3_context *to, const char *text)
{
    if (text != NULL && *text != '\0') /* what is missing is NULL */
        sqlite3_result_text(to, text, -1, SQLITE_TRANSIENT);
}

static void give_line(cursor *c, const table *t, sqlite3_context *to, int column)
{
    drip_clause clause;
    if (column < t->n_fields) {
        const char *text = drip_result_line_text(c->session, c->row, c->field[column]);
        if (drip_result_field_role(c->session, c->field[column]) == DRIP_ROLE_COUNT && *text != '\0')
            sqlite3_result_int64(to, strtoll(text, NULL, 10));
        else
            give(to, text);
    } else if (drip_result_line_clause(c->session, c->row, 0, &clause) == DRIP_OK)
        give(to, column == t->n_fields ? clause.name : clause.cite);
}

static void give_finding(cursor *c, sqlite3_context *to, int column)
{
    static const char *const severities[] = {"deny", "hold", "warn", "info"};
    drip_finding f;
    drip_advice advice = {0};
    if (drip_result_finding(c->session, c->row, &f) != DRIP_OK)
        return;
    if (column == FINDING_COLUMNS - 1)
        (void)drip_result_advice(c->session, c->row, &advice);
    const char *const texts[FINDING_COLUMNS] = {severities[f.severity], f.code,        f.message,  f.about,
                                                f.clause.name,          f.clause.cite, advice.cure};
    give(to, texts[column]);
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *to, int at)
{
    cursor *c = (cursor *)base;
    const table *t = (const table *)base->pVtab;
    if (at >= columns(t))
        sqlite3_result_value(to, c->given[at - columns(t)]);
    else if (t->n_fields > 0)
        give_line(c, t, to, at);
    else
        give_finding(c, to, at);
    return SQLITE_OK;
}

static const sqlite3_module module = {.xConnect =
                                          connect, /* no xCreate: the tables are there without being made */
                                      .xBestIndex = best_index,
                                      .xDisconnect = disconnect,
                                      .xOpen = open_cursor,
                                      .xClose = close_cursor,
                                      .xFilter = filter,
                                      .xNext = next,
                                      .xEof = at_end,
                                      .xColumn = column,
                                      .xRowid = rowid};

int sqlite3_sqlitedrip_init(sqlite3 *db, char **why, const sqlite3_api_routines *api)
{
    SQLITE_EXTENSION_INIT2(api);
    shared *s = sqlite3_malloc(sizeof *s);
    (void)why;
    if (s == NULL)
        return SQLITE_NOMEM;
    *s = (shared){.users = 3}; /* a call that fails leaves, too */
    if (drip_engine_new(NULL, NULL, NULL, &s->engine) != DRIP_OK) {
        sqlite3_free(s);
        return SQLITE_NOMEM;
    }
    int lines = sqlite3_create_module_v2(db, "drip_lines", &module, s, leave);
    int findings = sqlite3_create_module_v2(db, "drip_findings", &module, s, leave);
    int whole =
        sqlite3_create_function_v2(db, "drip_result", GIVEN, SQLITE_UTF8, s, result, NULL, NULL, leave);
    return lines != SQLITE_OK ? lines : findings != SQLITE_OK ? findings : whole;
}
