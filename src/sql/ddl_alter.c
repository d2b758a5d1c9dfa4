/* ddl_alter.c - ALTER TABLE: a list of clauses, each known by its first words.
 *
 * Clauses that remove or bring rows without row events (TRUNCATE PARTITION, IMPORT TABLESPACE …)
 * are refused; those that only move bytes on the source are read and let go. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "sql/ddl_grammar.h"

typedef bool clause_fn(struct parser *p, struct ddl_step *step); /* behind the first word */

static bool parse_place(struct parser *p, struct ddl_item *item)
{
    if (accept_word(p, KW_FIRST)) {
        item->place = PLACE_FIRST;
    } else if (accept_word(p, KW_AFTER)) {
        item->place = PLACE_AFTER;
        item->other = expect_name(p);
    }
    return !p->failed;
}

static bool add_columns(struct parser *p, struct ddl_step *step)
{
    bool unless_there = parse_if_not_exists(p);
    bool list = accept_punct(p, '(');
    do {
        if (list && at_key_or_constraint(p)) {
            if (!parse_key_or_constraint(p, step))
                return false;
            continue;
        }
        struct ddl_item *item = parse_column(p, step, ITEM_ADD_COLUMN);
        if (item == NULL || (!list && !parse_place(p, item)))
            return false;
        item->if_exists = unless_there;
    } while (list && accept_punct(p, ','));
    return !list || expect_punct(p, ')');
}

static bool name_item(struct parser *p, struct ddl_step *step, enum item_kind kind)
{
    bool if_exists = parse_if_exists(p);
    struct ddl_item *item = parser_item(p, step, kind);
    if (item == NULL)
        return false;
    item->if_exists = if_exists;
    item->name = expect_name(p);
    return item->name != NULL;
}

static bool at_comma_or_end(const struct parser *p)
{
    return at_punct(p, ',');
}

static bool skip_clause(struct parser *p)
{
    return parser_text_until(p, at_comma_or_end) != NULL;
}

static bool never(const struct parser *p)
{
    (void)p;
    return false;
}

/* Partition definitions hold commas: they are always the last clause. */
static bool skip_rest(struct parser *p)
{
    return parser_text_until(p, never) != NULL;
}

static bool versioning(struct parser *p, struct ddl_step *step, bool on)
{
    struct ddl_item *item = parser_item(p, step, ITEM_VERSIONING);
    if (item == NULL)
        return false;
    item->flag = on;
    return expect_word(p, KW_VERSIONING);
}

static bool clause_add(struct parser *p, struct ddl_step *step)
{
    if (at_key_or_constraint(p))
        return parse_key_or_constraint(p, step);
    if (accept_words(p, KW_PERIOD, KW_FOR))
        return parse_period(p, step);
    struct token next = parser_peek(p, 1);
    if (at_word(p, KW_SYSTEM) && next.keyword == KW_VERSIONING) {
        parser_next(p);
        return versioning(p, step, true);
    }
    if (at_word(p, KW_PARTITION))
        return skip_rest(p);
    (void)accept_word(p, KW_COLUMN);
    return add_columns(p, step);
}

/* The flag is what INVISIBLE, IGNORED or ENFORCED say. */
static bool parse_key_visibility(struct parser *p, bool *hidden)
{
    *hidden = at_word(p, KW_INVISIBLE) || at_word(p, KW_IGNORED);
    if (accept_word(p, KW_INVISIBLE) || accept_word(p, KW_VISIBLE) || accept_word(p, KW_IGNORED))
        return true;
    return expect_word(p, KW_NOT) && expect_word(p, KW_IGNORED);
}

static bool alter_key(struct parser *p, struct ddl_step *step)
{
    if (!name_item(p, step, ITEM_HIDE_KEY))
        return false;
    struct ddl_item *item = step->items;
    while (item->next != NULL)
        item = item->next;
    return parse_key_visibility(p, &item->flag);
}

static bool alter_check(struct parser *p, struct ddl_step *step)
{
    struct ddl_item *item = parser_item(p, step, ITEM_ENFORCE_CHECK);
    if (item == NULL)
        return false;
    item->name = expect_name(p);
    item->flag = !accept_word(p, KW_NOT);
    return expect_word(p, KW_ENFORCED);
}

