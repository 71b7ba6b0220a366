#include "record/relation_page.h"

#include "query/relation_query.h"

#define PAGE_MAX_BYTES ((size_t)64 << 20)

/* Of several rows the oldest is shown. */
static Error *take_rows(Task *task, const SelectPlan *plan, SqlRows *rows, RelationPage *out)
{
    Buf buf;
    buf_init(&buf, task->arena, PAGE_MAX_BYTES);
    for (;;) {
        JsonWriter writer;
        bool has_row = false;
        TRY(sql_next(rows, &has_row));
        if (!has_row)
            return NULL;
        Str id = sql_column_text(rows, 1);
        if (map_find(&out->by_id, id) != NULL)
            continue;
        buf.len = 0;
        json_writer_init(&writer, &buf);
        relation_query_write_row(plan, &writer, rows);
        TRY(buf_check(&buf));
        TRY(arena_check(task->arena));
        Str *fragment = ARENA_NEW(task->arena, Str);
        *fragment = str_copy(task->arena, buf_str(&buf));
        map_put(&out->by_id, task->arena, str_copy(task->arena, id), fragment);
    }
}

Error *relation_page_read(Task *task, const ListSpec *spec, const Str *ids, size_t count,
                          RelationPage *out)
{
    *out = (RelationPage){ 0 };
    if (spec->relation_select_count == 0 || count == 0)
        return NULL;
    SelectPlan plan;
    SqlText text = sql_text_new(task->sql);
    AUTO_CLOSE SqlRows rows = { 0 };
    SqlValue *values = ARENA_ARRAY(task->arena, SqlValue, count);
    for (size_t i = 0; i < count; i++)
        values[i] = sql_text(ids[i]);
    relation_query_plan(task->arena, spec, &plan);
    relation_query_put(&text, &plan, spec, values, count);
    TRY(sql_query(task->sql, &text, &rows));
    return take_rows(task, &plan, &rows, out);
}

Str relation_page_find(const RelationPage *page, Str id)
{
    const Str *fragment = map_find(&page->by_id, id);
    return fragment == NULL ? STR_NONE : *fragment;
}
