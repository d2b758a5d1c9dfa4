/* gtid_index.c - runs of GTIDs, and the records of an index as bytes. */
// SPDX-License-Identifier: Apache-2.0
#include "store/gtid_index.h"
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/reader.h"
#include "binlog/event.h"

#define MAGIC "blgtids1"
enum {
    MAGIC_SIZE = 8,
    CRC_SIZE = 4,
    SIZE_FIELD = 4,
    RUNS_LOOKED_AT = 32, /* how far back a run is looked for that a GTID extends */
    POINT_SIZE_MAX = GTID_POINT_TRANSACTIONS * (1 + 16 + 1 + GTID_TAG_MAX + 16) + 16,
};

/* ---- runs ---- */

static bool same_origin(const struct gtid *a, const struct gtid *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == GTID_MARIADB)
        return a->domain == b->domain && a->server == b->server;
    return memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0 && strcmp(a->tag, b->tag) == 0;
}

/* The run that this GTID continues; NULL when it starts one. A MariaDB GTID may only continue the
 * newest run of its domain: see struct gtid_run. */
static struct gtid_run *run_before(struct gtid_runs *runs, const struct gtid *gtid)
{
    size_t least = runs->count > RUNS_LOOKED_AT ? runs->count - RUNS_LOOKED_AT : 0;
    for (size_t i = runs->count; i > least; i--) {
        struct gtid_run *run = &runs->items[i - 1];
        if (same_origin(&run->first, gtid) && run->last + 1 == gtid->seq)
            return run;
        if (gtid->kind == GTID_MARIADB && run->first.domain == gtid->domain)
            return NULL;
    }
    return NULL;
}

static void runs_push(struct gtid_runs *runs, const struct gtid_run *run)
{
    if (runs->count == runs->cap) {
        runs->cap = runs->cap == 0 ? 4 : runs->cap * 2;
        runs->items = memory_resize(runs->items, runs->cap * sizeof *runs->items);
    }
    runs->items[runs->count++] = *run;
}

void gtid_runs_add(struct gtid_runs *runs, const struct gtid *gtid)
{
    runs->transactions++;
    if (gtid->kind == GTID_NONE)
        return;
    struct gtid_run *run = run_before(runs, gtid);
    if (run != NULL)
        run->last = gtid->seq;
    else
        runs_push(runs, &(struct gtid_run){ *gtid, gtid->seq });
}

void gtid_runs_clear(struct gtid_runs *runs)
{
    free(runs->items);
    *runs = (struct gtid_runs){ 0 };
}

bool gtid_point_add_to(const struct gtid_point *point, struct gtid_set *set, struct err *err)
{
    for (size_t i = 0; i < point->runs.count; i++) {
        const struct gtid_run *run = &point->runs.items[i];
        if (!gtid_set_add_range(set, &run->first, run->last, err))
            return false;
    }
    return true;
}

bool gtid_set_from_text(const char *text, struct gtid_set **out, struct err *err)
{
    enum flavour flavour = strchr(text, ':') != NULL ? FLAVOUR_MYSQL : FLAVOUR_MARIADB;
    if (*text == 0) {
        *out = gtid_set_new();
        return true;
    }
    return gtid_set_parse(text, flavour, out, err);
}

/* ---- records ---- */

static uint32_t append_crc(struct buf *out, size_t from, uint32_t seed)
{
    uint32_t crc = out->failed ? 0 : libdeflate_crc32(seed, out->data + from, out->len - from);
    buf_le(out, crc, CRC_SIZE);
    return crc;
}

uint32_t gtid_index_encode_head(struct buf *out, uint64_t file, const char *name,
                                const char *before)
{
    size_t from = out->len;
    buf_str(out, MAGIC);
    buf_le(out, file, 8);
    buf_le(out, strlen(name), 2);
    buf_str(out, name);
    buf_le(out, strlen(before), 4);
    buf_str(out, before);
    return append_crc(out, from, 0);
}

static void encode_run(struct buf *out, const struct gtid_run *run)
{
    buf_u8(out, (uint8_t)run->first.kind);
    if (run->first.kind == GTID_MYSQL) {
        buf_append(out, run->first.uuid, sizeof run->first.uuid);
        buf_u8(out, (uint8_t)strlen(run->first.tag));
        buf_str(out, run->first.tag);
    } else {
        buf_le(out, run->first.domain, 4);
        buf_le(out, run->first.server, 4);
    }
    buf_le(out, run->first.seq, 8);
    buf_le(out, run->last, 8);
}

