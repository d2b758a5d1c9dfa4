/* fuzz_gtid_set.c - the first byte picks a form, the rest is it: MySQL text, MariaDB text, MySQL
 * bytes, MariaDB GTID list. What is read must be the same set after it was written and read again,
 * contain itself, and be empty without itself. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/gtid_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool read_form(uint8_t form, struct bytes bytes, struct gtid_set **set, struct err *err)
{
    if (form == 2)
        return gtid_set_decode(bytes, set, err);
    if (form == 3)
        return gtid_list_decode(bytes, set, err);
    char *text = memory_strn(bytes.data, bytes.len);
    bool ok = gtid_set_parse(text, form == 0 ? FLAVOUR_MYSQL : FLAVOUR_MARIADB, set, err);
    free(text);
    return ok;
}

static void check_mysql(const struct gtid_set *set)
{
    AUTO(gtid_set) from_text = NULL;
    AUTO(gtid_set) from_bytes = NULL;
    struct err err;
    struct buf buf;
    buf_init(&buf, 64 << 20);
    gtid_set_print(set, &buf);
    must(gtid_set_parse(buf_cstr(&buf), FLAVOUR_MYSQL, &from_text, &err));
    must(gtid_set_equal(set, from_text));
    buf_reset(&buf);
    gtid_set_encode(set, &buf);
    must(gtid_set_decode(buf_bytes(&buf), &from_bytes, &err));
    must(gtid_set_equal(set, from_bytes));
    buf_clear(&buf);
}

static void check_mariadb(const struct gtid_set *set)
{
    AUTO(gtid_set) from_text = NULL;
    AUTO(gtid_set) from_list = NULL;
    struct err err;
    struct buf buf;
    buf_init(&buf, 64 << 20);
    gtid_set_print(set, &buf);
    must(gtid_set_parse(buf_cstr(&buf), FLAVOUR_MARIADB, &from_text, &err));
    must(gtid_set_equal(set, from_text));
    buf_reset(&buf);
    gtid_list_encode(set, &buf);
    must(gtid_list_decode(buf_bytes(&buf), &from_list, &err));
    must(gtid_set_equal(set, from_list));
    buf_clear(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(gtid_set) set = NULL;
    struct err err;
    if (size == 0 || !read_form(data[0] & 3, bytes_of(data + 1, size - 1), &set, &err))
        return 0;
    if (gtid_set_kind(set) == GTID_MARIADB)
        check_mariadb(set);
    else
        check_mysql(set);
    AUTO(gtid_set) copy = gtid_set_copy(set);
    must(gtid_set_equal(set, copy) && gtid_set_count(set) == gtid_set_count(copy));
    gtid_set_subtract(copy, set);
    must(gtid_set_is_empty(copy) && gtid_set_contains_all(set, copy));
    return 0;
}
