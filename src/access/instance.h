#pragma once
/* Instance: what the process holds for all its tasks, made at boot. Each part names its own lock.
 */

#include <pthread.h>

#include "access/fresh_writes.h"
#include "base/id.h"
#include "query/total_cache.h"
#include "schema/schema.h"
#include "sql/lane.h"
#include "sql/replica_set.h"

typedef struct Login Login;
typedef struct RecordHook RecordHook;
typedef struct JobRunner JobRunner;

typedef struct Instance {
    SqlDatabase *database;
    ReplicaSet *replicas;      /* NULL = none */
    FreshWrites *fresh_writes; /* NULL without replicas */
    Lane *lane;
    Schema *schema; /* swapped by instance_set_schema; take it by instance_take_schema */
    pthread_mutex_t schema_lock;
    bool may_miss_schema; /* atomic: there may be a newer one that could not be read */
    Login *login;
    TotalCache *totals;
    const RecordHook *const *hooks; /* record/hook.h; ends with NULL; may be NULL */
    int64_t max_body_mib;
    size_t upsert_max_items;
    int64_t max_list_size;
    size_t mass_max_direct; /* records of a mass action that is done in the request itself */
    JobRunner *jobs;        /* feature/job/job_runner.h; NULL where no jobs run */
    Str home;               /* this machine and directory: the same after a restart, no other's */
    char boot[ID_LEN];      /* this process */
} Instance;

#define INSTANCE_MASS_MAX_DIRECT 200

void instance_init(Instance *instance);
void instance_deinit(Instance *instance);
/* A reference of the caller's own. */
Schema *instance_take_schema(Instance *instance);
/* Takes over the caller's reference, unless it holds a newer version already; tasks that began with
 * the old one keep it. */
void instance_set_schema(Instance *instance, Schema *schema);
