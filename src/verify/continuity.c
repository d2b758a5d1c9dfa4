/* continuity.c - carries the set of everything before a file from file to file.
 *
 * What a head states and the files before it do not hold is a hole. What they hold and the head
 * does not state is another source's file: it begins earlier, and is applied from where the data
 * is.
 *
 * MariaDB states the last GTID of each server in a domain; numbers below it may belong to others.
 * So sets of that flavour are compared by their texts' meaning: everything up to each last one. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/continuity.h"
#include <stdlib.h>
#include "store/gtid_index.h"

enum { SHOWN_MAX = 600 };

/* The set as a head would state it. NULL: it has no text that reads back. */
static struct gtid_set *as_stated(const struct gtid_set *set)
{
    struct gtid_set *stated = NULL;
    struct err err;
    struct buf text;
    if (gtid_set_kind(set) != GTID_MARIADB)
        return gtid_set_copy(set);
    buf_init(&text, GTID_SET_TEXT_MAX);
    gtid_set_print(set, &text);
    if (text.failed || !gtid_set_from_text(buf_cstr(&text), &stated, &err))
        stated = NULL;
    buf_clear(&text);
    return stated;
}

static bool same_flavour(const struct gtid_set *a, const struct gtid_set *b)
{
    return gtid_set_is_empty(a) || gtid_set_is_empty(b) || gtid_set_kind(a) == gtid_set_kind(b);
}

/* What `set` has and `other` has not, as text. */
static void print_more(const struct gtid_set *set, const struct gtid_set *other, struct buf *out)
{
    AUTO(gtid_set) more = gtid_set_copy(set);
    gtid_set_subtract(more, other);
    buf_reset(out);
    gtid_set_print(more, out);
}

static void compare(struct log_check_file *file, const struct gtid_set *before,
                    const struct gtid_set *stated)
{
    struct buf text;
    buf_init(&text, GTID_SET_TEXT_MAX);
    if (!gtid_set_contains_all(before, stated)) {
        print_more(stated, before, &text);
        faults_add(&file->check.faults, FAULT_KIND_GTID_GAP, file->name, 0, "",
                   "its head says that %.*s came before it, and no file before it has that",
                   SHOWN_MAX, buf_cstr(&text));
    } else if (!gtid_set_contains_all(stated, before)) {
        print_more(before, stated, &text);
        faults_add(&file->check.faults, FAULT_KIND_GTID_OVERLAP, file->name, 0, "",
                   "it begins before the end of the file before it: %.*s may come twice", SHOWN_MAX,
                   buf_cstr(&text));
    }
    buf_clear(&text);
}

static void compare_index(struct log_check_file *file, const struct gtid_set *before)
{
    AUTO(gtid_set) said = as_stated(file->check.indexed_before);
    if (said != NULL && gtid_set_equal(said, before))
        return;
    faults_add(&file->check.faults, FAULT_KIND_GTID_INDEX, file->name, FAULT_NOWHERE, "",
               "its GTID index names another set before the file than the log holds");
}

static void join(struct gtid_set *set, const struct gtid_set *other)
{
    if (other != NULL && same_flavour(set, other))
        gtid_set_union(set, other);
}

void continuity_check(struct log_check *log)
{
    AUTO(gtid_set) all = gtid_set_new();
    bool known = false; /* the files before this one were whole, so `all` is all of them */
    for (size_t i = 0; i < log->count; i++) {
        struct log_check_file *file = &log->files[i];
        const struct file_check *check = &file->check;
        AUTO(gtid_set) before = as_stated(all);
        if (known && before != NULL && check->stated != NULL && same_flavour(before, check->stated))
            compare(file, before, check->stated);
        if (known && before != NULL && check->indexed_before != NULL &&
            same_flavour(before, check->indexed_before))
            compare_index(file, before);
        join(all, check->stated != NULL ? check->stated : check->indexed_before);
        join(all, check->gtids);
        known = check->whole;
    }
}
