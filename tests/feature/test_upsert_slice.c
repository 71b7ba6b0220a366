#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "feature/mass/upsert.h"
#include "json/json_writer.h"
#include "record_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

typedef struct Outcomes {
    UpsertItem *items;
    size_t count;
} Outcomes;

/* ---- how many statements a slice takes ---- */

typedef struct Counted {
    const JsonValue *items;
    Outcomes outcomes;
    uint64_t statements;
} Counted;

static Error *count_statements(Task *task, void *context)
{
    Counted *counted = context;
    UpsertOptions options = { 0 };
    uint64_t before = sql_statement_count(task->sql);
    TRY(upsert_run(task, counted->items, &options, &counted->outcomes.items,
                   &counted->outcomes.count));
    counted->statements = sql_statement_count(task->sql) - before;
    return NULL;
}

/* Without what follows at the commit. */
static uint64_t statements_of(RecordDesk *desk, Str items, RecordOutcome wanted)
{
    Task task;
    Counted counted = { .items = test_json(desk->arena, str_copy_c(desk->arena, items)) };
    record_desk_begin(desk, &task);
    assert_no_error(task_write(&task, count_statements, &counted));
    task_end(&task);
    for (size_t i = 0; i < counted.outcomes.count; i++) {
        assert_no_error(counted.outcomes.items[i].error);
        assert_int_equal(counted.outcomes.items[i].result.outcome, wanted);
    }
    return counted.statements;
}

#define MANY 100

/* Products with a unique value, a link and a list of links; `price` tells one round from another.
 */
static Str many_products(RecordDesk *desk, int price)
{
    Buf buf;
    buf_init(&buf, desk->arena, (size_t)1 << 20);
    for (int i = 0; i < MANY; i++)
        buf_format(&buf,
                   "%s{'entity':'Product','payload':{'sku':'S%d','name':'Oak %d','price':%d,"
                   "'brandId':'b%d','categoriesIds':['c1']}}",
                   i == 0 ? "[" : ",", i, i, price, i % 10);
    buf_append(&buf, STR("]"));
    return buf_str(&buf);
}

static void make_targets(RecordDesk *desk)
{
    assert_no_error(record_desk_create(desk, "Category", "{'id':'c1','name':'Trees'}", NULL));
    for (int i = 0; i < 10; i++) {
        Str body = str_format(desk->arena, "{'id':'b%d','name':'Brand'}", i);
        assert_no_error(record_desk_create(desk, "Brand", str_copy_c(desk->arena, body), NULL));
    }
}

/* A savepoint, its release, the row's own statement and the row of its link, and a row in the
 * change log for either; and a dozen a slice, of which a slow machine makes several. One by one it
 * would be twelve an item. */
static void test_a_slice_takes_few_statements(void **state)
{
    RecordDesk *desk = *state;
    make_targets(desk);
    assert_in_range(statements_of(desk, many_products(desk, 1), RECORD_CREATED), 1, 8 * MANY);
    assert_in_range(statements_of(desk, many_products(desk, 2), RECORD_UPDATED), 1, 8 * MANY);
    assert_in_range(statements_of(desk, many_products(desk, 2), RECORD_UNCHANGED), 1, 5 * MANY);
}

/* ---- the same outcomes as one item a call ---- */

typedef struct Pair {
    RecordDesk *whole; /* gets each batch in one call */
    RecordDesk *single;
    unsigned seed;
} Pair;

static int open_pair(void **state)
{
    Pair *pair = calloc(1, sizeof *pair);
    pair->seed = 20240501;
    record_desk_open((void **)&pair->whole);
    record_desk_open((void **)&pair->single);
    *state = pair;
    return 0;
}

static int close_pair(void **state)
{
    Pair *pair = *state;
    record_desk_close((void **)&pair->whole);
    record_desk_close((void **)&pair->single);
    free(pair);
    return 0;
}

/* The same sequence everywhere. */
static unsigned pick(Pair *pair, unsigned below)
{
    pair->seed = pair->seed * 1103515245u + 12345u;
    return (pair->seed >> 16) % below;
}

