/* types.h - facts about column types, from types.def. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/column.h"
#include "sql/catalog.h"

enum type_class {
    TYPE_INTEGER,
    TYPE_REAL,
    TYPE_DECIMAL,
    TYPE_BIT,
    TYPE_YEAR,
    TYPE_TEMPORAL,
    TYPE_TEXT,
    TYPE_BINARY,
    TYPE_LABELS,
    TYPE_OTHER,
};

const char *sql_type_name(enum sql_type type); /* "tinyint" */
enum type_class sql_type_class(enum sql_type type);
enum column_wire_type sql_type_wire(enum sql_type type); /* in row images */
bool sql_type_has_charset(enum sql_type type);           /* text, ENUM, SET */
bool sql_type_is_blob(enum sql_type type);               /* TINYTEXT … LONGBLOB */
