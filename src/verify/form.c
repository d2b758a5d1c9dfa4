/* form.c - see form.h; the cases are those of the storage forms. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/form.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "binlog/text.h"
#include "binlog/value_number.h"
#include "engine/sqlite/storage.h"
#include "snapshot/select.h"

enum { SHOWN_MAX = 60, DIGITS_MAX = 128 };

static bool has_empty_label(const struct column_def *column)
{
    for (unsigned i = 0; i < column->label_count; i++)
        if (column->labels[i][0] == '\0')
            return true;
    return false;
}

static void put(struct buf *out, char letter, const void *data, size_t len)
{
    buf_u8(out, (uint8_t)letter);
    buf_append(out, data, len);
}

/* ---- the source's side ---- */

void form_expression(const struct column_def *column, struct buf *sql)
{
    const char *before = "", *after = "";
    switch (storage_form_of(column)) {
    case FORM_REAL:
        after = " * 1e0"; /* a product keeps -0, and drops the (M,D) of the display */
        break;
    case FORM_ENUM:
        before = "CONCAT(CAST(";
        break;
    case FORM_INET6:
        before = "CAST(", after = " AS BINARY(16))";
        break;
    case FORM_INTEGER:
    case FORM_BIG_UNSIGNED:
        if (column->type == SQL_BIT)
            before = "CAST(", after = " AS UNSIGNED)";
        else if (column->zerofill || column->type == SQL_YEAR)
            after = " + 0"; /* without the display's zeros */
        break;
    case FORM_DECIMAL:
        after = column->zerofill ? " + 0" : "";
        break;
    case FORM_DATE:
    case FORM_TIME:
    case FORM_DATETIME:
    case FORM_TIMESTAMP:
    case FORM_TEXT:
    case FORM_BINARY:
    case FORM_BLOB:
    case FORM_SET:
    case FORM_JSON:
    case FORM_UUID:
    case FORM_INET4:
        break;
    }
    buf_str(sql, before);
    select_identifier(sql, column->name);
    buf_str(sql, after);
    if (storage_form_of(column) != FORM_ENUM)
        return;
    buf_str(sql, " AS UNSIGNED), ':', ");
    select_identifier(sql, column->name);
    buf_u8(sql, ')');
}

static void put_real(struct buf *out, double number)
{
    put(out, 'R', &number, sizeof number);
}

/* "3:large"; number 0 is the error value, which shows as ''. */
static void put_enum(const struct column_def *column, struct bytes sent, struct buf *out)
{
    const uint8_t *colon = memchr(sent.data, ':', sent.len);
    size_t skip = colon == NULL ? 0 : (size_t)(colon - sent.data) + 1;
    if (sent.len == 2 && sent.data[0] == '0' && has_empty_label(column))
        put(out, 'I', "0", 1);
    else
        put(out, 'T', sent.data + skip, sent.len - skip);
}

static void put_inet6(struct bytes sent, struct buf *out)
{
    buf_u8(out, 'T');
    for (size_t i = 0; i < sent.len; i++)
        buf_printf(out, i > 0 && i % 2 == 0 ? ":%02x" : "%02x", sent.data[i]);
}

void form_from_source(const struct column_def *column, struct bytes sent, struct buf *out)
{
    char number[DIGITS_MAX];
    if (sent.data == NULL) {
        put(out, 'N', "", 0);
        return;
    }
    enum storage_form form = storage_form_of(column);
    bool in_binary = form == FORM_TEXT && strcmp(column->charset, "binary") == 0;
    if (form == FORM_INTEGER || form == FORM_BIG_UNSIGNED) {
        put(out, 'I', sent.data, sent.len);
    } else if (form == FORM_REAL) {
        snprintf(number, sizeof number, "%.*s", (int)sent.len, (const char *)sent.data);
        put_real(out, strtod(number, NULL));
    } else if (form == FORM_ENUM) {
        put_enum(column, sent, out);
    } else if (form == FORM_INET6) {
        put_inet6(sent, out);
    } else {
        put(out, form == FORM_BINARY || form == FORM_BLOB || in_binary ? 'B' : 'T', sent.data,
            sent.len);
    }
}