static bool is_chosen(Pair *pair, unsigned percent)
{
    return pick(pair, 100) < percent;
}

/* `'key':["x0","x3"],` of up to three, some of which don't exist. */
static void put_ids(Pair *pair, Buf *buf, const char *key, const char *prefix)
{
    unsigned count = pick(pair, 4);
    buf_format(buf, "'%s':[", key);
    for (unsigned i = 0; i < count; i++)
        buf_format(buf, "%s'%s%u'", i == 0 ? "" : ",", prefix,
                   pick(pair, 20) == 0 ? 9 : pick(pair, 5));
    buf_append(buf, STR("],"));
}

static void put_product(Pair *pair, Buf *buf)
{
    if (is_chosen(pair, 40))
        buf_format(buf, "'id':'p%u',", pick(pair, 8));
    if (is_chosen(pair, 75))
        buf_format(buf, "'sku':'S%u',", pick(pair, 8));
    if (is_chosen(pair, 30))
        buf_format(buf, "'price':%u,", pick(pair, 3));
    if (is_chosen(pair, 30))
        buf_format(buf, "'brandId':'b%u',", pick(pair, 6));
    if (is_chosen(pair, 30))
        put_ids(pair, buf, "categoriesIds", "c");
    if (is_chosen(pair, 90)) /* one in ten of these is refused for it */
        buf_format(buf, "'name':'%s',",
                   is_chosen(pair, 10)   ? ""
                   : is_chosen(pair, 50) ? "Oak"
                                         : "Elm");
}

static void put_brand(Pair *pair, Buf *buf)
{
    if (is_chosen(pair, 70))
        buf_format(buf, "'id':'b%u',", pick(pair, 5));
    if (is_chosen(pair, 70))
        buf_format(buf, "'code':'B%u',", pick(pair, 5));
    if (is_chosen(pair, 25)) /* writes the rows of the products */
        put_ids(pair, buf, "productsIds", "p");
    buf_format(buf, "'name':'Brand %u',", pick(pair, 3));
}

static void put_category(Pair *pair, Buf *buf)
{
    buf_format(buf, "'id':'c%u','name':'Category %u',", pick(pair, 5), pick(pair, 2));
}

static void put_relation(Pair *pair, Buf *buf)
{
    if (is_chosen(pair, 20))
        buf_format(buf, "'id':'r%u',", pick(pair, 4));
    buf_format(buf, "'productId':'p%u','categoryId':'c%u','sorting':%u,", pick(pair, 8),
               pick(pair, 5), pick(pair, 3));
}

typedef struct Kind {
    const char *entity;
    void (*put)(Pair *pair, Buf *buf);
    unsigned share; /* of a hundred */
} Kind;

/* clang-format off */
static const Kind kinds[] = {
    { .entity = "Product",         .put = put_product,  .share = 50 },
    { .entity = "Brand",           .put = put_brand,    .share = 20 },
    { .entity = "Category",        .put = put_category, .share = 15 },
    { .entity = "ProductCategory", .put = put_relation, .share = 15 },
};
/* clang-format on */

static const char *random_item(Pair *pair, Arena *arena)
{
    Buf buf;
    unsigned at = pick(pair, 100);
    const Kind *kind = kinds;
    for (; at >= kind->share; kind++)
        at -= kind->share;
    buf_init(&buf, arena, 8192);
    buf_format(&buf, "{'entity':'%s','payload':{", kind->entity);
    kind->put(pair, &buf);
    buf_append(&buf, STR("'unknown':1}}"));
    return str_copy_c(arena, buf_str(&buf));
}

static Outcomes upsert(RecordDesk *desk, Str items)
{
    Task task;
    Outcomes outcomes;
    UpsertOptions options = { 0 };
    record_desk_begin(desk, &task);
    assert_no_error(upsert_run(&task, test_json(desk->arena, str_copy_c(desk->arena, items)),
                               &options, &outcomes.items, &outcomes.count));
    task_end(&task);
    return outcomes;
}

