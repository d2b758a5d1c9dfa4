/* collate.c - MySQL's collations in SQLite, one for those that compare alike (sql/weights.h). A
 * text with a character whose weight is not known stops the statement with 1235 rather than being
 * compared otherwise than MySQL would. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "engine/sqlite/query/call.h"
#include "sql/weights.h"

enum { NAME_MAX_BYTES = 64, KEY_BYTES_MAX = 64 << 20 };

/* What SQLite hands to a comparison. */
struct collator {
    struct query_connection *connection;
    const struct weights *weights;
};

static bool unknown_weight(struct query_connection *connection)
{
    return problem(&connection->problem, PROBLEM_NOT_SUPPORTED,
                   "comparing texts with these characters by this collation: not supported here "
                   "(a _bin or _unicode_ci collation is)");
}

static int compare(void *arg, int a_len, const void *a, int b_len, const void *b)
{
    const struct collator *collator = arg;
    int order = 0;
    if (!weights_compare(collator->weights, bytes_of(a, (size_t)a_len), bytes_of(b, (size_t)b_len),
                         &order))
        unknown_weight(collator->connection);
    return order;
}

/* The key of a text that is sought: it must be known. */
static void sought_key(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct collator *collator = sqlite3_user_data(context);
    AUTO_BUF key;
    buf_init(&key, KEY_BYTES_MAX);
    if (count != 1 || sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    const void *text = sqlite3_value_text(values[0]);
    struct bytes bytes = bytes_of(text, (size_t)sqlite3_value_bytes(values[0]));
    if (weights_key(collator->weights, bytes, &key) && !key.failed) {
        sqlite3_result_blob64(context, key.len > 0 ? (const void *)key.data : "", key.len,
                              SQLITE_TRANSIENT);
        return;
    }
    unknown_weight(collator->connection);
    sqlite3_result_error(context, collator->connection->problem.text, -1);
}

static void name_of(const struct weights *weights, char name[NAME_MAX_BYTES])
{
    snprintf(name, NAME_MAX_BYTES, "mysql_%s", weights_name(weights));
}

void collate_register(struct query_connection *connection)
{
    char name[NAME_MAX_BYTES];
    for (unsigned i = 0; weights_at(i) != NULL; i++) {
        struct collator *collator = memory_new(sizeof *collator);
        *collator = (struct collator){ connection, weights_at(i) };
        name_of(collator->weights, name);
        sqlite3_create_function_v2(connection->db, name, 1, SQLITE_UTF8, collator, sought_key, NULL,
                                   NULL, NULL);
        sqlite3_create_collation_v2(connection->db, name, SQLITE_UTF8, collator, compare, free);
    }
}

void collate_unregister(struct query_connection *connection)
{
    char name[NAME_MAX_BYTES];
    for (unsigned i = 0; weights_at(i) != NULL; i++) {
        name_of(weights_at(i), name);
        sqlite3_create_function_v2(connection->db, name, 1, SQLITE_UTF8, NULL, NULL, NULL, NULL,
                                   NULL);
        sqlite3_create_collation_v2(connection->db, name, SQLITE_UTF8, NULL, NULL, NULL);
    }
}

const char *collate_name(struct arena *arena, const char *collation)
{
    const struct weights *weights = weights_of(collation);
    char name[NAME_MAX_BYTES];
    if (weights == NULL)
        return NULL;
    name_of(weights, name);
    return arena_str(arena, name);
}

bool compare_texts(struct evaluation *e, struct bytes a, struct bytes b, int *order)
{
    const char *collation = e->call->collation;
    const struct weights *weights = weights_of(collation);
    if (weights == NULL && collation != NULL && strcmp(collation, "binary") == 0) {
        *order = bytes_order(a, b); /* an ENUM or SET whose character set is binary */
        return true;
    }
    if (weights == NULL)
        return evaluation_refuse(e, "comparing texts by this collation");
    return weights_compare(weights, a, b, order) || unknown_weight(e->connection);
}

bool same_characters(struct evaluation *e, uint32_t a, uint32_t b, bool *same)
{
    const struct weights *weights = weights_of(e->call->collation);
    if (weights == NULL)
        return evaluation_refuse(e, "comparing texts by this collation");
    return weights_same(weights, a, b, same) || unknown_weight(e->connection);
}
