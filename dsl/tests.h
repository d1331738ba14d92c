/* drip: tests.h, level 2a. Conditions on one cell; see tests.c. */
#ifndef DR_TESTS_H
#define DR_TESTS_H

#include "front.h"

/* Is `e` being `truth` a matter of one cell's value? Then which path, and which values (bits as dr_test). */
bool dr_test_of(dr_front *f, const dr_ast *e, bool truth, const dr_ast **path, uint64_t *mask);
uint32_t dr_test_add(dr_front *f, uint32_t slot, uint64_t mask);
/* One made before, if there is such. */
uint32_t dr_test_find(dr_front *f, uint32_t slot, uint64_t mask);

#endif
