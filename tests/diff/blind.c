/* Takes the place of functions that `drip diff` calls, by the linker's --wrap, so that its comparison goes blind in one way
 * each: the change it plants must then be missed, and it must fail. BLIND says which. */
#include "drip.h"

#if BLIND == 1 /* nothing is added */
drip_status __wrap_drip_diff_add(drip_diff *diff, drip_session *before, drip_session *after, const drip_diff_case *which,
                                 drip_change_fn each, void *context);
drip_status __wrap_drip_diff_add(drip_diff *diff, drip_session *before, drip_session *after, const drip_diff_case *which,
                                 drip_change_fn each, void *context)
{
    (void)diff, (void)before, (void)after, (void)which, (void)each, (void)context;
    return DRIP_OK;
}
#elif BLIND == 2 /* findings are not seen by the comparison */
uint32_t __wrap_drip_result_findings(const drip_session *session);
uint32_t __wrap_drip_result_findings(const drip_session *session)
{
    (void)session;
    return 0;
}
#elif BLIND == 3 /* what is to be planted is not */
drip_status __wrap_drip_layers_plant(drip_layers *layers, const drip_program *program, const char *name, drip_error **error);
drip_status __wrap_drip_layers_plant(drip_layers *layers, const drip_program *program, const char *name, drip_error **error)
{
    (void)layers, (void)program, (void)name, (void)error;
    return DRIP_OK;
}
#elif BLIND == 4 /* the report says nothing of kinds */
drip_status __wrap_drip_diff_kind_at(drip_diff *diff, uint32_t kind, drip_diff_kind *view);
drip_status __wrap_drip_diff_kind_at(drip_diff *diff, uint32_t kind, drip_diff_kind *view)
{
    (void)diff, (void)kind, (void)view;
    return DRIP_NOT_FOUND;
}
#endif
