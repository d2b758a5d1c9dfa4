/* column_wire.c - see column_wire.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/column_wire.h"
#include <strings.h>
#include "base/macros.h"
#include "sql/types.h"

static bool kind_fits(const struct column_def *column, uint8_t wire)
{
    static const uint8_t also[][2] = {
        { SQL_ENUM, COLUMN_ENUM },
        { SQL_SET, COLUMN_SET },
        { SQL_JSON, COLUMN_BLOB }, /* MariaDB */
        { SQL_VECTOR, COLUMN_VARCHAR },
        { SQL_VARCHAR, COLUMN_VARCHAR_COMPRESSED },
        { SQL_VARBINARY, COLUMN_VARCHAR_COMPRESSED },
        { SQL_TIME, COLUMN_TIME },
        { SQL_DATETIME, COLUMN_DATETIME },
        { SQL_TIMESTAMP, COLUMN_TIMESTAMP },
        { SQL_DATE, COLUMN_NEWDATE },
    };
    if (sql_type_wire(column->type) == wire)
        return true;
    if (sql_type_is_blob(column->type) && wire == COLUMN_BLOB_COMPRESSED)
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(also); i++)
        if (also[i][0] == column->type && also[i][1] == wire)
            return true;
    return false;
}

static bool size_fits(const struct column_def *column, const struct column_type *type)
{
    switch (type->type) {
    case COLUMN_NEWDECIMAL:
        return column->precision == type->precision && column->scale == type->scale;
    case COLUMN_TIME2:
    case COLUMN_DATETIME2:
    case COLUMN_TIMESTAMP2:
        return column->scale == type->scale;
    case COLUMN_BIT:
        return column->length == type->length;
    default:
        return true;
    }
}

bool column_fits_wire(const struct column_def *column, const struct column_type *type)
{
    return kind_fits(column, type->type) && size_fits(column, type);
}

bool column_is_bytes(const struct column_def *column)
{
    static const bool bytes[] = {
        [SQL_VECTOR] = true, /* MariaDB's */
        [SQL_UUID] = true,
        [SQL_INET4] = true,
        [SQL_INET6] = true,
    };
    enum type_class class = sql_type_class(column->type);
    if (class == TYPE_BINARY || (column->type < ARRAY_COUNT(bytes) && bytes[column->type]))
        return true;
    return class == TYPE_TEXT && column->charset != NULL &&
           strcasecmp(column->charset, "binary") == 0;
}

bool column_has_name(const struct column_def *column, struct bytes name)
{
    return name.data == NULL || (strlen(column->name) == name.len &&
                                 strncasecmp(column->name, (const char *)name.data, name.len) == 0);
}