static bool alter_column(struct parser *p, struct ddl_step *step)
{
    bool if_exists = parse_if_exists(p);
    struct ddl_item *item = parser_item(p, step, ITEM_SET_DEFAULT);
    if (item == NULL)
        return false;
    item->if_exists = if_exists;
    item->name = expect_name(p);
    if (accept_words(p, KW_DROP, KW_DEFAULT))
        return true;
    if (!expect_word(p, KW_SET))
        return false;
    if (accept_word(p, KW_DEFAULT)) {
        item->column = column_spec_new(p, item->name);
        return parse_default(p, item->column);
    }
    item->kind = ITEM_SET_INVISIBLE;
    item->flag = at_word(p, KW_INVISIBLE);
    return accept_word(p, KW_INVISIBLE) || expect_word(p, KW_VISIBLE);
}

static bool clause_alter(struct parser *p, struct ddl_step *step)
{
    if (accept_word(p, KW_INDEX) || accept_word(p, KW_KEY))
        return alter_key(p, step);
    if (accept_word(p, KW_CHECK) || accept_word(p, KW_CONSTRAINT))
        return alter_check(p, step);
    (void)accept_word(p, KW_COLUMN);
    return alter_column(p, step);
}

static bool clause_change(struct parser *p, struct ddl_step *step)
{
    (void)accept_word(p, KW_COLUMN);
    bool if_exists = parse_if_exists(p);
    const char *old = expect_name(p);
    struct ddl_item *item = old == NULL ? NULL : parse_column(p, step, ITEM_CHANGE_COLUMN);
    if (item == NULL)
        return false;
    item->if_exists = if_exists;
    item->name = old;
    return parse_place(p, item);
}

static bool clause_modify(struct parser *p, struct ddl_step *step)
{
    (void)accept_word(p, KW_COLUMN);
    bool if_exists = parse_if_exists(p);
    struct ddl_item *item = parse_column(p, step, ITEM_CHANGE_COLUMN);
    if (item == NULL)
        return false;
    item->if_exists = if_exists;
    item->name = item->column->def.name;
    return parse_place(p, item);
}

static bool keeps_rows(const struct parser *p, const char *db, const char *table)
{
    const struct ddl_session *session = &p->ddl->session;
    return session->keep == NULL || session->keep(db, table, session->keep_arg);
}

/* DROP PARTITION and its kin: rows go that no row event names. */
static bool refuse_partition_rows(struct parser *p, const char *what)
{
    return parser_refuse(p,
                         "ALTER TABLE … %s changes rows that the log does not name: they cannot be "
                         "followed; delete or move them with row statements (DELETE, INSERT … "
                         "SELECT) on the source instead, or make a new copy",
                         what);
}

static bool drop_period(struct parser *p, struct ddl_step *step)
{
    bool if_exists = parse_if_exists(p);
    struct ddl_item *item = parser_item(p, step, ITEM_DROP_PERIOD);
    if (item == NULL)
        return false;
    item->if_exists = if_exists;
    if (!accept_word(p, KW_SYSTEM_TIME))
        item->name = expect_name(p);
    return !p->failed;
}

static bool drop_primary(struct parser *p, struct ddl_step *step)
{
    struct ddl_item *item = parser_item(p, step, ITEM_DROP_KEY);
    if (item != NULL)
        item->name = "PRIMARY";
    return item != NULL;
}

static bool clause_drop(struct parser *p, struct ddl_step *step)
{
    if (accept_words(p, KW_PRIMARY, KW_KEY))
        return drop_primary(p, step);
    if (accept_words(p, KW_FOREIGN, KW_KEY))
        return name_item(p, step, ITEM_DROP_FK);
    if (accept_word(p, KW_INDEX) || accept_word(p, KW_KEY))
        return name_item(p, step, ITEM_DROP_KEY);
    if (accept_word(p, KW_CONSTRAINT))
        return name_item(p, step, ITEM_DROP_CONSTRAINT);
    if (accept_word(p, KW_CHECK))
        return name_item(p, step, ITEM_DROP_CHECK);
    if (accept_words(p, KW_PERIOD, KW_FOR))
        return drop_period(p, step);
    struct token next = parser_peek(p, 1);
    if (at_word(p, KW_SYSTEM) && next.keyword == KW_VERSIONING) {
        parser_next(p);
        return versioning(p, step, false);
    }
    if (at_word(p, KW_PARTITION) && keeps_rows(p, step->db, step->table))
        return refuse_partition_rows(p, "DROP PARTITION");
    if (at_word(p, KW_PARTITION))
        return skip_rest(p);
    (void)accept_word(p, KW_COLUMN);
    if (!name_item(p, step, ITEM_DROP_COLUMN))
        return false;
    if (!accept_word(p, KW_RESTRICT))
        (void)accept_word(p, KW_CASCADE);
    return true;
}

