/* weights.c - see weights.h; the tables are weights_*.def. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/weights.h"
#include <pthread.h>
#include <strings.h>
#include "sql/charset.h"

enum { WEIGHTS_MAX = 8, ASCII = 128, SUPPLEMENT = 0x10000, REPLACEMENT = 0xfffd };

struct run {
    uint32_t first;
    uint16_t count, step;
    uint8_t weight_count;
    uint16_t weights[WEIGHTS_MAX];
};
#define RUN(first, count, step, n, ...) { first, count, (uint16_t)(step), n, { __VA_ARGS__ } },
#define NOTHING(first, count)           { first, count, 0, 0, { 0 } },
static const struct run general[] = {
#include "sql/weights_general.def"
};
static const struct run unicode[] = {
#include "sql/weights_unicode.def"
};
static const struct run unicode_520[] = {
#include "sql/weights_unicode_520.def"
};
static const struct run uca900[] = {
#include "sql/weights_0900.def"
};
static const struct run uca1400[] = {
#include "sql/weights_uca1400.def"
};
#undef RUN
#undef NOTHING

struct weights {
    const char *name;
    const struct run *runs; /* NULL: each character is its own weight */
    size_t run_count;
    bool pads;
    bool keeps_rest; /* what is not in the table is its own weight */
    bool only_ascii; /* nothing else is known */
};

enum {
    BIN,
    BIN_NOPAD,
    BIN_ASCII,
    GENERAL,
    GENERAL_ASCII,
    UNICODE,
    UNICODE_520,
    UCA900,
    UCA1400,
    GENERAL_NOPAD,
    UNICODE_NOPAD,
    UNICODE_520_NOPAD,
    UCA1400_NOPAD,
    KINDS
};
#define TABLE(name) name, ARRAY_COUNT(name)
static const struct weights kinds[KINDS] = {
    [BIN] = { "bin", NULL, 0, true, true, false },
    [BIN_NOPAD] = { "bin_nopad", NULL, 0, false, true, false },
    [BIN_ASCII] = { "bin_ascii", NULL, 0, true, true, true },
    [GENERAL] = { "general", TABLE(general), true, true, false },
    [GENERAL_ASCII] = { "general_ascii", TABLE(general), true, true, true },
    [UNICODE] = { "unicode", TABLE(unicode), true, false, false },
    [UNICODE_520] = { "unicode_520", TABLE(unicode_520), true, false, false },
    [UCA900] = { "uca900", TABLE(uca900), false, false, false },
    [UCA1400] = { "uca1400", TABLE(uca1400), true, false, false },
    [GENERAL_NOPAD] = { "general_nopad", TABLE(general), false, true, false },
    [UNICODE_NOPAD] = { "unicode_nopad", TABLE(unicode), false, false, false },
    [UNICODE_520_NOPAD] = { "unicode_520_nopad", TABLE(unicode_520), false, false, false },
    [UCA1400_NOPAD] = { "uca1400_nopad", TABLE(uca1400), false, false, false },
};
#undef TABLE

/* Of ASCII, where each character has one weight at most. */
static uint16_t ascii[KINDS][ASCII];
static pthread_once_t ascii_once = PTHREAD_ONCE_INIT;

const struct weights *weights_at(unsigned i)
{
    return i < KINDS ? &kinds[i] : NULL;
}

const char *weights_name(const struct weights *weights)
{
    return weights->name;
}

bool weights_only_ascii(const struct weights *weights)
{
    return weights->only_ascii;
}

bool weights_are_total(const struct weights *weights)
{
    return !weights->only_ascii &&
           (weights->keeps_rest || weights->runs == unicode || weights->runs == unicode_520);
}

bool weights_are_bytes(const struct weights *weights)
{
    return weights == &kinds[BIN_NOPAD];
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcasecmp(text + n - m, end) == 0;
}

static bool is_unicode(const struct charset *charset)
{
    const char *name = charset_name(charset);
    return strncmp(name, "utf", 3) == 0 || strcmp(name, "ucs2") == 0 || strcmp(name, "ascii") == 0;
}

