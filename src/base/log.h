#pragma once
/* Log: one JSON object a line on standard error. Values are escaped, so that nothing from outside
 * can start a line of its own. Thread-safe. Lines below WARNING are gathered and written together,
 * at the latest when `log_flush` is called (the server does so each second) or the process ends;
 * graver ones go out at once. Never log bodies, passwords, tokens. */

#include "base/error.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_OFF } LogLevel;

typedef struct LogField {
    const char *name;
    Str text;       /* taken when not none */
    int64_t number; /* else this */
} LogField;

void log_set_level(LogLevel level);
bool log_is_on(LogLevel level);
void log_flush(void);
void log_write(LogLevel level, const char *event, const LogField *fields, size_t count);
/* Event plus the error's kind, reason, detail and origin. */
void log_error(LogLevel level, const char *event, const Error *error);

#define LOG_EVENT(level, event, ...)                               \
    log_write((level), (event), (const LogField[]){ __VA_ARGS__ }, \
              sizeof((const LogField[]){ __VA_ARGS__ }) / sizeof(LogField))
