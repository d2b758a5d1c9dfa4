/* value.h - one column value as a row image, a snapshot or a client gives it: typed, exact,
 * borrowed.
 *
 * Text kinds hold the bytes in the column's own character set; nothing here converts charsets.
 * Bytes live as long as the event (or packet) they were read from. Any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/reader.h"

enum value_kind {
    VALUE_ABSENT,   /* not in this row image: leave the column as it is. Not NULL. */
    VALUE_NULL,     /* SQL NULL */
    VALUE_INT,      /* i: signed integers, YEAR (0 or 1901..2155) */
    VALUE_UINT,     /* u: unsigned integers; BIT; ENUM index (0 = the error value); SET bitmap */
    VALUE_FLOAT,    /* d: exactly the 4-byte float */
    VALUE_DOUBLE,   /* d */
    VALUE_DECIMAL,  /* bytes: MySQL's packed form (decimal.h); digits in column.precision, .scale */
    VALUE_DATE,     /* time: year, month, day; zero parts allowed */
    VALUE_TIME,     /* time: negative, hour (0..838), minute, second, micro */
    VALUE_DATETIME, /* time */
    VALUE_TIMESTAMP, /* u: microseconds since 1970 UTC; 0 is the zero date */
    VALUE_TEXT,      /* bytes in the column's charset: CHAR VARCHAR TEXT, MariaDB JSON */
    VALUE_BLOB,      /* bytes: BINARY (trailing zeros as on the wire: stripped) VARBINARY BLOB */
    VALUE_JSON,      /* bytes: MySQL's binary JSON (json.h); empty = JSON null */
    VALUE_GEOMETRY,  /* bytes: SRID (4 bytes, LE) and WKB */
    VALUE_VECTOR,    /* bytes: float32 LE */
    VALUE_JSON_TEXT, /* bytes: JSON as the source prints it, UTF-8. Never in a row image: only from
                        value_from_text and json_diff_apply */
    VALUE_JSON_DIFF, /* bytes: changes of a document (json_diff.h). Only in an after image */
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
    bool compressed; /* TEXT and BLOB of MariaDB COMPRESSED columns: bytes are as stored, and mean
                        what value_decompress makes of them */
    union {
        int64_t i;
        uint64_t u;
        double d;
        struct bytes bytes;
        struct time_parts time;
    };
};

/* The scale of a TIME, DATETIME or TIMESTAMP in MariaDB's old format (types 7, 11, 12): a table map
 * does not tell it, and without it nobody knows how long the value is. Put the catalog's there. */
enum { COLUMN_SCALE_UNKNOWN = 255 };

/* How one column's values stand in a row image: from the table map, with what only the catalog
 * knows. */
struct column_type {
    uint8_t type;     /* enum column_wire_type (column.h): the real one, ENUM/SET/STRING resolved */
    bool is_unsigned; /* metadata or catalog */
    bool is_binary;   /* STRING/VARCHAR/BLOB with collation binary: VALUE_BLOB, not VALUE_TEXT */
    bool nullable;
    uint16_t length; /* STRING, VARCHAR: maximum bytes; BIT: bits; ENUM, SET, BLOB, JSON, GEOMETRY,
                        VECTOR: size of the number or of the length field */
    uint8_t precision; /* DECIMAL */
    uint8_t scale;     /* DECIMAL; fractional digits of TIME, DATETIME, TIMESTAMP */
};

/* Reads one value; past the end or impossible content is ERR_CORRUPT, a type that cannot be read is
 * ERR_UNSUPPORTED. The caller has handled NULL. */
bool value_decode(const struct column_type *type, struct reader *r, struct value *out,
                  struct err *err) MUST_CHECK;
/* Appends the value as value_decode reads it; not VALUE_NULL, not VALUE_ABSENT. ERR_CONFLICT: of
 * another kind than the column's, or out of its range. Only out->failed tells of no room. */
bool value_encode(const struct column_type *type, const struct value *value, struct buf *out,
                  struct err *err) MUST_CHECK;
/* Appends the content of a compressed value to out. ERR_CORRUPT when it is damaged or larger than
 * the room left in out. */
bool value_decompress(struct bytes stored, struct buf *out, struct err *err) MUST_CHECK;
