/* generated.c - see generated.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/generated.h"
#include <strings.h>
#include "sql/expression.h"

static bool is_integer(const struct column_def *column)
{
    return column->type <= SQL_BIGINT && !column->zerofill;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcasecmp(a, b) == 0;
}

/* More labels at the end are no other labels. */
static bool keeps_labels(const struct column_def *from, const struct column_def *to)
{
    if (from->label_count > to->label_count)
        return false;
    for (unsigned i = 0; i < from->label_count; i++)
        if (strcmp(from->labels[i], to->labels[i]) != 0)
            return false;
    return true;
}

/* Would an expression over the column give the same, whatever the expression? A wider integer or a
 * longer VARCHAR is read alike; anything else may show: digits, padding, bytes, comparison. */
static bool reads_alike(const struct column_def *from, const struct column_def *to)
{
    bool is_varying = from->type == SQL_VARCHAR || from->type == SQL_VARBINARY;
    bool same_type = from->type == to->type &&
                     (from->length == to->length || (is_varying && from->length < to->length));
    if (is_integer(from) && is_integer(to))
        return from->is_unsigned == to->is_unsigned && from->type <= to->type;
    return same_type && from->is_unsigned == to->is_unsigned && from->zerofill == to->zerofill &&
           from->precision == to->precision && from->scale == to->scale &&
           same_text(from->charset, to->charset) && same_text(from->collation, to->collation) &&
           keeps_labels(from, to);
}

static bool is_made_of_changed(const struct alter *alter, const struct column_def *generated)
{
    const struct table_def *after = alter->after;
    for (unsigned i = 0; i < after->column_count; i++) {
        int from = alter->column_from[i];
        if (!expression_names(generated->generated_text, after->columns[i].name))
            continue;
        if (from < 0 || !reads_alike(&alter->before->columns[from], &after->columns[i]))
            return true;
    }
    return false;
}

/* The expression of before with the names of after. */
static const char *with_new_names(const struct alter *alter, const char *text, struct arena *arena)
{
    for (unsigned i = 0; i < alter->after->column_count; i++) {
        int from = alter->column_from[i];
        const char *new_name = alter->after->columns[i].name;
        const char *old_name = from >= 0 ? alter->before->columns[from].name : new_name;
        if (strcmp(old_name, new_name) != 0)
            text = expression_rename(text, old_name, new_name, arena);
    }
    return text;
}

static bool same_expression(const struct alter *alter, const char *before, const char *after)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX / 2); /* as large as the statement that was parsed */
    bool same = expression_equal(with_new_names(alter, before, &arena), after);
    arena_clear(&arena);
    return same;
}

static bool is_recomputed(const struct alter *alter, unsigned to)
{
    const struct column_def *column = &alter->after->columns[to];
    int at = alter->column_from[to];
    if (column->generated == GENERATED_NO)
        return false;
    if (at < 0)
        return true;
    const struct column_def *from = &alter->before->columns[at];
    return from->generated == GENERATED_NO || !reads_alike(from, column) ||
           !same_expression(alter, from->generated_text, column->generated_text) ||
           is_made_of_changed(alter, column);
}

const struct column_def *generated_recomputed(const struct alter *alter)
{
    for (unsigned i = 0; i < alter->after->column_count; i++)
        if (is_recomputed(alter, i))
            return &alter->after->columns[i];
    return NULL;
}

const struct column_def *generated_from(const struct table_def *def, const unsigned *columns,
                                        unsigned count)
{
    for (unsigned g = 0; g < def->column_count; g++) {
        const struct column_def *generated = &def->columns[g];
        for (unsigned i = 0; i < count && generated->generated != GENERATED_NO; i++)
            if (expression_names(generated->generated_text, def->columns[columns[i]].name))
                return generated;
    }
    return NULL;
}
