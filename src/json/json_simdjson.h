#pragma once
/* The C face of json_simdjson.cpp, the only C++ in the tree: where the tokens of a JSON text begin
 * (with the check that it is UTF-8 and that quotes are closed), and doubles from and to text. No
 * exception and no C++ type comes out. Thread-safe: one scanner a thread, kept warm. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JSON_SIMDJSON_REAL_BYTES 32

typedef enum JsonScan {
    JSON_SCAN_DONE,
    JSON_SCAN_EMPTY,
    JSON_SCAN_NOT_UTF8,
    JSON_SCAN_UNCLOSED_TEXT,
    JSON_SCAN_CONTROL_CHARACTER,
    JSON_SCAN_TOO_LONG,
    JSON_SCAN_NO_MEMORY,
    JSON_SCAN_BROKEN,
} JsonScan;

/* `out_starts`: offsets at which tokens begin, rising; between two of them stand one token and
 * white space. They belong to the thread's scanner and hold until json_simdjson_scan_end or the
 * next scan. `text` needs no padding. */
JsonScan json_simdjson_scan(const char *text, size_t len, const uint32_t **out_starts,
                            size_t *out_count);
/* Gives memory back when the text was a large one. */
void json_simdjson_scan_end(void);

/* `text` must be a number in JSON's grammar. False when it overflows a double; too small ones
 * become 0. */
bool json_simdjson_parse_real(const char *text, size_t len, double *out);
/* A finite double, shortest that reads back equal, with no exponent when that fits in
 * JSON_SIMDJSON_REAL_BYTES (always for 1e-12 to 1e15); gives the length. */
size_t json_simdjson_write_real(double value, char *out);

#ifdef __cplusplus
}
#endif
