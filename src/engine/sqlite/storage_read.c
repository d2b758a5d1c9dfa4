/* storage_read.c - see storage_read.h: one function per form, and nothing is guessed. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/storage_read.h"
#include <stdlib.h>
#include "binlog/decimal.h"
#include "binlog/temporal.h"

typedef bool storage_read_fn(const struct storage *storage, sqlite3_value *stored,
                             struct arena *arena, struct value *out, struct err *err);

enum { BIG_UNSIGNED_DIGITS = 20 };

static bool misformed(const struct storage *storage, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "column %s holds a value that is not in the column's form",
                   storage->column->name);
}

static struct bytes text_of(sqlite3_value *stored)
{
    const unsigned char *text = sqlite3_value_text(stored);
    return bytes_of(text, text == NULL ? 0 : (size_t)sqlite3_value_bytes(stored));
}

static struct bytes blob_of(sqlite3_value *stored)
{
    return bytes_of(sqlite3_value_blob(stored), (size_t)sqlite3_value_bytes(stored));
}

static bool is_type(sqlite3_value *stored, int type)
{
    return sqlite3_value_type(stored) == type;
}

static bool read_integer(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                         struct value *out, struct err *err)
{
    const struct column_def *column = storage->column;
    int64_t number = sqlite3_value_int64(stored);
    bool is_unsigned = column->is_unsigned || column->type == SQL_BIT;
    (void)arena;
    if (!is_type(stored, SQLITE_INTEGER) || (is_unsigned && number < 0))
        return misformed(storage, err);
    if (is_unsigned && column->type != SQL_YEAR)
        *out = (struct value){ .kind = VALUE_UINT, .u = (uint64_t)number };
    else
        *out = (struct value){ .kind = VALUE_INT, .i = number };
    return true;
}

static bool read_big_unsigned(const struct storage *storage, sqlite3_value *stored,
                              struct arena *arena, struct value *out, struct err *err)
{
    struct bytes text = text_of(stored);
    uint64_t number = 0;
    if (is_type(stored, SQLITE_INTEGER))
        return read_integer(storage, stored, arena, out, err);
    if (!is_type(stored, SQLITE_TEXT) || text.len != BIG_UNSIGNED_DIGITS)
        return misformed(storage, err);
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return misformed(storage, err);
        number = number * 10 + digit;
    }
    *out = (struct value){ .kind = VALUE_UINT, .u = number };
    return true;
}

static bool read_real(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                      struct value *out, struct err *err)
{
    bool is_float = storage->column->type == SQL_FLOAT;
    (void)arena;
    if (!is_type(stored, SQLITE_FLOAT))
        return misformed(storage, err);
    *out = (struct value){ .kind = is_float ? VALUE_FLOAT : VALUE_DOUBLE,
                           .d = sqlite3_value_double(stored) };
    return true;
}

/* A copy of the text in which the letters of a negative number are digits again. */
static struct bytes digits_again(struct bytes text, struct arena *arena)
{
    uint8_t *copy = arena_alloc_raw(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        copy[i] = text.data[i] >= 'A' && text.data[i] <= 'J' ? (uint8_t)('0' + 'J' - text.data[i])
                                                             : text.data[i];
    return bytes_of(copy, text.len);
}

static bool read_decimal(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                         struct value *out, struct err *err)
{
    struct decimal_type type = { storage->column->precision, storage->column->scale };
    uint8_t *packed = arena_alloc(arena, DECIMAL_PACKED_MAX);
    struct bytes text = text_of(stored);
    if (!is_type(stored, SQLITE_TEXT) || text.len > STORAGE_DECIMAL_MAX ||
        !decimal_pack(type, digits_again(text, arena), packed, err))
        return misformed(storage, err);
    *out = (struct value){ .kind = VALUE_DECIMAL,
                           .bytes = bytes_of(packed, decimal_packed_size(type)) };
    return true;
}

static bool read_date(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                      struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_DATE };
    (void)arena;
    if (!temporal_parse_date(text_of(stored), &value.time, err))
        return misformed(storage, err);
    *out = value;
    return true;
}

static bool read_time(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                      struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_TIME };
    struct bytes text = text_of(stored);
    if (text.len > TEMPORAL_TEXT_MAX)
        return misformed(storage, err);
    if (text.len > 0 && text.data[0] == '~') /* a hundred hours and more */
        text = bytes_of(text.data + 1, text.len - 1);
    if (!temporal_parse_time(digits_again(text, arena), &value.time, err))
        return misformed(storage, err);
    *out = value;
    return true;
}

static bool read_datetime(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                          struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_DATETIME };
    (void)arena;
    if (!temporal_parse_datetime(text_of(stored), &value.time, err))
        return misformed(storage, err);
    *out = value;
    return true;
}

static bool read_timestamp(const struct storage *storage, sqlite3_value *stored,
                           struct arena *arena, struct value *out, struct err *err)
{
    struct value value = { .kind = VALUE_TIMESTAMP };
    (void)arena;
    if (!temporal_parse_timestamp(text_of(stored), &value.u, err))
        return misformed(storage, err);
    *out = value;
    return true;
}

