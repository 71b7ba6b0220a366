#include "record_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/json_reader.h"
#include "query/counter.h"
#include "record/commit.h"
#include "record/link.h"
#include "support/test_database.h"
#include "support/test_json.h"
#include "support/type_model.h"

static RecordDesk *start(RecordDesk *desk)
{
    desk->arena = desk->test.arena;
    desk->caller = (Caller){ .user_id = STR("u1"), .user_name = STR("admin"), .is_admin = true };
    return desk;
}

int record_desk_open(void **state)
{
    RecordDesk *desk = calloc(1, sizeof *desk);
    test_instance_open(&desk->test, &record_commit_hooks);
    *state = start(desk);
    return 0;
}

int record_desk_open_schema(void **state, Schema *schema)
{
    RecordDesk *desk = calloc(1, sizeof *desk);
    test_instance_open_schema(&desk->test, &record_commit_hooks, schema);
    *state = start(desk);
    return 0;
}

int record_desk_open_types(void **state)
{
    record_desk_open_schema(state, type_model_compile());
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Group", "{'id':'g1','name':'One'}", NULL));
    assert_no_error(record_desk_create(desk, "Group", "{'id':'g2','name':'Two'}", NULL));
    return 0;
}

int record_desk_close(void **state)
{
    RecordDesk *desk = *state;
    test_instance_close(&desk->test);
    free(desk);
    return 0;
}

const Entity *record_desk_entity(const RecordDesk *desk, const char *name)
{
    const Entity *entity = schema_find_entity(desk->test.instance.schema, str_from(name));
    if (entity == NULL)
        fail_msg("'%s' is no entity", name);
    return entity;
}

void record_desk_begin(RecordDesk *desk, Task *out)
{
    task_begin(out, desk->arena, &desk->test.instance);
    out->caller = &desk->caller;
}

typedef struct Step {
    const Entity *entity;
    Str id;
    const JsonValue *body;
    const Link *link;
    Str linked_id;
    bool is_permanent;
    RecordResult result;
    bool is_restored;
} Step;

static Error *run_create(Task *task, void *context)
{
    Step *step = context;
    return record_create(task, step->entity, step->body, &step->result);
}

static Error *run_update(Task *task, void *context)
{
    Step *step = context;
    return record_update(task, step->entity, step->id, step->body, &step->result);
}

static Error *run_delete(Task *task, void *context)
{
    Step *step = context;
    return record_delete(task, step->entity, step->id, step->is_permanent);
}

static Error *run_restore(Task *task, void *context)
{
    Step *step = context;
    return record_restore(task, step->entity, step->id, &step->is_restored);
}

static Error *run_link(Task *task, void *context)
{
    Step *step = context;
    FieldProblems failed = { 0 };
    TRY(link_add(task, step->link, step->id, &step->linked_id, 1, &failed));
    return error_from_problems(&failed, task->arena, step->entity->name);
}

static Error *run_unlink(Task *task, void *context)
{
    Step *step = context;
    FieldProblems failed = { 0 };
    TRY(link_remove(task, step->link, step->id, &step->linked_id, 1, &failed));
    return error_from_problems(&failed, task->arena, step->entity->name);
}

static Error *run(RecordDesk *desk, Step *step, Error *(*call)(Task *task, void *context))
{
    Task task;
    record_desk_begin(desk, &task);
    Error *error = task_write(&task, call, step);
    task_end(&task);
    return error;
}

Error *record_desk_create(RecordDesk *desk, const char *entity, const char *body, RecordResult *out)
{
    Step step = { .entity = record_desk_entity(desk, entity),
                  .body = test_json(desk->arena, body) };
    Error *error = run(desk, &step, run_create);
    if (out != NULL)
        *out = step.result;
    return error;
}

Error *record_desk_update(RecordDesk *desk, const char *entity, const char *id, const char *body,
                          RecordResult *out)
{
    Step step = { .entity = record_desk_entity(desk, entity),
                  .id = str_copy(desk->arena, str_from(id)),
                  .body = test_json(desk->arena, body) };
    Error *error = run(desk, &step, run_update);
    if (out != NULL)
        *out = step.result;
    return error;
}

Error *record_desk_delete(RecordDesk *desk, const char *entity, const char *id, bool is_permanent)
{
    Step step = { .entity = record_desk_entity(desk, entity),
                  .id = str_from(id),
                  .is_permanent = is_permanent };
    return run(desk, &step, run_delete);
}

Error *record_desk_restore(RecordDesk *desk, const char *entity, const char *id, bool *out_restored)
{
    Step step = { .entity = record_desk_entity(desk, entity), .id = str_from(id) };
    Error *error = run(desk, &step, run_restore);
    *out_restored = step.is_restored;
    return error;
}

