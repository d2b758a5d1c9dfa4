/* table_diff.c - see table_diff.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/table_diff.h"
#include "sql/names.h"
#include "sql/types.h"

/* Labels may be added at the end: the old values keep their numbers and texts. */
static bool labels_change(const struct column_def *a, const struct column_def *b)
{
    if (b->label_count < a->label_count)
        return true;
    for (unsigned i = 0; i < a->label_count; i++)
        if (strcmp(a->labels[i], b->labels[i]) != 0)
            return true;
    return false;
}

/* BINARY is filled up to its length; the others only must not get too short. */
static bool length_changes(const struct column_def *a, const struct column_def *b)
{
    if (sql_type_class(a->type) == TYPE_INTEGER)
        return false;
    return a->type == SQL_BINARY || a->type == SQL_VECTOR ? a->length != b->length
                                                          : b->length < a->length;
}

static bool value_changes(const struct column_def *a, const struct column_def *b)
{
    bool type = a->type != b->type || a->is_unsigned != b->is_unsigned || a->scale != b->scale ||
                b->precision < a->precision || (a->precision == 0 && b->precision != 0);
    bool text = !sql_text_equal(a->charset, b->charset) || labels_change(a, b);
    bool geometry = !sql_text_equal(a->geometry_kind, b->geometry_kind) || a->srid != b->srid;
    bool computed =
        a->generated != b->generated || !sql_text_equal(a->generated_text, b->generated_text);
    return type || text || geometry || computed || length_changes(a, b) ||
           (a->nullable && !b->nullable) || a->row_edge != b->row_edge;
}

bool table_rewrites_rows(const struct table_def *before, const struct table_def *after,
                         const int *column_from)
{
    for (unsigned i = 0; i < after->column_count; i++) {
        const struct column_def *column = &after->columns[i];
        if (column_from[i] >= 0 && value_changes(&before->columns[column_from[i]], column))
            return true;
        if (column_from[i] < 0 && column->generated == GENERATED_STORED)
            return true;
    }
    return false;
}

bool table_unchanged(const struct table_def *before, const struct table_def *after,
                     const int *column_from)
{
    for (unsigned i = 0; i < after->column_count; i++)
        if (column_from[i] != (int)i)
            return false;
    return table_def_equal(before, after);
}
