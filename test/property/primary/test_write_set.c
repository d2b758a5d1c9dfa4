/* test_write_set.c - the logical clock against a model that compares every two transactions, value
 * by value: those that meet in a key, or as parent and child, are never in one interval, whatever
 * the history forgets; and those that do not meet mostly are. Seeded. */
// SPDX-License-Identifier: Apache-2.0
#include "primary/write_keys.h"
#include "primary/write_set.h"
#include "sql/weights.h"
#include "unit.h"

enum { RUNS = 40, STEPS = 250, ROWS_MAX = 4, COLUMNS = 4, TABLES = 4, HISTORY = 300 };

static const char *const definitions[TABLES] = {
    "CREATE TABLE par (id INT PRIMARY KEY, code VARCHAR(9) COLLATE utf8mb4_general_ci, n INT, "
    "e DOUBLE, UNIQUE KEY c (code), KEY (n))",
    "CREATE TABLE kid (code VARCHAR(20) COLLATE utf8mb4_general_ci, n INT, id BIGINT PRIMARY KEY, "
    "e DOUBLE, FOREIGN KEY (code) REFERENCES par (code), FOREIGN KEY (n) REFERENCES par (n))",
    "CREATE TABLE two (n INT, code VARCHAR(9) COLLATE utf8mb4_unicode_ci NOT NULL, id INT, "
    "e DOUBLE, PRIMARY KEY (id, code), UNIQUE KEY (code(2), n), UNIQUE KEY (e))",
    "CREATE TABLE heap (id INT, code VARCHAR(9), n INT, e DOUBLE, KEY (id))",
};

struct row {
    unsigned table;
    struct value values[COLUMNS];
};
struct past {
    struct row rows[ROWS_MAX];
    unsigned count;
    int64_t number;
};
struct run {
    struct catalog *catalog;
    const struct table_def *tables[TABLES];
    struct arena arena;
    struct write_keys keys[TABLES];
    struct write_set set;
    struct past past[STEPS];
    unsigned count, apart;
};

static uint64_t random_state;

static unsigned below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % limit;
}

/* ---- the model ---- */

static struct bytes first_characters(struct bytes text, unsigned count)
{
    struct bytes rest = text;
    for (unsigned i = 0; i < count && rest.len > 0; i++)
        (void)utf8_next(&rest);
    return bytes_of(text.data, text.len - rest.len);
}

static bool same_value(const struct column_def *column, const struct value *a,
                       const struct value *b, unsigned prefix)
{
    int order = 1;
    if (a->kind == VALUE_NULL || b->kind == VALUE_NULL)
        return false;
    if (a->kind == VALUE_DOUBLE)
        return a->d == b->d;
    if (a->kind != VALUE_TEXT)
        return a->i == b->i;
    struct bytes x = a->bytes, y = b->bytes;
    if (prefix > 0) {
        x = first_characters(x, prefix);
        y = first_characters(y, prefix);
    }
    return !weights_compare(weights_of(column->collation), x, y, &order) || order == 0;
}

static bool same_key(const struct table_def *table, const struct row *a, const struct row *b)
{
    for (unsigned k = 0; k < table->key_count; k++) {
        const struct key_def *key = &table->keys[k];
        bool same = key->kind == KEY_PRIMARY || key->kind == KEY_UNIQUE;
        for (unsigned i = 0; i < key->part_count && same; i++) {
            int at = table_def_column(table, key->parts[i].column);
            same = same_value(&table->columns[at], &a->values[at], &b->values[at],
                              key->parts[i].prefix);
        }
        if (same)
            return true;
    }
    return false;
}

static bool is_child_of(const struct run *run, const struct row *child, const struct row *parent)
{
    const struct table_def *t = run->tables[child->table], *p = run->tables[parent->table];
    for (unsigned f = 0; f < t->fk_count; f++) {
        int own = table_def_column(t, t->fks[f].columns[0]);
        int theirs = table_def_column(p, t->fks[f].parent_columns[0]);
        if (strcmp(t->fks[f].parent_table, p->name) == 0 &&
            same_value(&t->columns[own], &child->values[own], &parent->values[theirs], 0))
            return true;
    }
    return false;
}

