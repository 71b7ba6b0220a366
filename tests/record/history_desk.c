#include "history_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/json_reader.h"
#include "json/json_writer.h"
#include "support/test_database.h"
#include "support/test_json.h"

static Error *list(RecordDesk *desk, const char *entity, const char *id, const HistoryPage *page,
                   const JsonValue **out)
{
    Task task;
    Buf buf;
    buf_init(&buf, desk->arena, (size_t)16 << 20);
    record_desk_begin(desk, &task);
    Error *error = history_list(&task, record_desk_entity(desk, entity), str_from(id), page, &buf);
    task_end(&task);
    TRY(error);
    return json_read(desk->arena, buf_str(&buf), out);
}

Error *history_desk_list(RecordDesk *desk, const char *entity, const char *id,
                         const JsonValue **out)
{
    return list(desk, entity, id, &(HistoryPage){ .page_rows = 1000 }, out);
}

const JsonValue *history_desk_page(RecordDesk *desk, const char *entity, const char *id,
                                   int64_t offset, int64_t page_rows)
{
    const JsonValue *page = NULL;
    HistoryPage wanted = { .offset = offset, .page_rows = page_rows == 0 ? 1000 : page_rows };
    assert_no_error(list(desk, entity, id, &wanted, &page));
    return page;
}

const JsonValue *history_desk_entry(RecordDesk *desk, const char *entity, const char *id,
                                    size_t index)
{
    const JsonValue *entries = json_find(history_desk_page(desk, entity, id, 0, 0), STR("list"));
    if (index >= entries->list.count)
        fail_msg("only %zu entries", entries->list.count);
    return &entries->list.items[index];
}

typedef struct Revert {
    const Entity *entity;
    Str id;
    Str version;
    const JsonValue *fields;
    RecordResult result;
} Revert;

static Error *run_revert(Task *task, void *context)
{
    Revert *revert = context;
    return history_revert(task, revert->entity, revert->id, revert->version, revert->fields,
                          &revert->result);
}

Error *history_desk_revert(RecordDesk *desk, const char *entity, const char *id, Str version,
                           const char *fields, RecordResult *out)
{
    Task task;
    Revert revert = { .entity = record_desk_entity(desk, entity),
                      .id = str_from(id),
                      .version = version,
                      .fields = fields == NULL ? NULL : test_json(desk->arena, fields) };
    record_desk_begin(desk, &task);
    Error *error = task_write(&task, run_revert, &revert);
    task_end(&task);
    if (out != NULL)
        *out = revert.result;
    return error;
}

const char *history_desk_text(RecordDesk *desk, const JsonValue *object, const char *key)
{
    const JsonValue *value = json_find(object, str_from(key));
    return json_is_text(value) ? str_copy_c(desk->arena, value->text) : "null";
}

void assert_history_field(RecordDesk *desk, const JsonValue *entry, const char *name,
                          const char *before, const char *after)
{
    const JsonValue *fields = json_find(entry, STR("fields"));
    for (size_t i = 0; i < fields->list.count; i++) {
        const JsonValue *field = &fields->list.items[i];
        if (!str_equal(json_find_text(field, STR("name")), str_from(name)))
            continue;
        assert_true(json_equal(json_find(field, STR("before")), test_json(desk->arena, before)));
        assert_true(json_equal(json_find(field, STR("after")), test_json(desk->arena, after)));
        return;
    }
    fail_msg("no field %s in %s", name, str_copy_c(desk->arena, json_to_text(desk->arena, entry)));
}
