/* directory.c - the list of files against what the directory really holds.
 *
 * What a crash leaves, and what becomes of it: a file made but not listed yet holds its magic at
 * most, and goes; a file that was purged but not deleted yet has a number below the list's first
 * one, and goes; a GTID index without its file goes. Any other stranger stops the open. */
// SPDX-License-Identifier: Apache-2.0
#include "store/directory.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#define LOG_AREA "store"
#include "base/log.h"
#include "store/state.h"

/* ---- GTID indexes ---- */

/* An index that ends before the file does would let readers pass over transactions. */
static bool rebuild_points(struct store *store, const struct recovery_file *file, bool is_complete,
                           struct gtid_index *out, struct err *err)
{
    struct recovery found;
    AUTO(gtid_set) before = NULL;
    if (!directory_set_before(store, file, &before, err) ||
        !recovery_run(file, before, &found, err))
        return false;
    bool ok = !is_complete || recovery_check_whole(&found, file, err);
    if (ok)
        recovery_take_index(&found, file, out);
    recovery_clear(&found);
    return ok;
}

static bool load_points(struct store *store, const struct recovery_file *file, bool is_complete,
                        struct gtid_index *out, struct err *err)
{
    bool found = false;
    if (gtid_index_load(store->files, store->dir, file->name, file->number, out, &found, err)) {
        if (found)
            return true;
    } else if (err->code != ERR_CORRUPT) {
        return false;
    }
    if (!rebuild_points(store, file, is_complete, out, err))
        return false;
    if (!is_complete || store->read_only)
        return true;
    log_warning("%s/%s: its GTID index was lost; it is built again", store->dir, file->name);
    if (gtid_index_save(store->files, store->dir, out, err))
        return true;
    gtid_index_clear(out);
    return false;
}

bool store_points(struct store *store, uint64_t number, struct gtid_index *out, struct err *err)
{
    struct shared *shared = store->shared;
    char name[LOG_NAME_MAX + 1];
    store_file_name(store, number, name);
    if (name[0] == 0)
        return err_set(err, ERR_CONFLICT, "file %" PRIu64 " of the log in %s is not held any more",
                       number, store->dir);
    struct recovery_file file = { store->files, store->dir, name, number, 0 };
    pthread_mutex_lock(&shared->index_lock);
    bool is_complete = store_durable_end(store).file > number; /* else its writer is at it */
    bool ok = load_points(store, &file, is_complete, out, err);
    pthread_mutex_unlock(&shared->index_lock);
    return ok;
}

bool store_boundary_before(struct store *store, struct log_pos at, uint64_t *offset,
                           struct err *err)
{
    struct gtid_index points;
    if (!store_points(store, at.file, &points, err))
        return false;
    *offset = gtid_index_end(&points, at.offset);
    gtid_index_clear(&points);
    return true;
}

bool store_points_to(struct store *store, struct log_pos limit, struct gtid_index *out,
                     struct err *err)
{
    char name[LOG_NAME_MAX + 1];
    struct gtid_index index;
    struct recovery found;
    if (!store_points(store, limit.file, &index, err))
        return false;
    gtid_index_cut(&index, limit.offset);
    if (gtid_index_end(&index, limit.offset) == limit.offset) {
        *out = index;
        return true;
    }
    AUTO(gtid_set) before = NULL;
    store_file_name(store, limit.file, name);
    struct recovery_file file = { store->files, store->dir, name, limit.file, limit.offset };
    bool ok =
        gtid_set_from_text(index.before, &before, err) && recovery_run(&file, before, &found, err);
    gtid_index_clear(&index);
    if (!ok)
        return false;
    ok = recovery_check_whole(&found, &file, err);
    if (ok)
        recovery_take_index(&found, &file, out);
    recovery_clear(&found);
    return ok;
}

/* All that was in the log when the file before this one was complete. */
static bool set_after(struct store *store, const struct recovery_file *file, struct gtid_set **out,
                      struct err *err)
{
    struct gtid_index points;
    struct gtid_set *set = NULL;
    if (!load_points(store, file, true, &points, err))
        return false;
    bool ok = gtid_set_from_text(points.before, &set, err);
    for (size_t i = 0; ok && i < points.count; i++)
        ok = gtid_point_add_to(&points.points[i], set, err);
    gtid_index_clear(&points);
    if (!ok) {
        gtid_set_free(set);
        return err_wrap(err, "%s/%s" GTID_INDEX_SUFFIX, file->dir, file->name);
    }
    *out = set;
    return true;
}

static bool index_is_good(const struct recovery_file *file, bool *good, struct err *err)
{
    struct gtid_index index;
    bool found = false;
    *good = gtid_index_load(file->files, file->dir, file->name, file->number, &index, &found, err);
    if (*good && found)
        gtid_index_clear(&index);
    if (!*good && err->code != ERR_CORRUPT)
        return false;
    *good = *good && found;
    return true;
}

bool directory_set_before(struct store *store, const struct recovery_file *file,
                          struct gtid_set **out, struct err *err)
{
    bool good;
    const struct index *index = &store->shared->index;
    bool is_first = file->number == index->first;
    *out = NULL;
    if (!is_first) {
        if (!index_is_good(file, &good, err))
            return false;
        if (good)
            return true;
    }
    if (!recovery_stated_set(file, out, err))
        return false;
    if (*out != NULL || is_first)
        return true;
    struct recovery_file before = *file;
    before.number--;
    before.name = index_entry_at(index, before.number)->name;
    return set_after(store, &before, out, err);
}

