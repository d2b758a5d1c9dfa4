/* ddl_rows.c - what the rows that are there must fulfil for a schema change, as SELECTs that find
 * those that do not: checks and UNIQUE keys that it adds. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <strings.h>
#include "sql/ddl_tree.h"
#include "sql/lexer.h"
#include "sql/names.h"

enum { DUPLICATE_ENTRY = 1062, NOT_SUPPORTED = 1235, CHECK_VIOLATED = 3819 };
enum { SELECT_BYTES_MAX = 256 << 20 }; /* more than what any statement makes */
#define COLLATION_SENTENCE                                                                         \
    "changing the collation of a column with a UNIQUE key (%s) where there are rows: not "         \
    "supported here"

struct asking {
    const struct table_def *table;
    ddl_question_fn *answer;
    void *arg;
};

static struct buf begin(const struct asking *a)
{
    struct buf text;
    buf_init(&text, SELECT_BYTES_MAX);
    buf_str(&text, "SELECT 1 FROM ");
    sql_quote_name(a->table->db, &text);
    buf_str(&text, ".");
    sql_quote_name(a->table->name, &text);
    return text;
}

static bool ask(const struct asking *a, struct buf *text, uint16_t number, const char *name)
{
    const char *sentence = number == CHECK_VIOLATED    ? "Check constraint '%s' is violated."
                           : number == DUPLICATE_ENTRY ? "Duplicate entry for key '%s'"
                                                       : COLLATION_SENTENCE;
    buf_str(text, " LIMIT 1");
    struct ddl_question question = { buf_bytes(text), number, sentence, name };
    assert(!text->failed);
    bool ok = a->answer(&question, a->arg);
    buf_clear(text);
    return ok;
}

static bool ask_check(const struct asking *a, const struct check_def *check)
{
    struct buf text = begin(a);
    buf_str(&text, " WHERE NOT (");
    buf_str(&text, check->expression);
    buf_str(&text, ")");
    return ask(a, &text, CHECK_VIOLATED, check->name != NULL ? check->name : "");
}

static void add_part(const struct key_part *part, struct buf *text)
{
    if (part->prefix > 0)
        buf_str(text, "LEFT(");
    sql_quote_name(part->column, text);
    if (part->prefix > 0)
        buf_printf(text, ",%u)", part->prefix);
}

/* Its columns are there already. */
static bool is_old(const struct table_def *table, const struct key_def *key)
{
    for (unsigned i = 0; i < key->part_count; i++)
        if (key->parts[i].column == NULL || table_def_column(table, key->parts[i].column) < 0)
            return false;
    return true;
}

static bool ask_unique(const struct asking *a, const struct key_def *key)
{
    if ((key->kind != KEY_UNIQUE && key->kind != KEY_PRIMARY) || !is_old(a->table, key))
        return true;
    struct buf text = begin(a);
    for (unsigned i = 0; i < key->part_count; i++) {
        buf_str(&text, i == 0 ? " WHERE " : " AND ");
        sql_quote_name(key->parts[i].column, &text);
        buf_str(&text, " IS NOT NULL");
    }
    for (unsigned i = 0; i < key->part_count; i++) {
        buf_str(&text, i == 0 ? " GROUP BY " : ",");
        add_part(&key->parts[i], &text);
    }
    buf_str(&text, " HAVING COUNT(*) > 1");
    const char *name = key->kind == KEY_PRIMARY ? "PRIMARY" : key->name;
    return ask(a, &text, DUPLICATE_ENTRY, name != NULL ? name : key->parts[0].column);
}

static bool is_unique_column(const struct table_def *table, const char *column)
{
    for (unsigned k = 0; k < table->key_count; k++)
        for (unsigned i = 0; i < table->keys[k].part_count && table->keys[k].kind <= KEY_UNIQUE;
             i++)
            if (table->keys[k].parts[i].column != NULL &&
                sql_name_equal(table->keys[k].parts[i].column, column))
                return true;
    return false;
}

static bool differs(const char *said, const char *before)
{
    return said != NULL && said[0] != '\0' && (before == NULL || strcasecmp(said, before) != 0);
}

/* Texts that were different may be the same by another collation. */
static bool ask_collation(const struct asking *a, const struct ddl_item *item)
{
    const struct table_def *table = a->table;
    for (unsigned i = 0; i < table->column_count; i++) {
        const struct column_def *column = &table->columns[i];
        bool is_meant = item->kind == ITEM_CONVERT_CHARSET
                            ? column->charset != NULL && (differs(item->name, column->charset) ||
                                                          differs(item->other, column->collation))
                            : sql_name_equal(item->name, column->name) &&
                                  (differs(item->column->def.charset, column->charset) ||
                                   differs(item->column->def.collation, column->collation));
        if (!is_meant || !is_unique_column(table, column->name))
            continue;
        struct buf text = begin(a);
        return ask(a, &text, NOT_SUPPORTED, column->name);
    }
    return true;
}

static bool ask_item(const struct asking *a, const struct ddl_item *item)
{
    if (item->kind == ITEM_ADD_CHECK)
        return !item->check->enforced || ask_check(a, item->check);
    if (item->kind == ITEM_ADD_KEY)
        return ask_unique(a, item->key);
    bool may_recollate = item->kind == ITEM_CHANGE_COLUMN || item->kind == ITEM_CONVERT_CHARSET;
    return !may_recollate || ask_collation(a, item);
}

bool ddl_each_question(const struct ddl *ddl, const struct catalog *catalog,
                       ddl_question_fn *answer, void *arg)
{
    for (const struct ddl_step *step = ddl->steps; step != NULL; step = step->next) {
        const struct table_def *table =
            step->kind == STEP_ALTER_TABLE ? catalog_table(catalog, step->db, step->table) : NULL;
        struct asking asking = { table, answer, arg };
        for (const struct ddl_item *item = step->items; item != NULL && table != NULL;
             item = item->next)
            if (!ask_item(&asking, item))
                return false;
    }
    return true;
}
