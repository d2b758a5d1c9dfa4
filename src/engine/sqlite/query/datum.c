/* datum.c - datums from and to SQLite's values and constants. Conversions: datum_convert.c. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/datum.h"
#include <stdio.h>
#include <stdlib.h>
#include "binlog/temporal.h"
#include "engine/sqlite/query/stored_text.h"

static bool unreadable(struct query_connection *connection, const struct typed *type)
{
    return problem(&connection->problem, PROBLEM_NOT_SUPPORTED,
                   "reckoning with values of column '%s': not supported here",
                   type->column != NULL ? type->column->name : "?");
}

static struct bytes bytes_at(sqlite3_value *value)
{
    const void *data = sqlite3_value_type(value) == SQLITE_BLOB ? sqlite3_value_blob(value)
                                                                : sqlite3_value_text(value);
    return bytes_of(data, (size_t)sqlite3_value_bytes(value));
}

static bool read_number(struct bytes text, bool is_stored, struct datum *out)
{
    char room[NUMBER_ROOM];
    if (is_stored)
        text = stored_decimal(text, room, sizeof room);
    out->rep = REP_DECIMAL;
    return number_read(text, &out->number);
}

static bool read_temporal(struct bytes text, enum rep rep, bool is_stored, struct datum *out)
{
    char room[TEMPORAL_TEXT_MAX];
    struct err ignored;
    out->rep = rep;
    if (rep == REP_DATE)
        return temporal_parse_date(text, &out->time, &ignored);
    if (rep == REP_DATETIME)
        return temporal_parse_datetime(text, &out->time, &ignored);
    if (is_stored)
        text = stored_time(text, room, sizeof room);
    return temporal_parse_time(text, &out->time, &ignored);
}

static bool read_timestamp(struct query_connection *connection, const struct query_session *session,
                           struct bytes text, struct datum *out)
{
    uint64_t micros = 0;
    out->rep = REP_DATETIME;
    return temporal_parse_timestamp(text, &micros, &connection->problem) &&
           zone_local(session, micros, &out->time, &connection->problem);
}

static bool is_unread(const struct typed *type)
{
    return type->column != NULL &&
           (type->column->type == SQL_INET4 || type->column->type == SQL_INET6);
}

/* Some columns are printed in ways of their own. */
static void note_column(const struct column_def *column, struct datum *out)
{
    enum { YEAR_DIGITS = 4 };
    if (column->type == SQL_YEAR)
        out->zeros = YEAR_DIGITS;
    else if (column->zerofill && column->length <= UINT8_MAX)
        out->zeros = (uint8_t)column->length;
}

bool datum_read(struct query_connection *connection, const struct query_session *session,
                const struct typed *type, sqlite3_value *value, struct datum *out)
{
    bool is_stored = type->column != NULL;
    *out =
        (struct datum){ .rep = REP_NULL, .is_unsigned = type->is_unsigned, .scale = type->scale };
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return true;
    if (is_unread(type))
        return unreadable(connection, type);
    out->rep = type->rep;
    if (is_stored)
        note_column(type->column, out);
    switch (type->rep) {
    case REP_NULL:
        return true;
    case REP_INT:
        if (sqlite3_value_type(value) == SQLITE_TEXT)
            out->u = strtoull((const char *)sqlite3_value_text(value), NULL, 10);
        else
            out->i = sqlite3_value_int64(value);
        return true;
    case REP_REAL:
        out->d = sqlite3_value_double(value);
        out->is_single =
            type->is_single && (is_stored || connection->engine->flavour == FLAVOUR_MARIADB);
        return true;
    case REP_DECIMAL:
        return read_number(bytes_at(value), is_stored, out) || unreadable(connection, type);
    case REP_TEXT:
    case REP_BYTES:
        out->bytes = bytes_at(value);
        if (is_stored && sqlite3_value_type(value) == SQLITE_INTEGER)
            out->bytes = bytes_of_str(""); /* the error value of an ENUM */
        return true;
    case REP_DATE:
    case REP_TIME:
    case REP_DATETIME:
        if (is_stored && type->column->type == SQL_TIMESTAMP)
            return read_timestamp(connection, session, bytes_at(value), out);
        return read_temporal(bytes_at(value), type->rep, is_stored, out) ||
               unreadable(connection, type);
    case REP_COUNT:
        break;
    }
    return unreadable(connection, type);
}

static size_t temporal_text_of(const struct datum *datum, char text[TEMPORAL_TEXT_MAX])
{
    if (datum->rep == REP_DATE)
        return temporal_date_text(&datum->time, text);
    if (datum->rep == REP_TIME)
        return temporal_time_text(&datum->time, datum->scale, text);
    return temporal_datetime_text(&datum->time, datum->scale, text);
}

