#include "access/credentials.h"

#include <sodium.h>

#include "base/utf8.h"

#define BASE64_MAX_PADDING 2

static Str without_padding(Str text)
{
    for (int i = 0; i < BASE64_MAX_PADDING && str_ends_with(text, STR("=")); i++)
        text.len--;
    return text;
}

static bool decode(Arena *arena, Str text, Str *out)
{
    Str digits = without_padding(str_trim(text));
    char *data = arena_alloc(arena, digits.len);
    size_t len;
    if (sodium_base642bin((unsigned char *)data, digits.len, digits.data, digits.len, NULL, &len,
                          NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return false;
    *out = (Str){ data, len };
    return true;
}

static bool read_pair(Arena *arena, Str text, Credentials *credentials)
{
    Str pair;
    if (!decode(arena, text, &pair))
        return false;
    size_t colon = str_find(pair, ':', 0);
    if (colon == 0 || colon == pair.len)
        return false;
    credentials->user_name = str_slice(pair, 0, colon);
    credentials->secret = str_slice(pair, colon + 1, pair.len);
    credentials->is_given = true;
    return utf8_is_valid(credentials->user_name);
}

static bool read_authorization(Arena *arena, Str value, Credentials *credentials)
{
    Str header = str_trim(value);
    size_t space = str_find(header, ' ', 0);
    Str scheme = str_slice(header, 0, space);
    credentials->may_be_password = str_equal_ignoring_case(scheme, STR("Basic"));
    if (!credentials->may_be_password && !str_equal_ignoring_case(scheme, STR("Bearer")))
        return false;
    return read_pair(arena, str_slice(header, space, header.len), credentials);
}

Error *credentials_read(Arena *arena, Str authorization, Str authorization_token,
                        Str remote_address, Credentials *out)
{
    Credentials credentials = { .remote_address = remote_address };
    bool is_readable = true;
    if (!str_is_none(authorization_token))
        is_readable = read_pair(arena, authorization_token, &credentials);
    else if (!str_is_none(authorization))
        is_readable = read_authorization(arena, authorization, &credentials);
    if (!is_readable)
        return error_new(arena, ERROR_UNAUTHENTICATED,
                         "The credentials in the request header can't be read");
    *out = credentials;
    return NULL;
}

Str credentials_to_text(Arena *arena, Str user_name, Str token)
{
    Str pair = str_format(arena, "%.*s:%.*s", STR_ARGS(user_name), STR_ARGS(token));
    size_t size = sodium_base64_ENCODED_LEN(pair.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_alloc(arena, size);
    sodium_bin2base64(text, size, (const unsigned char *)pair.data, pair.len,
                      sodium_base64_VARIANT_ORIGINAL);
    return (Str){ text, size - 1 };
}
