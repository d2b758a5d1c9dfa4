/* snapshot/copy_reader.c - result rows as blocks of values.
 *
 * value_from_text gives what the log's row images give, so that a row means the same whichever way
 * it came. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/copy_reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/memory.h"
#include "binlog/value_text.h"
#include "net/connection.h"
#include "snapshot/chunk.h"

enum { SQL_BYTES_MAX = 64 << 20 };
enum {
    ER_BAD_FIELD = 1054,
    ER_NO_SUCH_TABLE = 1146,
    ER_KEY_DOES_NOT_EXIST = 1176,
    ER_TABLE_DEF_CHANGED = 1412
};

struct slice_reader {
    struct connection *connection;
    const struct copy_request *request;
    struct copy_task *task;
    struct block_queue *queue;
    const struct copy_table *table;
    struct column_type *types; /* one a column */
    unsigned column_count;
    struct block *block;
    struct buf sql;
    struct buf after; /* the last row's key */
    uint64_t limit;
};

static void note_types(struct slice_reader *reader)
{
    const struct table_def *def = reader->table->schema->def;
    reader->column_count = def->column_count;
    reader->types = memory_new((def->column_count + 1) * sizeof *reader->types);
    for (unsigned i = 0; i < def->column_count; i++)
        reader->types[i] = select_column_type(&def->columns[i], reader->request->facts->flavour);
}

static bool has_bytes(enum value_kind kind)
{
    return kind == VALUE_TEXT || kind == VALUE_BLOB || kind == VALUE_JSON_TEXT ||
           kind == VALUE_GEOMETRY || kind == VALUE_VECTOR;
}

static bool convert(struct slice_reader *reader, unsigned column, struct bytes sent,
                    struct value *out, struct err *err)
{
    struct arena *arena = &reader->block->arena;
    *out = (struct value){ .kind = VALUE_NULL };
    if (sent.data == NULL)
        return true;
    if (!value_from_text(&reader->types[column], sent, arena, out, err))
        return err_wrap(err, "column %s", reader->table->schema->def->columns[column].name);
    if (has_bytes(out->kind))
        out->bytes = arena_copy(arena, out->bytes);
    return true;
}

static bool add_row(struct slice_reader *reader, const struct bytes *sent, struct err *err)
{
    struct value *values = block_add_row(reader->block);
    for (unsigned i = 0; i < reader->column_count; i++) {
        if (!convert(reader, i, sent[i], &values[i], err))
            return false;
        reader->block->source_bytes += sent[i].len + 1;
    }
    return true;
}

static void note_key(struct slice_reader *reader, const struct bytes *sent)
{
    const struct chunk_key *key = &reader->table->key;
    buf_reset(&reader->after);
    for (unsigned i = 0; i < key->count; i++) {
        if (i > 0)
            buf_u8(&reader->after, '\t');
        select_literal(&reader->after, &reader->table->schema->def->columns[key->columns[i]],
                       sent[key->columns[i]]);
    }
}

static void new_block(struct slice_reader *reader)
{
    reader->block = block_new(reader->task->table, reader->task->slice, reader->column_count);
}

static bool send_block(struct slice_reader *reader, struct err *err)
{
    struct block *block = reader->block;
    reader->block = NULL;
    if (!block_queue_put(reader->queue, block))
        return err_set(err, ERR_CANCELLED, "the copy was stopped");
    new_block(reader);
    return true;
}

/* Sends rows until the result ends; counts them. The last row's key is noted when the chunk is
 * full: a shorter one ends its slice. */
