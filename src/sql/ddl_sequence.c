/* ddl_sequence.c - MariaDB's sequences: tables of one row with eight fixed columns. The source
 * makes the row together with the table, so the statement says what it is; NEXTVAL then logs it
 * whole. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"

static const struct sequence_column {
    const char *name;
    enum sql_type type;
    bool is_unsigned;
    bool of_value_type; /* AS type changes it */
    const char *comment;
} sequence_columns[SEQUENCE_COLUMNS] = {
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

/* What CREATE SEQUENCE says of the row. */
struct sequence_number {
    bool said, negative;
    uint64_t size;
};

struct sequence_spec {
    struct sequence_number increment, least, most, start, cache;
    bool cycle;
    struct column_spec *type; /* NULL: BIGINT */
};

/* [word] [=] [-] n */
static bool parse_number(struct parser *p, enum keyword word, struct sequence_number *out)
{
    (void)accept_word(p, word);
    (void)accept_punct(p, '=');
    bool negative = accept_punct(p, '-');
    if (!negative)
        (void)accept_punct(p, '+');
    if (!expect_number(p, &out->size))
        return false;
    out->said = true;
    out->negative = negative && out->size > 0;
    return true;
}

/* NOCACHE, NOCYCLE, NOMINVALUE, NOMAXVALUE, also as two words. */
static bool parse_sequence_no(struct parser *p, struct sequence_spec *spec)
{
    bool apart = accept_word(p, KW_NO);
    if (accept_word(p, apart ? KW_CACHE : KW_NOCACHE))
        spec->cache = (struct sequence_number){ .said = true };
    else if (accept_word(p, apart ? KW_CYCLE : KW_NOCYCLE))
        spec->cycle = false;
    else if (accept_word(p, apart ? KW_MINVALUE : KW_NOMINVALUE))
        spec->least.said = false;
    else if (accept_word(p, apart ? KW_MAXVALUE : KW_NOMAXVALUE))
        spec->most.said = false;
    else
        return parser_stuck(p);
    return true;
}

static bool parse_sequence_option(struct parser *p, struct ddl_step *step,
                                  struct sequence_spec *spec)
{
    if (accept_word(p, KW_AS)) {
        spec->type = column_spec_new(p, "value");
        return parse_value_type(p, spec->type);
    }
    if (accept_word(p, KW_INCREMENT))
        return parse_number(p, KW_BY, &spec->increment);
    if (accept_word(p, KW_START))
        return parse_number(p, KW_WITH, &spec->start);
    if (accept_word(p, KW_MINVALUE))
        return parse_number(p, KEYWORD_NONE, &spec->least);
    if (accept_word(p, KW_MAXVALUE))
        return parse_number(p, KEYWORD_NONE, &spec->most);
    if (accept_word(p, KW_CACHE))
        return parse_number(p, KEYWORD_NONE, &spec->cache);
    if (accept_word(p, KW_CYCLE))
        return spec->cycle = true;
    if (at_table_option(p))
        return parse_table_option(p, step);
    return parse_sequence_no(p, spec);
}

static char *number_text(struct parser *p, struct sequence_number n)
{
    return arena_printf(p->arena, "%s%llu", n.negative ? "-" : "", (unsigned long long)n.size);
}

/* The values keep one step away from the ends of their type. */
static void settle_limits(struct sequence_spec *spec)
{
    static const unsigned bits[] = {
        [SQL_TINYINT] = 8, [SQL_SMALLINT] = 16, [SQL_MEDIUMINT] = 24,
        [SQL_INT] = 32,    [SQL_BIGINT] = 64,
    };
    bool is_unsigned = spec->type != NULL && spec->type->def.is_unsigned;
    unsigned width = bits[spec->type == NULL ? SQL_BIGINT : spec->type->def.type];
    uint64_t top = UINT64_MAX >> (64 - width + (is_unsigned ? 0 : 1));
    bool down = spec->increment.negative;
    bool zero = is_unsigned && (spec->least.size == 0 || spec->least.negative);
    if (!spec->least.said && down && !is_unsigned)
        spec->least = (struct sequence_number){ .negative = true, .size = top };
    else if (!spec->least.said || zero)
        spec->least = (struct sequence_number){ .size = 1 };
    if (!spec->most.said && down && !is_unsigned)
        spec->most = (struct sequence_number){ .negative = true, .size = 1 };
    else if (!spec->most.said)
        spec->most = (struct sequence_number){ .size = top - 1 };
    if (!spec->start.said)
        spec->start = down ? spec->most : spec->least;
}

enum { SEQUENCE_CACHE = 1000 };

static char **first_row(struct parser *p, struct sequence_spec *spec)
{
    if (!spec->increment.said)
        spec->increment.size = 1;
    if (!spec->cache.said)
        spec->cache.size = SEQUENCE_CACHE;
    settle_limits(spec);
    char **row = arena_alloc(p->arena, SEQUENCE_COLUMNS * sizeof *row);
    row[0] = number_text(p, spec->start);
    row[1] = number_text(p, spec->least);
    row[2] = number_text(p, spec->most);
    row[3] = row[0];
    row[4] = number_text(p, spec->increment);
    row[5] = number_text(p, spec->cache);
    row[6] = arena_str(p->arena, spec->cycle ? "1" : "0");
    row[7] = arena_str(p->arena, "0");
    return row;
}

bool parse_create_sequence(struct parser *p, bool or_replace)
{
    struct ddl_step *step = parser_step(p, STEP_CREATE_TABLE);
    struct sequence_spec spec = { .cycle = false };
    if (step == NULL)
        return false;
    step->or_replace = or_replace;
    step->if_not_exists = parse_if_not_exists(p);
    if (!expect_table(p, &step->db, &step->table))
        return false;
    while (!p->failed && !parser_at_end(p))
        if (!parse_sequence_option(p, step, &spec))
            return false;
    struct ddl_item *item = parser_item(p, step, ITEM_SEQUENCE);
    if (item == NULL)
        return false;
    item->flag = true;
    item->row = first_row(p, &spec);
    return add_sequence_columns(p, step, spec.type);
}

bool parse_drop_sequence(struct parser *p)
{
    if (!parse_drop_table(p))
        return false;
    for (struct ddl_step *step = p->ddl->steps; step != NULL; step = step->next)
        step->kind = STEP_DROP_SEQUENCE;
    return true;
}

static bool never(const struct parser *p)
{
    (void)p;
    return false;
}

/* What it does to the row depends on the numbers that the source's cache has given out: the row is
 * unknown, and so not there, until the next number is taken. Temporary sequences pass here too. */
bool parse_alter_sequence(struct parser *p)
{
    struct ddl_step *step = parser_step(p, STEP_TRUNCATE);
    if (step == NULL)
        return false;
    (void)parse_if_exists(p);
    step->if_exists = true;
    return expect_table(p, &step->db, &step->table) && parser_text_until(p, never) != NULL;
}
