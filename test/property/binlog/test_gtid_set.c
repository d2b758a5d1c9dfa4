/* test_gtid_set.c - GTID sets against a model that is a table of booleans: whatever is added,
 * united and subtracted in whatever order, both always say the same, and the set survives its text
 * and its bytes. Seeded, so that a failure can be run again. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/gtid_set.h"
#include "unit.h"

enum { ORIGINS = 6, NUMBERS = 40, STEPS = 400, RUNS = 60 };

struct model {
    bool has[ORIGINS][NUMBERS + 1];
};

static uint64_t random_state;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % limit;
}

static struct gtid make(enum gtid_kind kind, unsigned origin, unsigned number)
{
    struct gtid gtid = { .kind = kind, .seq = number };
    if (kind == GTID_MARIADB) {
        gtid.domain = origin / 2;
        gtid.server = origin % 2 + 1;
        return gtid;
    }
    memset(gtid.uuid, (int)(7 - origin / 2), sizeof gtid.uuid);
    if (origin % 2 == 1)
        strcpy(gtid.tag, "tag");
    return gtid;
}

static void check_same(const struct gtid_set *set, const struct model *model, enum gtid_kind kind)
{
    uint64_t count = 0;
    for (unsigned o = 0; o < ORIGINS; o++)
        for (unsigned n = 1; n <= NUMBERS; n++) {
            struct gtid gtid = make(kind, o, n);
            count += model->has[o][n];
            if (gtid_set_contains(set, &gtid) != model->has[o][n])
                fail_msg("origin %u number %u should be %d", o, n, model->has[o][n]);
        }
    if (gtid_set_count(set) != count)
        fail_msg("count");
}

static void check_round_trip(const struct gtid_set *set)
{
    struct buf buf;
    struct err err;
    AUTO(gtid_set) from_text = NULL;
    AUTO(gtid_set) from_bytes = NULL;
    buf_init(&buf, 1 << 20);
    gtid_set_print(set, &buf);
    if (!gtid_set_parse(buf_cstr(&buf), FLAVOUR_MYSQL, &from_text, &err))
        fail_msg("%s", err.text);
    buf_reset(&buf);
    gtid_set_encode(set, &buf);
    if (!gtid_set_decode(buf_bytes(&buf), &from_bytes, &err))
        fail_msg("%s", err.text);
    if (!gtid_set_equal(set, from_text) || !gtid_set_equal(set, from_bytes))
        fail_msg("a set does not come back");
    buf_clear(&buf);
}

static void random_fill(struct gtid_set *set, struct model *model, enum gtid_kind kind)
{
    struct err err;
    unsigned count = random_below(30);
    for (unsigned i = 0; i < count; i++) {
        unsigned o = random_below(ORIGINS);
        unsigned n = 1 + random_below(NUMBERS);
        struct gtid gtid = make(kind, o, n);
        if (!gtid_set_add(set, &gtid, &err))
            fail_msg("%s", err.text);
        model->has[o][n] = true;
    }
}

static bool model_contains_all(const struct model *a, const struct model *b)
{
    for (unsigned o = 0; o < ORIGINS; o++)
        for (unsigned n = 1; n <= NUMBERS; n++)
            if (b->has[o][n] && !a->has[o][n])
                return false;
    return true;
}

static void model_merge(struct model *a, const struct model *b, bool keep)
{
    for (unsigned o = 0; o < ORIGINS; o++)
        for (unsigned n = 1; n <= NUMBERS; n++)
            if (b->has[o][n])
                a->has[o][n] = keep;
}

static void random_step(struct gtid_set *set, struct model *model, enum gtid_kind kind)
{
    AUTO(gtid_set) other = gtid_set_new();
    struct model other_model = { 0 };
    switch (random_below(4)) {
    case 0:
    case 1:
        random_fill(set, model, kind);
        break;
    case 2:
        random_fill(other, &other_model, kind);
        gtid_set_union(set, other);
        model_merge(model, &other_model, true);
        break;
    default:
        random_fill(other, &other_model, kind);
        if (gtid_set_contains_all(set, other) != model_contains_all(model, &other_model))
            fail_msg("contains_all");
        gtid_set_subtract(set, other);
        model_merge(model, &other_model, false);
    }
}

static void run(enum gtid_kind kind, uint64_t seed)
{
    AUTO(gtid_set) set = gtid_set_new();
    struct model model = { 0 };
    random_state = seed;
    for (unsigned i = 0; i < STEPS; i++) {
        random_step(set, &model, kind);
        check_same(set, &model, kind);
        if (kind == GTID_MYSQL)
            check_round_trip(set);
    }
}

TEST(gtid_set, of_mysql_is_what_a_table_of_booleans_is)
{
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        run(GTID_MYSQL, seed);
    CHECK(true);
}

TEST(gtid_set, of_mariadb_is_what_a_table_of_booleans_is)
{
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        run(GTID_MARIADB, seed);
    CHECK(true);
}

UNIT_MAIN(RUN(gtid_set, of_mysql_is_what_a_table_of_booleans_is),
          RUN(gtid_set, of_mariadb_is_what_a_table_of_booleans_is))