static bool read_result(struct slice_reader *reader, uint64_t *rows, uint64_t *bytes,
                        struct err *err)
{
    if (connection_column_count(reader->connection) != reader->column_count)
        return err_set(err, ERR_PROTOCOL, "the result has %u columns, the table %u",
                       connection_column_count(reader->connection), reader->column_count);
    for (;;) {
        const struct bytes *sent = NULL;
        bool row = false;
        if (!connection_next_row(reader->connection, &row, &sent, err))
            return false;
        if (!row)
            return true;
        uint64_t before = reader->block->source_bytes;
        if (!add_row(reader, sent, err))
            return false;
        *bytes += reader->block->source_bytes - before;
        *rows += 1;
        if (*rows == reader->limit)
            note_key(reader, sent);
        if (block_is_full(reader->block) && !send_block(reader, err))
            return false;
    }
}

static void build_select(struct slice_reader *reader)
{
    const struct copy_table *table = reader->table;
    struct select_range range = {
        .from = reader->task->from,
        .to = reader->task->to,
        .after = reader->task->after,
        .limit = reader->limit,
    };
    buf_reset(&reader->sql);
    select_rows(&reader->sql, table->schema->def, table->has_key ? &table->key : NULL, &range);
}

static bool read_chunk(struct slice_reader *reader, bool *done, struct err *err)
{
    uint64_t rows = 0;
    uint64_t bytes = 0;
    const uint64_t started_us = clock_monotonic_us();
    build_select(reader);
    if (reader->sql.failed)
        return err_set(err, ERR_UNSUPPORTED, "the statement that reads it is too long");
    if (!connection_query(reader->connection, buf_cstr(&reader->sql), err) ||
        !read_result(reader, &rows, &bytes, err))
        return false;
    *done = reader->limit == 0 || rows < reader->limit;
    reader->block->chunk_end = true;
    reader->block->slice_done = *done;
    if (!*done) {
        free(reader->task->after);
        reader->task->after = memory_str(buf_cstr(&reader->after));
        reader->block->after = memory_str(reader->task->after);
        reader->limit = chunk_rows_next(rows, bytes, clock_monotonic_us() - started_us);
    }
    /* lets an ALTER that waits for this table through: the snapshot itself stays */
    return connection_execute(reader->connection, "ROLLBACK TO SAVEPOINT chunk", err) &&
           send_block(reader, err);
}

static bool says_changed(const struct err *err)
{
    return err->code == ERR_REFUSED &&
           (err->server_errno == ER_TABLE_DEF_CHANGED || err->server_errno == ER_NO_SUCH_TABLE ||
            err->server_errno == ER_BAD_FIELD || err->server_errno == ER_KEY_DOES_NOT_EXIST);
}

static bool read_slice(struct slice_reader *reader, struct err *err)
{
    note_types(reader);
    if (!connection_execute(reader->connection, "SAVEPOINT chunk", err))
        return false;
    new_block(reader);
    bool done = false;
    while (!done)
        if (!read_chunk(reader, &done, err))
            return false;
    return true;
}

bool copy_read_slice(struct connection *connection, const struct copy_request *request,
                     struct copy_task *task, struct block_queue *queue, struct err *err)
{
    const struct copy_table *table = &request->tables[task->table];
    struct slice_reader reader = {
        .connection = connection,
        .request = request,
        .task = task,
        .queue = queue,
        .table = table,
        .limit = table->has_key
                     ? chunk_rows_first(request->options->chunk_rows, table->schema->source->rows,
                                        table->schema->source->size_bytes)
                     : 0,
    };
    buf_init(&reader.sql, SQL_BYTES_MAX);
    buf_init(&reader.after, SQL_BYTES_MAX);
    bool ok = read_slice(&reader, err);
    if (!ok && says_changed(err)) {
        char why[512];
        snprintf(why, sizeof why, "%.500s", err->text);
        err_set(err, ERR_CONFLICT, "it changed on the source: %s", why);
    }
    if (!ok && err->code != ERR_CANCELLED)
        err_wrap(err, "copying %s.%s", table->schema->source->db, table->schema->source->name);
    block_free(reader.block);
    buf_clear(&reader.sql);
    buf_clear(&reader.after);
    free(reader.types);
    return ok;
}
