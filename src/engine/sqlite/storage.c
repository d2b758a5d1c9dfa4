/* storage.c - see storage.h: values to SQLite's parameters, one function per form. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/storage.h"
#include <assert.h>
#include <stdio.h>
#include "binlog/decimal.h"
#include "binlog/gtid.h"
#include "binlog/json.h"
#include "binlog/temporal.h"
#include "engine/sqlite/storage_view.h"

enum { LARGE_VARCHAR = 2000, VALUE_BYTES_MAX = 1000000000 };

void storage_scratch_init(struct storage_scratch *scratch)
{
    buf_init(&scratch->raw, VALUE_BYTES_MAX);
    buf_init(&scratch->utf8, VALUE_BYTES_MAX);
}

void storage_scratch_clear(struct storage_scratch *scratch)
{
    buf_clear(&scratch->raw);
    buf_clear(&scratch->utf8);
}

static bool bound(sqlite3_stmt *stmt, int rc, struct err *err)
{
    if (rc == SQLITE_OK)
        return true;
    return db_error(sqlite3_db_handle(stmt), rc, err, "a value");
}

static bool wrong_kind(const struct value *value, struct err *err)
{
    return err_set(err, ERR_CONFLICT,
                   "the log holds a value of another kind (%d) than the table's definition says",
                   (int)value->kind);
}

/* SQLite takes a NULL pointer for NULL, so nothing is "" and not NULL. */
static bool bind_borrowed_text(sqlite3_stmt *stmt, int index, struct bytes text, struct err *err)
{
    const char *data = text.len > 0 ? (const char *)text.data : "";
    return bound(stmt, sqlite3_bind_text64(stmt, index, data, text.len, SQLITE_STATIC, SQLITE_UTF8),
                 err);
}

static bool bind_copied_text(sqlite3_stmt *stmt, int index, const void *text, size_t len,
                             struct err *err)
{
    const char *data = len > 0 ? (const char *)text : "";
    return bound(stmt, sqlite3_bind_text64(stmt, index, data, len, SQLITE_TRANSIENT, SQLITE_UTF8),
                 err);
}

static bool bind_integer(const struct storage *storage, sqlite3_stmt *stmt, int index,
                         const struct value *value, struct err *err)
{
    (void)storage;
    if (value->kind != VALUE_INT && (value->kind != VALUE_UINT || value->u > INT64_MAX))
        return wrong_kind(value, err);
    int64_t number = value->kind == VALUE_INT ? value->i : (int64_t)value->u;
    return bound(stmt, sqlite3_bind_int64(stmt, index, number), err);
}

/* SQLite sorts INTEGER before TEXT, so twenty digits go on where 2^63-1 ends. */
static bool bind_big_unsigned(const struct storage *storage, sqlite3_stmt *stmt, int index,
                              const struct value *value, struct err *err)
{
    char text[24];
    if (value->kind != VALUE_UINT || value->u <= INT64_MAX)
        return bind_integer(storage, stmt, index, value, err);
    int len = snprintf(text, sizeof text, "%020llu", (unsigned long long)value->u);
    return bind_copied_text(stmt, index, text, (size_t)len, err);
}

static bool bind_real(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    (void)storage;
    if (value->kind != VALUE_FLOAT && value->kind != VALUE_DOUBLE)
        return wrong_kind(value, err);
    return bound(stmt, sqlite3_bind_double(stmt, index, value->d), err);
}

/* Digit d of a negative number becomes the letter 'J' - d: larger magnitudes sort first. */
static void letter_digits(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] >= '0' && text[i] <= '9')
            text[i] = (char)('J' - (text[i] - '0'));
}

size_t storage_decimal(const struct column_def *column, const char *text, size_t len,
                       char out[STORAGE_DECIMAL_MAX])
{
    size_t negative = text[0] == '-';
    size_t digits_len = len - negative;
    size_t width =
        column->precision > column->scale ? (size_t)(column->precision - column->scale) : 1u;
    width += column->scale > 0 ? column->scale + 1u : 0;
    assert(digits_len <= width && width < STORAGE_DECIMAL_MAX - 1);
    char *at = out;
    if (negative > 0)
        *at++ = '-';
    memset(at, '0', width - digits_len);
    memcpy(at + (width - digits_len), text + negative, digits_len);
    if (negative > 0)
        letter_digits(at, width);
    return width + negative;
}

