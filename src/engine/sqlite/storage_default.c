/* storage_default.c - column defaults as stored values: for rows whose image does not name a
 * column, and for columns that ALTER TABLE adds.
 *
 * A literal that is not written as the server itself would print it is refused rather than guessed
 * at, and so is an expression: only the source could compute it. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include "binlog/decimal.h"
#include "binlog/gtid.h"
#include "binlog/temporal.h"
#include "engine/sqlite/storage.h"

static bool refused(const struct storage *storage, struct err *err)
{
    const struct column_def *column = storage->column;
    return err_set(err, ERR_UNSUPPORTED,
                   "column %s: its default %s can be computed only by the source: make a new copy "
                   "of it",
                   column->name, column->default_text != NULL ? column->default_text : "");
}

static bool is_now(const char *text)
{
    return strncasecmp(text, "CURRENT_TIMESTAMP", 17) == 0 || strncasecmp(text, "NOW", 3) == 0 ||
           strncasecmp(text, "LOCALTIME", 9) == 0;
}

/* Only TIMESTAMP is stored in UTC; a DATETIME depends on the session's zone, which the caller has
 * turned into now_us or into 0. */
static bool bind_now(const struct storage *storage, sqlite3_stmt *stmt, int index, uint64_t now_us,
                     struct err *err)
{
    struct value value = { .kind = VALUE_TIMESTAMP, .u = now_us };
    char text[TEMPORAL_TEXT_MAX];
    if (now_us == 0 || (storage->form != FORM_TIMESTAMP && storage->form != FORM_DATETIME))
        return refused(storage, err);
    if (storage->form == FORM_TIMESTAMP)
        return storage_bind(storage, stmt, index, &value, err);
    size_t len = temporal_timestamp_text(now_us, 6, text);
    value.kind = VALUE_DATETIME;
    if (!temporal_parse_datetime(bytes_of(text, len), &value.time, err))
        return false;
    return storage_bind(storage, stmt, index, &value, err);
}

/* 12, -5, b'101', 0x1f */
static bool parse_number(const char *text, struct value *out)
{
    char *end = NULL;
    errno = 0;
    if ((text[0] == 'b' || text[0] == 'B') && text[1] == '\'') {
        out->kind = VALUE_UINT;
        out->u = strtoull(text + 2, &end, 2);
        return errno == 0 && strcmp(end, "'") == 0;
    }
    if (text[0] == '-') {
        out->kind = VALUE_INT;
        out->i = strtoll(text, &end, 10);
    } else {
        out->kind = VALUE_UINT;
        out->u = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
    }
    return errno == 0 && end != text && *end == '\0';
}

static bool parse_real(const char *text, bool is_float, struct value *out)
{
    char *end = NULL;
    out->kind = VALUE_DOUBLE;
    out->d = strtod(text, &end);
    if (is_float)
        out->d = (double)(float)out->d;
    return end != text && *end == '\0';
}

static bool bind_literal(const struct storage *storage, sqlite3_stmt *stmt, int index,
                         const struct value *value, bool parsed, struct err *err)
{
    if (!parsed)
        return refused(storage, err);
    return storage_bind(storage, stmt, index, value, err);
}

static bool bind_decimal_literal(const struct storage *storage, sqlite3_stmt *stmt, int index,
                                 struct bytes text, struct err *err)
{
    struct decimal_type type = { storage->column->precision, storage->column->scale };
    uint8_t packed[DECIMAL_PACKED_MAX];
    if (!decimal_pack(type, text, packed, err))
        return refused(storage, err);
    struct value value = { .kind = VALUE_DECIMAL };
    value.bytes = bytes_of(packed, decimal_packed_size(type));
    return storage_bind(storage, stmt, index, &value, err);
}

static bool bind_text_as_is(const struct storage *storage, sqlite3_stmt *stmt, int index,
                            const char *text, struct err *err)
{
    int rc = sqlite3_bind_text(stmt, index, text, -1, SQLITE_TRANSIENT);
    if (rc != SQLITE_OK)
        return db_error(sqlite3_db_handle(stmt), rc, err, "column %s", storage->column->name);
    return true;
}

static bool bind_default_literal(const struct storage *storage, sqlite3_stmt *stmt, int index,
                                 const char *text, struct err *err)
{
    struct value value = { .kind = VALUE_NULL };
    struct err ignored = { 0 };
    struct bytes bytes = bytes_of_str(text);
    switch (storage->form) {
    case FORM_INTEGER:
    case FORM_BIG_UNSIGNED:
        return bind_literal(storage, stmt, index, &value, parse_number(text, &value), err);
    case FORM_REAL:
        return bind_literal(storage, stmt, index, &value,
                            parse_real(text, storage->column->type == SQL_FLOAT, &value), err);
    case FORM_DECIMAL:
        return bind_decimal_literal(storage, stmt, index, bytes, err);
    case FORM_DATE:
        value.kind = VALUE_DATE;
        return bind_literal(storage, stmt, index, &value,
                            temporal_parse_date(bytes, &value.time, &ignored), err);
    case FORM_TIME:
        value.kind = VALUE_TIME;
        return bind_literal(storage, stmt, index, &value,
                            temporal_parse_time(bytes, &value.time, &ignored), err);
    case FORM_DATETIME:
        value.kind = VALUE_DATETIME;
        return bind_literal(storage, stmt, index, &value,
                            temporal_parse_datetime(bytes, &value.time, &ignored), err);
    case FORM_TIMESTAMP: /* written in the session's zone: only the zero date is the same in all */
        value.kind = VALUE_TIMESTAMP;
        value.u = 0;
        return bind_literal(storage, stmt, index, &value, strncmp(text, "0000-00-00", 10) == 0,
                            err);
    case FORM_BINARY:
    case FORM_BLOB:
        value.kind = VALUE_BLOB;
        value.bytes = bytes;
        return storage_bind(storage, stmt, index, &value, err);
    case FORM_TEXT:
    case FORM_ENUM:
    case FORM_SET:
        return bind_text_as_is(storage, stmt, index, text, err);
    case FORM_JSON:
    case FORM_UUID:
    case FORM_INET4:
    case FORM_INET6:
        break;
    }
    return refused(storage, err);
}

