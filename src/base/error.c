#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 0))) static Str format_text(Arena *arena, const char *format,
                                                             va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *data = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(data, (size_t)len + 1, format, again);
    va_end(again);
    return (Str){ data, (size_t)len };
}

const char *error_default_code(ErrorKind kind)
{
    /* clang-format off */
    static const char *const codes[] = {
        [ERROR_INVALID]         = "badParameter",
        [ERROR_UNAUTHENTICATED] = "unauthorized",
        [ERROR_FORBIDDEN]       = "forbidden",
        [ERROR_NOT_FOUND]       = "notFound",
        [ERROR_METHOD]          = "methodNotAllowed",
        [ERROR_TIMEOUT]         = "timeout",
        [ERROR_CONFLICT]        = "editConflict",
        [ERROR_TOO_LARGE]       = "tooLarge",
        [ERROR_URI_TOO_LONG]    = "uriTooLong",
        [ERROR_MEDIA_TYPE]      = "unsupportedMediaType",
        [ERROR_THROTTLED]       = "tooManyAttempts",
        [ERROR_UNAVAILABLE]     = "unavailable",
        [ERROR_STORAGE_FULL]    = "storageFull",
        [ERROR_INTERNAL]        = "internal",
    };
    /* clang-format on */
    return codes[kind];
}

Error *error_make(Arena *arena, ErrorKind kind, const char *code, const char *file, int line,
                  const char *format, ...)
{
    Error *error = ARENA_NEW(arena, Error);
    va_list args;
    va_start(args, format);
    error->reason = format_text(arena, format, args);
    va_end(args);
    error->kind = kind;
    error->code = code != NULL ? code : error_default_code(kind);
    error->file = file;
    error->line = line;
    return error;
}

static const FieldProblem *copy_problems(Arena *arena, const FieldProblem *problem)
{
    FieldProblem *first = NULL;
    FieldProblem **end = &first;
    for (; problem != NULL; problem = problem->next) {
        *end = ARENA_NEW(arena, FieldProblem);
        (*end)->code = problem->code;
        (*end)->field = str_copy(arena, problem->field);
        (*end)->reason = str_copy(arena, problem->reason);
        end = &(*end)->next;
    }
    return first;
}

Error *error_copy(Arena *arena, const Error *error)
{
    Error *copy = ARENA_NEW(arena, Error);
    *copy = *error;
    copy->reason = str_copy(arena, error->reason);
    copy->field = str_copy(arena, error->field);
    copy->entity = str_copy(arena, error->entity);
    copy->data = str_copy(arena, error->data);
    copy->detail = str_copy(arena, error->detail);
    copy->problems = copy_problems(arena, error->problems);
    return copy;
}

void field_problems_add(FieldProblems *problems, Arena *arena, const char *code, Str field,
                        const char *format, ...)
{
    FieldProblem *problem = ARENA_NEW(arena, FieldProblem);
    va_list args;
    va_start(args, format);
    problem->reason = format_text(arena, format, args);
    va_end(args);
    problem->code = code;
    problem->field = field;
    if (problems->last == NULL)
        problems->first = problem;
    else
        problems->last->next = problem;
    problems->last = problem;
}

Error *error_from_problems(const FieldProblems *problems, Arena *arena, Str entity)
{
    const FieldProblem *first = problems->first;
    if (first == NULL)
        return NULL;
    Error *error =
        error_new_code(arena, ERROR_INVALID, first->code, "%.*s", STR_ARGS(first->reason));
    error->field = first->field;
    error->entity = entity;
    error->problems = first;
    return error;
}
