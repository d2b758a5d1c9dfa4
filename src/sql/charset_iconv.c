/* charset_iconv.c - the East Asian sets: iconv for whole runs, and the servers' own answers for the
 * characters where they differ from it (charset_exceptions.def).
 *
 * What is one character is decided here, set by set, as the servers decide it; iconv never sees a
 * sequence that they would not take. Converters are opened once and kept in a small pool a set, so
 * a value costs no iconv_open; a lock guards the pool, never a conversion. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <iconv.h>
#include <pthread.h>
#include "sql/charset_internal.h"

enum { POOL_MAX = 16 };

struct exception {
    uint32_t first;
    uint32_t last;
    uint32_t character; /* of the first; 0: none is valid */
};

/* All sets' rows, each set's sorted by code. */
static const struct exception exceptions[] = {
#define EXCEPTION(charset, first, last, character) { first, last, character },
#include "sql/charset_exceptions.def"
#undef EXCEPTION
};
static const uint8_t exception_charsets[] = {
#define EXCEPTION(charset, first, last, character) CHARSET_##charset,
#include "sql/charset_exceptions.def"
#undef EXCEPTION
};

static bool within(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

/* Each of these gives the size of the character at p, not ASCII, of which left bytes are there;
 * 0: none. */
static size_t size_big5(const uint8_t *p, size_t left)
{
    bool ok = left >= 2 && within(p[0], 0xa1, 0xf9) &&
              (within(p[1], 0x40, 0x7e) || within(p[1], 0xa1, 0xfe));
    return ok ? 2 : 0;
}

static size_t size_sjis(const uint8_t *p, size_t left)
{
    if (within(p[0], 0xa1, 0xdf))
        return 1;
    bool ok = left >= 2 && (within(p[0], 0x81, 0x9f) || within(p[0], 0xe0, 0xfc)) &&
              (within(p[1], 0x40, 0x7e) || within(p[1], 0x80, 0xfc));
    return ok ? 2 : 0;
}

static size_t size_euc_jp(const uint8_t *p, size_t left)
{
    if (p[0] == 0x8e)
        return left >= 2 && within(p[1], 0xa1, 0xdf) ? 2 : 0;
    size_t size = p[0] == 0x8f ? 3 : 2;
    if (left < size || (size == 2 && !within(p[0], 0xa1, 0xfe)))
        return 0;
    for (size_t i = 1; i < size; i++)
        if (!within(p[i], 0xa1, 0xfe))
            return 0;
    return size;
}

static size_t size_gb2312(const uint8_t *p, size_t left)
{
    return left >= 2 && within(p[0], 0xa1, 0xf7) && within(p[1], 0xa1, 0xfe) ? 2 : 0;
}

static size_t size_gbk(const uint8_t *p, size_t left)
{
    bool ok = left >= 2 && within(p[0], 0x81, 0xfe) && within(p[1], 0x40, 0xfe) && p[1] != 0x7f;
    return ok ? 2 : 0;
}

static size_t size_gb18030(const uint8_t *p, size_t left)
{
    if (left < 2 || !within(p[1], 0x30, 0x39))
        return size_gbk(p, left);
    bool ok = left >= 4 && within(p[0], 0x81, 0xfe) && within(p[2], 0x81, 0xfe) &&
              within(p[3], 0x30, 0x39);
    return ok ? 4 : 0;
}

static size_t size_euckr(const uint8_t *p, size_t left)
{
    bool ok = left >= 2 && within(p[0], 0x81, 0xfe) &&
              (within(p[1], 0x41, 0x5a) || within(p[1], 0x61, 0x7a) || within(p[1], 0x81, 0xfe));
    return ok ? 2 : 0;
}

struct shape {
    const char *iconv_name;
    size_t (*size)(const uint8_t *p, size_t left);
};

static const struct shape shapes[CHARSET_COUNT] = {
    [CHARSET_BIG5] = { "BIG5", size_big5 },       [CHARSET_GBK] = { "GBK", size_gbk },
    [CHARSET_GB2312] = { "GB2312", size_gb2312 }, [CHARSET_GB18030] = { "GB18030", size_gb18030 },
    [CHARSET_SJIS] = { "SJIS", size_sjis },       [CHARSET_CP932] = { "CP932", size_sjis },
    [CHARSET_UJIS] = { "EUC-JP", size_euc_jp },   [CHARSET_EUCJPMS] = { "EUC-JP-MS", size_euc_jp },
    [CHARSET_EUCKR] = { "UHC", size_euckr },
};

static struct {
    pthread_mutex_t lock;
    iconv_t idle[CHARSET_COUNT][POOL_MAX];
    unsigned count[CHARSET_COUNT];
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool converter_take(const struct charset *charset, iconv_t *out, struct err *err)
{
    const char *name = shapes[charset->id].iconv_name;
    bool found = false;
    pthread_mutex_lock(&pool.lock);
    if (pool.count[charset->id] > 0) {
        *out = pool.idle[charset->id][--pool.count[charset->id]];
        found = true;
    }
    pthread_mutex_unlock(&pool.lock);
    if (found)
        return true;
    iconv_t converter = iconv_open("UTF-8", name);
    if (converter == (iconv_t)-1)
        return err_sys(err,
                       "%s text: the C library has no converter named %s; install its character "
                       "set modules (on Debian libc-bin or libc-gconv-modules-extra)",
                       charset->name, name);
    *out = converter;
    return true;
}

static void converter_give_back(const struct charset *charset, iconv_t converter)
{
    bool kept = false;
    pthread_mutex_lock(&pool.lock);
    if (pool.count[charset->id] < POOL_MAX) {
        pool.idle[charset->id][pool.count[charset->id]++] = converter;
        kept = true;
    }
    pthread_mutex_unlock(&pool.lock);
    if (!kept)
        iconv_close(converter);
}

struct exception_list {
    const struct exception *rows;
    size_t count;
};

static struct exception_list exceptions_of(enum charset_id id)
{
    struct exception_list list = { NULL, 0 };
    for (size_t i = 0; i < ARRAY_COUNT(exceptions); i++) {
        if (exception_charsets[i] != id)
            continue;
        if (list.count++ == 0)
            list.rows = &exceptions[i];
    }
    return list;
}

static const struct exception *exception_find(struct exception_list list, uint32_t code)
{
    size_t low = 0;
    size_t high = list.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list.rows[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list.count && list.rows[low].first <= code ? &list.rows[low] : NULL;
}

static uint32_t code_of(const uint8_t *p, size_t size)
{
    uint32_t code = 0;
    for (size_t i = 0; i < size; i++)
        code = code << 8 | p[i];
    return code;
}

/* One call of iconv for text[start, end); its room is sure, see charset_iconv_append. */
static bool run_append(const struct charset *charset, iconv_t converter, struct bytes text,
                       const size_t run[2], struct buf *out, struct err *err)
{
    char *from = (char *)(uintptr_t)(text.data + run[0]); /* iconv's prototype, it does not write */
    size_t from_left = run[1] - run[0];
    char *to = (char *)out->data + out->len;
    size_t to_left = out->cap - out->len;
    if (from_left == 0)
        return true;
    iconv(converter, NULL, NULL, NULL, NULL);
    size_t result = iconv(converter, &from, &from_left, &to, &to_left);
    if (result == (size_t)-1 || from_left != 0)
        return charset_corrupt(charset, text, run[1] - from_left, err);
    out->len = out->cap - to_left;
    return true;
}

static bool convert(const struct charset *charset, iconv_t converter, struct bytes text,
                    struct buf *out, struct err *err)
{
    struct exception_list list = exceptions_of(charset->id);
    size_t run[2] = { 0, 0 }; /* characters that iconv shall convert */
    while (run[1] < text.len) {
        size_t at = run[1] + ascii_prefix(bytes_of(text.data + run[1], text.len - run[1]));
        run[1] = at;
        if (at == text.len)
            break;
        size_t size = shapes[charset->id].size(text.data + at, text.len - at);
        if (size == 0)
            return charset_corrupt(charset, text, at, err);
        uint32_t code = code_of(text.data + at, size);
        const struct exception *exception = exception_find(list, code);
        run[1] = exception == NULL ? at + size : at;
        if (exception == NULL)
            continue;
        if (exception->character == 0)
            return charset_corrupt(charset, text, at, err);
        if (!run_append(charset, converter, text, run, out, err))
            return false;
        out->len +=
            utf8_put(out->data + out->len, exception->character + (code - exception->first));
        run[0] = at + size;
        run[1] = run[0];
    }
    return run_append(charset, converter, text, run, out, err);
}

bool charset_iconv_append(const struct charset *charset, struct bytes text, struct buf *out,
                          struct err *err)
{
    iconv_t converter = NULL;
    assert(shapes[charset->id].size != NULL && out->cap - out->len >= 3 * text.len);
    if (!converter_take(charset, &converter, err))
        return false;
    bool ok = convert(charset, converter, text, out, err);
    converter_give_back(charset, converter);
    return ok;
}
