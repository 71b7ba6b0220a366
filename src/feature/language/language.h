#pragma once
/* Languages and locales (content 7.15): which ones there are, and their rules. An additional
 * language is a change of the model (schema/model.h): it comes with a field for each multilingual
 * one, and goes with them; the values stay. */

#include "record/hook.h"

#define LANGUAGE_FIRST_ID "main"

extern const RecordHook language_hook;

/* The Language and the Locale that every client expects to exist, when they are not there. */
Error *language_make_first(Task *task) must_check;
/* An additional language, when it is not there. Tasks that begin afterwards know its fields. */
Error *language_add(Task *task, Str code, Str name) must_check;