static bool bind_decimal(const struct storage *storage, sqlite3_stmt *stmt, int index,
                         const struct value *value, struct err *err)
{
    struct decimal_type type = { storage->column->precision, storage->column->scale };
    char text[DECIMAL_TEXT_MAX], stored[STORAGE_DECIMAL_MAX];
    size_t len = 0;
    if (value->kind != VALUE_DECIMAL)
        return wrong_kind(value, err);
    if (!decimal_text(type, value->bytes, text, &len, err))
        return false;
    len = storage_decimal(storage->column, text, len, stored);
    return bind_copied_text(stmt, index, stored, len, err);
}

static bool bind_date(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    char text[TEMPORAL_TEXT_MAX];
    (void)storage;
    if (value->kind != VALUE_DATE)
        return wrong_kind(value, err);
    return bind_copied_text(stmt, index, text, temporal_date_text(&value->time, text), err);
}

static bool bind_time(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    char text[TEMPORAL_TEXT_MAX], stored[TEMPORAL_TEXT_MAX + 2];
    if (value->kind != VALUE_TIME)
        return wrong_kind(value, err);
    struct time_parts magnitude = value->time;
    magnitude.negative = false;
    size_t len = temporal_time_text(&magnitude, storage->column->scale, text);
    size_t at = 0;
    if (value->time.negative) {
        stored[at++] = '-';
        if (magnitude.hour < 100)
            stored[at++] = '0';
    } else if (magnitude.hour >= 100) {
        stored[at++] = '~';
    }
    memcpy(stored + at, text, len);
    if (value->time.negative)
        letter_digits(stored + 1, at + len - 1);
    return bind_copied_text(stmt, index, stored, at + len, err);
}

static bool bind_datetime(const struct storage *storage, sqlite3_stmt *stmt, int index,
                          const struct value *value, struct err *err)
{
    char text[TEMPORAL_TEXT_MAX];
    if (value->kind != VALUE_DATETIME)
        return wrong_kind(value, err);
    size_t len = temporal_datetime_text(&value->time, storage->column->scale, text);
    return bind_copied_text(stmt, index, text, len, err);
}

static bool bind_timestamp(const struct storage *storage, sqlite3_stmt *stmt, int index,
                           const struct value *value, struct err *err)
{
    char text[TEMPORAL_TEXT_MAX];
    if (value->kind != VALUE_TIMESTAMP)
        return wrong_kind(value, err);
    size_t len = temporal_timestamp_text(value->u, storage->column->scale, text);
    return bind_copied_text(stmt, index, text, len, err);
}

static bool inflated(const struct storage *storage, const struct value *value, struct bytes *out,
                     struct err *err)
{
    *out = value->bytes;
    if (!value->compressed)
        return true;
    buf_reset(&storage->scratch->raw);
    if (!value_decompress(value->bytes, &storage->scratch->raw, err))
        return false;
    *out = buf_bytes(&storage->scratch->raw);
    return true;
}

static bool bind_text(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    struct bytes text, utf8;
    if (value->kind != VALUE_TEXT)
        return wrong_kind(value, err);
    if (!inflated(storage, value, &text, err) ||
        !charset_to_utf8(storage->charset, text, &storage->scratch->utf8, &utf8, err))
        return false;
    if (utf8.len == 0 || utf8.data == value->bytes.data)
        return bind_borrowed_text(stmt, index, utf8, err);
    return bind_copied_text(stmt, index, utf8.data, utf8.len, err);
}

static bool bind_bytes(sqlite3_stmt *stmt, int index, struct bytes bytes,
                       sqlite3_destructor_type lifetime, struct err *err)
{
    const void *data = bytes.len > 0 ? (const void *)bytes.data : "";
    return bound(stmt, sqlite3_bind_blob64(stmt, index, data, bytes.len, lifetime), err);
}

/* Gives back the zeros that the log strips from the end of fixed-size values. */
static bool padded(const struct value *value, size_t size, uint8_t out[256], struct err *err)
{
    if ((value->kind != VALUE_BLOB && value->kind != VALUE_TEXT) || value->bytes.len > size ||
        size > 255)
        return wrong_kind(value, err);
    memset(out, 0, size);
    if (value->bytes.len > 0)
        memcpy(out, value->bytes.data, value->bytes.len);
    return true;
}

static bool bind_binary(const struct storage *storage, sqlite3_stmt *stmt, int index,
                        const struct value *value, struct err *err)
{
    uint8_t data[256];
    size_t size = storage->column->length;
    if (!padded(value, size, data, err))
        return false;
    return bind_bytes(stmt, index, bytes_of(data, size), SQLITE_TRANSIENT, err);
}