/* NOT NULL without a default: what the servers put into existing rows. */
static bool bind_implicit(const struct storage *storage, sqlite3_stmt *stmt, int index,
                          struct err *err)
{
    static const uint8_t zeros[16];
    struct value value = { .kind = VALUE_UINT };
    switch (storage->form) {
    case FORM_ENUM:
        value.u = 1;
        return storage_bind(storage, stmt, index, &value, err);
    case FORM_SET:
        return storage_bind(storage, stmt, index, &value, err);
    case FORM_UUID:
    case FORM_INET4:
    case FORM_INET6:
    case FORM_BINARY:
        value.kind = VALUE_BLOB;
        value.bytes = bytes_of(zeros, 0);
        return storage_bind(storage, stmt, index, &value, err);
    case FORM_DATE:
        return bind_default_literal(storage, stmt, index, "0000-00-00", err);
    case FORM_TIME:
        return bind_default_literal(storage, stmt, index, "00:00:00", err);
    case FORM_DATETIME:
    case FORM_TIMESTAMP:
        return bind_default_literal(storage, stmt, index, "0000-00-00 00:00:00", err);
    case FORM_INTEGER:
    case FORM_BIG_UNSIGNED:
    case FORM_REAL:
    case FORM_DECIMAL:
        return bind_default_literal(storage, stmt, index, "0", err);
    case FORM_TEXT:
    case FORM_BLOB:
        return bind_default_literal(storage, stmt, index, "", err);
    case FORM_JSON:
        return bind_text_as_is(storage, stmt, index, "null", err);
    }
    return refused(storage, err);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* x'00ff', as default_text has bytes that no C string can hold. */
static bool bind_hex(const struct storage *storage, sqlite3_stmt *stmt, int index, struct err *err)
{
    const char *text = storage->column->default_text + 2;
    struct buf *bytes = &storage->scratch->raw;
    buf_reset(bytes);
    while (hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0) {
        buf_u8(bytes, (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1])));
        text += 2;
    }
    bool is_bytes = storage->form == FORM_BINARY || storage->form == FORM_BLOB;
    if (!is_bytes || strcmp(text, "'") != 0)
        return refused(storage, err);
    if (storage->form == FORM_BINARY)
        while (bytes->len < storage->column->length)
            buf_u8(bytes, 0);
    int rc = sqlite3_bind_blob64(stmt, index, bytes->data, bytes->len, SQLITE_TRANSIENT);
    if (rc != SQLITE_OK)
        return db_error(sqlite3_db_handle(stmt), rc, err, "column %s", storage->column->name);
    return true;
}

bool storage_bind_default(const struct storage *storage, sqlite3_stmt *stmt, int index,
                          uint64_t now_us, struct err *err)
{
    static const struct value null = { .kind = VALUE_NULL };
    const struct column_def *column = storage->column;
    if (column->generated != GENERATED_NO)
        return err_set(err, ERR_UNSUPPORTED,
                       "column %s is generated, only the source can compute it: make a new copy of "
                       "the source",
                       column->name);
    if (column->default_text == NULL)
        return column->nullable ? storage_bind(storage, stmt, index, &null, err)
                                : bind_implicit(storage, stmt, index, err);
    if (!column->default_is_expression)
        return bind_default_literal(storage, stmt, index, column->default_text, err);
    if (strncmp(column->default_text, "x'", 2) == 0)
        return bind_hex(storage, stmt, index, err);
    if (is_now(column->default_text))
        return bind_now(storage, stmt, index, now_us, err);
    return refused(storage, err);
}

static unsigned digits_of(const char *text)
{
    unsigned count = 0;
    for (; *text != '\0' && *text != 'e'; text++)
        count += *text >= (count > 0 ? '0' : '1') && *text <= '9';
    return count;
}

bool storage_bind_absent(const struct storage *storage, sqlite3_stmt *stmt, int index,
                         struct err *err)
{
    enum { DIGITS_SHOWN = 6 };
    const struct column_def *column = storage->column;
    bool is_rounded = column->type == SQL_FLOAT && column->precision == 0 &&
                      column->default_text != NULL && !column->default_is_expression &&
                      digits_of(column->default_text) >= DIGITS_SHOWN;
    return is_rounded ? refused(storage, err) : storage_bind_default(storage, stmt, index, 0, err);
}