static void text_result(sqlite3_context *context, const char *text, size_t len)
{
    sqlite3_result_text64(context, text, len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void bytes_result(sqlite3_context *context, const struct datum *datum)
{
    const char *data = datum->bytes.len > 0 ? (const char *)datum->bytes.data : "";
    if (datum->rep == REP_TEXT)
        text_result(context, data, datum->bytes.len);
    else
        sqlite3_result_blob64(context, data, datum->bytes.len, SQLITE_TRANSIENT);
}

static void integer_result(sqlite3_context *context, const struct datum *datum)
{
    char text[24];
    if (datum->is_unsigned && datum->u > INT64_MAX)
        text_result(context, text,
                    (size_t)snprintf(text, sizeof text, "%020llu", (unsigned long long)datum->u));
    else
        sqlite3_result_int64(context, datum->i);
}

void datum_result(sqlite3_context *context, const struct datum *datum)
{
    char text[NUMBER_ROOM];
    switch (datum->rep) {
    case REP_NULL:
    case REP_COUNT:
        sqlite3_result_null(context);
        return;
    case REP_INT:
        integer_result(context, datum);
        return;
    case REP_REAL:
        sqlite3_result_double(context, datum->d);
        return;
    case REP_DECIMAL:
        text_result(context, text, number_text(&datum->number, text));
        return;
    case REP_TEXT:
    case REP_BYTES:
        bytes_result(context, datum);
        return;
    case REP_DATE:
    case REP_TIME:
    case REP_DATETIME:
        text_result(context, text, temporal_text_of(datum, text));
        return;
    }
}

void datum_of_value(const struct typed *type, struct datum *out)
{
    const struct value *value = &type->value;
    *out =
        (struct datum){ .rep = type->rep, .is_unsigned = type->is_unsigned, .scale = type->scale };
    if (value->kind == VALUE_NULL || value->kind == VALUE_ABSENT)
        out->rep = REP_NULL;
    else if (type->rep == REP_DECIMAL) {
        if (!number_read(value->bytes, &out->number))
            out->rep = REP_NULL; /* compile_decimal has looked */
    } else if (type->rep == REP_REAL)
        out->d = value->d;
    else if (type->rep == REP_TEXT || type->rep == REP_BYTES)
        out->bytes = value->bytes;
    else if (type->rep >= REP_DATE)
        out->time = value->time;
    else
        out->u = value->u;
}

void datum_to_value(const struct datum *datum, struct arena *arena, struct value *out)
{
    static const enum value_kind kinds[REP_COUNT] = {
        [REP_NULL] = VALUE_NULL,    [REP_INT] = VALUE_INT,   [REP_REAL] = VALUE_DOUBLE,
        [REP_DECIMAL] = VALUE_TEXT, [REP_TEXT] = VALUE_TEXT, [REP_BYTES] = VALUE_BLOB,
        [REP_DATE] = VALUE_DATE,    [REP_TIME] = VALUE_TIME, [REP_DATETIME] = VALUE_DATETIME,
    };
    *out = (struct value){ .kind = kinds[datum->rep] };
    if (datum->rep == REP_INT) {
        out->kind = datum->is_unsigned ? VALUE_UINT : VALUE_INT;
        out->u = datum->u;
    } else if (datum->rep == REP_REAL) {
        out->d = datum->d;
    } else if (datum->rep == REP_DECIMAL) {
        out->bytes = datum_to_text(datum, arena);
    } else if (datum_has_bytes(datum)) {
        out->bytes = arena_copy(arena, datum->bytes);
    } else if (datum_is_temporal(datum)) {
        out->time = datum->time;
    }
}

struct bytes datum_to_text(const struct datum *in, struct arena *arena)
{
    char text[NUMBER_ROOM];
    if (in->rep == REP_INT)
        return bytes_of_str(in->is_unsigned ? arena_printf(arena, "%0*llu", (int)in->zeros,
                                                           (unsigned long long)in->u)
                                            : arena_printf(arena, "%lld", (long long)in->i));
    if (in->rep == REP_REAL && in->is_single)
        return real_text(strtod(arena_printf(arena, "%.6g", in->d), NULL), arena);
    if (in->rep == REP_REAL)
        return real_text(in->d, arena);
    if (in->rep == REP_DECIMAL)
        return arena_copy(arena, bytes_of(text, number_text(&in->number, text)));
    if (datum_is_temporal(in))
        return arena_copy(arena, bytes_of(text, temporal_text_of(in, text)));
    return in->bytes;
}