static bool bind_blob(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    struct bytes bytes;
    if (value->kind != VALUE_BLOB && value->kind != VALUE_GEOMETRY && value->kind != VALUE_VECTOR)
        return wrong_kind(value, err);
    if (!inflated(storage, value, &bytes, err))
        return false;
    return bind_bytes(stmt, index, bytes, value->compressed ? SQLITE_TRANSIENT : SQLITE_STATIC,
                      err);
}

/* Index 0, the error value, is '' unless that is a label too: then it is the number 0. */
static bool bind_enum(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    const struct column_def *column = storage->column;
    if (value->kind != VALUE_UINT)
        return wrong_kind(value, err);
    if (value->u > column->label_count)
        return err_set(err, ERR_CONFLICT, "number %llu of an enum of %u labels",
                       (unsigned long long)value->u, column->label_count);
    if (value->u > 0)
        return bind_borrowed_text(stmt, index, bytes_of_str(column->labels[value->u - 1]), err);
    for (unsigned i = 0; i < column->label_count; i++)
        if (column->labels[i][0] == '\0')
            return bound(stmt, sqlite3_bind_int64(stmt, index, 0), err);
    return bind_borrowed_text(stmt, index, bytes_of_str(""), err);
}

static bool bind_set(const struct storage *storage, sqlite3_stmt *stmt, int index,
                     const struct value *value, struct err *err)
{
    const struct column_def *column = storage->column;
    struct buf *text = &storage->scratch->raw;
    if (value->kind != VALUE_UINT)
        return wrong_kind(value, err);
    if (column->label_count < 64 && value->u >> column->label_count != 0)
        return err_set(err, ERR_CONFLICT, "bits %llx of a set of %u labels",
                       (unsigned long long)value->u, column->label_count);
    buf_reset(text);
    for (unsigned i = 0; i < column->label_count && i < 64; i++) {
        if ((value->u >> i & 1) == 0)
            continue;
        if (text->len > 0)
            buf_u8(text, ',');
        buf_str(text, column->labels[i]);
    }
    return bind_copied_text(stmt, index, text->data, text->len, err);
}

static bool bind_json(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    struct buf *text = &storage->scratch->raw;
    if (value->kind == VALUE_JSON_TEXT)
        return bind_borrowed_text(stmt, index, value->bytes, err);
    if (value->kind == VALUE_TEXT)
        return bind_text(storage, stmt, index, value, err);
    if (value->kind != VALUE_JSON)
        return wrong_kind(value, err);
    buf_reset(text);
    if (!json_text(value->bytes, text, err))
        return false;
    return bind_copied_text(stmt, index, text->data, text->len, err);
}

static bool bind_uuid(const struct storage *storage, sqlite3_stmt *stmt, int index,
                      const struct value *value, struct err *err)
{
    uint8_t data[256];
    char text[37];
    (void)storage;
    if (!padded(value, 16, data, err))
        return false;
    uuid_text(data, text);
    return bind_copied_text(stmt, index, text, 36, err);
}

static bool bind_inet4(const struct storage *storage, sqlite3_stmt *stmt, int index,
                       const struct value *value, struct err *err)
{
    uint8_t data[256];
    char text[16];
    (void)storage;
    if (!padded(value, 4, data, err))
        return false;
    int len =
        snprintf(text, sizeof text, "%03u.%03u.%03u.%03u", data[0], data[1], data[2], data[3]);
    return bind_copied_text(stmt, index, text, (size_t)len, err);
}

static bool bind_inet6(const struct storage *storage, sqlite3_stmt *stmt, int index,
                       const struct value *value, struct err *err)
{
    uint8_t data[256];
    char text[48];
    size_t len = 0;
    (void)storage;
    if (!padded(value, 16, data, err))
        return false;
    for (unsigned i = 0; i < 16; i += 2)
        len += (size_t)snprintf(text + len, sizeof text - len, i > 0 ? ":%02x%02x" : "%02x%02x",
                                data[i], data[i + 1]);
    return bind_copied_text(stmt, index, text, len, err);
}

static const struct {
    const char *declared;
    storage_bind_fn *bind;
    storage_view_fn *view;
} forms[] = {
#define FORM(name, declared, bind, view) [FORM_##name] = { declared, bind, view },
#include "engine/sqlite/forms.def"
#undef FORM
};

