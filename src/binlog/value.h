/* value.h - one column value as a row image, a snapshot or a client gives it: typed, exact,
 * borrowed.
 *
 * Text kinds hold the bytes in the column's own character set; nothing here converts charsets.
 * Bytes live as long as the event (or packet) they were read from. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/reader.h"

enum value_kind {
    VALUE_ABSENT, /* not in this row image: leave the column as it is. Not NULL. */
    VALUE_NULL,
    VALUE_INT,    /* i: signed integers, YEAR (0 or 1901..2155) */
    VALUE_UINT,   /* u: unsigned integers; BIT; ENUM index (from 0 = the error value); SET bitmap */
    VALUE_FLOAT,  /* d: exactly the 4-byte float */
    VALUE_DOUBLE, /* d */
    VALUE_DECIMAL,   /* bytes: MySQL's packed form; digits of the column in column.precision, .scale
                      */
    VALUE_DATE,      /* time: year, month, day; zero parts allowed */
    VALUE_TIME,      /* time: negative, hour (0..838), minute, second, micro */
    VALUE_DATETIME,  /* time */
    VALUE_TIMESTAMP, /* u: microseconds since 1970 UTC; 0 is the zero date */
    VALUE_TEXT,      /* bytes in the column's charset: CHAR VARCHAR TEXT, MariaDB JSON */
    VALUE_BLOB,      /* bytes: BINARY (trailing zeros as on the wire: stripped) VARBINARY BLOB */
    VALUE_JSON,      /* bytes: MySQL's binary JSON (empty = JSON null) */
    VALUE_GEOMETRY,  /* bytes: SRID (4 bytes, LE) and WKB */
    VALUE_VECTOR,    /* bytes: float32 LE */
};

struct time_parts {
    bool negative;
    uint16_t year; /* 0..9999 */
    uint8_t month; /* 0..12 */
    uint8_t day;   /* 0..31 */
    uint16_t hour; /* 0..838 for TIME */
    uint8_t minute;
    uint8_t second;
    uint32_t micro;
};

struct value {
    enum value_kind kind;
    union {
        int64_t i;
        uint64_t u;
        double d;
        struct bytes bytes;
        struct time_parts time;
    };
};

/* How one column's values stand in a row image: from the table map, with what only the catalog
 * knows. */
struct column_type {
    uint8_t type; /* enum column_wire_type (column.h): the real type, ENUM/SET/STRING resolved */
    bool is_unsigned; /* metadata or catalog */
    bool
        is_binary; /* STRING/VARCHAR/BLOB with collation binary: VALUE_BLOB instead of VALUE_TEXT */
    bool nullable;
    uint16_t length;   /* STRING, VARCHAR: maximum bytes; ENUM, SET, BLOB…: size of the number or
                          length field; BIT: bits */
    uint8_t precision; /* DECIMAL */
    uint8_t scale;     /* DECIMAL; fractional digits of TIME, DATETIME, TIMESTAMP */
};

/* Reads one value; past the end or impossible content is ERR_CORRUPT. The caller has handled NULL.
 */
bool value_decode(const struct column_type *type, struct reader *r, struct value *out,
                  struct err *err) MUST_CHECK;