static bool meet(const struct run *run, const struct past *a, const struct past *b)
{
    for (unsigned i = 0; i < a->count; i++)
        for (unsigned j = 0; j < b->count; j++) {
            const struct row *x = &a->rows[i], *y = &b->rows[j];
            bool is_same_table = x->table == y->table;
            if (run->tables[x->table]->fk_count == 0 && is_same_table &&
                strcmp(run->tables[x->table]->name, "heap") == 0)
                return true;
            if ((is_same_table && same_key(run->tables[x->table], x, y)) ||
                is_child_of(run, x, y) || is_child_of(run, y, x))
                return true;
        }
    return false;
}

/* ---- what is run ---- */

static struct value random_text(unsigned many)
{
    static const char *const texts[] = { "abc",
                                         "ABC",
                                         "abc  ",
                                         "\xc3\xa4"
                                         "bc",
                                         "abd",
                                         "ABx",
                                         "s",
                                         "\xc3\x9f",
                                         "ss",
                                         "",
                                         " ",
                                         "\xf0\x9f\x98\x80",
                                         "\xf0\x9f\x98\x81",
                                         "Zz",
                                         "z" };
    static char made[64][8];
    unsigned n = below(ARRAY_COUNT(texts) + many);
    if (n < ARRAY_COUNT(texts))
        return (struct value){ .kind = VALUE_TEXT, .bytes = bytes_of_str(texts[n]) };
    n = below(64);
    snprintf(made[n], sizeof made[n], "%c%u", 'c' + (int)(n % 20), n);
    return (struct value){ .kind = VALUE_TEXT, .bytes = bytes_of_str(made[n]) };
}

static void random_row(const struct run *run, unsigned many, struct row *row)
{
    const struct table_def *table = run->tables[row->table];
    for (unsigned i = 0; i < COLUMNS; i++) {
        const struct column_def *column = &table->columns[i];
        struct value *value = &row->values[i];
        if (column->nullable && below(5) == 0)
            *value = (struct value){ .kind = VALUE_NULL };
        else if (column->type == SQL_VARCHAR)
            *value = random_text(many);
        else if (column->type == SQL_DOUBLE)
            *value = (struct value){ .kind = VALUE_DOUBLE, .d = (double)below(many) * -1.0 };
        else
            *value = (struct value){ .kind = VALUE_INT, .i = below(many) };
        if (value->kind == VALUE_DOUBLE && value->d == 0 && below(2) == 0)
            value->d = 0;
    }
}

static int64_t step(struct run *run, unsigned many, int64_t number)
{
    struct past *now = &run->past[run->count];
    *now = (struct past){ .count = 1 + below(2), .number = number };
    write_set_begin(&run->set);
    for (unsigned i = 0; i < now->count; i += 2) {
        unsigned table = below(20) == 0 ? 3 : below(3);
        bool is_update = i + 1 < now->count;
        now->rows[i].table = now->rows[i + 1].table = table;
        random_row(run, many, &now->rows[i]);
        random_row(run, many, &now->rows[i + 1]);
        struct row_change change = { .kind = is_update ? CHANGE_UPDATE : CHANGE_INSERT,
                                     .before = is_update ? now->rows[i + 1].values : NULL,
                                     .after = now->rows[i].values };
        write_keys_add(&run->keys[table], &change, &run->set);
    }
    return write_set_place(&run->set, number);
}

static void check_step(struct run *run, int64_t last)
{
    struct past *now = &run->past[run->count];
    if (last < 0 || last >= now->number)
        fail_msg("transaction %lld comes after %lld", (long long)now->number, (long long)last);
    for (unsigned i = 0; i < run->count; i++)
        if (run->past[i].number > last && meet(run, &run->past[i], now))
            fail_msg("transaction %lld (%s) comes after %lld, and meets %lld (%s)",
                     (long long)now->number, run->tables[now->rows[0].table]->name, (long long)last,
                     (long long)run->past[i].number, run->tables[run->past[i].rows[0].table]->name);
    run->apart += last < now->number - 1;
}

