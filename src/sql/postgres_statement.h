#pragma once
/* Statements of this driver on their way into the pipeline: values as the protocol takes them, text
 * prepared once a connection and then called by its name. Nothing here waits; what became of a
 * statement is told by whoever takes the results. */

#include "sql/postgres_session.h"

void postgres_queue_statement(PostgresConnection *connection, const SqlText *text);
/* Without values, prepared as well: BEGIN and the like. */
void postgres_queue_words(PostgresConnection *connection, const char *words);
/* Not kept. */
void postgres_queue_once(PostgresConnection *connection, const char *words);
/* Everything prepared is forgotten, here and at the server. Not in a transaction that has failed.
 */
void postgres_forget_names(PostgresConnection *connection);
