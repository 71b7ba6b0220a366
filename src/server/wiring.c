#include "server/wiring.h"

#include "feature/category/category.h"
#include "feature/job/job.h"
#include "feature/token/token.h"
#include "feature/trash/trash.h"
#include "feature/user/user.h"

const RecordHook *const wiring_hooks[] = { &user_hook, &token_hook, &category_hook, &job_hook, NULL };

const JobType *const wiring_job_types[] = { &trash_clear_job, NULL };