const struct weights *weights_of(const char *collation)
{
    static const struct {
        const char *end;
        int all, others; /* of Unicode charsets, of others; KINDS: not known */
    } rows[] = {
        { "_general_nopad_ci", GENERAL_NOPAD, KINDS },
        { "_unicode_nopad_ci", UNICODE_NOPAD, KINDS },
        { "_unicode_520_nopad_ci", UNICODE_520_NOPAD, KINDS },
        { "_nopad_bin", BIN_NOPAD, KINDS },
        { "_0900_bin", BIN_NOPAD, KINDS },
        { "_bin", BIN, BIN_ASCII },
        { "_general_ci", GENERAL, GENERAL_ASCII },
        { "_swedish_ci", KINDS, GENERAL_ASCII },
        { "_unicode_ci", UNICODE, KINDS },
        { "_unicode_520_ci", UNICODE_520, KINDS },
        { "_0900_ai_ci", UCA900, KINDS },
        { "_uca1400_ai_ci", UCA1400, KINDS },
        { "_uca1400_nopad_ai_ci", UCA1400_NOPAD, KINDS },
    };
    const struct charset *charset = charset_by_collation(collation);
    if (charset == NULL || charset_is_binary(charset))
        return NULL;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (ends_with(collation, rows[i].end))
            return weights_at((unsigned)(is_unicode(charset) ? rows[i].all : rows[i].others));
    return NULL;
}

uint32_t utf8_next(struct bytes *text)
{
    uint8_t lead = text->data[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code = lead;
    if (lead >= 0x80 && (lead < 0xc0 || len > text->len))
        len = 1;
    else if (len > 1)
        code = lead & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        code = code << 6 | (text->data[i] & 0x3f);
    *text = bytes_of(text->data + len, text->len - len);
    return code;
}

static const struct run *find(const struct weights *w, uint32_t code)
{
    size_t low = 0, high = w->run_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (w->runs[middle].first <= code)
            low = middle + 1;
        else
            high = middle;
    }
    const struct run *run = low > 0 ? &w->runs[low - 1] : NULL;
    return run != NULL && code - run->first < run->count ? run : NULL;
}

/* The weights of a character; false: not known. */
static bool weigh(const struct weights *w, uint32_t code, uint16_t out[WEIGHTS_MAX],
                  unsigned *count)
{
    const struct run *run = w->runs != NULL ? find(w, code) : NULL;
    *count = 1;
    if (w->only_ascii && code >= ASCII)
        return false;
    if (run == NULL) {
        out[0] = (uint16_t)(code < SUPPLEMENT ? code : REPLACEMENT);
        return w->keeps_rest;
    }
    *count = run->weight_count;
    memcpy(out, run->weights, sizeof run->weights);
    if (*count > 0)
        out[*count - 1] = (uint16_t)(out[*count - 1] + run->step * (uint16_t)(code - run->first));
    return true;
}

static void fill_ascii(void)
{
    for (unsigned k = 0; k < KINDS; k++) {
        for (uint32_t c = 0; c < ASCII; c++) {
            uint16_t weights[WEIGHTS_MAX];
            unsigned count = 0;
            bool known = weigh(&kinds[k], c, weights, &count);
            ascii[k][c] = known && count > 0 ? weights[0] : 0;
        }
    }
}

struct walk {
    const struct weights *weights;
    struct bytes rest;
    uint16_t pending[WEIGHTS_MAX];
    unsigned at, count;
    bool unknown;
};

static bool walk_next(struct walk *walk, uint16_t *out)
{
    const struct weights *w = walk->weights;
    while (walk->at == walk->count) {
        if (walk->rest.len == 0)
            return false;
        uint32_t code = utf8_next(&walk->rest);
        walk->at = 0;
        walk->count = 1;
        if (code < ASCII) {
            walk->pending[0] = ascii[w - kinds][code];
            walk->count = walk->pending[0] != 0 || w->keeps_rest;
        } else if (!weigh(w, code, walk->pending, &walk->count)) {
            walk->unknown = true;
            walk->count = 0;
        }
    }
    *out = walk->pending[walk->at++];
    return true;
}

static int order_of(uint16_t a, uint16_t b)
{
    return a < b ? -1 : a > b;
}

static bool compare_bytes(const struct weights *w, struct bytes a, struct bytes b, int *order)
{
    size_t longer = a.len > b.len ? a.len : b.len;
    *order = 0;
    for (size_t i = 0; i < longer && *order == 0; i++) {
        if (!w->pads && (i == a.len || i == b.len)) {
            *order = i == a.len ? -1 : 1;
            break;
        }
        uint8_t x = i < a.len ? a.data[i] : ' ', y = i < b.len ? b.data[i] : ' ';
        *order = order_of(x, y);
        if (w->only_ascii && (x >= ASCII || y >= ASCII) && *order != 0)
            return false;
    }
    return true;
}

