#pragma once
/* Association: kinds of ties between records of one entity ("Accessory"), and the ties themselves
 * (content 6.8). An entity E with `hasAssociate` has the relation entity `AssociatedE`, whose rows
 * may have an opposite: with `reverseAssociationId` the row of the other direction is made, both
 * point at each other and change together; without it any more, or with one of them, the other goes
 * to the trash. */

#include "record/hook.h"

extern const RecordHook association_hook;
extern const RecordHook association_product_hook;

/* Of one call of association_remove. */
#define ASSOCIATION_MAX_REMOVED 10000

/* Which ties; an empty part means any. */
typedef struct AssociationTie {
    Str main_id;
    Str related_id;
    Str association_id;
} AssociationTie;

/* Removes the ties of `entity`, an `AssociatedE`. NOT_FOUND: neither record is named. Inside
 * task_write. */
Error *association_remove(Task *task, const Entity *entity, const AssociationTie *tie) must_check;
