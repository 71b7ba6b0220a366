#include "json/json_simdjson.h"

#include <charconv>
#include <cmath>
#include <memory>
#include <simdjson.h>

using Scanner = std::unique_ptr<simdjson::internal::dom_parser_implementation>;

static constexpr size_t SMALLEST_CAPACITY = 16 * 1024;
static constexpr size_t WARM_CAPACITY = 1024 * 1024;
static constexpr size_t DEPTH = 64;

/* Only the first stage of the library is used: it needs no padding and no copy, and its memory is 4
 * bytes a byte of text where a whole parse takes 14. The tree is built from the token offsets in
 * json_reader.c. */
static thread_local Scanner thread_scanner;

static size_t capacity_for(size_t len)
{
    size_t capacity = SMALLEST_CAPACITY;
    while (capacity < len && capacity < WARM_CAPACITY)
        capacity *= 2;
    return capacity < len ? len : capacity;
}

static simdjson::error_code make_room(size_t len)
{
    if (thread_scanner && thread_scanner->capacity() >= len)
        return simdjson::SUCCESS;
    thread_scanner.reset();
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity_for(len), DEPTH, thread_scanner);
}

static JsonScan outcome(simdjson::error_code code)
{
    switch (code) {
    case simdjson::SUCCESS:
        return JSON_SCAN_DONE;
    case simdjson::EMPTY:
        return JSON_SCAN_EMPTY;
    case simdjson::UTF8_ERROR:
        return JSON_SCAN_NOT_UTF8;
    case simdjson::UNCLOSED_STRING:
        return JSON_SCAN_UNCLOSED_TEXT;
    case simdjson::UNESCAPED_CHARS:
        return JSON_SCAN_CONTROL_CHARACTER;
    case simdjson::CAPACITY:
        return JSON_SCAN_TOO_LONG;
    case simdjson::MEMALLOC:
        return JSON_SCAN_NO_MEMORY;
    default:
        return JSON_SCAN_BROKEN;
    }
}

JsonScan json_simdjson_scan(const char *text, size_t len, const uint32_t **out_starts,
                            size_t *out_count)
{
    simdjson::error_code code = make_room(len);
    if (code != simdjson::SUCCESS) {
        thread_scanner.reset();
        return outcome(code);
    }
    code = thread_scanner->stage1(reinterpret_cast<const uint8_t *>(text), len,
                                  simdjson::stage1_mode::regular);
    if (code != simdjson::SUCCESS)
        return outcome(code);
    *out_starts = thread_scanner->structural_indexes.get();
    *out_count = thread_scanner->n_structural_indexes;
    return JSON_SCAN_DONE;
}

void json_simdjson_scan_end(void)
{
    if (thread_scanner && thread_scanner->capacity() > WARM_CAPACITY)
        thread_scanner.reset();
}

bool json_simdjson_parse_real(const char *text, size_t len, double *out)
{
    double value = 0;
    std::from_chars_result result = std::from_chars(text, text + len, value);
    if (result.ec == std::errc::result_out_of_range) {
        /* Also said of numbers that are too small, which are as good as 0: tell them by the sign of
         * the exponent. */
        for (const char *at = text; at + 1 < text + len; at++)
            if ((*at == 'e' || *at == 'E') && at[1] == '-') {
                *out = 0;
                return true;
            }
        return false;
    }
    if (result.ec != std::errc() || result.ptr != text + len || !std::isfinite(value))
        return false;
    *out = value;
    return true;
}

size_t json_simdjson_write_real(double value, char *out)
{
    char *end = out + JSON_SIMDJSON_REAL_BYTES;
    if (std::fabs(value) < 1e15) {
        std::to_chars_result fixed = std::to_chars(out, end, value, std::chars_format::fixed);
        if (fixed.ec == std::errc())
            return static_cast<size_t>(fixed.ptr - out);
    }
    return static_cast<size_t>(std::to_chars(out, end, value).ptr - out);
}
