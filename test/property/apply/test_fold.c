/* test_fold.c - random changes, folded, give the rows that the same changes give one by one.
 *
 * The model is an array. Transactions are made so that a source could have made them: they insert
 * what is not there, change what is, keep the UNIQUE column unique. Half of the updates lack
 * columns, as minimal row images do. */
// SPDX-License-Identifier: Apache-2.0
#include "../../unit/engine/engine_fixture.h"
#include "apply/fold.h"
#include "binlog/column.h"
#include "binlog/value_equal.h"

enum { KEYS = 12, BATCHES = 400, CHANGES_MAX = 60 };

struct model_row {
    bool there;
    int u; /* UNIQUE; 0: NULL */
    int n;
};

struct model {
    struct fixture f;
    struct model_row rows[KEYS];
    struct fold *fold;
    struct apply_table table;
    uint64_t random;
};

static unsigned pick(struct model *m, unsigned below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return (unsigned)(m->random >> 20) % below;
}

static struct value v_or_null(int i)
{
    return i != 0 ? v_int(i) : v_null();
}

static void put_image(struct value *row, unsigned key, const struct model_row *from)
{
    row[0] = v_int((int64_t)key);
    row[1] = v_or_null(from->u);
    row[2] = v_int(from->n);
}

static int free_u(struct model *m)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        int u = (int)pick(m, 8);
        bool taken = false;
        for (unsigned k = 0; k < KEYS; k++)
            taken = taken || (m->rows[k].there && m->rows[k].u == u);
        if (u == 0 || !taken)
            return u;
    }
    return 0;
}

/* As apply does: into the fold, or, where it refuses, after a flush straight into the engine. */
static bool add(struct model *m, enum change kind)
{
    struct row_change change = { kind, m->table.before, m->table.after };
    struct engine *engine = m->f.engine;
    switch (fold_add(m->fold, &m->table, &change, &m->f.err)) {
    case FOLD_DONE:
        return true;
    case FOLD_REFUSED:
        return fold_flush(m->fold, engine, &m->f.err) &&
               engine->ops->change(engine, m->table.target, &change, CHANGE_STRICT, &m->f.err);
    case FOLD_FAILED:
        break;
    }
    return false;
}

/* Leaves out what did not change, and sometimes only that: a minimal image. */
static void make_partial(struct model *m, bool key_stays)
{
    if (pick(m, 2) == 0)
        return;
    for (unsigned i = 0; i < 3; i++)
        if (value_equal(&m->table.before[i], &m->table.after[i]))
            m->table.after[i] = v_absent();
    if (!key_stays)
        return;
    for (unsigned i = 1; i < 3; i++)
        m->table.before[i] = v_absent();
}

static bool change_one(struct model *m)
{
    unsigned key = pick(m, KEYS);
    struct model_row *row = &m->rows[key];
    if (!row->there) {
        *row = (struct model_row){ true, free_u(m), (int)pick(m, 100) };
        put_image(m->table.after, key, row);
        return add(m, CHANGE_INSERT);
    }
    put_image(m->table.before, key, row);
    if (pick(m, 3) == 0) {
        row->there = false;
        return add(m, CHANGE_DELETE);
    }
    unsigned to = pick(m, 4) == 0 ? pick(m, KEYS) : key;
    if (to != key && m->rows[to].there)
        to = key;
    struct model_row new = *row;
    if (pick(m, 3) == 0)
        new.u = free_u(m);
    new.n = (int)pick(m, 100);
    row->there = false;
    m->rows[to] = new;
    put_image(m->table.after, to, &new);
    make_partial(m, to == key);
    return add(m, CHANGE_UPDATE);
}

static void describe(const struct model *m, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (unsigned k = 0; k < KEYS; k++) {
        const struct model_row *row = &m->rows[k];
        if (!row->there)
            continue;
        len += (size_t)snprintf(text + len, size - len, "%s%u|", len > 0 ? "\n" : "", k);
        len += (size_t)(row->u != 0 ? snprintf(text + len, size - len, "%d|%d", row->u, row->n)
                                    : snprintf(text + len, size - len, "NULL|%d", row->n));
    }
}