uint32_t gtid_index_encode_point(struct buf *out, const struct gtid_point *point, uint32_t crc)
{
    struct buf body;
    buf_init(&body, POINT_SIZE_MAX);
    buf_le(&body, point->end, 8);
    buf_le(&body, point->runs.transactions, 4);
    buf_le(&body, point->runs.count, 4);
    for (size_t i = 0; i < point->runs.count; i++)
        encode_run(&body, &point->runs.items[i]);
    size_t from = out->len;
    buf_le(out, body.len, SIZE_FIELD);
    buf_append(out, body.data, body.len);
    if (body.failed)
        out->failed = true;
    buf_clear(&body);
    return append_crc(out, from, crc);
}

static bool decode_head(struct reader *r, struct gtid_index *out)
{
    const uint8_t *from = r->pos;
    const uint8_t *magic = reader_take(r, MAGIC_SIZE);
    out->file = reader_u64(r);
    struct bytes name = reader_bytes(r, reader_u16(r));
    struct bytes before = reader_bytes(r, reader_u32(r));
    size_t len = (size_t)(r->pos - from);
    uint32_t crc = reader_u32(r);
    if (r->failed || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 || name.len > INDEX_NAME_MAX ||
        before.len > GTID_SET_TEXT_MAX || memchr(name.data, 0, name.len) != NULL ||
        (before.len > 0 && memchr(before.data, 0, before.len) != NULL) ||
        crc != libdeflate_crc32(0, from, len))
        return false;
    memcpy(out->name, name.data, name.len);
    out->before = memory_strn(before.data, before.len);
    out->good_bytes = len + CRC_SIZE;
    out->crc = crc;
    return true;
}

static bool decode_run(struct reader *r, struct gtid_run *out)
{
    struct gtid_run run = { 0 };
    uint8_t kind = reader_u8(r);
    run.first.kind = kind == GTID_MYSQL ? GTID_MYSQL : GTID_MARIADB;
    if (kind == GTID_MYSQL) {
        reader_copy(r, run.first.uuid, sizeof run.first.uuid);
        struct bytes tag = reader_bytes(r, reader_u8(r));
        if (r->failed || tag.len > GTID_TAG_MAX ||
            (tag.len > 0 && memchr(tag.data, 0, tag.len) != NULL))
            return false;
        if (tag.len > 0)
            memcpy(run.first.tag, tag.data, tag.len);
    } else {
        run.first.domain = reader_u32(r);
        run.first.server = reader_u32(r);
    }
    run.first.seq = reader_u64(r);
    run.last = reader_u64(r);
    *out = run;
    return !r->failed && (kind == GTID_MYSQL || kind == GTID_MARIADB) && run.first.seq > 0 &&
           run.last >= run.first.seq && run.last < UINT64_MAX;
}

/* Bounded before use: no more runs, and no longer ones, than the point has transactions. */
static bool decode_runs(struct reader *r, struct gtid_runs *out)
{
    uint32_t transactions = reader_u32(r);
    uint32_t count = reader_u32(r);
    uint64_t numbers = 0;
    if (r->failed || transactions > GTID_POINT_TRANSACTIONS || count > transactions)
        return false;
    out->transactions = transactions;
    for (uint32_t i = 0; i < count; i++) {
        struct gtid_run run;
        if (!decode_run(r, &run) || run.last - run.first.seq >= transactions - numbers)
            return false;
        numbers += run.last - run.first.seq + 1;
        runs_push(out, &run);
    }
    return reader_left(r) == 0;
}

void gtid_index_push(struct gtid_index *index, const struct gtid_point *point)
{
    size_t count = index->count;
    if ((count & (count - 1)) == 0) /* full at each power of two */
        index->points =
            memory_resize(index->points, (count == 0 ? 1 : count * 2) * sizeof *index->points);
    index->points[index->count++] = *point;
}

void gtid_index_cut(struct gtid_index *index, uint64_t limit)
{
    while (index->count > 0 && index->points[index->count - 1].end > limit)
        gtid_runs_clear(&index->points[--index->count].runs);
}

