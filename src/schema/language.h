#pragma once
/* Language: one that values are kept in beside the main one (spec 3.9). A field that is
 * multilingual has, for each of them, a field of its own - named after the main field and the code
 * (content 7.15):
 *
 *   name + de_DE -> nameDeDe
 *
 * Plain data in the schema's arena. */

#include "base/str.h"

#define LANGUAGE_MAIN_CODE "en_US" /* until a main language is stored */
#define LANGUAGE_MAX 60            /* additional ones; each has a bit of a change's `new_text` */
#define LANGUAGE_MAX_CODE 20

typedef struct Language {
    Str code;       /* de_DE */
    Str suffix;     /* DeDe */
    Str word;       /* de_de */
    unsigned index; /* among the additional ones */
} Language;

/* What a read shows of multilingual fields: the main value and every variant beside it (the zero
 * value), or one language under the main keys. */
typedef struct LanguageChoice {
    bool is_one;
    const Language *language; /* NULL: the main one */
} LanguageChoice;

/* `de`, `de_DE`, `sr_Latn_RS`: a word of two or three lower-case letters, and up to three parts of
 * two to eight letters and digits. */
bool language_is_code(Str code);
Language language_make(Arena *arena, Str code, unsigned index);
