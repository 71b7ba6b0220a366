#include "feature/demo/demo_product.h"

#include "base/buf.h"
#include "feature/demo/demo_german.h"
#include "feature/demo/demo_words.h"

#define MAX_PRODUCTS ((size_t)DEMO_RANGES * DEMO_RANGE_KINDS * DEMO_MAX_VARIANTS)
/* Each kind: one step up per variant, and one that goes with it. */
#define MAX_ASSOCIATED MAX_PRODUCTS
#define NO_BRAND DEMO_BRANDS
#define MAX_TASKS 3

typedef struct Product {
    size_t number; /* from 1 */
    size_t kind_number;
    size_t range_index;
    size_t brand_index; /* NO_BRAND: none */
    const DemoRange *range;
    const DemoKind *kind;
    const DemoVariant *variant;
} Product;

/* What a status means for the rest of the record. */
typedef struct Stage {
    Str status;
    Str tasks[MAX_TASKS]; /* still to do */
    size_t task_count;
    size_t channel_count;
    bool is_active;
} Stage;

/* clang-format off */
static const Stage ready     = { { "ready", 5 },    { { NULL, 0 } }, 0, 4, true };
static const Stage reviewed  = { { "reviewed", 8 }, { { "ch", 2 } }, 1, 2, true };
static const Stage prepared  = { { "prepared", 8 }, { { "mar", 3 }, { "img", 3 } }, 2, 1, true };
static const Stage draft     = { { "draft", 5 },    { { "mar", 3 }, { "tech", 4 }, { "img", 3 } }, 3, 0, false };
static const Stage not_ready = { { "notReady", 8 }, { { "pr", 2 } }, 1, 0, false };
/* clang-format on */

/* Ten products in a row show all of them. */
static const Stage *const stages[] = { &ready,    &ready, &reviewed, &ready,     &prepared,
                                       &reviewed, &ready, &draft,    &not_ready, &ready };

Str demo_id(Arena *arena, const char *noun, size_t number)
{
    return str_format(arena, "demo-%s-%04zu", noun, number);
}

/* Each ninth kind has no brand, each fifth is the house brand's. */
static size_t choose_brand(const Product *product)
{
    if (product->kind_number % 9 == 8)
        return NO_BRAND;
    if (product->kind_number % 5 == 3)
        return DEMO_BRANDS - 1;
    return product->range_index;
}

static size_t list_products(Product *out)
{
    size_t count = 0;
    for (size_t r = 0; r < DEMO_RANGES; r++) {
        for (size_t k = 0; k < DEMO_RANGE_KINDS; k++) {
            const DemoKind *kind = &demo_ranges[r].kinds[k];
            Product product = { .kind_number = r * DEMO_RANGE_KINDS + k,
                                .range_index = r,
                                .range = &demo_ranges[r],
                                .kind = kind };
            product.brand_index = choose_brand(&product);
            for (size_t v = 0; v < kind->variants->count; v++) {
                product.variant = &kind->variants->list[v];
                product.number = count + 1;
                out[count++] = product;
            }
        }
    }
    return count;
}

static const DemoBrand *brand_of(const Product *product)
{
    return product->brand_index == NO_BRAND ? NULL : &demo_brands[product->brand_index];
}

/* EAN-13 with its check digit. A number that begins with 2 is for use inside a company: it can't be
 * a real article's. */
static Str ean(Arena *arena, const Product *product)
{
    Str digits = str_format(arena, "200%04zu%05zu", 1000 + product->brand_index, product->number);
    unsigned sum = 0;
    for (size_t i = 0; i < digits.len; i++)
        sum += (unsigned)(digits.data[i] - '0') * (i % 2 == 0 ? 1 : 3);
    return str_format(arena, "%.*s%u", STR_ARGS(digits), (10 - sum % 10) % 10);
}

