/* scan.h - reads the events of one file in order, up to a limit, out of a read-ahead buffer.
 *
 * Checks the header's sanity and the CRC32 of each event; follows the format description. Never
 * reads past the limit: what lies there may still change. The buffer (256 KiB) is allocated at the
 * first read; a larger event gets one of its own that is given back at the next call. One thread
 * at a time, with others that read ahead where it is told to; several scans of one file do not
 * disturb each other. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/files.h"
#include "binlog/event.h"
#include "store/blocks.h"

enum { SCAN_BUFFER_SIZE = 256 << 10 };

enum scan_result {
    SCAN_EVENT,
    SCAN_LIMIT,   /* the next event would start at the limit */
    SCAN_DAMAGED, /* ERR_CORRUPT or ERR_UNSUPPORTED: no whole event starts at scan.pos */
    SCAN_FAILED   /* the file could not be read */
};

/* Why an event is not whole. */
enum scan_damage {
    SCAN_FRAME, /* its header, or what a format description says, is impossible */
    SCAN_CHECKSUM,
    SCAN_CUT_OFF,
};

struct scan {
    struct files *files;
    int fd;
    uint64_t pos;   /* where the next event starts */
    uint64_t limit; /* may be raised between calls */
    struct format format;
    bool has_format;
    uint8_t *buffer;
    const uint8_t *view; /* the buffer, or a block of those read ahead */
    size_t start;        /* view[start..end) are the file's bytes from pos on */
    size_t end;
    struct blocks *ahead; /* NULL: nobody reads ahead */
    uint64_t ahead_pos;   /* theirs */
    size_t checked;       /* checksums in the view are right up to there */
    uint8_t *large;
    enum scan_damage damage; /* after SCAN_DAMAGED */
};

void scan_init(struct scan *scan, struct files *files);
/* Opens the file and checks its magic; a first format description is read when `pos` is past it.
 */
bool scan_open(struct scan *scan, const char *path, uint64_t pos, uint64_t limit,
               struct err *err) MUST_CHECK;
/* From here to the limit, which stays as it is; an opened scan that has read nothing yet. Threads
 * that are not to be had are done without. */
void scan_read_ahead(struct scan *scan, unsigned threads);
void scan_close(struct scan *scan); /* frees the buffers too */
void scan_close_file(struct scan *scan);
/* *event lives until the next call. */
enum scan_result scan_next(struct scan *scan, struct event *event, struct err *err) MUST_CHECK;
