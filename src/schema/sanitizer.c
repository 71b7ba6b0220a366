#include "schema/sanitizer.h"

#include <libxml/HTMLparser.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/memory.h"

/* Around everything: text that stands in no element would get a paragraph from the parser. The
 * element is unknown, so it leaves no more than its content. */
#define ROOT "<x-root>"
#define MAX_OUT_BYTES ((size_t)16 << 20)

typedef struct OpenElement {
    Str name;
    bool is_kept;
} OpenElement;

typedef struct Cleaner {
    Buf out;
    xmlParserCtxtPtr parser;
    OpenElement open[SANITIZER_MAX_DEPTH];
    size_t depth;
    size_t dropped_from; /* depth of the element whose content is dropped; 0 = none */
    bool is_too_deep;
} Cleaner;

/* clang-format off */
static const char *const kept_elements[] = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center",
    "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "dir", "div", "dl", "dt", "em", "figcaption",
    "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li",
    "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span",
    "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt",
    "u", "ul", "var", "wbr",
};
/* With everything in them: what is no text to read, or what browsers read by other rules. */
static const char *const dropped_elements[] = {
    "applet", "audio", "canvas", "embed", "frame", "frameset", "head", "iframe", "math", "noembed", "noframes",
    "noscript", "object", "plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "video",
    "xmp",
};
static const char *const empty_elements[] = { "br", "col", "hr", "img", "wbr" };
static const char *const kept_attributes[] = {
    "align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color", "colspan", "datetime", "dir",
    "face", "height", "hspace", "id", "lang", "nowrap", "open", "rel", "reversed", "rowspan", "scope", "size", "span",
    "start", "summary", "target", "title", "valign", "value", "vspace", "width",
};
static const char *const url_attributes[] = { "cite", "href", "src" };
static const char *const kept_schemes[] = { "http", "https", "mailto", "tel" };
static const char *const image_prefixes[] = { "data:image/gif;", "data:image/jpeg;", "data:image/png;", "data:image/webp;" };
/* Of a style: ways to load, to run, or to hide one of these words. */
static const char *const bad_style_parts[] = {
    "\\", "/*", "<", "@", "&", "url", "expression", "javascript", "vbscript", "behavior", "behaviour", "binding",
    "image-set", "fixed",
};
/* clang-format on */

#define IS_IN(list, word) is_in((list), sizeof(list) / sizeof *(list), (word))

static bool is_in(const char *const *list, size_t count, Str word)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(word, str_from(list[i])))
            return true;
    return false;
}

static void put_escaped(Buf *out, Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_fixed_space =
            c == '\xC2' && i + 1 < text.len && text.data[i + 1] == '\xA0'; /* U+00A0 */
        if (c == '&')
            buf_append(out, STR("&amp;"));
        else if (c == '<')
            buf_append(out, STR("&lt;"));
        else if (c == '>')
            buf_append(out, STR("&gt;"));
        else if (is_fixed_space)
            buf_append(out, STR("&nbsp;"));
        else
            buf_append_byte(out, c);
        i += is_fixed_space;
    }
}

/* Quotes end an attribute, but mean nothing in text. */
static void put_attribute(Buf *out, Str name, Str value)
{
    buf_append_byte(out, ' ');
    buf_append(out, name);
    buf_append(out, STR("=\""));
    for (size_t from = 0; from <= value.len;) {
        size_t quote = str_find(value, '"', from);
        put_escaped(out, str_slice(value, from, quote));
        if (quote < value.len)
            buf_append(out, STR("&quot;"));
        from = quote + 1;
    }
    buf_append_byte(out, '"');
}

/* Lower-case, and without the blanks and control characters that browsers pass over. */
static Str squeeze(Arena *arena, Str text)
{
    char *copy = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c > ' ' && c != 0x7F)
            copy[len++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return (Str){ copy, len };
}

static bool is_harmless_url(Arena *arena, Str url, bool is_image)
{
    Str text = squeeze(arena, url);
    size_t end = 0;
    while (end < text.len && strchr(":/?#", text.data[end]) == NULL)
        end++;
    if (end == text.len || text.data[end] != ':')
        return true; /* no scheme: it stays where it is shown */
    if (IS_IN(kept_schemes, str_slice(text, 0, end)))
        return true;
    for (size_t i = 0; is_image && i < sizeof image_prefixes / sizeof *image_prefixes; i++)
        if (str_starts_with(text, str_from(image_prefixes[i])))
            return true;
    return false;
}

static bool has_part(Str text, Str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (memcmp(text.data + i, part.data, part.len) == 0)
            return true;
    return false;
}