/* Prices end in 0 or 5 cents. */
static int64_t price_cents(const Product *product)
{
    int64_t cents = (int64_t)product->kind->price_cents * product->variant->price_percent / 100;
    return (cents + 4) / 5 * 5;
}

static Str name(Arena *arena, const Product *product)
{
    const DemoBrand *brand = brand_of(product);
    return str_format(arena, "%.*s%s%.*s, %.*s", STR_ARGS(brand != NULL ? brand->name : STR("")),
                      brand != NULL ? " " : "", STR_ARGS(product->kind->name),
                      STR_ARGS(product->variant->name));
}

static Str german_name(Arena *arena, const Product *product)
{
    const DemoBrand *brand = brand_of(product);
    return str_format(arena, "%.*s%s%.*s, %.*s", STR_ARGS(brand != NULL ? brand->name : STR("")),
                      brand != NULL ? " " : "", STR_ARGS(demo_german(product->kind->name)),
                      STR_ARGS(demo_german(product->variant->name)));
}

/* One to three sentences. */
static Str description(Arena *arena, const Product *product)
{
    size_t sentences = 1 + product->number % 3;
    Buf buf;
    buf_init(&buf, arena, 4096);
    buf_append(&buf, product->kind->sentence);
    if (sentences >= 2)
        buf_format(&buf, " %.*s%.*s.", STR_ARGS(product->kind->variants->before),
                   STR_ARGS(product->variant->name));
    if (sentences >= 3)
        buf_format(&buf, " %.*s", STR_ARGS(product->range->closing));
    return buf_str(&buf);
}

static Str long_description(Arena *arena, const Product *product)
{
    return str_format(arena, "<p>%.*s</p><ul><li>%.*s<strong>%.*s</strong></li><li>%.*s</li></ul>",
                      STR_ARGS(product->kind->sentence), STR_ARGS(product->kind->variants->before),
                      STR_ARGS(product->variant->name), STR_ARGS(product->range->closing));
}

static void set_codes(DemoItems *items, const Product *product)
{
    Arena *arena = items->arena;
    const DemoBrand *brand = brand_of(product);
    Str brand_mark = brand != NULL ? brand->mark : STR("GEN");
    Str range_mark = product->range->mark;
    Str variant_mark = product->variant->mark;
    demo_items_set_text(items, "sku",
                        str_format(arena, "%.*s-%.*s-%03zu-%.*s", STR_ARGS(brand_mark),
                                   STR_ARGS(range_mark), product->kind_number + 1,
                                   STR_ARGS(variant_mark)));
    demo_items_set_text(items, "number", str_format(arena, "%zu", 100000 + product->number));
    demo_items_set_text(items, "ean", ean(arena, product));
    demo_items_set_text(items, "customsNumber", product->range->customs_number);
    if (brand != NULL)
        demo_items_set_text(items, "mpn",
                            str_format(arena, "%.*s%zu%.*s", STR_ARGS(range_mark),
                                       4100 + 7 * product->kind_number, STR_ARGS(variant_mark)));
}

static void set_texts(DemoItems *items, const Product *product)
{
    Arena *arena = items->arena;
    demo_items_set_text(items, "name", name(arena, product));
    demo_items_set_text(items, "nameDeDe", german_name(arena, product));
    demo_items_set_text(items, "description", description(arena, product));
    if (product->number % 4 != 0)
        demo_items_set_text(items, "longDescription", long_description(arena, product));
}

/* A twelfth of what is sold is out of stock. */
static void set_trade(DemoItems *items, const Product *product, const Stage *stage)
{
    int64_t cents = price_cents(product);
    bool is_in_stock = stage->is_active && product->number % 12 != 5;
    demo_items_set_cents(items, "price", cents);
    demo_items_set_cents(items, "rrp", (cents * 115 / 100 + 9) / 10 * 10);
    demo_items_set_int(items, "quantity", is_in_stock ? (int64_t)(product->number * 37 % 241) : 0);
}

