/* collate.c - MySQL's collations in SQLite: _bin of any set, and the _general_ci ones.
 *
 * Both pad the shorter text with spaces. _general_ci is exact for ASCII; a text with any other
 * character stops the statement with 1235 rather than being compared otherwise than MySQL would. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"

static uint8_t folded(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
}

static uint8_t kept(uint8_t c)
{
    return c;
}

static int compare(struct bytes a, struct bytes b, uint8_t (*fold)(uint8_t))
{
    size_t longer = a.len > b.len ? a.len : b.len;
    for (size_t i = 0; i < longer; i++) {
        uint8_t x = i < a.len ? fold(a.data[i]) : ' ';
        uint8_t y = i < b.len ? fold(b.data[i]) : ' ';
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static int compare_bin(void *arg, int a_len, const void *a, int b_len, const void *b)
{
    (void)arg;
    return compare(bytes_of(a, (size_t)a_len), bytes_of(b, (size_t)b_len), kept);
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

static int compare_general(void *arg, int a_len, const void *a, int b_len, const void *b)
{
    struct query_connection *connection = arg;
    struct bytes left = bytes_of(a, (size_t)a_len), right = bytes_of(b, (size_t)b_len);
    if (!bytes_equal(left, right) && (!is_ascii(left) || !is_ascii(right)))
        problem(&connection->problem, PROBLEM_NOT_SUPPORTED,
                "comparing texts beyond ASCII without case: not supported here (use a _bin "
                "collation)");
    return compare(left, right, folded);
}

void collate_register(struct query_connection *connection)
{
    sqlite3_create_collation_v2(connection->db, "mysql_bin", SQLITE_UTF8, connection, compare_bin,
                                NULL);
    sqlite3_create_collation_v2(connection->db, "mysql_general_ci", SQLITE_UTF8, connection,
                                compare_general, NULL);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcasecmp(text + n - m, end) == 0;
}

const char *collate_name(const char *collation)
{
    if (ends_with(collation, "_nopad_bin") || ends_with(collation, "0900_bin") ||
        ends_with(collation, "nopad_ci"))
        return NULL;
    if (ends_with(collation, "_bin"))
        return "mysql_bin";
    /* latin1_swedish_ci orders ASCII as the general ones do */
    bool is_general = ends_with(collation, "_general_ci") || ends_with(collation, "_swedish_ci");
    return is_general ? "mysql_general_ci" : NULL;
}