static void assert_same_outcome(const UpsertItem *whole, const UpsertItem *single, const char *item)
{
    bool is_same = (whole->error == NULL) == (single->error == NULL);
    if (is_same && whole->error == NULL)
        is_same = whole->result.outcome == single->result.outcome;
    if (is_same && whole->error != NULL)
        is_same = strcmp(whole->error->code, single->error->code) == 0 &&
                  str_equal(whole->error->reason, single->error->reason);
    if (is_same)
        return;
    print_error("%s\n", item);
    fail_msg("in the batch: %.*s (%d), alone: %.*s (%d)",
             STR_ARGS(whole->error == NULL ? STR("stored") : whole->error->reason),
             (int)whole->result.outcome,
             STR_ARGS(single->error == NULL ? STR("stored") : single->error->reason),
             (int)single->result.outcome);
}

#define BATCH_ITEMS 30

static void play_batch(Pair *pair)
{
    Arena *arena = pair->whole->arena;
    const char *items[BATCH_ITEMS];
    Buf batch;
    buf_init(&batch, arena, (size_t)1 << 20);
    for (size_t i = 0; i < BATCH_ITEMS; i++) {
        items[i] = i > 0 && is_chosen(pair, 15) ? items[pick(pair, (unsigned)i)]
                                                : random_item(pair, arena);
        buf_format(&batch, "%s%s", i == 0 ? "[" : ",", items[i]);
    }
    buf_append(&batch, STR("]"));
    Outcomes whole = upsert(pair->whole, buf_str(&batch));
    assert_int_equal(whole.count, BATCH_ITEMS);
    for (size_t i = 0; i < BATCH_ITEMS; i++) {
        Outcomes single = upsert(pair->single, str_format(arena, "[%s]", items[i]));
        assert_same_outcome(&whole.items[i], &single.items[0], items[i]);
    }
}

/* A record and its links, without ids of the server's own and times. */
typedef struct Line {
    const char *entity;
    const char *query;
    const char *keys[6];
} Line;

/* clang-format off */
static const Line lines[] = {
    { .entity = "Product", .query = "select=id,sku,name,price,brandId,categoriesIds",
      .keys = { "sku", "name", "price", "brandId", "categoriesIds" } },
    { .entity = "Brand", .query = "select=id,code,name", .keys = { "code", "name" } },
    { .entity = "Category", .query = "select=id,name", .keys = { "name" } },
    { .entity = "ProductCategory", .query = "select=id,productId,categoryId,sorting",
      .keys = { "categoryId", "sorting" } },
};
/* clang-format on */

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void put_value(Buf *buf, Arena *arena, const JsonValue *value)
{
    JsonWriter writer;
    if (!json_is_list(value)) {
        json_writer_init(&writer, buf);
        json_write_value(&writer, value);
        return;
    }
    /* links have no order */
    const char **ids = ARENA_ARRAY(arena, const char *, value->list.count);
    for (size_t i = 0; i < value->list.count; i++)
        ids[i] = str_copy_c(arena, value->list.items[i].text);
    qsort(ids, value->list.count, sizeof *ids, compare_texts);
    for (size_t i = 0; i < value->list.count; i++)
        buf_format(buf, "%s ", ids[i]);
}

static const char *line_of(Arena *arena, const Line *line, const JsonValue *record)
{
    Buf buf;
    Str id = json_find_text(record, STR("id"));
    buf_init(&buf, arena, 8192);
    if (id.len == 2) /* given, not made */
        buf_append(&buf, id);
    for (size_t i = 0; line->keys[i] != NULL; i++) {
        buf_append(&buf, STR("|"));
        put_value(&buf, arena, json_find(record, str_from(line->keys[i])));
    }
    return str_copy_c(arena, buf_str(&buf));
}

/* Every record of the entity as a line, sorted. */
static const char *state_of(RecordDesk *desk, const Line *line)
{
    Arena *arena = desk->arena;
    const JsonValue *answer = record_desk_list(
        desk, line->entity, str_copy_c(arena, str_format(arena, "%s&maxSize=1000", line->query)));
    const JsonValue *list = json_find(answer, STR("list"));
    const char **texts = ARENA_ARRAY(arena, const char *, list->list.count);
    Buf buf;
    buf_init(&buf, arena, (size_t)1 << 20);
    for (size_t i = 0; i < list->list.count; i++)
        texts[i] = line_of(arena, line, &list->list.items[i]);
    qsort(texts, list->list.count, sizeof *texts, compare_texts);
    for (size_t i = 0; i < list->list.count; i++)
        buf_format(&buf, "%s\n", texts[i]);
    return str_copy_c(arena, buf_str(&buf));
}

