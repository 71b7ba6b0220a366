#pragma once
/* Category rules (spec content 6.3): who becomes active makes all above it active, who is no longer
 * active takes all below it along. That a child takes the channels of its parent is in the model:
 * `channels` is the one relation that categories inherit. */

#include "record/hook.h"

extern const RecordHook category_hook;
