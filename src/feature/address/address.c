#include "feature/address/address.h"

#include "access/login.h"
#include "base/utf8.h"

/* All that an address says; the first ones make its name. */
static const char *const parts[] = { "street", "zip",   "city",        "box", "country",
                                     "phone",  "email", "contactName", "type" };
#define NAME_PARTS 3
#define NAME_MAX_BYTES ((size_t)16384)

static Str part_of(const RecordDraft *draft, size_t index)
{
    const SqlValue *value =
        draft_get(draft, entity_find_field(draft->entity, str_from(parts[index])));
    return value->kind == SQL_TEXT ? value->text : STR("");
}

static Str name_of(Task *task, const RecordDraft *draft)
{
    Buf buf;
    buf_init(&buf, task->arena, NAME_MAX_BYTES);
    for (size_t i = 0; i < NAME_PARTS; i++) {
        Str part = part_of(draft, i);
        if (part.len > 0 && buf.len > 0)
            buf_append(&buf, STR(", "));
        buf_append(&buf, part);
    }
    return utf8_prefix(buf_str(&buf), 255);
}

/* Letter case and accents make no other address; a missing part is an empty one. */
static Str hash_of(Task *task, const RecordDraft *draft)
{
    Str content = STR("");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        Str part = utf8_fold_name(task->arena, part_of(draft, i));
        content =
            str_format(task->arena, "%.*s%zu:%.*s", STR_ARGS(content), part.len, STR_ARGS(part));
    }
    return login_token_hash(task->arena, content); /* SHA-256 */
}

static Error *before_save(Task *task, RecordDraft *draft)
{
    Str name = name_of(task, draft);
    draft_set(draft, draft->entity->name_field, name.len == 0 ? sql_null() : sql_text(name));
    draft_set(draft, entity_find_field(draft->entity, STR("hash")), sql_text(hash_of(task, draft)));
    return NULL;
}

const RecordHook address_hook = { .entity = "Address", .before_save = before_save };
