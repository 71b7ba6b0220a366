#pragma once
/* Wiring: what the features bring, listed once. */

#include "record/hook.h"

extern const RecordHook *const wiring_hooks[];
