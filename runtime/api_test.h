/* drip: api_test.h, level 3. What the files behind drip_test share. */
#ifndef DR_API_TEST_H
#define DR_API_TEST_H

#include "api.h"
#include "expected.h"

/* ---- api_threads.c */

typedef void (*dr_task_fn)(void *context, uint32_t task);
/* Carries out tasks 0 .. count-1, each once, in any order, on this thread and up to jobs - 1 others. */
void dr_api_share(uint32_t count, uint32_t jobs, dr_task_fn task, void *context);

/* ---- api_expect.c */

/* Where the session's last answer is not what the case expects: a line that says what, then the details. */
void dr_expectations_tell(drip_session *s, const dr_case *c, dr_buf *told);

/* Does it hold all that the case expects? */
bool dr_expectations_hold(drip_session *s, const dr_case *c);

/* ---- api_expect_value.c */

bool dr_told_is(drip_session *s, const dr_told *found, const dr_expect_value *v);
/* How many of the values that are expected are others there. */
uint32_t dr_told_others(drip_session *s, uint32_t line, const dr_expect *e);
/* Has the finding the code that is expected, and is it about whom it should? */
bool dr_finding_is(const drip_session *s, const dr_out_finding *f, const dr_expect *e);

/* In the words of a scenario: "name value", " about A", "value", "about A". */
void dr_expected_value_write(const dr_expect_value *v, dr_buf *out);
void dr_expected_about_write(const dr_expect *e, dr_buf *out);
void dr_found_value_write(drip_session *s, const dr_told *found, dr_buf *out);
void dr_found_about_write(drip_session *s, const dr_out_finding *f, dr_buf *out);

/* ---- api_test.c */

/* Scenarios that are for one policy, compiled; and the sources of what they are for, without them where they
 * stand in files of their own. */
typedef struct dr_test_home {
    const drip_layers *layers;
    drip_program *home;
} dr_test_home;
typedef drip_status (*dr_home_fn)(void *context, const dr_test_home *home);
/* Tells of each, in order, until one does not answer DRIP_OK. */
drip_status dr_test_homes(drip_layers *layers, const char *search_path, const drip_options_test *options,
                          dr_home_fn fn, void *context, drip_error **error);

/* Tells of each scenario in the sources, compiled with the policies they are for, until it is told false. Sources that
 * do not compile are passed over. */
drip_status dr_tests_cases(drip_layers *files, const char *search_path, bool (*tell)(void *, const dr_case *),
                           void *context);

#endif
