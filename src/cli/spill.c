/* spill.c - one file holds the pieces, another where each of them is. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/spill.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/files.h"
#include "base/memory.h"

struct record {
    uint64_t at, len;
};

struct spill {
    FILE *pieces, *records;
    uint64_t size, count;
};

struct spill *spill_new(struct err *err)
{
    struct spill *spill = memory_new(sizeof *spill);
    spill->pieces = tmpfile();
    spill->records = tmpfile();
    if (spill->pieces != NULL && spill->records != NULL)
        return spill;
    err_sys(err, "a temporary file");
    spill_free(spill);
    return NULL;
}

void spill_free(struct spill *spill)
{
    if (spill == NULL)
        return;
    if (spill->pieces != NULL)
        fclose(spill->pieces);
    if (spill->records != NULL)
        fclose(spill->records);
    free(spill);
}

bool spill_push(struct spill *spill, struct bytes piece, struct err *err)
{
    struct record record = { spill->size, piece.len };
    if (fwrite(piece.data, 1, piece.len, spill->pieces) != piece.len ||
        fwrite(&record, sizeof record, 1, spill->records) != 1)
        return err_sys(err, "a temporary file");
    spill->size += piece.len;
    spill->count++;
    return true;
}

uint64_t spill_count(const struct spill *spill)
{
    return spill->count;
}

static bool read_at(FILE *file, void *data, size_t len, uint64_t offset, struct err *err)
{
    size_t got = 0;
    if (!files_read_at(&files_os, fileno(file), data, len, (off_t)offset, &got, err))
        return err_wrap(err, "a temporary file");
    return got == len || err_set(err, ERR_SYSTEM, "a temporary file is shorter than it was");
}

bool spill_write_back(struct spill *spill, uint64_t count, const struct text_out *out,
                      struct err *err)
{
    if (fflush(spill->pieces) != 0 || fflush(spill->records) != 0)
        return err_sys(err, "a temporary file");
    for (uint64_t i = count; i > 0; i--) {
        struct record record;
        if (!read_at(spill->records, &record, sizeof record, (i - 1) * sizeof record, err))
            return false;
        uint8_t *room = buf_reserve(out->buf, record.len);
        if (room == NULL)
            return err_set(err, ERR_UNSUPPORTED, "a statement of %llu bytes is too large",
                           (unsigned long long)record.len);
        if (!read_at(spill->pieces, room, record.len, record.at, err))
            return false;
        out->buf->len += record.len;
        text_out_check(out);
    }
    return true;
}
