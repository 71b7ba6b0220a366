#pragma once
/* German for the names of the demo catalogue. */

#include "base/str.h"

#define DEMO_GERMAN STR("de_DE")

/* None when the word is not known. */
Str demo_german_find(Str english);
/* The word itself when it is not known: sizes, and names of our own. */
Str demo_german(Str english);
