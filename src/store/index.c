/* index.c - the file list as text, and the list that the directory itself gives. */
// SPDX-License-Identifier: Apache-2.0
#include "store/index.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"

#define HEAD_FORMAT "#binlogd-index 1 first %" PRIu64 " files %zu crc %08x\n"

void index_init(struct index *index)
{
    *index = (struct index){ 0 };
}

void index_clear(struct index *index)
{
    for (size_t i = 0; i < index->count; i++)
        free(index->entries[i].name);
    free(index->entries);
    index_init(index);
}

void index_copy(const struct index *index, struct index *out)
{
    index_init(out);
    out->first = index->first;
    for (size_t i = 0; i < index->count; i++)
        index_add(out, index->entries[i].name, index->entries[i].size);
}

void index_add(struct index *index, const char *name, uint64_t size)
{
    if ((index->count & (index->count - 1)) == 0) { /* full at each power of two */
        size_t cap = index->count == 0 ? 1 : index->count * 2;
        index->entries = memory_resize(index->entries, cap * sizeof *index->entries);
    }
    index->entries[index->count++] = (struct index_entry){ memory_str(name), size };
}

void index_drop_first(struct index *index, size_t count)
{
    struct index rest;
    index_init(&rest);
    rest.first = index->first + count;
    for (size_t i = count; i < index->count; i++)
        index_add(&rest, index->entries[i].name, index->entries[i].size);
    index_clear(index);
    *index = rest;
}

bool index_find(const struct index *index, const char *name, uint64_t *file)
{
    for (size_t i = index->count; i > 0; i--) {
        if (strcmp(index->entries[i - 1].name, name) == 0) {
            *file = index->first + i - 1;
            return true;
        }
    }
    return false;
}

const struct index_entry *index_entry_at(const struct index *index, uint64_t file)
{
    if (file < index->first || file - index->first >= index->count)
        return NULL;
    return &index->entries[file - index->first];
}

/* ---- names ---- */

bool index_name_valid(const char *name)
{
    size_t len = strnlen(name, INDEX_NAME_MAX + 1);
    if (len == 0 || len > INDEX_NAME_MAX || name[0] == '.' || name[0] == '#')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == '/' || name[i] == 0x7f)
            return false;
    const char *dot = strrchr(name, '.');
    return dot != NULL && dot[1] != 0 && strspn(dot + 1, "0123456789") == strlen(dot + 1);
}

uint64_t index_name_number(const char *name)
{
    const char *digits = strrchr(name, '.') + 1;
    errno = 0;
    unsigned long long number = strtoull(digits, NULL, 10);
    return errno == 0 ? number : UINT64_MAX;
}

/* ---- text ---- */

static uint32_t list_crc(uint64_t first, struct bytes names)
{
    uint8_t number[8];
    for (unsigned i = 0; i < sizeof number; i++)
        number[i] = (uint8_t)(first >> (8 * i));
    return libdeflate_crc32(libdeflate_crc32(0, number, sizeof number), names.data, names.len);
}

void index_encode(const struct index *index, struct buf *out)
{
    struct buf names;
    buf_init(&names, INDEX_SIZE_MAX);
    for (size_t i = 0; i < index->count; i++)
        buf_printf(&names, "%s\n", index->entries[i].name);
    uint32_t crc = list_crc(index->first, buf_bytes(&names));
    buf_printf(out, HEAD_FORMAT, index->first, index->count, crc);
    buf_append(out, names.data, names.len);
    if (names.failed)
        out->failed = true;
    buf_clear(&names);
}

static bool decode_names(struct bytes names, struct index *out)
{
    while (names.len > 0) {
        const uint8_t *end = memchr(names.data, '\n', names.len);
        size_t len = end == NULL ? 0 : (size_t)(end - names.data);
        char name[INDEX_NAME_MAX + 1];
        if (len == 0 || len > INDEX_NAME_MAX || memchr(names.data, 0, len) != NULL)
            return false;
        memcpy(name, names.data, len);
        name[len] = 0;
        if (!index_name_valid(name) || out->count == INDEX_FILES_MAX)
            return false;
        index_add(out, name, 0);
        names = bytes_of(names.data + len + 1, names.len - len - 1);
    }
    return true;
}

