#pragma once
/* Line reader: the lines of a file descriptor, one at a time, of any length up to a limit. The Str
 * of a line is valid until the next call; the line break is not part of it. A longer line is
 * skipped and told as LINE_TOO_LONG. */

#include "base/str.h"

typedef struct LineReader LineReader;

typedef enum LineOutcome { LINE_READ, LINE_TOO_LONG, LINE_END } LineOutcome;

LineReader *line_reader_new(int descriptor, size_t max_bytes);
/* Leaves the descriptor open. */
void line_reader_free(LineReader *reader);
/* A read error counts as the end; `line_reader_failed` tells them apart. */
LineOutcome line_reader_next(LineReader *reader, Str *out);
bool line_reader_failed(const LineReader *reader);