static bool decode_point(struct reader *r, struct gtid_index *out)
{
    const uint8_t *from = r->pos;
    uint32_t size = reader_u32(r);
    struct bytes body = reader_bytes(r, size);
    uint32_t crc = reader_u32(r);
    if (r->failed || crc != libdeflate_crc32(out->crc, from, SIZE_FIELD + body.len))
        return false;
    struct gtid_point point = { 0 };
    struct reader b = reader_of(body);
    point.end = reader_u64(&b);
    uint64_t last = out->count > 0 ? out->points[out->count - 1].end : BINLOG_MAGIC_SIZE;
    if (!decode_runs(&b, &point.runs) || point.end <= last || point.end > INT64_MAX) {
        gtid_runs_clear(&point.runs);
        return false;
    }
    gtid_index_push(out, &point);
    out->good_bytes += SIZE_FIELD + body.len + CRC_SIZE;
    out->crc = crc;
    return true;
}

bool gtid_index_decode(struct bytes bytes, struct gtid_index *out, struct err *err)
{
    struct gtid_index index = { 0 };
    struct reader r = reader_of(bytes);
    if (!decode_head(&r, &index))
        return err_set(err, ERR_CORRUPT, "the GTID index is torn or was not written by binlogd");
    while (reader_left(&r) > 0 && decode_point(&r, &index))
        ;
    *out = index;
    return true;
}

void gtid_index_clear(struct gtid_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        gtid_runs_clear(&index->points[i].runs);
    free(index->points);
    free(index->before);
    *index = (struct gtid_index){ 0 };
}

uint64_t gtid_index_end(const struct gtid_index *index, uint64_t limit)
{
    for (size_t i = index->count; i > 0; i--)
        if (index->points[i - 1].end <= limit)
            return index->points[i - 1].end;
    return BINLOG_MAGIC_SIZE;
}

/* ---- disk ---- */

static bool index_path(const char *dir, const char *name, char path[PATH_MAX], struct err *err)
{
    if (snprintf(path, PATH_MAX, "%s/%s" GTID_INDEX_SUFFIX, dir, name) >= PATH_MAX)
        return err_set(err, ERR_CONFIG, "the path %s/%s is too long", dir, name);
    return true;
}

static bool read_whole(struct files *files, int fd, struct buf *out, struct err *err)
{
    enum { STEP = 65536 };
    size_t got = 1;
    while (got > 0) {
        uint8_t *room = buf_reserve(out, STEP);
        if (room == NULL)
            return err_set(err, ERR_CORRUPT, "over %zu bytes", out->max);
        if (!files_read_at(files, fd, room, STEP, (off_t)out->len, &got, err))
            return false;
        out->len += got;
    }
    return true;
}

bool gtid_index_load(struct files *files, const char *dir, const char *name, uint64_t file,
                     struct gtid_index *out, bool *found, struct err *err)
{
    char path[PATH_MAX];
    if (!index_path(dir, name, path, err))
        return false;
    int fd = files->open(files, path, O_RDONLY, 0);
    *found = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? true : err_sys(err, "open %s", path);
    struct buf bytes;
    buf_init(&bytes, GTID_INDEX_SIZE_MAX);
    struct gtid_index index = { 0 };
    bool ok =
        read_whole(files, fd, &bytes, err) && gtid_index_decode(buf_bytes(&bytes), &index, err);
    files->close(files, fd);
    buf_clear(&bytes);
    if (ok && ((index.file != file && file != GTID_INDEX_ANY) || strcmp(index.name, name) != 0)) {
        ok = err_set(err, ERR_CORRUPT, "this is the GTID index of %s, number %llu", index.name,
                     (unsigned long long)index.file);
        gtid_index_clear(&index);
    }
    if (!ok)
        return err_wrap(err, "%s", path);
    *out = index;
    return true;
}

bool gtid_index_save(struct files *files, const char *dir, const struct gtid_index *index,
                     struct err *err)
{
    struct buf bytes;
    char name[INDEX_NAME_MAX + sizeof GTID_INDEX_SUFFIX];
    buf_init(&bytes, GTID_INDEX_SIZE_MAX);
    uint32_t crc = gtid_index_encode_head(&bytes, index->file, index->name, index->before);
    for (size_t i = 0; i < index->count; i++)
        crc = gtid_index_encode_point(&bytes, &index->points[i], crc);
    snprintf(name, sizeof name, "%s" GTID_INDEX_SUFFIX, index->name);
    bool ok = bytes.failed
                  ? err_set(err, ERR_UNSUPPORTED, "%s: over %d bytes", name, GTID_INDEX_SIZE_MAX)
                  : files_replace(files, dir, name, buf_bytes(&bytes), err);
    buf_clear(&bytes);
    return ok;
}
