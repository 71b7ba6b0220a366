#include "feature/demo/demo.h"

#include "feature/demo/demo_german.h"
#include "feature/demo/demo_product.h"
#include "feature/demo/demo_words.h"
#include "feature/language/language.h"
#include "feature/mass/upsert.h"
#include "query/counter.h"
#include "query/lookup.h"

static void set_name(DemoItems *items, Str name)
{
    demo_items_set_text(items, "name", name);
    demo_items_set_text(items, "nameDeDe", demo_german(name));
}

static DemoItems category_items(Arena *arena)
{
    DemoItems items = demo_items_new(arena, STR("Category"), DEMO_GROUPS + DEMO_RANGES);
    for (size_t i = 0; i < DEMO_GROUPS + DEMO_RANGES; i++) {
        const DemoGroup *group = i < DEMO_GROUPS ? &demo_groups[i] : NULL;
        const DemoRange *range = group == NULL ? &demo_ranges[i - DEMO_GROUPS] : NULL;
        demo_items_begin(&items, demo_id(arena, "category", i + 1));
        demo_items_set_text(&items, "code", group != NULL ? group->code : range->code);
        set_name(&items, group != NULL ? group->name : range->name);
        demo_items_set_text(&items, "description",
                            group != NULL ? group->description : range->description);
        demo_items_set_int(&items, "sortOrder", (int64_t)i * 10);
        demo_items_set_bool(&items, "isActive", true);
    }
    return items;
}

static DemoItems brand_items(Arena *arena)
{
    DemoItems items = demo_items_new(arena, STR("Brand"), DEMO_BRANDS);
    for (size_t i = 0; i < DEMO_BRANDS; i++) {
        demo_items_begin(&items, demo_id(arena, "brand", i + 1));
        demo_items_set_text(&items, "code", demo_brands[i].code);
        demo_items_set_text(&items, "name", demo_brands[i].name);
        demo_items_set_text(&items, "description", demo_brands[i].description);
        demo_items_set_bool(&items, "isActive", !demo_brands[i].is_inactive);
    }
    return items;
}

static void add_word(DemoItems *items, Str id, const DemoWord *word)
{
    demo_items_begin(items, id);
    demo_items_set_text(items, "code", word->code);
    set_name(items, word->name);
    demo_items_set_text(items, "description", word->description);
    demo_items_set_bool(items, "isActive", true);
}

static DemoItems channel_items(Arena *arena)
{
    DemoItems items = demo_items_new(arena, STR("Channel"), DEMO_CHANNELS);
    for (size_t i = 0; i < DEMO_CHANNELS; i++) {
        add_word(&items, demo_id(arena, "channel", i + 1), &demo_channels[i]);
        demo_items_set_texts(&items, "locales", &demo_channels[i].locale, 1);
    }
    return items;
}

static DemoItems association_items(Arena *arena)
{
    DemoItems items = demo_items_new(arena, STR("Association"), DEMO_ASSOCIATIONS);
    for (size_t i = 0; i < DEMO_ASSOCIATIONS; i++) {
        add_word(&items, demo_id(arena, "association", i + 1), &demo_associations[i]);
        demo_items_set_text(&items, "entityId", STR("Product"));
        demo_items_set_bool(&items, "default", i == 0);
    }
    return items;
}

typedef struct DemoPart {
    const char *entity;
    DemoItems (*make_items)(Arena *arena);
} DemoPart;

/* In the order in which they are loaded: links lead to earlier ones. */
/* clang-format off */
static const DemoPart parts[] = {
    { .entity = "Category",          .make_items = category_items },
    { .entity = "Brand",             .make_items = brand_items },
    { .entity = "Channel",           .make_items = channel_items },
    { .entity = "Association",       .make_items = association_items },
    { .entity = "Product",           .make_items = demo_product_items },
    { .entity = "AssociatedProduct", .make_items = demo_product_associated_items },
};
/* clang-format on */

#define PART_COUNT (sizeof parts / sizeof parts[0])

static Error *has_records(Task *task, const Entity *entity, bool *out)
{
    Counter counter;
    const Column *id = entity->id->column;
    LookupMatch match = { .column = entity->deleted->column, .value = sql_int(1) };
    Lookup lookup = { .entity = entity,
                      .matches = &match,
                      .match_count = 1,
                      .columns = &id,
                      .column_count = 1,
                      .with_deleted = true };
    SqlValue found;
    *out = true;
    TRY(counter_read(task->sql, entity, &counter));
    if (counter.live > 0)
        return NULL;
    return lookup_find(task->sql, &lookup, &found, out);
}

static Error *has_catalogue(Task *task, bool *out)
{
    *out = false;
    for (size_t i = 0; i < PART_COUNT && !*out; i++) {
        const Entity *entity = schema_find_entity(task->schema, str_from(parts[i].entity));
        TRY(has_records(task, entity, out));
    }
    return NULL;
}

/* It is our own data: no item may fail. */
static Error *check_items(Task *task, const char *entity, const UpsertItem *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Error *cause = items[i].error;
        if (cause == NULL)
            continue;
        Error *error = error_new(task->arena, ERROR_INTERNAL, "The demo catalogue can't be loaded");
        error->detail =
            str_format(task->arena, "%s %zu: %.*s (%.*s) at %s:%d", entity, i + 1,
                       STR_ARGS(cause->reason), STR_ARGS(cause->detail), cause->file, cause->line);
        return error;
    }
    return NULL;
}

/* One call takes upsert_max_items, which is a setting. */
static Error *load_part(Task *task, const DemoPart *part)
{
    UpsertOptions options = { .leaves_records_out = true };
    size_t max_items = task->instance->upsert_max_items;
    JsonValue all = part->make_items(task->arena).list;
    for (size_t from = 0; from < all.list.count; from += max_items) {
        size_t left = all.list.count - from;
        JsonValue piece = { .kind = JSON_LIST };
        UpsertItem *outcomes;
        size_t count;
        piece.list.items = all.list.items + from;
        piece.list.count = left < max_items ? left : max_items;
        TRY(upsert_run(task, &piece, &options, &outcomes, &count));
        TRY(check_items(task, part->entity, outcomes, count));
    }
    return NULL;
}

/* One step of the lane, so that a start which is cut off leaves nothing behind. */
static Error *load(Task *task, void *context)
{
    bool is_there = false;
    (void)context;
    TRY(has_catalogue(task, &is_there));
    if (is_there)
        return NULL;
    for (size_t i = 0; i < PART_COUNT; i++)
        TRY(load_part(task, &parts[i]));
    return NULL;
}

/* In an empty catalogue only: elsewhere languages are somebody's decision. */
Error *demo_add_language(Task *task)
{
    bool is_there = false;
    TRY(task_reader(task));
    TRY(has_catalogue(task, &is_there));
    return is_there ? NULL : language_add(task, DEMO_GERMAN, STR("German"));
}

Error *demo_load(Task *task)
{
    return task_write(task, load, NULL);
}