static void assert_same_state(Pair *pair)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_string_equal(state_of(pair->whole, &lines[i]), state_of(pair->single, &lines[i]));
    assert_counters_are_exact(pair->whole);
}

static void delete_some(Pair *pair)
{
    static const char *const gone[][2] = { { "Product", "p0" },  { "Product", "p3" },
                                           { "Brand", "b1" },    { "Category", "c2" },
                                           { "Category", "c4" }, { "ProductCategory", "r1" } };
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        if (is_chosen(pair, 50))
            continue;
        bool is_permanent = is_chosen(pair, 30);
        error_ignore(record_desk_delete(pair->whole, gone[i][0], gone[i][1], is_permanent));
        error_ignore(record_desk_delete(pair->single, gone[i][0], gone[i][1], is_permanent));
    }
}

static void test_a_batch_does_what_its_items_do_one_a_call(void **state)
{
    Pair *pair = *state;
    for (size_t i = 0; i < 40; i++) {
        play_batch(pair);
        assert_same_state(pair);
        delete_some(pair);
    }
}

/* ---- the records of the outcomes ---- */

static void test_an_outcome_shows_the_record_as_its_slice_has_left_it(void **state)
{
    RecordDesk *desk = *state;
    Outcomes outcomes =
        upsert(desk, STR("[{'entity':'Category','payload':{'id':'c1','name':'Trees'}},"
                         " {'entity':'Product','payload':{'id':'p1','name':'Oak'}},"
                         " {'entity':'ProductCategory','payload':{'id':'r1','productId':'p1',"
                         "'categoryId':'c1'}},"
                         " {'entity':'Product','payload':{'id':'p1','name':'Elm'}},"
                         " {'entity':'Product','payload':{'id':'p1','categoriesIds':[]}}]"));
    for (size_t i = 0; i < outcomes.count; i++)
        assert_no_error(outcomes.items[i].error);
    for (size_t i = 1; i < outcomes.count; i++) {
        if (i == 2)
            continue;
        const JsonValue *record =
            test_json(desk->arena, str_copy_c(desk->arena, outcomes.items[i].record));
        assert_true(json_equal(record, record_desk_read(desk, "Product", "p1")));
    }
    /* taken away again by the last one */
    assert_true(str_is_none(outcomes.items[2].record));
}

static Error *take_name(void *context, SqlConnection *connection)
{
    (void)context;
    return test_database_run(connection, "UPDATE product SET name = '' WHERE id = 'p1'");
}

/* The brand is written before its product is refused, for what an older model let in. */
static void test_what_a_failed_item_wrote_is_not_known_to_later_ones(void **state)
{
    RecordDesk *desk = *state;
    assert_no_error(record_desk_create(desk, "Product", "{'id':'p1','name':'Oak'}", NULL));
    assert_no_error(lane_run(desk->test.instance.lane, desk->arena, take_name, NULL));
    Outcomes outcomes = upsert(desk, STR("[{'entity':'Brand','payload':{'id':'b1','name':'Acme',"
                                         "'productsIds':['p1']}},"
                                         " {'entity':'Product','payload':{'id':'p2','name':'Elm',"
                                         "'brandId':'b1'}}]"));
    assert_problem(outcomes.items[0].error, "name", "fieldRequired");
    assert_problem(outcomes.items[1].error, "brand", "noSuchRecord");
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, record_desk_open, record_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_a_slice_takes_few_statements),
        DESK_TEST(test_an_outcome_shows_the_record_as_its_slice_has_left_it),
        DESK_TEST(test_what_a_failed_item_wrote_is_not_known_to_later_ones),
        cmocka_unit_test_setup_teardown(test_a_batch_does_what_its_items_do_one_a_call, open_pair,
                                        close_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
