#include "json/brackets.h"

#include <assert.h>

#include "base/map.h"
#include "base/utf8.h"

#define FEW_CHILDREN 16     /* up to here comparing keys is quicker than hashing them */
#define MAX_INDEX_DIGITS 18 /* a longer one is a plain key */
#define MAX_INDEX 999999999999999999
#define SHOWN_NAME_CHARS 64 /* of a name in a reason */

typedef struct Node Node;

struct Node {
    Node *next; /* sibling, in order of appearance */
    Node *first_child;
    Node *last_child;
    size_t child_count;
    Map by_key; /* of the children, when they are many */
    Str key;
    Str text; /* none: not a leaf */
    int64_t next_index;
    bool has_text_key; /* a child's key is no index: an object */
};

static Error *refuse(Arena *arena, Str name, const char *what)
{
    return error_new_code(arena, ERROR_INVALID, "badParameter", "Query parameter '%.*s': %s",
                          STR_ARGS(utf8_prefix(name, SHOWN_NAME_CHARS)), what);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte of the escape at `at`, or -1 when there is none. */
static int escaped_byte(Str text, size_t at)
{
    if (text.len - at < 3)
        return -1;
    int high = hex_digit(text.data[at + 1]);
    int low = hex_digit(text.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

typedef struct DecodeRules {
    bool is_plus_space;
    bool is_strict; /* a '%' that starts no escape is an error, else it stands for itself */
} DecodeRules;

static bool has_escape(Str text, const DecodeRules *rules)
{
    return str_find(text, '%', 0) < text.len ||
           (rules->is_plus_space && str_find(text, '+', 0) < text.len);
}

/* False on a bad escape. `out` is `text` itself when there is nothing to decode. */
static bool unescape(Arena *arena, Str text, const DecodeRules *rules, Str *out)
{
    *out = text;
    if (text.len == 0 || !has_escape(text, rules))
        return true;
    char *data = arena_alloc(arena, text.len);
    size_t len = 0;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.data[at];
        int byte = c == '%' ? escaped_byte(text, at) : -1;
        if (byte >= 0) {
            c = (char)(unsigned char)byte;
            at += 2;
        } else if (c == '%' && rules->is_strict) {
            return false;
        } else if (c == '+' && rules->is_plus_space) {
            c = ' ';
        }
        data[len++] = c;
    }
    *out = (Str){ data, len };
    return true;
}

Error *brackets_decode(Arena *arena, Str text, bool is_form, Str *out)
{
    DecodeRules rules = { .is_plus_space = is_form, .is_strict = true };
    Str decoded;
    if (!unescape(arena, text, &rules, &decoded))
        return error_new_code(arena, ERROR_INVALID, "badParameter",
                              "A '%%' is not followed by two hexadecimal digits");
    if (!utf8_is_valid(decoded))
        return error_new_code(arena, ERROR_INVALID, "badParameter",
                              "A text in the URL is not UTF-8 or holds a NUL");
    *out = decoded;
    return NULL;
}

/* "0", "7", "12" but not "07" or "-1", as in the reference's arrays. */
static bool parse_index(Str key, int64_t *out)
{
    if (key.len == 0 || key.len > MAX_INDEX_DIGITS || (key.data[0] == '0' && key.len > 1) ||
        key.data[0] == '-')
        return false;
    return str_parse_int(key, out);
}

static Node *find_child(const Node *parent, Str key)
{
    if (parent->child_count > FEW_CHILDREN)
        return map_find(&parent->by_key, key);
    for (Node *child = parent->first_child; child != NULL; child = child->next)
        if (str_equal(child->key, key))
            return child;
    return NULL;
}

static void index_child(Arena *arena, Node *parent, Node *child)
{
    if (parent->child_count == FEW_CHILDREN + 1)
        for (Node *each = parent->first_child; each != NULL; each = each->next)
            map_put(&parent->by_key, arena, each->key, each);
    else if (parent->child_count > FEW_CHILDREN)
        map_put(&parent->by_key, arena, child->key, child);
}

static Node *add_child(Arena *arena, Node *parent, Str key)
{
    Node *child = ARENA_NEW(arena, Node);
    child->key = key;
    if (parent->last_child == NULL)
        parent->first_child = child;
    else
        parent->last_child->next = child;
    parent->last_child = child;
    parent->child_count++;
    index_child(arena, parent, child);
    return child;
}

/* The child `key` names, made when missing; `[]` always makes one. */
static Node *enter_child(Arena *arena, Node *parent, Str key)
{
    int64_t index;
    if (key.len == 0) {
        index = parent->next_index++;
        return add_child(arena, parent, str_format(arena, "%lld", (long long)index));
    }
    Node *child = find_child(parent, key);
    if (child != NULL)
        return child;
    if (!parse_index(key, &index))
        parent->has_text_key = true;
    else if (index >= parent->next_index)
        parent->next_index = index + 1;
    return add_child(arena, parent, key);
}

/* Takes the next `[sub]` off `rest`. */
static Error *next_sub_key(Arena *arena, Str name, Str *rest, Str *out)
{
    if (rest->data[0] != '[')
        return refuse(arena, name, "nothing but another [key] may follow a ']'");
    size_t end = str_find(*rest, ']', 1);
    if (end == rest->len)
        return refuse(arena, name, "a '[' has no ']'");
    if (end - 1 > BRACKETS_MAX_KEY_BYTES)
        return refuse(arena, name, "a key is too long");
    *out = str_slice(*rest, 1, end);
    *rest = str_slice(*rest, end + 1, rest->len);
    return NULL;
}

/* The node that `name` = root[sub][sub]... leads to. */
static Error *enter_path(Arena *arena, Node *roots, Str name, Node **out)
{
    size_t root_len = str_find(name, '[', 0);
    Str rest = str_slice(name, root_len, name.len);
    Str root = str_slice(name, 0, root_len);
    if (root_len > BRACKETS_MAX_KEY_BYTES)
        return refuse(arena, name, "the name is too long");
    Node *node = find_child(roots, root);
    if (node == NULL)
        node = add_child(arena, roots, root);
    for (size_t depth = 0; rest.len > 0; depth++) {
        Str key = STR_NONE;
        if (depth == BRACKETS_MAX_DEPTH)
            return refuse(arena, name, "too many levels of brackets");
        TRY(next_sub_key(arena, name, &rest, &key));
        if (!str_is_none(node->text))
            return refuse(arena, name, "given both as one value and with brackets");
        if (key.len == 0 && node->next_index > MAX_INDEX)
            return refuse(arena, name, "no index is left for '[]'");
        node = enter_child(arena, node, key);
    }
    *out = node;
    return NULL;
}

static Error *add_parameter(Arena *arena, Node *roots, Str parameter)
{
    static const DecodeRules name_rules = { .is_plus_space = true, .is_strict = true };
    static const DecodeRules value_rules = { .is_plus_space = true, .is_strict = false };
    size_t equals = str_find(parameter, '=', 0);
    Str raw_value =
        equals < parameter.len ? str_slice(parameter, equals + 1, parameter.len) : STR("");
    Str name;
    Str value;
    Node *node = NULL;
    if (!unescape(arena, str_slice(parameter, 0, equals), &name_rules, &name))
        return error_new_code(arena, ERROR_INVALID, "badParameter",
                              "The name of a query parameter has a '%%' that is not followed by "
                              "two hexadecimal digits");
    if (!utf8_is_valid(name))
        return error_new_code(arena, ERROR_INVALID, "badParameter",
                              "The name of a query parameter is not UTF-8 or holds a NUL");
    if (!unescape(arena, raw_value, &value_rules, &value) || !utf8_is_valid(value))
        return refuse(arena, name, "the value is not UTF-8 or holds a NUL");
    TRY(enter_path(arena, roots, name, &node));
    assert(node != NULL);
    if (node->first_child != NULL)
        return refuse(arena, name, "given both as one value and with brackets");
    node->text = value;
    return NULL;
}

static void write_object(Arena *arena, const Node *node, JsonValue *out);

static void write_value(Arena *arena, const Node *node, JsonValue *out)
{
    if (!str_is_none(node->text)) {
        out->kind = JSON_TEXT;
        out->text = node->text;
        return;
    }
    if (node->has_text_key) {
        write_object(arena, node, out);
        return;
    }
    JsonValue *item = ARENA_ARRAY(arena, JsonValue, node->child_count);
    out->kind = JSON_LIST;
    out->list.items = item;
    out->list.count = node->child_count;
    for (const Node *child = node->first_child; child != NULL; child = child->next)
        write_value(arena, child, item++);
}

static void write_object(Arena *arena, const Node *node, JsonValue *out)
{
    JsonMember *member = ARENA_ARRAY(arena, JsonMember, node->child_count);
    out->kind = JSON_OBJECT;
    out->object.members = member;
    out->object.count = node->child_count;
    for (const Node *child = node->first_child; child != NULL; child = child->next, member++) {
        member->key = child->key;
        write_value(arena, child, &member->value);
    }
}

Error *brackets_read(Arena *arena, Str query, const JsonValue **out)
{
    Node roots = { 0 };
    Str parameter;
    size_t count = 0;
    while (str_next_part(&query, '&', &parameter)) {
        if (parameter.len == 0)
            continue;
        if (count++ == BRACKETS_MAX_PARAMETERS)
            return error_new_code(arena, ERROR_INVALID, "badParameter",
                                  "More than %d query parameters", BRACKETS_MAX_PARAMETERS);
        TRY(add_parameter(arena, &roots, parameter));
    }
    JsonValue *result = ARENA_NEW(arena, JsonValue);
    write_object(arena, &roots, result);
    *out = result;
    return NULL;
}