static void run_start(struct run *run, unsigned history)
{
    struct err err;
    struct ddl_session session = { .db = "shop", .explicit_defaults_for_timestamp = true };
    memset(run, 0, sizeof *run);
    arena_init(&run->arena, 1 << 20);
    write_set_init(&run->set, history);
    run->catalog = catalog_new(FLAVOUR_MYSQL);
    catalog_put_database(run->catalog, "shop", "utf8mb4", "utf8mb4_general_ci");
    for (unsigned i = 0; i < TABLES; i++) {
        struct table_def *table = NULL;
        if (!ddl_parse_table(bytes_of_str(definitions[i]), &session, &table, &err))
            fail_msg("%s", err.text);
        run->tables[i] = table;
        catalog_put_table(run->catalog, table);
    }
    for (unsigned i = 0; i < TABLES; i++)
        write_keys_find(run->catalog, run->tables[i], &run->arena, &run->keys[i]);
}

static void run_end(struct run *run)
{
    write_set_clear(&run->set);
    arena_clear(&run->arena);
    catalog_free(run->catalog);
}

/* many: values that a column has; few meet often. */
static unsigned run_steps(unsigned many, unsigned history)
{
    static struct run run;
    run_start(&run, history);
    for (int64_t number = 1; run.count < STEPS; run.count++, number++)
        check_step(&run, step(&run, many, number));
    unsigned apart = run.apart;
    run_end(&run);
    return apart;
}

TEST(write_set, never_puts_two_into_one_interval_that_meet)
{
    CHECK(true);
    for (unsigned i = 0; i < RUNS; i++) {
        random_state = i;
        (void)run_steps(2 + below(300), i % 3 == 0 ? 10 + below(30) : HISTORY);
    }
}

TEST(write_set, keeps_most_of_those_apart_that_do_not_meet)
{
    CHECK(true);
    random_state = 11;
    unsigned apart = run_steps(100000, WRITE_HISTORY_MAX);
    if (apart < STEPS / 2)
        fail_msg("only %u of %u", apart, (unsigned)STEPS);
}

TEST(write_set, lets_those_that_refer_to_one_value_go_together)
{
    struct write_set set;
    write_set_init(&set, 10);
    const struct {
        uint64_t number;
        bool is_reference;
        int64_t want;
    } steps[] = {
        { 7, false, 0 }, { 7, true, 1 }, { 7, true, 1 }, { 7, false, 3 }, { 7, true, 4 }
    };
    for (unsigned i = 0; i < ARRAY_COUNT(steps); i++) {
        write_set_begin(&set);
        write_set_add(&set, steps[i].number, steps[i].is_reference);
        CHECK(write_set_place(&set, (int64_t)i + 1) == steps[i].want);
    }
    write_set_clear(&set);
}

TEST(write_set, puts_everything_behind_what_is_alone_and_behind_a_full_history)
{
    struct write_set set;
    write_set_init(&set, 2);
    write_set_begin(&set);
    write_set_add(&set, 1, false);
    CHECK(write_set_place(&set, 1) == 0);
    write_set_begin(&set);
    write_set_add(&set, 2, false);
    write_set_alone(&set);
    write_set_add(&set, 3, false);
    CHECK(write_set_place(&set, 2) == 1);
    for (uint64_t n = 4; n < 6; n++) {
        write_set_begin(&set);
        write_set_add(&set, n, false);
        CHECK(write_set_place(&set, (int64_t)n - 1) == 2);
    }
    write_set_begin(&set);
    write_set_add(&set, 9, false);
    CHECK(write_set_place(&set, 5) == 2);
    write_set_begin(&set);
    write_set_add(&set, 10, false);
    CHECK(write_set_place(&set, 6) == 5);
    write_set_begin(&set);
    for (uint64_t n = 20; n < 23; n++)
        write_set_add(&set, n, false);
    CHECK(set.is_alone);
    CHECK(write_set_place(&set, 7) == 6);
    write_set_restart(&set);
    write_set_begin(&set);
    write_set_add(&set, 20, false);
    CHECK(write_set_place(&set, 1) == 0);
    write_set_clear(&set);
}

UNIT_MAIN(RUN(write_set, never_puts_two_into_one_interval_that_meet),
          RUN(write_set, keeps_most_of_those_apart_that_do_not_meet),
          RUN(write_set, lets_those_that_refer_to_one_value_go_together),
          RUN(write_set, puts_everything_behind_what_is_alone_and_behind_a_full_history))