/* The head must be what index_encode would write: no second spelling of the same numbers. */
static bool decode_head(struct bytes bytes, struct index *out, size_t *files, size_t *head_len)
{
    char head[128];
    char again[128];
    const uint8_t *end = bytes.len > 0 ? memchr(bytes.data, '\n', bytes.len) : NULL;
    size_t len = end == NULL ? sizeof head : (size_t)(end - bytes.data) + 1;
    if (len >= sizeof head)
        return false;
    memcpy(head, bytes.data, len);
    head[len] = 0;
    unsigned crc;
    if (sscanf(head, HEAD_FORMAT, &out->first, files, &crc) != 3)
        return false;
    snprintf(again, sizeof again, HEAD_FORMAT, out->first, *files, crc);
    *head_len = len;
    return strcmp(head, again) == 0 &&
           crc == list_crc(out->first, bytes_of(bytes.data + len, bytes.len - len));
}

bool index_decode(struct bytes bytes, struct index *out, struct err *err)
{
    struct index index;
    index_init(&index);
    size_t files = 0;
    size_t head_len = 0;
    if (!decode_head(bytes, &index, &files, &head_len) ||
        !decode_names(bytes_of(bytes.data + head_len, bytes.len - head_len), &index) ||
        index.count != files || index.first > UINT64_MAX - INDEX_FILES_MAX) {
        index_clear(&index);
        return err_set(err, ERR_CORRUPT, "the file list is torn or was not written by binlogd");
    }
    *out = index;
    return true;
}

/* ---- disk ---- */

static bool read_whole(struct files *files, const char *path, struct buf *out, bool *found,
                       struct err *err)
{
    int fd = files->open(files, path, O_RDONLY, 0);
    *found = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? true : err_sys(err, "open %s", path);
    size_t got = 1;
    bool ok = true;
    while (ok && got > 0) {
        uint8_t *room = buf_reserve(out, 65536);
        if (room == NULL)
            ok = err_set(err, ERR_CORRUPT, "%s: over %zu bytes", path, out->max);
        else if ((ok = files_read_at(files, fd, room, 65536, (off_t)out->len, &got, err)))
            out->len += got;
    }
    files->close(files, fd);
    return ok ? true : err_wrap(err, "%s", path);
}

bool index_load(struct files *files, const char *dir, struct index *out, bool *found,
                struct err *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/" INDEX_NAME, dir) >= (int)sizeof path)
        return err_set(err, ERR_CONFIG, "the path %s is too long", dir);
    struct buf text;
    buf_init(&text, INDEX_SIZE_MAX);
    bool ok = read_whole(files, path, &text, found, err);
    if (ok && *found && !index_decode(buf_bytes(&text), out, err))
        ok = err_wrap(err, "%s", path);
    buf_clear(&text);
    return ok;
}

bool index_save(struct files *files, const char *dir, const struct index *index, struct err *err)
{
    struct buf text;
    buf_init(&text, INDEX_SIZE_MAX);
    index_encode(index, &text);
    bool ok = text.failed ? err_set(err, ERR_CONFIG, "%s: the file list is over %d bytes", dir,
                                    INDEX_SIZE_MAX)
                          : files_replace(files, dir, INDEX_NAME, buf_bytes(&text), err);
    buf_clear(&text);
    return ok;
}

static int compare_by_number(const void *left, const void *right)
{
    const struct index_entry *a = left;
    const struct index_entry *b = right;
    uint64_t x = index_name_number(a->name);
    uint64_t y = index_name_number(b->name);
    return x < y ? -1 : x > y;
}

static bool check_order(const char *dir, const struct index *index, struct err *err)
{
    for (size_t i = 1; i < index->count; i++) {
        const char *a = index->entries[i - 1].name;
        const char *b = index->entries[i].name;
        size_t base = (size_t)(strrchr(a, '.') - a);
        if (base != (size_t)(strrchr(b, '.') - b) || memcmp(a, b, base) != 0 ||
            index_name_number(a) == index_name_number(b))
            return err_set(err, ERR_CORRUPT,
                           "%s: the index is lost, and the order of %s and %s cannot be told by "
                           "their names: bring the index back, or move one of them away",
                           dir, a, b);
    }
    return true;
}

bool index_rebuild(const char *dir, struct index *out, struct err *err)
{
    DIR *handle = opendir(dir);
    if (handle == NULL)
        return err_sys(err, "open the directory %s", dir);
    struct index index;
    index_init(&index);
    for (struct dirent *entry; (entry = readdir(handle)) != NULL;)
        if (index_name_valid(entry->d_name) && index.count < INDEX_FILES_MAX)
            index_add(&index, entry->d_name, 0);
    closedir(handle);
    if (index.count > 0)
        qsort(index.entries, index.count, sizeof *index.entries, compare_by_number);
    if (!check_order(dir, &index, err)) {
        index_clear(&index);
        return false;
    }
    *out = index;
    return true;
}