static void set_links(DemoItems *items, const Product *product, const Stage *stage)
{
    Arena *arena = items->arena;
    Str *categories = ARENA_ARRAY(arena, Str, 2);
    Str *channels = ARENA_ARRAY(arena, Str, DEMO_CHANNELS);
    /* The ranges are numbered after the groups. Two in three products are in both. */
    categories[0] = demo_id(arena, "category", DEMO_GROUPS + product->range_index + 1);
    categories[1] = demo_id(arena, "category", product->range->group + 1);
    demo_items_set_texts(items, "categoriesIds", categories, product->number % 3 == 0 ? 1 : 2);
    for (size_t i = 0; i < stage->channel_count; i++)
        channels[i] = demo_id(arena, "channel", (product->number + i) % DEMO_CHANNELS + 1);
    demo_items_set_texts(items, "channelsIds", channels, stage->channel_count);
    if (product->brand_index != NO_BRAND)
        demo_items_set_text(items, "brandId", demo_id(arena, "brand", product->brand_index + 1));
}

static void add_product(DemoItems *items, const Product *product)
{
    const Stage *stage = stages[product->number % (sizeof stages / sizeof stages[0])];
    demo_items_begin(items, demo_id(items->arena, "product", product->number));
    set_texts(items, product);
    set_codes(items, product);
    set_trade(items, product, stage);
    set_links(items, product, stage);
    demo_items_set_int(items, "sortOrder", (int64_t)product->number * 10);
    demo_items_set_text(items, "productStatus", stage->status);
    demo_items_set_texts(items, "taskStatus", stage->tasks, stage->task_count);
    demo_items_set_bool(items, "isActive", stage->is_active);
    if (stage == &not_ready)
        demo_items_set_text(items, "note", STR("Waits for the supplier's new price list."));
}

DemoItems demo_product_items(Arena *arena)
{
    Product *products = ARENA_ARRAY(arena, Product, MAX_PRODUCTS);
    size_t count = list_products(products);
    DemoItems items = demo_items_new(arena, STR("Product"), count);
    for (size_t i = 0; i < count; i++)
        add_product(&items, &products[i]);
    return items;
}

typedef struct Pair {
    size_t association; /* in demo_associations */
    const Product *from;
    const Product *to;
} Pair;

static void add_pair(DemoItems *items, Pair pair)
{
    Arena *arena = items->arena;
    size_t number = items->list.list.count + 1;
    demo_items_begin(items, demo_id(arena, "associated", number));
    demo_items_set_text(items, "associationId",
                        demo_id(arena, "association", pair.association + 1));
    demo_items_set_text(items, "associatingItemId", demo_id(arena, "product", pair.from->number));
    demo_items_set_text(items, "associatedItemId", demo_id(arena, "product", pair.to->number));
    demo_items_set_int(items, "sorting", (int64_t)number * 10);
    demo_items_set_int(items, "amount", (int64_t)(number % 5 == 0 ? 2 : 1));
}

/* Upsell where the next variant costs more; cross-sell from the last variant of a kind to the first
 * of the range's next kind. */
DemoItems demo_product_associated_items(Arena *arena)
{
    enum { CROSS_SELL, UPSELL };
    Product *products = ARENA_ARRAY(arena, Product, MAX_PRODUCTS);
    size_t count = list_products(products);
    DemoItems items = demo_items_new(arena, STR("AssociatedProduct"), MAX_ASSOCIATED);
    for (size_t i = 0; i + 1 < count; i++) {
        const Product *from = &products[i];
        const Product *to = &products[i + 1];
        bool is_dearer = price_cents(to) > price_cents(from);
        if (from->kind == to->kind && is_dearer)
            add_pair(&items, (Pair){ UPSELL, from, to });
        else if (from->kind != to->kind && from->range == to->range)
            add_pair(&items, (Pair){ CROSS_SELL, from, to });
    }
    return items;
}