static bool rename_item(struct parser *p, struct ddl_step *step, enum item_kind kind)
{
    if (!name_item(p, step, kind))
        return false;
    struct ddl_item *item = step->items;
    while (item->next != NULL)
        item = item->next;
    if (!expect_word(p, KW_TO))
        return false;
    item->other = expect_name(p);
    return item->other != NULL;
}

static bool clause_rename(struct parser *p, struct ddl_step *step)
{
    if (accept_word(p, KW_COLUMN))
        return rename_item(p, step, ITEM_RENAME_COLUMN);
    if (accept_word(p, KW_INDEX) || accept_word(p, KW_KEY))
        return rename_item(p, step, ITEM_RENAME_KEY);
    if (!accept_word(p, KW_TO) && !accept_word(p, KW_AS))
        (void)accept_punct(p, '=');
    struct ddl_item *item = parser_item(p, step, ITEM_RENAME_TABLE);
    return item != NULL && expect_table(p, &item->third, &item->name);
}

static bool clause_convert(struct parser *p, struct ddl_step *step)
{
    if (at_word(p, KW_PARTITION) || at_word(p, KW_TABLE))
        return refuse_partition_rows(p, "CONVERT PARTITION or TABLE");
    if (!expect_word(p, KW_TO))
        return false;
    if (!accept_word(p, KW_CHARSET)) {
        if (!accept_word(p, KW_CHARACTER) && !accept_word(p, KW_CHAR))
            return parser_stuck(p);
        if (!expect_word(p, KW_SET))
            return false;
    }
    struct ddl_item *item = parser_item(p, step, ITEM_CONVERT_CHARSET);
    if (item == NULL)
        return false;
    item->name = parse_charset_name(p);
    if (accept_word(p, KW_COLLATE))
        item->other = parse_charset_name(p);
    return !p->failed;
}

/* ENABLE KEYS, DISABLE KEYS */
static bool clause_keys(struct parser *p, struct ddl_step *step)
{
    (void)step;
    return expect_word(p, KW_KEYS);
}

static bool clause_refused(struct parser *p, struct ddl_step *step)
{
    if (keeps_rows(p, step->db, step->table))
        return refuse_partition_rows(p, "TRUNCATE, IMPORT or DISCARD");
    return skip_rest(p);
}

/* EXCHANGE PARTITION p WITH TABLE t: rows of both */
static bool clause_exchange(struct parser *p, struct ddl_step *step)
{
    const char *db, *table;
    if (!expect_word(p, KW_PARTITION) || expect_name(p) == NULL || !expect_word(p, KW_WITH) ||
        !expect_word(p, KW_TABLE) || !expect_table(p, &db, &table))
        return false;
    if (keeps_rows(p, step->db, step->table) || keeps_rows(p, db, table))
        return refuse_partition_rows(p, "EXCHANGE PARTITION");
    return skip_rest(p);
}

/* ORDER BY a, b: the last clause. */
static bool clause_rest(struct parser *p, struct ddl_step *step)
{
    (void)step;
    return skip_rest(p);
}

static bool clause_ignored(struct parser *p, struct ddl_step *step)
{
    (void)step;
    return skip_clause(p);
}

static bool clause_nothing(struct parser *p, struct ddl_step *step)
{
    (void)p;
    (void)step;
    return true;
}

static bool clause_remove(struct parser *p, struct ddl_step *step)
{
    return expect_word(p, KW_PARTITIONING) && parser_item(p, step, ITEM_PARTITION) != NULL;
}

