#pragma once
/* Credentials: what a request says of who it comes from (spec 2.1, design §6). Three forms, all
 * base64 of `name:secret` (with or without its `=`, split at the first colon):
 * `Authorization-Token: T` (wins, the other one is not even read), `Authorization: Bearer T`,
 * `Authorization: Basic T`. Not yet checked against anything. */

#include "base/error.h"

typedef struct Credentials {
    bool is_given;
    bool may_be_password; /* Basic: the secret may be a password; else it must be a token */
    Str user_name;        /* valid UTF-8, not empty */
    Str secret;           /* any bytes */
    Str remote_address;
} Credentials;

/* The header values, none when absent. UNAUTHENTICATED: a header that can't be read. */
Error *credentials_read(Arena *arena, Str authorization, Str authorization_token,
                        Str remote_address, Credentials *out) must_check;
/* base64 of `name:token`: the value a client sends back. */
Str credentials_to_text(Arena *arena, Str user_name, Str token);
