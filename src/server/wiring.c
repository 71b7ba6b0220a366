#include "server/wiring.h"

#include "feature/address/address.h"
#include "feature/association/association.h"
#include "feature/bookmark/bookmark.h"
#include "feature/category/category.h"
#include "feature/job/job.h"
#include "feature/language/language.h"
#include "feature/mass/mass_job.h"
#include "feature/mass/upsert_job.h"
#include "feature/token/token.h"
#include "feature/trash/trash.h"
#include "feature/user/user.h"

const RecordHook *const wiring_hooks[] = { &user_hook,        &token_hook,
                                           &category_hook,    &job_hook,
                                           &association_hook, &association_product_hook,
                                           &bookmark_hook,    &address_hook,
                                           &language_hook,    NULL };

const JobType *const wiring_job_types[] = {
    &upsert_job,    &mass_update_job, &mass_delete_job, &mass_restore_job,
    &mass_link_job, &mass_unlink_job, &trash_clear_job, NULL,
};
