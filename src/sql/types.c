/* types.c - see types.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/types.h"
#include <assert.h>

static const struct type_row {
    enum sql_type type;
    const char *name;
    enum type_class class;
    enum column_wire_type wire;
} rows[] = {
#define TYPE(type, name, class, wire) { type, name, TYPE_##class, wire },
#include "sql/types.def"
#undef TYPE
};
static_assert(ARRAY_COUNT(rows) == SQL_INET6 + 1, "one row per enum sql_type");

const char *sql_type_name(enum sql_type type)
{
    return rows[type].name;
}

enum type_class sql_type_class(enum sql_type type)
{
    return rows[type].class;
}

enum column_wire_type sql_type_wire(enum sql_type type)
{
    return rows[type].wire;
}

bool sql_type_has_charset(enum sql_type type)
{
    return rows[type].class == TYPE_TEXT || rows[type].class == TYPE_LABELS;
}

bool sql_type_is_blob(enum sql_type type)
{
    return (type >= SQL_TINYTEXT && type <= SQL_LONGTEXT) ||
           (type >= SQL_TINYBLOB && type <= SQL_LONGBLOB);
}
