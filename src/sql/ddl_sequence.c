/* ddl_sequence.c - MariaDB's sequences: tables of one row with eight fixed columns. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"

static const struct sequence_column {
    const char *name;
    enum sql_type type;
    bool is_unsigned;
    bool of_value_type; /* AS type changes it */
    const char *comment;
} sequence_columns[] = {
    { "next_not_cached_value", SQL_BIGINT, false, true, NULL },
    { "minimum_value", SQL_BIGINT, false, true, NULL },
    { "maximum_value", SQL_BIGINT, false, true, NULL },
    { "start_value", SQL_BIGINT, false, true,
      "start value when sequences is created or value if RESTART is used" },
    { "increment", SQL_BIGINT, false, false, "increment value" },
    { "cache_size", SQL_BIGINT, true, false, NULL },
    { "cycle_option", SQL_TINYINT, true, false,
      "0 if no cycles are allowed, 1 if the sequence should begin a new cycle when maximum_value "
      "is "
      "passed" },
    { "cycle_count", SQL_BIGINT, false, false, "How many cycles have been done" },
};
/* One digit more than a column of that type shows. */
static const uint8_t sequence_widths[] = {
    [SQL_TINYINT] = 5, [SQL_SMALLINT] = 7, [SQL_MEDIUMINT] = 10, [SQL_INT] = 12, [SQL_BIGINT] = 21,
};

static bool add_sequence_columns(struct parser *p, struct ddl_step *step,
                                 const struct column_spec *value_type)
{
    for (size_t i = 0; i < ARRAY_COUNT(sequence_columns); i++) {
        const struct sequence_column *row = &sequence_columns[i];
        struct ddl_item *item = parser_item(p, step, ITEM_ADD_COLUMN);
        if (item == NULL)
            return false;
        item->column = column_spec_new(p, row->name);
        item->column->def.type = row->type;
        item->column->def.is_unsigned = row->is_unsigned;
        item->column->has_size = true;
        item->column->not_null_said = true;
        item->column->def.comment = arena_str(p->arena, row->comment);
        if (row->of_value_type && value_type != NULL) {
            item->column->def.type = value_type->def.type;
            item->column->def.is_unsigned = value_type->def.is_unsigned;
        }
        item->column->size = row->type == SQL_TINYINT ? 1 : sequence_widths[item->column->def.type];
    }
    return true;
}

/* AS BIGINT UNSIGNED */
static bool parse_value_type(struct parser *p, struct column_spec *spec)
{
    if (!parse_type(p, spec))
        return false;
    if (spec->def.type > SQL_BIGINT)
        return parser_stuck(p);
    spec->def.is_unsigned = accept_word(p, KW_UNSIGNED);
    if (!spec->def.is_unsigned)
        (void)accept_word(p, KW_SIGNED);
    return true;
}

/* START, INCREMENT, MINVALUE, CACHE, CYCLE …: of the row, not of the columns. */
static bool parse_sequence_option(struct parser *p, struct ddl_step *step)
{
    if (at_word(p, KW_ENGINE) || at_word(p, KW_COMMENT))
        return parse_table_option(p, step);
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_INTEGER && !at_punct(p, '=') &&
        !at_punct(p, '-') && !at_punct(p, '+') && !at_punct(p, ','))
        return parser_stuck(p);
    parser_next(p);
    return true;
}

bool parse_create_sequence(struct parser *p, bool or_replace)
{
    struct ddl_step *step = parser_step(p, STEP_CREATE_TABLE);
    if (step == NULL)
        return false;
    step->or_replace = or_replace;
    step->if_not_exists = parse_if_not_exists(p);
    if (!expect_table(p, &step->db, &step->table))
        return false;
    struct column_spec *value_type = NULL;
    while (!p->failed && !parser_at_end(p)) {
        bool ok;
        if (accept_word(p, KW_AS)) {
            value_type = column_spec_new(p, "value");
            ok = parse_value_type(p, value_type);
        } else {
            ok = parse_sequence_option(p, step);
        }
        if (!ok)
            return false;
    }
    struct ddl_item *item = parser_item(p, step, ITEM_SEQUENCE);
    if (item == NULL)
        return false;
    item->flag = true;
    return add_sequence_columns(p, step, value_type);
}

bool parse_drop_sequence(struct parser *p)
{
    if (!parse_drop_table(p))
        return false;
    for (struct ddl_step *step = p->ddl->steps; step != NULL; step = step->next)
        step->kind = STEP_DROP_SEQUENCE;
    return true;
}
