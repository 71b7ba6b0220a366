#pragma once
/* Error: why a call failed, from where it happened to the HTTP answer (style: one type, handed up
 * unchanged). NULL is success. It lives in the arena it was made in; nobody frees it. `code` is the
 * stable machine word of spec 1.7 and 3.8; without one the kind's usual code is taken. `reason` is
 * for the caller: no SQL, no paths. `detail` is for the log only. */

#include "base/str.h"

typedef enum ErrorKind {
    ERROR_INVALID,
    ERROR_UNAUTHENTICATED,
    ERROR_FORBIDDEN,
    ERROR_NOT_FOUND,
    ERROR_METHOD,
    ERROR_TIMEOUT,
    ERROR_CONFLICT,
    ERROR_TOO_LARGE,
    ERROR_URI_TOO_LONG,
    ERROR_MEDIA_TYPE,
    ERROR_THROTTLED,
    ERROR_UNAVAILABLE,
    ERROR_STORAGE_FULL,
    ERROR_INTERNAL,
} ErrorKind;

/* One violated rule of one field (spec 3.8). */
typedef struct FieldProblem {
    struct FieldProblem *next;
    const char *code;
    Str field;
    Str reason;
} FieldProblem;

struct Error {
    ErrorKind kind;
    const char *code;
    Str reason;
    Str field;  /* none when not about one field */
    Str entity; /* none when not about one entity */
    const FieldProblem *problems;
    Str data; /* JSON text of our own for the machine; none = the problems, if any */
    Str detail;
    int retry_after_s; /* THROTTLED, UNAVAILABLE: 0 = say nothing */
    const char *file;
    int line;
};

#define error_new(arena, kind, ...) \
    error_make((arena), (kind), NULL, __FILE_NAME__, __LINE__, __VA_ARGS__)
#define error_new_code(arena, kind, code, ...) \
    error_make((arena), (kind), (code), __FILE_NAME__, __LINE__, __VA_ARGS__)

Error *error_make(Arena *arena, ErrorKind kind, const char *code, const char *file, int line,
                  const char *format, ...) __attribute__((format(printf, 6, 7), returns_nonnull));

/* All of it in another arena; `code` and `file` are literals. */
Error *error_copy(Arena *arena, const Error *error) __attribute__((returns_nonnull));

/* "badParameter", "forbidden" ...: the code of an error whose maker named none. */
const char *error_default_code(ErrorKind kind);

/* Collects the problems of one record; `error_from_problems` gives NULL when there are none, else
 * one INVALID error that shows the first and carries all, in the order in which they were added. */
typedef struct FieldProblems {
    FieldProblem *first;
    FieldProblem *last;
} FieldProblems;

void field_problems_add(FieldProblems *problems, Arena *arena, const char *code, Str field,
                        const char *format, ...) __attribute__((format(printf, 5, 6)));
Error *error_from_problems(const FieldProblems *problems, Arena *arena, Str entity) must_check;

/* For the rare place where a failure may be passed over; say why beside the call. */
static inline void error_ignore(const Error *error)
{
    (void)error;
}

#define TRY(call)                  \
    do {                           \
        Error *try_error = (call); \
        if (try_error != NULL)     \
            return try_error;      \
    } while (0)
