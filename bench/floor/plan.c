#include "plan.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const shape_names[PLAN_SHAPES] = { "full", "slim", "page", "seek" };
static const char *const sql_names[PLAN_SQLS] = { "count",  "counter", "insert", "update",
                                                  "search", "counted", "added",  "changed" };
static const char *const kind_names[] = { "text", "int", "real", "bool", "raw" };
static const char *const source_names[PLAN_SOURCES] = { "id",   "name", "sku",  "now",
                                                        "null", "int",  "real", "text" };

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* Cuts the first word off `*rest`. */
static char *take_word(char **rest)
{
    char *word = *rest;
    char *end = strchr(word, ' ');
    if (end == NULL) {
        *rest = word + strlen(word);
        return word;
    }
    *end = '\0';
    *rest = end + 1;
    return word;
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    if (made == NULL)
        err(1, "memory");
    return made;
}

static PlanKey key_of(const char *name, PlanKind kind)
{
    PlanKey key = { .kind = kind };
    int len = asprintf(&key.quoted, "\"%s\":", name);
    if (len < 0)
        err(1, "memory");
    key.len = (size_t)len;
    return key;
}

static bool add_key(PlanShape *shape, char *rest)
{
    const char *name = take_word(&rest);
    int kind = find_name(kind_names, PLAN_RAW + 1, rest);
    if (shape == NULL || kind < 0 || shape->key_count == PLAN_MAX_KEYS)
        return false;
    shape->keys[shape->key_count++] = key_of(name, (PlanKind)kind);
    return true;
}

static bool add_many(PlanShape *shape, char *rest)
{
    if (shape == NULL || shape->many_count == PLAN_MAX_MANY)
        return false;
    PlanMany *many = &shape->many[shape->many_count++];
    many->ids = key_of(take_word(&rest), PLAN_RAW);
    many->names = key_of(take_word(&rest), PLAN_RAW);
    many->sql = copy(rest);
    return true;
}

static bool add_bind(Plan *plan, char *rest)
{
    int source = find_name(source_names, PLAN_SOURCES, take_word(&rest));
    if (source < 0 || plan->bind_count == PLAN_MAX_BINDS)
        return false;
    PlanBind *bind = &plan->binds[plan->bind_count++];
    *bind = (PlanBind){ .source = (PlanSource)source, .text = copy(rest), .len = strlen(rest) };
    bind->integer = strtoll(rest, NULL, 10);
    bind->real = strtod(rest, NULL);
    return true;
}

static bool add_searched(Plan *plan, const char *rest)
{
    if (plan->searched_count == PLAN_MAX_SEARCHED)
        return false;
    plan->searched[plan->searched_count++] = (int)strtol(rest, NULL, 10);
    return true;
}

static bool read_line(Plan *plan, PlanShape **shape, char *line)
{
    char *rest = line;
    const char *word = take_word(&rest);
    int sql = find_name(sql_names, PLAN_SQLS, word);
    if (sql >= 0) {
        plan->sql[sql] = copy(rest);
        return true;
    }
    if (strcmp(word, "shape") == 0) {
        int number = find_name(shape_names, PLAN_SHAPES, rest);
        *shape = number < 0 ? NULL : &plan->shapes[number];
        return number >= 0;
    }
    if (strcmp(word, "sql") == 0 && *shape != NULL) {
        (*shape)->sql = copy(rest);
        return true;
    }
    if (strcmp(word, "key") == 0)
        return add_key(*shape, rest);
    if (strcmp(word, "many") == 0)
        return add_many(*shape, rest);
    if (strcmp(word, "bind") == 0)
        return add_bind(plan, rest);
    return strcmp(word, "searched") == 0 && add_searched(plan, rest);
}

static void check_complete(const Plan *plan, const char *path)
{
    for (int i = 0; i < PLAN_SHAPES; i++)
        if (plan->shapes[i].sql == NULL)
            errx(1, "%s: shape '%s' is missing", path, shape_names[i]);
    for (int i = 0; i < PLAN_SQLS; i++)
        if (plan->sql[i] == NULL)
            errx(1, "%s: statement '%s' is missing", path, sql_names[i]);
    for (int i = 0; i < plan->searched_count; i++)
        if (plan->searched[i] < 0 || plan->searched[i] >= plan->bind_count)
            errx(1, "%s: a side index column repeats column %d", path, plan->searched[i]);
}

const Plan *plan_load(const char *path)
{
    Plan *plan = calloc(1, sizeof *plan);
    PlanShape *shape = NULL;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    int number = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL || plan == NULL)
        err(1, "%s", path);
    while ((len = getline(&line, &capacity, file)) > 0) {
        number++;
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (line[0] != '\0' && !read_line(plan, &shape, line))
            errx(1, "%s:%d: not understood: %s", path, number, line);
    }
    free(line);
    fclose(file);
    check_complete(plan, path);
    return plan;
}
