/* refuse.c - a feed's last word, in the words of a server of the replica's kind. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "serve"
#include <inttypes.h>
#include <stdio.h>
#include "base/log.h"
#include "serve/feed_internal.h"

enum { TEXT_MAX = 4096, DETAIL_SHOWN = 480 };

static const struct {
    uint16_t mysql_code;
    uint16_t mariadb_code;
    const char *mysql;
    const char *mariadb;
} refusals[] = {
#define REFUSAL(name, mysql_code, mariadb_code, mysql, mariadb)                                    \
    [REFUSAL_##name] = { mysql_code, mariadb_code, mysql, mariadb },
#include "serve/refusals.def"
#undef REFUSAL
};

const char *refusal_places(const struct feed *feed, char out[1200])
{
    char file[LOG_NAME_MAX + 1] = "";
    struct log_pos place = feed_place(feed);
    store_file_name(feed->serve->options.store, place.file, file);
    snprintf(out, 1200,
             "the first event '%s' at %" PRIu64 ", the last event read from '%s' at %" PRIu64
             ", the last byte read from '%s' at %" PRIu64 ".",
             feed->request.by_gtid ? "" : feed->request.file, feed->request.offset, file,
             place.offset, file, place.offset);
    return out;
}

/* The format's one %s, if it has one, becomes the detail. */
static void fill(const char *format, const char *detail, struct buf *out)
{
    const char *gap = strstr(format, "%s");
    buf_append(out, format, gap == NULL ? strlen(format) : (size_t)(gap - format));
    if (gap == NULL)
        return;
    buf_str(out, detail);
    buf_str(out, gap + 2);
}

void feed_refuse(struct feed *feed, enum refusal refusal, const char *detail)
{
    bool mariadb = feed->request.peer == SERVE_PEER_MARIADB;
    struct buf text;
    struct buf packet;
    buf_init(&text, TEXT_MAX);
    buf_init(&packet, TEXT_MAX + 16);
    fill(mariadb ? refusals[refusal].mariadb : refusals[refusal].mysql, detail, &text);
    if (text.failed) { /* of a long set of GTIDs: its beginning tells enough */
        char cut[DETAIL_SHOWN + 8];
        snprintf(cut, sizeof cut, "%.*s ...", DETAIL_SHOWN, detail);
        buf_reset(&text);
        fill(mariadb ? refusals[refusal].mariadb : refusals[refusal].mysql, cut, &text);
    }
    buf_u8(&packet, 0xff);
    buf_le(&packet, mariadb ? refusals[refusal].mariadb_code : refusals[refusal].mysql_code, 2);
    buf_str(&packet, "#HY000");
    buf_append(&packet, text.data, text.len);
    log_warning("replica %u (%s): %s", feed->request.server_id, feed->request.host,
                buf_cstr(&text));
    weave_word(&feed->weave, buf_bytes(&packet), &feed->made);
    buf_clear(&text);
    buf_clear(&packet);
    feed->ending = true;
}
