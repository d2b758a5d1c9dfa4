/* xa.c - see xa.h. The text is taken apart and the name printed anew, so that two spellings of one
 * name (letters of the digits) give the same bytes. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/xa.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>
#include "base/reader.h"

static char *put_hex(char *at, struct bytes part)
{
    static const char digits[] = "0123456789abcdef";
    *at++ = 'X';
    *at++ = '\'';
    for (size_t i = 0; i < part.len; i++) {
        *at++ = digits[part.data[i] >> 4];
        *at++ = digits[part.data[i] & 15];
    }
    *at++ = '\'';
    *at++ = ',';
    return at;
}

const char *xa_id_text(const struct xa_id *id, char out[XA_TEXT_MAX])
{
    assert(id->gtrid.len <= XA_PART_MAX && id->bqual.len <= XA_PART_MAX);
    char *at = put_hex(put_hex(out, id->gtrid), id->bqual);
    snprintf(at, (size_t)(out + XA_TEXT_MAX - at), "%" PRId32, id->format_id);
    return out;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t len = strlen(word);
    if (reader_left(r) < len || strncasecmp((const char *)r->pos, word, len) != 0)
        return false;
    (void)reader_take(r, len);
    return true;
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* X'…' into room of XA_PART_MAX bytes. */
static bool take_part(struct reader *r, uint8_t *room, struct bytes *out)
{
    size_t len = 0;
    if (!take_word(r, "X'"))
        return false;
    while (!take_word(r, "'")) {
        int high = digit_of(reader_u8(r));
        int low = digit_of(reader_u8(r));
        if (r->failed || high < 0 || low < 0 || len == XA_PART_MAX)
            return false;
        room[len++] = (uint8_t)(high << 4 | low);
    }
    *out = bytes_of(room, len);
    return true;
}

/* To the text's end. A format is 32 bits wide, whichever sign it is written with. */
static bool take_format(struct reader *r, int32_t *out)
{
    int64_t number = 0;
    bool is_negative = take_word(r, "-");
    if (reader_left(r) == 0)
        return false;
    while (reader_left(r) > 0) {
        uint8_t c = reader_u8(r);
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (c - '0');
        if (number > UINT32_MAX)
            return false;
    }
    *out = (int32_t)(uint32_t)(is_negative ? -number : number);
    return true;
}

bool xa_statement_parse(struct bytes text, struct xa_statement *out, struct err *err)
{
    static const char *const verbs[] = { [XA_START] = "XA START ",
                                         [XA_END] = "XA END ",
                                         [XA_COMMIT] = "XA COMMIT ",
                                         [XA_ROLLBACK] = "XA ROLLBACK " };
    uint8_t gtrid[XA_PART_MAX];
    uint8_t bqual[XA_PART_MAX];
    struct reader r = reader_of(text);
    struct xa_id id;
    size_t verb = 0;
    while (verb < ARRAY_COUNT(verbs) && !take_word(&r, verbs[verb]))
        verb++;
    if (verb == ARRAY_COUNT(verbs) || !take_part(&r, gtrid, &id.gtrid) || !take_word(&r, ",") ||
        !take_part(&r, bqual, &id.bqual) || !take_word(&r, ",") || !take_format(&r, &id.format_id))
        return err_set(err, ERR_UNSUPPORTED, "an XA statement that no server writes");
    out->verb = (enum xa_verb)verb;
    (void)xa_id_text(&id, out->id);
    return true;
}