/* ---- SQLite's side ---- */

/* The letter that stands d before J, as a digit; other bytes as they are. */
static void put_digits(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++)
        buf_u8(out, text[i] >= 'A' && text[i] <= 'J' ? (uint8_t)('0' + ('J' - text[i]))
                                                     : (uint8_t)text[i]);
}

/* Digits with zeros in front, of which one before the point stays. */
static void put_decimal(const char *text, size_t len, struct buf *out)
{
    size_t from = out->len;
    bool negative = len > 0 && text[0] == '-';
    if (negative)
        put_digits(text + 1, len - 1, out);
    else
        buf_append(out, text, len);
    size_t zeros = 0;
    while (from + zeros + 1 < out->len && out->data[from + zeros] == '0' &&
           out->data[from + zeros + 1] != '.')
        zeros++;
    size_t left = out->len - from - zeros;
    size_t sign = negative ? 1 : 0;
    buf_u8(out, 0); /* room for the sign */
    memmove(out->data + from + sign, out->data + from + zeros, left);
    if (negative)
        out->data[from] = '-';
    out->len = from + sign + left;
}

/* -0HH:MM:SS in letters, HH:MM:SS, ~HHH:MM:SS */
static void put_time(const char *text, size_t len, struct buf *out)
{
    if (len > 1 && text[0] == '-') {
        size_t skip = text[1] == 'J' ? 2 : 1;
        buf_u8(out, '-');
        put_digits(text + skip, len - skip, out);
    } else {
        size_t skip = len > 0 && text[0] == '~' ? 1 : 0;
        buf_append(out, text + skip, len - skip);
    }
}

/* Three digits an octet. */
static void put_inet4(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        bool starts = i == 0 || text[i - 1] == '.';
        while (starts && i + 1 < len && text[i] == '0' && text[i + 1] != '.')
            i++;
        buf_u8(out, (uint8_t)text[i]);
    }
}

/* Twenty digits go on where 2^63-1 ends. */
static void put_big(const char *text, size_t len, struct buf *out)
{
    size_t zeros = 0;
    bool is_number = len == 20;
    for (size_t i = 0; i < len; i++)
        is_number = is_number && isdigit((unsigned char)text[i]);
    while (is_number && zeros + 1 < len && text[zeros] == '0')
        zeros++;
    put(out, is_number ? 'I' : 'T', text + zeros, len - zeros);
}

static void put_stored_text(enum storage_form form, const char *text, size_t len, struct buf *out)
{
    if (form == FORM_BIG_UNSIGNED) {
        put_big(text, len, out);
        return;
    }
    buf_u8(out, 'T');
    if (form == FORM_DECIMAL)
        put_decimal(text, len, out);
    else if (form == FORM_TIME)
        put_time(text, len, out);
    else if (form == FORM_INET4)
        put_inet4(text, len, out);
    else
        buf_append(out, text, len);
}

void form_from_stored(const struct column_def *column, sqlite3_stmt *stmt, int index,
                      struct buf *out)
{
    char number[32];
    const void *data = NULL;
    size_t len = 0;
    switch (sqlite3_column_type(stmt, index)) {
    case SQLITE_NULL:
        put(out, 'N', "", 0);
        return;
    case SQLITE_INTEGER:
        len = (size_t)snprintf(number, sizeof number, "%lld", sqlite3_column_int64(stmt, index));
        put(out, 'I', number, len);
        return;
    case SQLITE_FLOAT:
        put_real(out, sqlite3_column_double(stmt, index));
        return;
    case SQLITE_TEXT:
        data = sqlite3_column_text(stmt, index);
        len = (size_t)sqlite3_column_bytes(stmt, index);
        put_stored_text(storage_form_of(column), data, len, out);
        return;
    default:
        data = sqlite3_column_blob(stmt, index);
        put(out, 'B', data, (size_t)sqlite3_column_bytes(stmt, index));
    }
}

/* ---- comparing ---- */

static bool starts_number(const char *p, const char *text)
{
    return (isdigit((unsigned char)*p) || *p == '-') &&
           (p == text || strchr(" [:,", p[-1]) != NULL);
}

