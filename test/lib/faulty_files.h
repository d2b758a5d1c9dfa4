/* faulty_files.h - a file system for tests that fails the n-th call, tears a write, and can lose
 * what was never synced.
 *
 * Works on the real files of one directory, and beside them keeps a model of what the disk holds:
 * of each file the bytes at its last datasync, and the names at the last sync_dir. A power cut
 * rewrites the directory to what could be there afterwards. Datasync itself touches no disk. A
 * datasync that fails leaves its bytes readable and clean: the next one succeeds and does not write
 * them, as on Linux.
 * Test programs include faulty_files.c. Any thread may call through the vtable. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include "base/files.h"

enum { FAULTY_FDS = 256, FAULTY_NAMES = 64 };

struct faulty_inode {
    uint8_t *durable; /* bytes at the last datasync */
    size_t durable_len;
    bool *clean; /* not on the disk, but a datasync of them failed: no later one will write them */
    size_t clean_len;
    struct faulty_inode *next;
};

struct faulty_name {
    char name[256];
    struct faulty_inode *inode; /* NULL: a free row */
};

struct faulty_files {
    struct files files; /* first: the vtable's self pointer is this struct */
    char dir[256];
    pthread_mutex_t lock;

    /* the plan, set by the test */
    uint64_t fail_at; /* the call, counted from 1, that fails; 0: none */
    int fail_errno;
    bool stay_dead;    /* all calls after it fail too: the process is gone */
    size_t tear_bytes; /* a pwrite that fails writes so many bytes first */
    bool lies;         /* datasync and sync_dir say yes and do nothing */

    /* what happened */
    uint64_t calls;
    bool failed;
    size_t failed_write_len; /* when the failed call was a pwrite */

    struct faulty_inode *inodes;
    struct faulty_inode *by_fd[FAULTY_FDS];
    struct faulty_name now[FAULTY_NAMES];
    struct faulty_name durable[FAULTY_NAMES];
};

/* What a power cut leaves of unsynced bytes and names. */
enum cut_bytes { CUT_BYTES_LOST, CUT_BYTES_KEPT, CUT_BYTES_PREFIX, CUT_BYTES_SECTORS };
enum cut_names { CUT_NAMES_SYNCED, CUT_NAMES_NOW };

/* The directory must exist; what is in it counts as durable. */
void faulty_files_init(struct faulty_files *f, const char *dir);
void faulty_files_clear(struct faulty_files *f);
/* All descriptors must be closed. seed chooses lengths and sectors. */
void faulty_files_power_cut(struct faulty_files *f, enum cut_bytes bytes, enum cut_names names,
                            unsigned seed);
