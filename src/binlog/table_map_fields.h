/* table_map_fields.h - what table_map.c and table_map_encode.c share: the traits of column types
 * and the numbers of the optional metadata's fields. */
// SPDX-License-Identifier: Apache-2.0
#pragma once

enum { NUMERIC = 1, MYSQL_CHAR = 2, MARIADB_CHAR = 4 }; /* column.def */

enum table_map_field {
    FIELD_SIGNEDNESS = 1,
    FIELD_DEFAULT_CHARSET = 2,
    FIELD_COLUMN_CHARSET = 3,
    FIELD_COLUMN_NAME = 4,
    FIELD_SET_LABELS = 5,
    FIELD_ENUM_LABELS = 6,
    FIELD_GEOMETRY_KIND = 7,
    FIELD_PRIMARY_KEY = 8,
    FIELD_PRIMARY_KEY_PREFIXES = 9,
    FIELD_LABEL_DEFAULT_CHARSET = 10,
    FIELD_LABEL_COLUMN_CHARSET = 11,
    FIELD_VISIBILITY = 12,
    FIELD_VECTOR_DIMENSIONS = 13,
};
