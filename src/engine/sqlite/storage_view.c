/* storage_view.c - see storage_view.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/storage_view.h"
#include "engine/sqlite/db.h"

void view_plain(const struct column_def *column, struct buf *sql)
{
    db_quote_name(sql, column->name);
}

void view_big_unsigned(const struct column_def *column, struct buf *sql)
{
    buf_str(sql, "CASE typeof(");
    db_quote_name(sql, column->name);
    buf_str(sql, ") WHEN 'text' THEN ltrim(");
    db_quote_name(sql, column->name);
    buf_str(sql, ",'0') ELSE ");
    db_quote_name(sql, column->name);
    buf_str(sql, " END");
}

/* The letters of a negative value from its character `from` on, as digits again. */
static void digits_of_letters(const struct column_def *column, unsigned from, unsigned count,
                              struct buf *sql)
{
    for (unsigned i = 0; i < 10; i++)
        buf_str(sql, "replace(");
    buf_str(sql, "substr(");
    db_quote_name(sql, column->name);
    buf_printf(sql, ",%u,%u)", from, count);
    for (unsigned digit = 0; digit < 10; digit++)
        buf_printf(sql, ",'%c','%u')", (char)('J' - (int)digit), digit);
}

static void plain_digits(const struct column_def *column, unsigned from, unsigned count,
                         struct buf *sql)
{
    buf_str(sql, "substr(");
    db_quote_name(sql, column->name);
    buf_printf(sql, ",%u,%u)", from, count);
}

typedef void digits_fn(const struct column_def *, unsigned from, unsigned count, struct buf *);

/* The integer digits without the zeros in front but one, then point and fraction. */
static void decimal_text_of(const struct column_def *column, unsigned from, digits_fn *digits,
                            struct buf *sql)
{
    unsigned whole =
        column->precision > column->scale ? (unsigned)(column->precision - column->scale) : 1u;
    buf_str(sql, "coalesce(nullif(ltrim(");
    digits(column, from, whole, sql);
    buf_str(sql, ",'0'),''),'0')");
    if (column->scale > 0) {
        buf_str(sql, "||");
        digits(column, from + whole, column->scale + 1u, sql);
    }
}

static void case_of_sign(const struct column_def *column, char sign, struct buf *sql)
{
    buf_str(sql, "CASE substr(");
    db_quote_name(sql, column->name);
    buf_printf(sql, ",1,1) WHEN '%c' THEN ", sign);
}

void view_decimal(const struct column_def *column, struct buf *sql)
{
    case_of_sign(column, '-', sql);
    buf_str(sql, "'-'||");
    decimal_text_of(column, 2, digits_of_letters, sql);
    buf_str(sql, " ELSE ");
    decimal_text_of(column, 1, plain_digits, sql);
    buf_str(sql, " END");
}

/* -0HH:MM:SS in letters, HH:MM:SS, ~HHH:MM:SS */
void view_time(const struct column_def *column, struct buf *sql)
{
    enum { REST = 16 };
    case_of_sign(column, '-', sql);
    buf_str(sql, "'-'||CASE substr(");
    db_quote_name(sql, column->name);
    buf_str(sql, ",2,1) WHEN 'J' THEN '' ELSE ");
    digits_of_letters(column, 2, 1, sql);
    buf_str(sql, " END||");
    digits_of_letters(column, 3, REST, sql);
    buf_str(sql, " ELSE ltrim(");
    db_quote_name(sql, column->name);
    buf_str(sql, ",'~') END");
}

void view_inet4(const struct column_def *column, struct buf *sql)
{
    for (unsigned i = 0; i < 4; i++) {
        buf_str(sql, i > 0 ? "||'.'||" : "");
        buf_str(sql, "CAST(substr(");
        db_quote_name(sql, column->name);
        buf_printf(sql, ",%u,3) AS INTEGER)", i * 4 + 1);
    }
}
