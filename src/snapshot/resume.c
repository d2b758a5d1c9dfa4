/* snapshot/resume.c - progress texts back to plans; the reasons to start over. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/resume.h"
#include <string.h>
#include "engine/load.h"

/* The first point must still be reachable: same server, its log and its GTIDs not purged. */
static bool check_point(const struct source_facts *facts, const struct plan_point *now,
                        const struct plan_point *first, struct err *err)
{
    if (strcmp(now->source_uuid, first->source_uuid) != 0)
        return err_set(err, ERR_CONFLICT, "it was begun from another server (%s, now %s)",
                       first->source_uuid, now->source_uuid);
    bool held = facts->log_file_count == 0;
    for (unsigned i = 0; i < facts->log_file_count; i++)
        held = held || strcmp(facts->log_files[i].name, first->file) == 0;
    if (!held)
        return err_set(err, ERR_CONFLICT, "the source has purged its log %s, where it began",
                       first->file);
    if (facts->gtid_purged[0] == '\0')
        return true;
    AUTO(gtid_set) purged = NULL;
    AUTO(gtid_set) begun = NULL;
    if (!gtid_set_parse(facts->gtid_purged, facts->flavour, &purged, err) ||
        !gtid_set_parse(first->gtids, facts->flavour, &begun, err))
        return err_wrap(err, "comparing GTIDs");
    return gtid_set_contains_all(begun, purged) ||
           err_set(err, ERR_CONFLICT, "the source has purged GTIDs that came after it began");
}

bool resume_read(struct engine *engine, const struct source_facts *facts,
                 const struct plan_point *now, bool *found, struct plan_point *first,
                 struct err *err)
{
    struct buf text;
    buf_init(&text, PLAN_TEXT_MAX);
    bool ok = engine_load_progress(engine, "", "", &text, err);
    *found = ok && text.len > 0;
    if (*found && !plan_point_parse(buf_cstr(&text), first, err))
        ok = err_set(err, ERR_CONFLICT, "where it began is not readable");
    else if (*found)
        ok = check_point(facts, now, first, err);
    buf_clear(&text);
    return ok;
}

static bool read_plan(struct engine *engine, struct copy_table *table, struct buf *text,
                      struct err *err)
{
    const struct source_table *source = table->schema->source;
    buf_reset(text);
    if (!engine_load_progress(engine, source->db, source->name, text, err))
        return false;
    if (text->len == 0)
        return true;
    if (!plan_parse(buf_cstr(text), table->has_key ? table->key.count : 0, &table->plan, err))
        return err_set(err, ERR_CONFLICT, "the progress of %s.%s is not readable", source->db,
                       source->name);
    return true;
}

bool resume_plans(struct engine *engine, struct copy_table *tables, unsigned table_count,
                  struct err *err)
{
    struct buf text;
    bool ok = true;
    buf_init(&text, PLAN_TEXT_MAX);
    for (unsigned i = 0; ok && i < table_count; i++)
        ok = schema_table_is_keyless(tables[i].schema)
                 ? err_set(err, ERR_CONFLICT,
                           "table %s.%s has no key, so replaying its changes over a resumed copy "
                           "would not be exact",
                           tables[i].schema->source->db, tables[i].schema->source->name)
                 : read_plan(engine, &tables[i], &text, err);
    buf_clear(&text);
    return ok;
}

bool resume_note(struct engine *engine, const struct plan_point *first, struct err *err)
{
    struct buf text;
    buf_init(&text, PLAN_TEXT_MAX);
    plan_point_print(first, &text);
    bool ok = engine_load_chunk_commit(engine, NULL, buf_cstr(&text), err);
    buf_clear(&text);
    return ok;
}