/* Borrowed where nothing is converted. */
static bool read_text(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                      struct value *out, struct err *err)
{
    struct bytes utf8 = text_of(stored), text;
    if (!is_type(stored, SQLITE_TEXT))
        return misformed(storage, err);
    if (!charset_from_utf8(storage->charset, utf8, &storage->scratch->raw, &text, err))
        return err_wrap(err, "column %s", storage->column->name);
    if (text.data != utf8.data)
        text = arena_copy(arena, text);
    *out = (struct value){ .kind = VALUE_TEXT, .bytes = text };
    return true;
}

/* The log strips the zeros at the end of fixed-size values. */
static bool read_binary(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                        struct value *out, struct err *err)
{
    struct bytes bytes = blob_of(stored);
    (void)arena;
    if (!is_type(stored, SQLITE_BLOB))
        return misformed(storage, err);
    while (bytes.len > 0 && bytes.data[bytes.len - 1] == 0)
        bytes.len--;
    *out = (struct value){ .kind = VALUE_BLOB, .bytes = bytes };
    return true;
}

static bool read_blob(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                      struct value *out, struct err *err)
{
    enum sql_type type = storage->column->type;
    (void)arena;
    if (!is_type(stored, SQLITE_BLOB))
        return misformed(storage, err);
    *out = (struct value){ .kind = type == SQL_GEOMETRY ? VALUE_GEOMETRY
                                   : type == SQL_VECTOR ? VALUE_VECTOR
                                                        : VALUE_BLOB,
                           .bytes = blob_of(stored) };
    return true;
}

/* From 1; 0: there is no such label. */
static unsigned label_number(const struct column_def *column, struct bytes label)
{
    for (unsigned i = 0; i < column->label_count; i++)
        if (bytes_equal_str(label, column->labels[i]))
            return i + 1;
    return 0;
}

/* '' where no label is so, and the number 0, are the error value. */
static bool read_enum(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                      struct value *out, struct err *err)
{
    bool is_number = is_type(stored, SQLITE_INTEGER);
    unsigned number = is_number ? 0 : label_number(storage->column, text_of(stored));
    (void)arena;
    if (is_number ? sqlite3_value_int64(stored) != 0
                  : !is_type(stored, SQLITE_TEXT) || (number == 0 && text_of(stored).len > 0))
        return misformed(storage, err);
    *out = (struct value){ .kind = VALUE_UINT, .u = number };
    return true;
}

static bool read_set(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                     struct value *out, struct err *err)
{
    struct bytes text = text_of(stored);
    uint64_t bits = 0;
    (void)arena;
    if (!is_type(stored, SQLITE_TEXT))
        return misformed(storage, err);
    while (text.len > 0) {
        const uint8_t *comma = memchr(text.data, ',', text.len);
        size_t len = comma == NULL ? text.len : (size_t)(comma - text.data);
        unsigned number = label_number(storage->column, bytes_of(text.data, len));
        size_t step = comma == NULL ? len : len + 1;
        if (number == 0)
            return misformed(storage, err);
        bits |= (uint64_t)1 << (number - 1);
        text = bytes_of(text.data + step, text.len - step);
    }
    *out = (struct value){ .kind = VALUE_UINT, .u = bits };
    return true;
}

static bool read_json(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                      struct value *out, struct err *err)
{
    (void)arena;
    if (!is_type(stored, SQLITE_TEXT))
        return misformed(storage, err);
    *out = (struct value){ .kind = VALUE_JSON_TEXT, .bytes = text_of(stored) };
    return true;
}

/* Forms in no row are MariaDB's own: UUID, INET4, INET6. */
static storage_read_fn *const readers[] = {
    [FORM_INTEGER] = read_integer,
    [FORM_BIG_UNSIGNED] = read_big_unsigned,
    [FORM_REAL] = read_real,
    [FORM_DECIMAL] = read_decimal,
    [FORM_DATE] = read_date,
    [FORM_TIME] = read_time,
    [FORM_DATETIME] = read_datetime,
    [FORM_TIMESTAMP] = read_timestamp,
    [FORM_TEXT] = read_text,
    [FORM_BINARY] = read_binary,
    [FORM_BLOB] = read_blob,
    [FORM_ENUM] = read_enum,
    [FORM_SET] = read_set,
    [FORM_JSON] = read_json,
    [FORM_INET6] = NULL,
};

bool storage_read(const struct storage *storage, sqlite3_value *stored, struct arena *arena,
                  struct value *out, struct err *err)
{
    if (sqlite3_value_type(stored) == SQLITE_NULL) {
        *out = (struct value){ .kind = VALUE_NULL };
        return true;
    }
    storage_read_fn *read = readers[storage->form];
    if (read == NULL)
        return err_set(err, ERR_UNSUPPORTED, "column %s is of a type that MySQL does not have",
                       storage->column->name);
    return read(storage, stored, arena, out, err);
}
