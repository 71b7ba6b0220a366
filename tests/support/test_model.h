#pragma once
/* Test model: a small schema with a field of every type and a link of every kind, whatever the
 * shipped model says. Item has a maker (Maker, which has `items`), `parts` (Part, each of one
 * item) and `shops` (many to many by ItemShop, which is generated). */

#include "schema/schema.h"

/* The document before metadata_complete, single-quoted. */
extern const char test_model_document[];

/* Compiled from the document; schema_unref when done. Fails the program when it can't be. */
Schema *test_model_compile(void);
/* The same in these languages, the main one first: Item's name and note are multilingual, and
 * Maker's name. */
Schema *test_model_compile_languages(const char *const *codes, size_t count);
/* The same from another document, single-quoted: for tests that change the model. */
Schema *test_model_compile_document(const char *document);
