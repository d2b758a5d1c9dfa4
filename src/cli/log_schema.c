/* log_schema.c - see log_schema.h. What the node knows wins over the file: it is its own log. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_schema.h"
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "engine/sqlite/reader.h"
#include "sql/schema_text.h"

/* ---- a file ---- */

static bool read_text(struct bytes text, struct catalog **out, struct err *err)
{
    struct catalog *catalog = catalog_new(schema_text_flavour(text));
    if (schema_text_read(text, catalog, err)) {
        *out = catalog;
        return true;
    }
    catalog_free(catalog);
    return false;
}

/* A dump may be large: it is mapped, not read. */
static bool map_file(int fd, struct catalog **out, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_sys(err, "fstat");
    if (st.st_size == 0)
        return read_text(bytes_of("", 0), out, err);
    size_t size = (size_t)st.st_size;
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return err_sys(err, "mmap");
    bool ok = read_text(bytes_of(data, size), out, err);
    munmap(data, size);
    return ok;
}

static bool load_file(const char *path, struct catalog **out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_sys(err, "open");
        err->code = ERR_CONFIG;
        return err_wrap(err, "--schema: %s", path);
    }
    bool ok = map_file(fd, out, err);
    close(fd);
    return ok || err_wrap(err, "--schema: %s", path);
}

/* ---- a node ---- */

static bool copy_table(const struct table_def *def, void *arg)
{
    catalog_put_table(arg, table_def_copy(def));
    return true;
}

static bool load_node(const char *path, struct catalog **out, struct err *err)
{
    AUTO(sqlite_reader) reader = NULL;
    if (!sqlite_reader_open(path, &reader, err))
        return false;
    if (*out == NULL)
        *out = catalog_new(sqlite_reader_flavour(reader));
    catalog_each_table(sqlite_reader_catalog(reader), copy_table, *out);
    return true;
}

/* DIR/log/binlog.000001 belongs to DIR/data.db. */
static bool node_of(const char *file, char database[PATH_MAX])
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", file) >= (int)sizeof path)
        return false;
    const char *directory = dirname(path);
    if (strcmp(file, "-") == 0 ||
        snprintf(database, PATH_MAX, "%s/../data.db", directory) >= PATH_MAX)
        return false;
    return access(database, R_OK) == 0;
}

static void load_nodes(const struct text_list *files, struct catalog **out)
{
    char last[PATH_MAX] = "";
    char database[PATH_MAX];
    struct err err;
    for (unsigned i = 0; i < files->count; i++) {
        if (!node_of(files->items[i], database) || strcmp(database, last) == 0)
            continue;
        memcpy(last, database, strlen(database) + 1);
        if (!load_node(database, out, &err))
            log_warning("the names of columns are left out where the log has none: %s", err.text);
    }
}

bool log_schema_load(const struct options *options, const struct text_list *files,
                     struct catalog **out, struct err *err)
{
    struct catalog *catalog = NULL;
    if (options->schema != NULL && !load_file(options->schema, &catalog, err))
        return false;
    load_nodes(files, &catalog);
    *out = catalog;
    return true;
}