/* Equal but for the way numbers are written: strings are compared as they stand. */
static bool json_equal(const char *a, const char *b)
{
    const char *start = a;
    bool in_string = false;
    while (*a != '\0' && *b != '\0') {
        if (!in_string && starts_number(a, start)) {
            char *a_end, *b_end;
            double x = strtod(a, &a_end);
            double y = strtod(b, &b_end);
            bool same_text = a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
            bool is_real = memchr(a, '.', (size_t)(a_end - a)) != NULL ||
                           memchr(a, 'e', (size_t)(a_end - a)) != NULL;
            if (b_end == b || !(same_text || (is_real && memcmp(&x, &y, sizeof x) == 0)))
                return false;
            a = a_end;
            b = b_end;
            continue;
        }
        if (*a != *b)
            return false;
        if (*a == '\\' && in_string && a[1] == b[1] && a[1] != '\0')
            a++, b++;
        else if (*a == '"')
            in_string = !in_string;
        a++, b++;
    }
    return *a == *b;
}

static bool json_bytes_equal(struct bytes a, struct bytes b)
{
    struct buf one, other;
    buf_init(&one, a.len + 1);
    buf_init(&other, b.len + 1);
    buf_append(&one, a.data, a.len);
    buf_append(&other, b.data, b.len);
    bool equal = json_equal(buf_cstr(&one), buf_cstr(&other));
    buf_clear(&one);
    buf_clear(&other);
    return equal;
}

bool form_equal(const struct column_def *column, struct bytes a, struct bytes b)
{
    if (bytes_equal(a, b))
        return true;
    return storage_form_of(column) == FORM_JSON && a.len > 0 && b.len > 0 && a.data[0] == 'T' &&
           b.data[0] == 'T' && json_bytes_equal(a, b);
}

/* ---- keys ---- */

/* The stored form of a canonical text, where that is another one. */
static void store_text(const struct column_def *column, const char *text, size_t len,
                       struct buf *out)
{
    enum storage_form form = storage_form_of(column);
    bool negative = len > 0 && text[0] == '-';
    size_t hours = strcspn(text + negative, ":");
    if (form == FORM_DECIMAL && len < STORAGE_DECIMAL_MAX) {
        char stored[STORAGE_DECIMAL_MAX];
        size_t whole = strcspn(text + negative, ".");
        size_t room =
            column->precision > column->scale ? (size_t)(column->precision - column->scale) : 1u;
        if (whole <= room) /* else no value of this column */
            buf_append(out, stored, storage_decimal(column, text, len, stored));
    } else if (form == FORM_TIME && negative) {
        buf_str(out, hours < 3 ? "-J" : "-");
        for (size_t i = 1; i < len; i++)
            buf_u8(out, isdigit((unsigned char)text[i]) ? (uint8_t)('J' - (text[i] - '0'))
                                                        : (uint8_t)text[i]);
    } else if (form == FORM_TIME) {
        buf_str(out, hours > 2 ? "~" : "");
        buf_append(out, text, len);
    } else if (form == FORM_INET4) {
        unsigned a = 0, b = 0, c = 0, d = 0;
        if (sscanf(text, "%3u.%3u.%3u.%3u", &a, &b, &c, &d) == 4)
            buf_printf(out, "%03u.%03u.%03u.%03u", a, b, c, d);
    } else {
        buf_append(out, text, len);
    }
}

static int bind_text(const struct column_def *column, struct bytes text, sqlite3_stmt *stmt,
                     int index)
{
    AUTO_BUF plain, stored;
    buf_init(&plain, text.len + 1);
    buf_init(&stored, text.len + 2 * STORAGE_DECIMAL_MAX);
    buf_append(&plain, text.data, text.len);
    store_text(column, buf_cstr(&plain), text.len, &stored);
    return sqlite3_bind_text64(stmt, index, buf_cstr(&stored), stored.len, SQLITE_TRANSIENT,
                               SQLITE_UTF8);
}

