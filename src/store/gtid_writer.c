/* gtid_writer.c - the growing GTID index of the file that is being written. Points wait in memory
 * until the log is durable past them. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/event.h"
#include "store/gtid_index.h"

void gtid_writer_init(struct gtid_writer *writer, struct files *files, const char *dir)
{
    *writer =
        (struct gtid_writer){ .files = files, .dir = dir, .fd = -1, .covered = BINLOG_MAGIC_SIZE };
}

static bool open_at(struct gtid_writer *writer, const char *name, uint64_t size, struct err *err)
{
    char path[PATH_MAX];
    assert(writer->fd < 0);
    snprintf(path, sizeof path, "%s/%s" GTID_INDEX_SUFFIX, writer->dir, name);
    int fd = writer->files->open(writer->files, path, O_RDWR, 0);
    if (fd < 0)
        return err_sys(err, "open %s", path);
    if (writer->files->truncate(writer->files, fd, (off_t)size) != 0) {
        err_sys(err, "truncate %s", path);
        writer->files->close(writer->files, fd);
        return false;
    }
    writer->fd = fd;
    writer->size = size;
    return true;
}

bool gtid_writer_create(struct gtid_writer *writer, const char *name, uint64_t file,
                        const struct gtid_set *before, struct err *err)
{
    struct buf text;
    struct buf head;
    char index_name[INDEX_NAME_MAX + sizeof GTID_INDEX_SUFFIX];
    buf_init(&text, GTID_SET_TEXT_MAX);
    buf_init(&head, GTID_SET_TEXT_MAX + 4096);
    gtid_set_print(before, &text);
    writer->crc = gtid_index_encode_head(&head, file, name, buf_cstr(&text));
    snprintf(index_name, sizeof index_name, "%s" GTID_INDEX_SUFFIX, name);
    bool ok = text.failed || head.failed
                  ? err_set(err, ERR_UNSUPPORTED, "%s: the GTID set is over %d bytes as text",
                            index_name, GTID_SET_TEXT_MAX)
                  : files_replace(writer->files, writer->dir, index_name, buf_bytes(&head), err) &&
                        open_at(writer, name, head.len, err);
    buf_clear(&text);
    buf_clear(&head);
    return ok;
}

bool gtid_writer_open(struct gtid_writer *writer, const struct gtid_index *index, struct err *err)
{
    writer->crc = index->crc;
    return open_at(writer, index->name, index->good_bytes, err);
}

static void push_point(struct gtid_writer *writer, uint64_t end)
{
    size_t count = writer->waiting_count;
    if ((count & (count - 1)) == 0)
        writer->waiting =
            memory_resize(writer->waiting, (count == 0 ? 1 : count * 2) * sizeof *writer->waiting);
    writer->waiting[writer->waiting_count++] = (struct gtid_point){ end, writer->runs };
    writer->runs = (struct gtid_runs){ 0 }; /* its items moved into the point */
    writer->covered = end;
}

void gtid_writer_mark(struct gtid_writer *writer, const struct gtid *gtid, uint64_t end)
{
    gtid_runs_add(&writer->runs, gtid);
    if (writer->runs.transactions >= GTID_POINT_TRANSACTIONS ||
        end - writer->covered >= GTID_POINT_BYTES)
        push_point(writer, end);
}

static void drop_waiting(struct gtid_writer *writer, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gtid_runs_clear(&writer->waiting[i].runs);
    if (count == writer->waiting_count) {
        free(writer->waiting);
        writer->waiting = NULL;
        writer->waiting_count = 0;
        return;
    }
    writer->waiting_count -= count;
    memmove(writer->waiting, writer->waiting + count,
            writer->waiting_count * sizeof *writer->waiting);
}

bool gtid_writer_flush(struct gtid_writer *writer, uint64_t durable, struct err *err)
{
    size_t count = 0;
    uint32_t crc = writer->crc;
    if (writer->waiting_count == 0 || writer->waiting[0].end > durable)
        return true;
    struct buf bytes;
    buf_init(&bytes, GTID_INDEX_SIZE_MAX);
    while (count < writer->waiting_count && writer->waiting[count].end <= durable)
        crc = gtid_index_encode_point(&bytes, &writer->waiting[count++], crc);
    bool ok = bytes.failed ? err_set(err, ERR_UNSUPPORTED, "the GTID index grew too large")
                           : files_write_all(writer->files, writer->fd, buf_bytes(&bytes),
                                             (off_t)writer->size, err);
    writer->size += bytes.len;
    buf_clear(&bytes);
    if (!ok)
        return err_wrap(err, "GTID index");
    writer->crc = crc;
    drop_waiting(writer, count);
    return true;
}

void gtid_writer_end(struct gtid_writer *writer, uint64_t end)
{
    if (end > writer->covered)
        push_point(writer, end);
}

bool gtid_writer_seal(struct gtid_writer *writer, uint64_t end, struct err *err)
{
    gtid_writer_end(writer, end);
    if (!gtid_writer_flush(writer, end, err))
        return false;
    if (writer->files->datasync(writer->files, writer->fd) != 0)
        return err_sys(err, "fdatasync of the GTID index");
    return true;
}

void gtid_writer_close(struct gtid_writer *writer)
{
    drop_waiting(writer, writer->waiting_count);
    gtid_runs_clear(&writer->runs);
    if (writer->fd >= 0)
        writer->files->close(writer->files, writer->fd);
    gtid_writer_init(writer, writer->files, writer->dir);
}
