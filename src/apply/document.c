/* document.c - partial JSON updates whose document is in the before image (binlog_row_image=FULL):
 * they become whole ones here. Of the others only the engine has the document. */
// SPDX-License-Identifier: Apache-2.0
#include "apply/state.h"
#include "binlog/json.h"
#include "binlog/json_diff.h"

static bool is_ready(const struct apply_table *table, unsigned column)
{
    return table->after[column].kind == VALUE_JSON_DIFF && table->before[column].kind == VALUE_JSON;
}

/* Appends the document to apply->documents; its place is known when all are there. */
static bool make(struct apply *apply, struct apply_table *table, unsigned column, struct err *err)
{
    struct value *after = &table->after[column];
    AUTO_BUF text;
    AUTO_BUF document;
    buf_init(&text, apply->documents.max);
    buf_init(&document, apply->documents.max - apply->documents.len);
    if (!json_text(table->before[column].bytes, &text, err) ||
        !json_diff_apply(buf_bytes(&text), after->bytes, &document, err))
        return err_wrap(err, "table %s.%s: column %s", table->def->db, table->def->name,
                        table->def->columns[column].name);
    buf_append(&apply->documents, document.data, document.len);
    *after = (struct value){ .kind = VALUE_JSON_TEXT, .bytes = { NULL, document.len } };
    return true;
}

bool apply_documents(struct apply *apply, struct apply_table *table, struct err *err)
{
    size_t at = 0;
    buf_reset(&apply->documents);
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (is_ready(table, i) && !make(apply, table, i, err))
            return false;
    for (unsigned i = 0; i < table->def->column_count; i++) {
        struct value *after = &table->after[i];
        if (after->kind != VALUE_JSON_TEXT)
            continue;
        after->bytes.data = apply->documents.data + at;
        at += after->bytes.len;
    }
    return true;
}