static bool compare_rest(const struct weights *w, struct bytes a, struct bytes b, int *order)
{
    struct walk x = { .weights = w, .rest = a }, y = { .weights = w, .rest = b };
    uint16_t space = ascii[w - kinds][' '], left = 0, right = 0;
    for (;;) {
        bool has_left = walk_next(&x, &left), has_right = walk_next(&y, &right);
        if (x.unknown || y.unknown)
            return false;
        if (!has_left && !has_right)
            return true;
        if (!w->pads && has_left != has_right)
            *order = has_left ? 1 : -1;
        else
            *order = order_of(has_left ? left : space, has_right ? right : space);
        if (*order != 0)
            return true;
    }
}

/* How many characters they begin with that have one weight each, the same in both; or that order
 * them, by the last of it. */
static size_t compare_ascii(const uint16_t weights[ASCII], struct bytes a, struct bytes b,
                            int *order)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < shorter; i++) {
        uint8_t x = a.data[i], y = b.data[i];
        if (x >= ASCII || y >= ASCII || weights[x] == 0 || weights[y] == 0)
            return i;
        *order = order_of(weights[x], weights[y]);
        if (*order != 0)
            return i;
    }
    return shorter;
}

bool weights_compare(const struct weights *w, struct bytes a, struct bytes b, int *order)
{
    *order = 0;
    if (w->runs == NULL || bytes_equal(a, b))
        return compare_bytes(w, a, b, order);
    pthread_once(&ascii_once, fill_ascii);
    size_t same = compare_ascii(ascii[w - kinds], a, b, order);
    return *order != 0 || compare_rest(w, bytes_of(a.data + same, a.len - same),
                                       bytes_of(b.data + same, b.len - same), order);
}

/* A text that pads stands before those that go on with more than spaces, and behind those that go
 * on with less. So a run of spaces is one space and what comes of it: END; below it how many, where
 * less than a space follows; above it, the fewer the higher, where more does. */
enum { END = 0x8000, RUN_MAX = END - 1 };

struct key {
    struct buf *out;
    unsigned width; /* bytes of a weight */
    uint16_t space;
    bool pads;
    size_t spaces; /* that were not put yet */
};

static void put(struct buf *out, uint16_t weight)
{
    buf_u8(out, (uint8_t)(weight >> 8));
    buf_u8(out, (uint8_t)weight);
}

static void put_weight(struct key *key, uint16_t weight)
{
    if (key->width == 1)
        buf_u8(key->out, (uint8_t)weight);
    else
        put(key->out, weight);
}

static bool key_add(struct key *key, uint16_t weight)
{
    if (key->pads && weight == key->space) {
        key->spaces++;
        return true;
    }
    if (key->spaces > 0) {
        if (key->spaces >= RUN_MAX)
            return false;
        put_weight(key, key->space);
        put(key->out, (uint16_t)(weight < key->space ? key->spaces : UINT16_MAX - key->spaces));
        key->spaces = 0;
    }
    put_weight(key, weight);
    return true;
}

static void key_end(struct key *key)
{
    if (!key->pads)
        return;
    put_weight(key, key->space);
    put(key->out, END);
}

static bool binary_key(const struct weights *w, struct bytes text, struct buf *out)
{
    struct key key = { .out = out, .width = 1, .space = ' ', .pads = w->pads };
    bool ok = true;
    for (size_t i = 0; i < text.len && ok; i++)
        ok = key_add(&key, text.data[i]) && (!w->only_ascii || text.data[i] < ASCII);
    key_end(&key);
    return ok;
}

bool weights_key(const struct weights *w, struct bytes text, struct buf *out)
{
    struct walk walk = { .weights = w, .rest = text };
    uint16_t weight;
    bool ok = true;
    if (w->runs == NULL)
        return binary_key(w, text, out);
    pthread_once(&ascii_once, fill_ascii);
    struct key key = { .out = out, .width = 2, .space = ascii[w - kinds][' '], .pads = w->pads };
    while (ok && walk_next(&walk, &weight))
        ok = key_add(&key, weight);
    key_end(&key);
    return ok && !walk.unknown;
}

bool weights_same(const struct weights *w, uint32_t a, uint32_t b, bool *same)
{
    uint16_t left[WEIGHTS_MAX], right[WEIGHTS_MAX];
    unsigned left_count, right_count;
    *same = a == b;
    if (*same || w->runs == NULL)
        return true;
    if (!weigh(w, a, left, &left_count) || !weigh(w, b, right, &right_count))
        return false;
    *same = left_count == right_count && memcmp(left, right, left_count * sizeof *left) == 0;
    return true;
}