/* Past 2^63-1 it is twenty digits of text. */
static int bind_number(struct bytes digits, sqlite3_stmt *stmt, int index)
{
    char text[DIGITS_MAX];
    snprintf(text, sizeof text, "%.*s", (int)digits.len, (const char *)digits.data);
    unsigned long long large = strtoull(text, NULL, 10);
    if (text[0] == '-' || large <= INT64_MAX)
        return sqlite3_bind_int64(stmt, index, strtoll(text, NULL, 10));
    char stored[DIGITS_MAX];
    snprintf(stored, sizeof stored, "%020llu", large);
    return sqlite3_bind_text(stmt, index, stored, -1, SQLITE_TRANSIENT);
}

bool form_bind(const struct column_def *column, struct bytes value, sqlite3_stmt *stmt, int index,
               struct err *err)
{
    struct bytes rest = bytes_of(value.data + 1, value.len - 1);
    double number = 0;
    int rc = SQLITE_OK;
    switch (value.data[0]) {
    case 'I':
        rc = bind_number(rest, stmt, index);
        break;
    case 'R':
        memcpy(&number, rest.data, sizeof number);
        rc = sqlite3_bind_double(stmt, index, number);
        break;
    case 'T':
        rc = bind_text(column, rest, stmt, index);
        break;
    case 'B':
        rc = rest.len == 0 ? sqlite3_bind_zeroblob(stmt, index, 0)
                           : sqlite3_bind_blob64(stmt, index, rest.data, rest.len, SQLITE_STATIC);
        break;
    default:
        rc = sqlite3_bind_null(stmt, index);
    }
    return rc == SQLITE_OK || db_error(sqlite3_db_handle(stmt), rc, err, "a key");
}

static void put_hex(struct bytes bytes, struct buf *out)
{
    buf_str(out, "X'");
    for (size_t i = 0; i < bytes.len; i++)
        buf_printf(out, "%02x", bytes.data[i]);
    buf_u8(out, '\'');
}

static bool is_plain(struct bytes text, const char *also)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isdigit(text.data[i]) && (text.data[i] == 0 || strchr(also, text.data[i]) == NULL))
            return false;
    return text.len > 0 && text.len < DIGITS_MAX;
}

void form_literal(const struct column_def *column, struct bytes value, struct buf *sql)
{
    struct bytes rest = bytes_of(value.data + 1, value.len - 1);
    bool is_decimal = storage_form_of(column) == FORM_DECIMAL;
    double number = 0;
    char text[NUMBER_TEXT_MAX];
    if (value.data[0] == 'N') {
        buf_str(sql, "NULL");
    } else if (value.data[0] == 'R') {
        memcpy(&number, rest.data, sizeof number);
        double_text(number, text);
        buf_str(sql, text);
    } else if ((value.data[0] == 'I' || is_decimal) && is_plain(rest, "-.")) {
        buf_append(sql, rest.data, rest.len);
    } else if (value.data[0] == 'T' && is_plain(rest, "-+.: abcdefABCDEF") &&
               column->charset == NULL) {
        buf_printf(sql, "'%.*s'", (int)rest.len, (const char *)rest.data);
    } else {
        buf_str(sql, value.data[0] == 'B' ? "" : "_utf8mb4 ");
        put_hex(rest, sql);
    }
}

void form_print(struct bytes value, struct buf *out)
{
    struct bytes rest = bytes_of(value.data + 1, value.len - 1);
    bool is_long = rest.len > SHOWN_MAX;
    double number = 0;
    char text[NUMBER_TEXT_MAX];
    if (is_long)
        rest.len = SHOWN_MAX;
    switch (value.data[0]) {
    case 'N':
        buf_str(out, "NULL");
        return;
    case 'I':
        buf_append(out, rest.data, rest.len);
        return;
    case 'R':
        memcpy(&number, rest.data, sizeof number);
        double_text(number, text);
        buf_str(out, text);
        return;
    case 'B':
        put_hex(rest, out);
        break;
    default:
        buf_u8(out, '\'');
        text_escape(rest, TEXT_LINE, out);
        buf_u8(out, '\'');
    }
    buf_str(out, is_long ? "…" : "");
}
