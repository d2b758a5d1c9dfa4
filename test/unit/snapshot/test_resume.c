/* What an unfinished copy may go on with: an engine that only answers for its progress. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/resume.h"
#include <stdlib.h>
#include "base/memory.h"
#include "engine/load.h"
#include "unit.h"

static const char *note = "";
static const char *table_text = "";
static char *committed;

static bool answer_progress(struct engine *engine, const char *db, const char *name,
                            struct buf *text, struct err *err)
{
    (void)engine, (void)db, (void)err;
    buf_str(text, name[0] == '\0' ? note : table_text);
    return true;
}

static bool keep_note(struct engine *engine, struct engine_table *table, const char *progress,
                      struct err *err)
{
    (void)engine, (void)err;
    assert_null(table);
    free(committed);
    committed = memory_str(progress);
    return true;
}

static const struct engine_load_ops load_ops = { .progress = answer_progress,
                                                 .chunk_commit = keep_note };
static const struct engine_ops ops = { .load = &load_ops };
static struct engine engine = { .ops = &ops };

static struct column_def column = { .name = (char[]){ "id" }, .type = SQL_INT };
static struct key_part part = { .column = (char[]){ "id" } };
static struct key_def key = {
    .name = (char[]){ "PRIMARY" }, .kind = KEY_PRIMARY, .parts = &part, .part_count = 1
};
static struct table_def def = { .db = (char[]){ "shop" },
                                .name = (char[]){ "item" },
                                .columns = &column,
                                .column_count = 1,
                                .keys = &key,
                                .key_count = 1 };
static const struct source_table source = { .db = "shop", .name = "item", .engine = "InnoDB" };
static const struct schema_table schema = { .def = &def, .source = &source, .kept = true };

static struct source_log_file logs[] = { { "binlog.000007", 4 }, { "binlog.000008", 4 } };

static struct source_facts facts_of(enum flavour flavour, const char *purged)
{
    struct source_facts facts;
    source_facts_init(&facts);
    facts.flavour = flavour;
    facts.gtid_purged = purged;
    facts.log_files = logs;
    facts.log_file_count = 2;
    return facts;
}

#define UUID "3e11fa47-71ca-11e1-9e33-c80aa9429562"

TEST(resume, decides_by_the_note_of_the_copy)
{
    static const struct {
        const char *note;
        const char *purged;
        enum err_code code; /* ERR_NONE: goes on */
    } rows[] = {
        { "point 1\tbinlog.000007\t400\tme\t" UUID ":1-50\n", "", ERR_NONE },
        { "point 1\tbinlog.000007\t400\tme\t" UUID ":1-50\n", UUID ":1-50", ERR_NONE },
        { "point 1\tbinlog.000007\t400\tme\t" UUID ":1-50\n", UUID ":1-51", ERR_CONFLICT },
        { "point 1\tbinlog.000006\t400\tme\t" UUID ":1-50\n", "", ERR_CONFLICT },
        { "point 1\tbinlog.000007\t400\tother\t" UUID ":1-50\n", "", ERR_CONFLICT },
        { "nonsense", "", ERR_CONFLICT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_point now = { .source_uuid = "me" };
        struct plan_point first = { .offset = 0 };
        struct err err = { .code = ERR_NONE };
        bool found = false;
        struct source_facts facts = facts_of(FLAVOUR_MYSQL, rows[i].purged);
        note = rows[i].note;
        bool ok = resume_read(&engine, &facts, &now, &found, &first, &err);
        CHECK(found && ok == (rows[i].code == ERR_NONE) && err.code == rows[i].code);
        CHECK(!ok || (first.offset == 400 && strcmp(first.gtids, UUID ":1-50") == 0));
        plan_point_clear(&first);
        source_facts_clear(&facts);
    }
}

TEST(resume, without_a_note_nothing_was_begun)
{
    struct source_facts facts = facts_of(FLAVOUR_MARIADB, "");
    struct plan_point now = { .source_uuid = "me" };
    struct plan_point first = { .offset = 0 };
    struct err err;
    bool found = true;
    note = "";
    CHECK_OK(resume_read(&engine, &facts, &now, &found, &first, &err), err);
    CHECK(!found);
    source_facts_clear(&facts);
}

TEST(resume, the_note_is_the_point)
{
    struct plan_point first = { .file = "binlog.000007",
                                .offset = 9,
                                .source_uuid = "server_id:1",
                                .gtids = (char[]){ "0-1-5" } };
    struct err err;
    CHECK_OK(resume_note(&engine, &first, &err), err);
    CHECK_STR(committed, "point 1\tbinlog.000007\t9\tserver_id:1\t0-1-5\n");
    free(committed);
    committed = NULL;
}

TEST(resume, tables_go_on_where_their_chunks_ended)
{
    struct copy_table table = { .schema = &schema };
    struct err err;
    table.has_key = chunk_key_of(&def, &table.key);
    CHECK(table.has_key);
    table_text = "plan 1\nslice\t\t9\tdone\nslice\t10\t\topen\t15\n";
    CHECK_OK(resume_plans(&engine, &table, 1, &err), err);
    CHECK(table.plan.slice_count == 2 && table.plan.slices[0].done);
    CHECK_STR(table.plan.slices[1].after, "15");
    plan_clear(&table.plan);
    table_text = "";
    CHECK_OK(resume_plans(&engine, &table, 1, &err), err);
    CHECK(table.plan.slice_count == 0);
    table_text = "plan 1\nslice\t\t9\tdone\nslice\t10\t\topen\t15\t16\n";
    CHECK(!resume_plans(&engine, &table, 1, &err) && err.code == ERR_CONFLICT);
}

TEST(resume, a_table_without_a_key_starts_the_copy_over)
{
    struct copy_table table = { .schema = &schema };
    struct err err;
    table_text = "";
    def.key_count = 0;
    CHECK(!resume_plans(&engine, &table, 1, &err) && err.code == ERR_CONFLICT);
    CHECK(strstr(err.text, "shop.item") != NULL);
    def.key_count = 1;
}

UNIT_MAIN(RUN(resume, decides_by_the_note_of_the_copy),
          RUN(resume, without_a_note_nothing_was_begun), RUN(resume, the_note_is_the_point),
          RUN(resume, tables_go_on_where_their_chunks_ended),
          RUN(resume, a_table_without_a_key_starts_the_copy_over))