/* CHECK PARTITION and other work on partitions that leaves the rows alone. */
static const struct clause {
    enum keyword first;
    clause_fn *parse;
} clauses[] = {
    { KW_ADD, clause_add },
    { KW_ALTER, clause_alter },
    { KW_CHANGE, clause_change },
    { KW_MODIFY, clause_modify },
    { KW_DROP, clause_drop },
    { KW_RENAME, clause_rename },
    { KW_CONVERT, clause_convert },
    { KW_ENABLE, clause_keys },
    { KW_DISABLE, clause_keys },
    { KW_ORDER, clause_rest },
    { KW_FORCE, clause_nothing },
    { KW_ALGORITHM, clause_ignored },
    { KW_LOCK, clause_ignored },
    { KW_WITHOUT, clause_ignored },
    { KW_SECONDARY_LOAD, clause_ignored },
    { KW_SECONDARY_UNLOAD, clause_ignored },
    { KW_REMOVE, clause_remove },
    { KW_REORGANIZE, clause_rest },
    { KW_COALESCE, clause_rest },
    { KW_ANALYZE, clause_rest },
    { KW_CHECK, clause_rest },
    { KW_OPTIMIZE, clause_rest },
    { KW_REBUILD, clause_rest },
    { KW_REPAIR, clause_rest },
    { KW_UPGRADE, clause_rest },
    { KW_TRUNCATE, clause_refused },
    { KW_EXCHANGE, clause_exchange },
    { KW_DISCARD, clause_refused },
    { KW_IMPORT, clause_refused },
};

static const struct clause *find_clause(const struct parser *p)
{
    for (size_t i = 0; i < ARRAY_COUNT(clauses); i++)
        if (at_word(p, clauses[i].first))
            return &clauses[i];
    return NULL;
}

static bool parse_clause(struct parser *p, struct ddl_step *step)
{
    struct token next = parser_peek(p, 1);
    if (at_partitioning(p))
        return parse_partitioning(p, step);
    if (at_word(p, KW_WITH) && next.kind == TOKEN_WORD && next.keyword == KW_VALIDATION) {
        parser_next(p);
        parser_next(p);
        return true;
    }
    const struct clause *clause = find_clause(p);
    if (clause == NULL)
        return parse_table_option(p, step);
    parser_next(p);
    return clause->parse(p, step);
}

static bool is_storage_only(const struct ddl_step *step)
{
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if (item->kind != ITEM_ENGINE && item->kind != ITEM_COMMENT)
            return false;
    return true;
}

/* WAIT n, NOWAIT behind the table's name (MariaDB). */
static bool parse_wait(struct parser *p)
{
    uint64_t seconds;
    return accept_word(p, KW_NOWAIT) || !accept_word(p, KW_WAIT) || expect_number(p, &seconds);
}

/* A table that becomes a black hole loses its rows. */
static bool becomes_blackhole(const struct ddl_step *step)
{
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if (item->kind == ITEM_ENGINE && strcasecmp(item->name, "BLACKHOLE") == 0)
            return true;
    return false;
}

bool parse_alter_table(struct parser *p)
{
    (void)accept_word(p, KW_ONLINE);
    bool ignore = accept_word(p, KW_IGNORE);
    struct ddl_step *step = parser_step(p, STEP_ALTER_TABLE);
    if (!expect_word(p, KW_TABLE) || step == NULL)
        return false;
    step->if_exists = parse_if_exists(p);
    if (!expect_table(p, &step->db, &step->table) || !parse_wait(p))
        return false;
    while (!p->failed && !parser_at_end(p)) {
        if (!parse_clause(p, step))
            return false;
        (void)accept_punct(p, ',');
    }
    if (!keeps_rows(p, step->db, step->table))
        return !p->failed;
    if (ignore && !is_storage_only(step))
        return parser_refuse(p, "ALTER IGNORE TABLE may drop rows that the log does not name: it "
                                "cannot be followed; make a new copy of the table");
    if (becomes_blackhole(step))
        return parser_refuse(p,
                             "ALTER TABLE … ENGINE=BLACKHOLE drops every row, and the log does not "
                             "name them: it cannot be followed; DELETE the rows first");
    return !p->failed;
}
