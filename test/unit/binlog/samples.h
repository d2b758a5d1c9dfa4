/* samples.h - the sample logs of test/data/binlogs for the tests of this folder. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include "binlog/event.h"
#include "unit.h"

static const char *const samples[] = {
    "mariadb-10.11/row_minimal",  "mariadb-10.11/mixed",      "mariadb-10.11/compressed",
    "mariadb-10.11/group_commit", "mariadb-10.11/nochecksum", "mariadb-11.8/row_minimal",
    "mariadb-11.8/mixed",         "mariadb-11.8/compressed",  "mariadb-11.8/group_commit",
    "mariadb-11.8/nochecksum",    "mysql-9.7/row_minimal",    "mysql-9.7/mixed",
    "mysql-9.7/compressed",       "mysql-9.7/tagged_gtid",    "mysql-9.7/tagged_gtid_second_file",
    "mysql-9.7/anonymous_gtid",   "mysql-9.7/partial_json",   "mysql-9.7/misc_fk_partition",
    "mysql-9.7/nochecksum",
};

struct sample {
    uint8_t *data;
    size_t len;
    size_t at; /* of the next event */
    struct format format;
};

/* The file without a byte to spare, so that a sanitizer sees every read past its end. */
static inline void sample_open(const char *name, struct sample *out)
{
    char path[512];
    *out = (struct sample){ .at = BINLOG_MAGIC_SIZE };
    snprintf(path, sizeof path, "%s/binlogs/%s.bin", TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    fseek(file, 0, SEEK_END);
    out->len = (size_t)ftell(file);
    rewind(file);
    out->data = malloc(out->len);
    if (fread(out->data, 1, out->len, file) != out->len)
        fail_msg("cannot read %s", path);
    fclose(file);
    if (memcmp(out->data, BINLOG_MAGIC, BINLOG_MAGIC_SIZE) != 0)
        fail_msg("%s is no binary log", path);
}

static inline void sample_close(struct sample *s)
{
    free(s->data);
}

/* The next event, decoded with the file's own format; false at the end. */
static inline bool sample_next(struct sample *s, struct event *event)
{
    struct err err;
    struct event_header header;
    if (s->at == s->len)
        return false;
    if (!event_header_decode(bytes_of(s->data + s->at, s->len - s->at), &header, &err))
        fail_msg("at %zu: %s", s->at, err.text);
    struct bytes raw = bytes_of(s->data + s->at, header.size);
    if (header.type == EVENT_FORMAT_DESCRIPTION && !format_decode(raw, &s->format, &err))
        fail_msg("at %zu: %s", s->at, err.text);
    if (!event_decode(raw, &s->format, event, &err))
        fail_msg("at %zu: %s", s->at, err.text);
    s->at += header.size;
    return true;
}