static bool is_harmless_style(Arena *arena, Str style)
{
    Str text = squeeze(arena, style);
    for (size_t i = 0; i < sizeof bad_style_parts / sizeof *bad_style_parts; i++)
        if (has_part(text, str_from(bad_style_parts[i])))
            return false;
    return true;
}

/* `data-x-1`, `aria-label`. */
static bool is_free_name(Str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return str_starts_with(name, STR("data-")) || str_starts_with(name, STR("aria-"));
}

static bool is_harmless(Arena *arena, Str element, Str name, Str value)
{
    if (IS_IN(url_attributes, name))
        return is_harmless_url(arena, value, str_equal(element, STR("img")));
    if (str_equal(name, STR("style")))
        return is_harmless_style(arena, value);
    return IS_IN(kept_attributes, name) || is_free_name(name);
}

static void put_start(Cleaner *cleaner, Str element, const xmlChar **attributes)
{
    buf_append_byte(&cleaner->out, '<');
    buf_append(&cleaner->out, element);
    for (; attributes != NULL && attributes[0] != NULL; attributes += 2) {
        Str name = str_from((const char *)attributes[0]);
        Str value = attributes[1] == NULL ? STR("") : str_from((const char *)attributes[1]);
        if (is_harmless(cleaner->out.arena, element, name, value))
            put_attribute(&cleaner->out, name, value);
    }
    buf_append_byte(&cleaner->out, '>');
}

static void start_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
    Cleaner *cleaner = context;
    Str element = str_from((const char *)name);
    if (cleaner->depth == SANITIZER_MAX_DEPTH) {
        cleaner->is_too_deep = true;
        xmlStopParser(cleaner->parser);
        return;
    }
    bool is_inside = cleaner->dropped_from > 0;
    bool is_kept = !is_inside && IS_IN(kept_elements, element);
    cleaner->open[cleaner->depth++] = (OpenElement){ .name = element, .is_kept = is_kept };
    if (!is_inside && IS_IN(dropped_elements, element))
        cleaner->dropped_from = cleaner->depth;
    if (is_kept)
        put_start(cleaner, element, attributes);
}

static void close_innermost(Cleaner *cleaner)
{
    const OpenElement *element = &cleaner->open[cleaner->depth - 1];
    if (element->is_kept && !IS_IN(empty_elements, element->name)) {
        buf_append(&cleaner->out, STR("</"));
        buf_append(&cleaner->out, element->name);
        buf_append_byte(&cleaner->out, '>');
    }
    if (cleaner->dropped_from == cleaner->depth)
        cleaner->dropped_from = 0;
    cleaner->depth--;
}

/* The parser closes what it opened, innermost first, but passes over a tag that is cut off. */
static void end_element(void *context, const xmlChar *name)
{
    Cleaner *cleaner = context;
    Str element = str_from((const char *)name);
    size_t at = cleaner->depth;
    while (at > 0 && !str_equal(cleaner->open[at - 1].name, element))
        at--;
    while (at > 0 && cleaner->depth >= at)
        close_innermost(cleaner);
}

static void add_text(void *context, const xmlChar *text, int len)
{
    Cleaner *cleaner = context;
    if (cleaner->dropped_from == 0 && !cleaner->is_too_deep)
        put_escaped(&cleaner->out, (Str){ (const char *)text, (size_t)len });
}

static void parse(Cleaner *cleaner, Str html)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, xmlInitParser);
    htmlParserCtxtPtr parser = htmlNewParserCtxt();
    if (parser == NULL)
        memory_exhausted("html parser", sizeof *parser);
    cleaner->parser = parser;
    *parser->sax = (htmlSAXHandler){ .startElement = start_element,
                                     .endElement = end_element,
                                     .characters = add_text,
                                     .ignorableWhitespace = add_text };
    parser->userData = cleaner;
    /* no tree is built: everything goes through the functions above */
    xmlDocPtr none =
        htmlCtxtReadMemory(parser, html.data, (int)html.len, NULL, "UTF-8",
                           HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                               HTML_PARSE_NOIMPLIED | HTML_PARSE_NODEFDTD | HTML_PARSE_IGNORE_ENC);
    xmlFreeDoc(none);
    while (cleaner->depth > 0)
        close_innermost(cleaner);
    htmlFreeParserCtxt(parser);
}

bool sanitizer_clean(Arena *arena, Str html, Str *out)
{
    Cleaner cleaner = { .depth = 0 };
    if (str_find(html, '<', 0) == html.len) {
        *out = html;
        return true;
    }
    buf_init(&cleaner.out, arena, MAX_OUT_BYTES);
    parse(&cleaner, str_concat(arena, STR(ROOT), html));
    *out = buf_str(&cleaner.out);
    return !cleaner.is_too_deep;
}