static const uint8_t form_of_type[] = {
    [SQL_TINYINT] = FORM_INTEGER,   [SQL_SMALLINT] = FORM_INTEGER,
    [SQL_MEDIUMINT] = FORM_INTEGER, [SQL_INT] = FORM_INTEGER,
    [SQL_BIGINT] = FORM_INTEGER,    [SQL_FLOAT] = FORM_REAL,
    [SQL_DOUBLE] = FORM_REAL,       [SQL_DECIMAL] = FORM_DECIMAL,
    [SQL_BIT] = FORM_INTEGER,       [SQL_YEAR] = FORM_INTEGER,
    [SQL_DATE] = FORM_DATE,         [SQL_TIME] = FORM_TIME,
    [SQL_DATETIME] = FORM_DATETIME, [SQL_TIMESTAMP] = FORM_TIMESTAMP,
    [SQL_CHAR] = FORM_TEXT,         [SQL_VARCHAR] = FORM_TEXT,
    [SQL_TINYTEXT] = FORM_TEXT,     [SQL_TEXT] = FORM_TEXT,
    [SQL_MEDIUMTEXT] = FORM_TEXT,   [SQL_LONGTEXT] = FORM_TEXT,
    [SQL_BINARY] = FORM_BINARY,     [SQL_VARBINARY] = FORM_BLOB,
    [SQL_TINYBLOB] = FORM_BLOB,     [SQL_BLOB] = FORM_BLOB,
    [SQL_MEDIUMBLOB] = FORM_BLOB,   [SQL_LONGBLOB] = FORM_BLOB,
    [SQL_ENUM] = FORM_ENUM,         [SQL_SET] = FORM_SET,
    [SQL_JSON] = FORM_JSON,         [SQL_GEOMETRY] = FORM_BLOB,
    [SQL_VECTOR] = FORM_BLOB,       [SQL_UUID] = FORM_UUID,
    [SQL_INET4] = FORM_INET4,       [SQL_INET6] = FORM_INET6,
};

enum storage_form storage_form_of(const struct column_def *column)
{
    bool is_big = (column->type == SQL_BIGINT && column->is_unsigned) ||
                  (column->type == SQL_BIT && column->length > 63);
    return is_big ? FORM_BIG_UNSIGNED : (enum storage_form)form_of_type[column->type];
}

const char *storage_declared(const struct column_def *column)
{
    return forms[storage_form_of(column)].declared;
}

void storage_view(const struct column_def *column, struct buf *sql)
{
    forms[storage_form_of(column)].view(column, sql);
}

bool storage_is_large(const struct column_def *column)
{
    bool is_short_type = column->type != SQL_TEXT && column->type != SQL_MEDIUMTEXT &&
                         column->type != SQL_LONGTEXT && column->type != SQL_BLOB &&
                         column->type != SQL_MEDIUMBLOB && column->type != SQL_LONGBLOB &&
                         column->type != SQL_JSON && column->type != SQL_GEOMETRY &&
                         column->type != SQL_VECTOR;
    bool is_counted = column->type == SQL_VARCHAR || column->type == SQL_VARBINARY;
    return !is_short_type || (is_counted && column->length > LARGE_VARCHAR);
}

static bool needs_charset(enum storage_form form)
{
    return form == FORM_TEXT || form == FORM_JSON;
}

bool storage_init(struct storage *storage, const struct column_def *column,
                  struct storage_scratch *scratch, struct err *err)
{
    struct storage made = { .form = storage_form_of(column), .column = column, .scratch = scratch };
    made.bind = forms[made.form].bind;
    if (needs_charset(made.form)) {
        const char *name = column->charset != NULL ? column->charset : "utf8mb4";
        made.charset = charset_by_name(name);
        if (made.charset == NULL)
            return err_set(err, ERR_UNSUPPORTED, "column %s: the character set %s is not known",
                           column->name, name);
        if (charset_is_binary(made.charset))
            made.bind = bind_blob;
    }
    *storage = made;
    return true;
}

bool storage_bind(const struct storage *storage, sqlite3_stmt *stmt, int index,
                  const struct value *value, struct err *err)
{
    assert(value->kind != VALUE_ABSENT);
    if (value->kind == VALUE_NULL)
        return bound(stmt, sqlite3_bind_null(stmt, index), err);
    if (!storage->bind(storage, stmt, index, value, err))
        return err_wrap(err, "column %s", storage->column->name);
    return true;
}