static void prepare(struct model *m, const char *ddl, bool is_unique)
{
    static struct value before[3], after[3];
    static unsigned key[1] = { 0 };
    static uint64_t unique[1] = { 2 };
    fixture_init(&m->f, FLAVOUR_MYSQL, true);
    if (!fixture_ddl(&m->f, ddl))
        fail_msg("%s", m->f.err.text);
    m->table = (struct apply_table){ .key = key, .key_count = 1, .before = before, .after = after };
    m->table.unique = is_unique ? unique : NULL;
    m->table.map.column_count = 3;
    m->table.target = m->f.engine->ops->table(m->f.engine, "shop", "t");
    m->table.def = m->f.engine->ops->table_def(m->table.target);
    m->fold = fold_new();
    memset(m->rows, 0, sizeof m->rows);
}

static void run(const char *ddl, bool is_unique, uint64_t seed)
{
    struct model m = { .random = seed };
    char want[2000];
    prepare(&m, ddl, is_unique);
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        fixture_begin(&m.f);
        for (unsigned n = pick(&m, CHANGES_MAX); n > 0; n--)
            if (!change_one(&m))
                fail_msg("seed %llu, batch %u: %s", (unsigned long long)seed, batch, m.f.err.text);
        if (!fold_flush(m.fold, m.f.engine, &m.f.err) || !fixture_commit(&m.f))
            fail_msg("seed %llu, batch %u: %s", (unsigned long long)seed, batch, m.f.err.text);
        describe(&m, want, sizeof want);
        if (strcmp(fixture_query(&m.f, "SELECT * FROM \"shop.t\" ORDER BY id"), want) != 0)
            fail_msg("seed %llu, batch %u: want %s, got %s", (unsigned long long)seed, batch, want,
                     m.f.text);
    }
    fold_free(m.fold);
    fixture_clear(&m.f);
}

TEST(fold, a_table_with_a_unique_key_ends_as_if_changed_one_by_one)
{
    (void)unit_state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        run("CREATE TABLE t (id INT PRIMARY KEY, u INT, n INT, UNIQUE KEY (u))", true, seed * 7919);
}

TEST(fold, a_plain_table_ends_as_if_changed_one_by_one)
{
    (void)unit_state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        run("CREATE TABLE t (id INT PRIMARY KEY, u INT, n INT, KEY (n))", false, seed * 104729);
}

TEST(fold, a_change_that_contradicts_an_earlier_one_is_a_conflict)
{
    struct model m = { .random = 1 };
    prepare(&m, "CREATE TABLE t (id INT PRIMARY KEY, u INT, n INT)", false);
    struct model_row row = { true, 1, 1 };
    put_image(m.table.before, 1, &row);
    put_image(m.table.after, 1, &row);
    CHECK_OK(add(&m, CHANGE_INSERT), m.f.err);
    CHECK(!add(&m, CHANGE_INSERT) && m.f.err.code == ERR_CONFLICT);
    CHECK_OK(add(&m, CHANGE_DELETE), m.f.err);
    CHECK(!add(&m, CHANGE_DELETE) && m.f.err.code == ERR_CONFLICT);
    put_image(m.table.after, 1, &row);
    m.table.after[2] = v_int(9);
    CHECK(!add(&m, CHANGE_UPDATE) && m.f.err.code == ERR_CONFLICT);
    fold_free(m.fold);
    fixture_clear(&m.f);
}

UNIT_MAIN(RUN(fold, a_table_with_a_unique_key_ends_as_if_changed_one_by_one),
          RUN(fold, a_plain_table_ends_as_if_changed_one_by_one),
          RUN(fold, a_change_that_contradicts_an_earlier_one_is_a_conflict))