static Step link_step(const RecordDesk *desk, const char *entity, const char *id, const char *link,
                      const char *linked_id)
{
    Step step = { .entity = record_desk_entity(desk, entity),
                  .id = str_from(id),
                  .linked_id = str_from(linked_id) };
    step.link = entity_find_link(step.entity, str_from(link));
    assert_non_null(step.link);
    return step;
}

Error *record_desk_link(RecordDesk *desk, const char *entity, const char *id, const char *link,
                        const char *linked_id)
{
    Step step = link_step(desk, entity, id, link, linked_id);
    return run(desk, &step, run_link);
}

Error *record_desk_unlink(RecordDesk *desk, const char *entity, const char *id, const char *link,
                          const char *linked_id)
{
    Step step = link_step(desk, entity, id, link, linked_id);
    return run(desk, &step, run_unlink);
}

static const JsonValue *tree_of(RecordDesk *desk, const Buf *buf)
{
    const JsonValue *tree = NULL;
    assert_no_error(json_read(desk->arena, buf_str(buf), &tree));
    return tree;
}

const JsonValue *record_desk_read(RecordDesk *desk, const char *entity, const char *id)
{
    Task task;
    Buf buf;
    buf_init(&buf, desk->arena, (size_t)1 << 20);
    record_desk_begin(desk, &task);
    const Error *error =
        record_read(&task, record_desk_entity(desk, entity), str_from(id), NULL, &buf);
    task_end(&task);
    if (error == NULL)
        return tree_of(desk, &buf);
    assert_int_equal(error->kind, ERROR_NOT_FOUND);
    return NULL;
}

const JsonValue *record_desk_list(RecordDesk *desk, const char *entity, const char *query)
{
    Task task;
    ListSpec spec;
    Buf buf;
    buf_init(&buf, desk->arena, (size_t)16 << 20);
    record_desk_begin(desk, &task);
    assert_no_error(list_spec_parse(desk->arena, record_desk_entity(desk, entity), str_from(query),
                                    10000, &spec));
    assert_no_error(record_list(&task, &spec, &buf));
    task_end(&task);
    return tree_of(desk, &buf);
}

int64_t record_desk_total(RecordDesk *desk, const char *entity, const char *query)
{
    const JsonValue *total = json_find(record_desk_list(desk, entity, query), STR("total"));
    assert_non_null(total);
    return total->integer;
}

int64_t record_desk_number(RecordDesk *desk, const char *statement)
{
    SqlConnection *reader = NULL;
    assert_no_error(sql_take_reader(desk->arena, desk->test.instance.database, &reader));
    int64_t number = test_database_number(reader, statement);
    sql_give_reader(reader);
    return number;
}

size_t record_desk_count_hits(RecordDesk *desk, const char *entity, const char *part)
{
    Str query = str_format(
        desk->arena,
        "select=id&where[0][type]=contains&where[0][attribute]=name&where[0][value]=%s", part);
    const JsonValue *list =
        json_find(record_desk_list(desk, entity, str_copy_c(desk->arena, query)), STR("list"));
    return list->list.count;
}

void assert_code(const Error *error, const char *code)
{
    assert_non_null(error);
    Str got = str_from(error->code != NULL ? error->code : error_default_code(error->kind));
    if (!str_equal(got, str_from(code)))
        fail_msg("%.*s instead of %s: %.*s", STR_ARGS(got), code, STR_ARGS(error->reason));
}

void assert_problem(const Error *error, const char *field, const char *code)
{
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_INVALID);
    for (const FieldProblem *problem = error->problems; problem != NULL; problem = problem->next)
        if (str_equal(problem->field, str_from(field)) &&
            str_equal(str_from(problem->code), str_from(code)))
            return;
    fail_msg("no problem %s of %s in: %.*s", code, field, STR_ARGS(error->reason));
}

void assert_counters_are_exact(RecordDesk *desk)
{
    const Schema *schema = desk->test.instance.schema;
    SqlConnection *reader = NULL;
    assert_no_error(sql_take_reader(desk->arena, desk->test.instance.database, &reader));
    for (size_t i = 0; i < schema->entity_count; i++) {
        const Entity *entity = &schema->entities[i];
        Counter counter;
        Str count = str_format(desk->arena, "SELECT count(*) FROM \"%.*s\" WHERE deleted = 0",
                               STR_ARGS(entity->table_word));
        assert_no_error(counter_read(reader, entity, &counter));
        int64_t live = test_database_number(reader, str_copy_c(desk->arena, count));
        if (counter.live != live)
            fail_msg("'%.*s' counts %d records and has %d", STR_ARGS(entity->name),
                     (int)counter.live, (int)live);
    }
    sql_give_reader(reader);
}