/* ---- the list ---- */

/* Made but not listed yet, or purged but not deleted yet. */
static bool is_leftover(const struct store *store, const char *name)
{
    const struct index *index = &store->shared->index;
    char path[PATH_MAX];
    struct stat st;
    struct gtid_index points;
    struct err ignored;
    bool found = false;
    store_path(store, name, path);
    if (stat(path, &st) != 0 || st.st_size <= BINLOG_MAGIC_SIZE)
        return true;
    if (gtid_index_load(store->files, store->dir, name, GTID_INDEX_ANY, &points, &found,
                        &ignored) &&
        found) {
        bool purged = points.file < index->first;
        gtid_index_clear(&points);
        return purged;
    }
    return index->first > 0 && index->count > 0 &&
           index_name_number(name) < index_name_number(index->entries[0].name);
}

static bool remove_file(struct store *store, const char *name, struct err *err)
{
    char path[PATH_MAX];
    store_path(store, name, path);
    log_info("%s: left behind by a crash, removed", path);
    if (store->files->unlink(store->files, path) != 0 && errno != ENOENT)
        return err_sys(err, "remove %s", path);
    return true;
}

static bool check_stranger(struct store *store, const char *name, struct err *err)
{
    uint64_t file;
    char base[NAME_MAX + 1];
    snprintf(base, sizeof base, "%s", name);
    size_t len = strlen(base);
    size_t suffix = strlen(GTID_INDEX_SUFFIX);
    if (len > suffix && strcmp(base + len - suffix, GTID_INDEX_SUFFIX) == 0) {
        base[len - suffix] = 0;
        bool orphan = index_name_valid(base) && !index_find(&store->shared->index, base, &file);
        return orphan ? remove_file(store, name, err) : true;
    }
    if (!index_name_valid(name) || index_find(&store->shared->index, name, &file))
        return true;
    if (is_leftover(store, name))
        return remove_file(store, name, err);
    return err_set(err, ERR_CORRUPT,
                   "%s: the file %s is no part of the log: its index does not list it. Move it "
                   "away; or, when the index is the one that is wrong, remove the index and it "
                   "will be built again",
                   store->dir, name);
}

static bool check_strangers(struct store *store, struct err *err)
{
    DIR *handle = opendir(store->dir);
    if (handle == NULL)
        return err_sys(err, "open the directory %s", store->dir);
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(handle)) != NULL;)
        ok = check_stranger(store, entry->d_name, err);
    closedir(handle);
    return ok;
}

static bool read_sizes(struct store *store, struct err *err)
{
    struct index *index = &store->shared->index;
    for (size_t i = 0; i < index->count; i++) {
        char path[PATH_MAX];
        struct stat st;
        store_path(store, index->entries[i].name, path);
        if (stat(path, &st) != 0 && errno == ENOENT)
            return err_set(err, ERR_CORRUPT,
                           "%s is missing, but the log's index lists it: bring it back; or remove "
                           "the index to go on with a log that has a hole",
                           path);
        if (stat(path, &st) != 0)
            return err_sys(err, "%s", path);
        if (i + 1 < index->count && st.st_size < BINLOG_MAGIC_SIZE)
            return err_set(err, ERR_CORRUPT, "%s is empty, but is not the log's newest file", path);
        index->entries[i].size = (uint64_t)st.st_size;
    }
    return true;
}

/* The number of the first file, by any GTID index that is still there; else 0. */
static void guess_first(struct store *store, struct index *index)
{
    bool found = false;
    for (size_t i = 0; i < index->count && !found; i++) {
        struct gtid_index points;
        struct err ignored;
        if (!gtid_index_load(store->files, store->dir, index->entries[i].name, GTID_INDEX_ANY,
                             &points, &found, &ignored))
            found = false;
        if (!found)
            continue;
        if (points.file >= i)
            index->first = points.file - i;
        gtid_index_clear(&points);
    }
}

/* A newest file that holds nothing may have been made just before a crash, and never listed. */
static void forget_empty_file(struct store *store, struct index *index)
{
    char path[PATH_MAX];
    struct stat st;
    if (index->count == 0)
        return;
    store_path(store, index->entries[index->count - 1].name, path);
    if (stat(path, &st) == 0 && st.st_size <= BINLOG_MAGIC_SIZE)
        free(index->entries[--index->count].name);
}

static bool rebuild_list(struct store *store, struct err *err)
{
    struct index *index = &store->shared->index;
    if (!index_rebuild(store->dir, index, err))
        return false;
    forget_empty_file(store, index);
    if (index->count == 0)
        return true;
    guess_first(store, index);
    log_warning("%s: the index was lost; built again from %zu files", store->dir, index->count);
    return store->read_only || index_save(store->files, store->dir, index, err);
}

bool directory_load(struct store *store, struct err *err)
{
    bool found = false;
    struct err why;
    if (!index_load(store->files, store->dir, &store->shared->index, &found, &why)) {
        if (why.code != ERR_CORRUPT) {
            *err = why;
            return false;
        }
        log_warning("%s", why.text);
        found = false;
    }
    if (!found && !rebuild_list(store, err))
        return false;
    if (!read_sizes(store, err))
        return false;
    return store->read_only || check_strangers(store, err);
}
