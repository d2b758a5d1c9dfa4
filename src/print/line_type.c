/* line_type.c - types as mysqlbinlog -vv writes them; declared in line_value.h. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/column.h"
#include "print/line_value.h"

/* What stands behind a type's word. */
enum form { PLAIN, LENGTH, DIGITS, SCALE, BYTES };
struct word {
    const char *text;
    enum form form;
};

static const struct word words[256] = {
    [COLUMN_TINY] = { "TINYINT", PLAIN },
    [COLUMN_SHORT] = { "SHORTINT", PLAIN },
    [COLUMN_INT24] = { "MEDIUMINT", PLAIN },
    [COLUMN_LONG] = { "INT", PLAIN },
    [COLUMN_LONGLONG] = { "LONGINT", PLAIN },
    [COLUMN_FLOAT] = { "FLOAT", PLAIN },
    [COLUMN_DOUBLE] = { "DOUBLE", PLAIN },
    [COLUMN_NEWDECIMAL] = { "DECIMAL", DIGITS },
    [COLUMN_BIT] = { "BIT", LENGTH },
    [COLUMN_YEAR] = { "YEAR", PLAIN },
    [COLUMN_DATE] = { "DATE", PLAIN },
    [COLUMN_NEWDATE] = { "DATE", PLAIN },
    [COLUMN_TIME] = { "TIME", PLAIN },
    [COLUMN_DATETIME] = { "DATETIME", PLAIN },
    [COLUMN_TIMESTAMP] = { "TIMESTAMP", PLAIN },
    [COLUMN_TIME2] = { "TIME", SCALE },
    [COLUMN_DATETIME2] = { "DATETIME", SCALE },
    [COLUMN_TIMESTAMP2] = { "TIMESTAMP", SCALE },
    [COLUMN_STRING] = { "STRING", LENGTH },
    [COLUMN_VARCHAR] = { "VARSTRING", LENGTH },
    [COLUMN_VAR_STRING] = { "VARSTRING", LENGTH },
    [COLUMN_VARCHAR_COMPRESSED] = { "VARSTRING", LENGTH },
    [COLUMN_ENUM] = { "ENUM", BYTES },
    [COLUMN_SET] = { "SET", BYTES },
    [COLUMN_GEOMETRY] = { "GEOMETRY", PLAIN },
    [COLUMN_JSON] = { "JSON", PLAIN },
    [COLUMN_VECTOR] = { "VECTOR", LENGTH },
};

static const char *blob_word(unsigned length_bytes)
{
    static const char *const blobs[] = { "BLOB", "TINYBLOB/TINYTEXT", "BLOB/TEXT",
                                         "MEDIUMBLOB/MEDIUMTEXT", "LONGBLOB/LONGTEXT" };
    return blobs[length_bytes < ARRAY_COUNT(blobs) ? length_bytes : 0];
}

void line_type_put(const struct column_type *type, struct buf *out)
{
    const struct word *word = &words[type->type];
    buf_str(out, word->text != NULL ? word->text : blob_word(type->length));
    if (word->form == LENGTH)
        buf_printf(out, "(%u)", type->length);
    else if (word->form == DIGITS)
        buf_printf(out, "(%u,%u)", type->precision, type->scale);
    else if (word->form == SCALE)
        buf_printf(out, "(%u)", type->scale);
    else if (word->form == BYTES)
        buf_printf(out, "(%u byte%s)", type->length,
                   type->length > 1 || type->type == COLUMN_SET ? "s" : "");
    if (type->type == COLUMN_VARCHAR_COMPRESSED || type->type == COLUMN_BLOB_COMPRESSED)
        buf_str(out, " COMPRESSED");
}

unsigned line_type_metadata(const struct column_type *type)
{
    const unsigned length_bits = 0x300, length_shift = 4; /* bits 8 and 9 of a CHAR's length */
    switch (type->type) {
    case COLUMN_STRING:
        return (type->type ^ (type->length & length_bits) >> length_shift) << 8 |
               (type->length & 0xffu);
    case COLUMN_ENUM:
    case COLUMN_SET:
        return (unsigned)type->type << 8 | type->length;
    case COLUMN_NEWDECIMAL:
        return (unsigned)type->precision << 8 | type->scale;
    case COLUMN_BIT:
        return type->length / 8u << 8 | type->length % 8u;
    case COLUMN_TIME2:
    case COLUMN_DATETIME2:
    case COLUMN_TIMESTAMP2:
        return type->scale;
    default:
        return type->length;
    }
}
