/* faulty_vfs.h - SQLite's file system with a fault in it: the n-th write, sync or truncate fails,
 * and all after it, as a full or broken disk does; or it alone, and then it is counted how often
 * the file is synced again whose sync failed. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
    long left; /* calls that still work; below 0: no fault */
    bool once;
    bool fired;
    int code;
    const sqlite3_file *unsynced; /* its sync failed */
    unsigned synced_again;
} faulty;

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static inline sqlite3_file *faulty_real(sqlite3_file *file)
{
    return ((struct faulty_file *)file)->real;
}

static inline bool faulty_now(void)
{
    if (faulty.left < 0)
        return false;
    if (faulty.left > 0) {
        faulty.left--;
        return false;
    }
    faulty.fired = true;
    if (faulty.once)
        faulty.left = -1;
    return true;
}

#define PASS(name, parameters, arguments)                                                          \
    static int faulty_##name parameters                                                            \
    {                                                                                              \
        file = faulty_real(file);                                                                  \
        return file->pMethods->name arguments;                                                     \
    }
PASS(xRead, (sqlite3_file * file, void *data, int n, sqlite3_int64 at), (file, data, n, at))
PASS(xFileSize, (sqlite3_file * file, sqlite3_int64 *size), (file, size))
PASS(xLock, (sqlite3_file * file, int lock), (file, lock))
PASS(xUnlock, (sqlite3_file * file, int lock), (file, lock))
PASS(xCheckReservedLock, (sqlite3_file * file, int *out), (file, out))
PASS(xFileControl, (sqlite3_file * file, int op, void *arg), (file, op, arg))
PASS(xSectorSize, (sqlite3_file * file), (file))
PASS(xDeviceCharacteristics, (sqlite3_file * file), (file))
PASS(xShmMap, (sqlite3_file * file, int page, int size, int extend, void volatile **out),
     (file, page, size, extend, out))
PASS(xShmLock, (sqlite3_file * file, int offset, int n, int flags), (file, offset, n, flags))
PASS(xShmUnmap, (sqlite3_file * file, int remove), (file, remove))
PASS(xClose, (sqlite3_file * file), (file))
#undef PASS

static void faulty_xShmBarrier(sqlite3_file *file)
{
    faulty_real(file)->pMethods->xShmBarrier(faulty_real(file));
}

static int faulty_xWrite(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
    if (!faulty_now())
        return faulty_real(file)->pMethods->xWrite(faulty_real(file), data, n, at);
    if (n > 1) /* the write is torn */
        (void)faulty_real(file)->pMethods->xWrite(faulty_real(file), data, n / 2, at);
    return faulty.code;
}

static int faulty_xSync(sqlite3_file *file, int flags)
{
    if (faulty_now()) {
        faulty.unsynced = file;
        return SQLITE_IOERR_FSYNC;
    }
    faulty.synced_again += file == faulty.unsynced;
    return faulty_real(file)->pMethods->xSync(faulty_real(file), flags);
}

static int faulty_xTruncate(sqlite3_file *file, sqlite3_int64 size)
{
    return faulty_now() ? SQLITE_IOERR_TRUNCATE
                        : faulty_real(file)->pMethods->xTruncate(faulty_real(file), size);
}

static int faulty_xOpen(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct faulty_file *made = (struct faulty_file *)file;
    (void)vfs;
    if (faulty.unsynced == file)
        faulty.unsynced = NULL; /* another file at the same place in memory */
    made->real = (sqlite3_file *)(made + 1);
    int rc = faulty.real->xOpen(faulty.real, name, made->real, flags, out);
    made->base.pMethods = rc == SQLITE_OK ? &faulty.methods : NULL;
    return rc;
}

/* Becomes the default file system of every connection opened from now on. */
static inline void faulty_install(void)
{
    if (faulty.real != NULL)
        return;
    faulty.real = sqlite3_vfs_find(NULL);
    faulty.vfs = *faulty.real;
    faulty.vfs.zName = "faulty";
    faulty.vfs.szOsFile = faulty.real->szOsFile + (int)sizeof(struct faulty_file);
    faulty.vfs.xOpen = faulty_xOpen;
    faulty.methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = faulty_xClose,
        .xRead = faulty_xRead,
        .xWrite = faulty_xWrite,
        .xTruncate = faulty_xTruncate,
        .xSync = faulty_xSync,
        .xFileSize = faulty_xFileSize,
        .xLock = faulty_xLock,
        .xUnlock = faulty_xUnlock,
        .xCheckReservedLock = faulty_xCheckReservedLock,
        .xFileControl = faulty_xFileControl,
        .xSectorSize = faulty_xSectorSize,
        .xDeviceCharacteristics = faulty_xDeviceCharacteristics,
        .xShmMap = faulty_xShmMap,
        .xShmLock = faulty_xShmLock,
        .xShmBarrier = faulty_xShmBarrier,
        .xShmUnmap = faulty_xShmUnmap,
    };
    faulty.left = -1;
    sqlite3_vfs_register(&faulty.vfs, 1);
}
