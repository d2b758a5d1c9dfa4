/* cascade_match.c - see cascade_match.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/cascade_match.h"
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"

enum verdict { DIFFERENT, SAME, UNKNOWN };

void cascade_keys_clear(struct cascade_keys *keys)
{
    for (size_t i = 0; i < keys->count * keys->width; i++)
        sqlite3_value_free(keys->values[i]);
    free(keys->values);
    *keys = (struct cascade_keys){ 0 };
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcasecmp(text + len - end_len, end) == 0;
}

/* Collations of which it is certain that ASCII letters differ from nothing but their other case;
 * the tailored ones have letters like i = y. */
static bool is_plain_ci(const char *collation)
{
    static const char *const ends[] = {
        "_general_ci",       "_general_nopad_ci",       "_unicode_ci",
        "_unicode_nopad_ci", "_unicode_520_ci",         "_unicode_520_nopad_ci",
        "_0900_ai_ci",       "_uca1400_ai_ci",          "_uca1400_nopad_ai_ci",
        "latin1_swedish_ci", "latin1_swedish_nopad_ci", "uca1400_ai_ci",
    };
    for (size_t i = 0; i < ARRAY_COUNT(ends); i++)
        if (ends_with(collation, ends[i]))
            return true;
    return false;
}

static bool pads(const char *collation)
{
    return strstr(collation, "nopad") == NULL && strstr(collation, "_0900_") == NULL;
}

static struct bytes without_spaces(struct bytes text)
{
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

static bool is_printable_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

static bool same_letters(struct bytes a, struct bytes b)
{
    bool same = a.len == b.len;
    for (size_t i = 0; same && i < a.len; i++)
        same = tolower(a.data[i]) == tolower(b.data[i]);
    return same;
}

/* Of two texts with other bytes. */
static enum verdict compare(struct bytes a, struct bytes b, const char *collation)
{
    if (pads(collation)) {
        a = without_spaces(a);
        b = without_spaces(b);
    }
    if (bytes_equal(a, b))
        return SAME;
    if (ends_with(collation, "_bin") || ends_with(collation, "_nopad_bin"))
        return DIFFERENT;
    if (!is_plain_ci(collation) || !is_printable_ascii(a) || !is_printable_ascii(b))
        return UNKNOWN;
    return same_letters(a, b) ? SAME : DIFFERENT;
}

static struct bytes bytes_of_value(sqlite3_value *value)
{
    const void *data = sqlite3_value_blob(value);
    return bytes_of(data, (size_t)sqlite3_value_bytes(value));
}

static enum verdict compare_values(sqlite3_value *a, sqlite3_value *b,
                                   const struct column_def *column)
{
    struct bytes x = bytes_of_value(a), y = bytes_of_value(b);
    const char *collation = column->collation != NULL ? column->collation : "";
    if (sqlite3_value_type(a) != SQLITE_TEXT || sqlite3_value_type(b) != SQLITE_TEXT)
        return DIFFERENT; /* NULL */
    return bytes_equal(x, y) ? SAME : compare(x, y, collation);
}

static bool is_collated(const struct column_def *column)
{
    return storage_form_of(column) == FORM_TEXT;
}

static bool has_collated(const struct cascade_match *match)
{
    for (unsigned i = 0; i < match->fk->column_count; i++)
        if (is_collated(&match->child->def->columns[match->key[i]]))
            return true;
    return false;
}

/* Values of two columns compare by their bytes only where both are stored alike. */
static bool check_forms(const struct cascade_match *match, struct err *err)
{
    for (unsigned i = 0; i < match->fk->column_count; i++) {
        const struct column_def *a = &match->child->def->columns[match->key[i]];
        const struct column_def *b = &match->parent->def->columns[match->parent_key[i]];
        enum storage_form form = storage_form_of(a);
        bool is_labelled = form == FORM_ENUM || form == FORM_SET;
        bool same = form == storage_form_of(b) && !is_labelled &&
                    (form == FORM_TEXT || form == FORM_INTEGER || form == FORM_BIG_UNSIGNED ||
                     (a->precision == b->precision && a->scale == b->scale &&
                      (form != FORM_BINARY || a->length == b->length)));
        if (!same)
            return err_set(err, ERR_UNSUPPORTED,
                           "foreign key %s of %s.%s: columns %s and %s are of different types, and "
                           "its cascade is not in the log: make a new copy of the source",
                           match->fk->name, match->child->def->db, match->child->def->name, a->name,
                           b->name);
    }
    return true;
}

static void write_and_equals(struct buf *sql, const struct engine_table *table,
                             const unsigned *columns, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        buf_str(sql, i > 0 ? " AND " : " WHERE ");
        db_quote_name(sql, table->def->columns[columns[i]].name);
        buf_printf(sql, "=?%u", i + 1);
    }
}

/* All keys of the child that agree in the columns without collation. */
static void write_candidates(const struct cascade_match *match, struct buf *sql)
{
    const char *before = " WHERE ";
    for (unsigned i = 0; i < match->fk->column_count; i++) {
        buf_str(sql, i > 0 ? "," : "SELECT DISTINCT ");
        db_quote_name(sql, match->child->def->columns[match->key[i]].name);
    }
    buf_str(sql, " FROM ");
    db_quote_name(sql, match->child->sqlite_name);
    for (unsigned i = 0; i < match->fk->column_count; i++) {
        if (is_collated(&match->child->def->columns[match->key[i]]))
            continue;
        buf_str(sql, before);
        db_quote_name(sql, match->child->def->columns[match->key[i]].name);
        buf_printf(sql, "=?%u", i + 1);
        before = " AND ";
    }
}

static enum verdict judge(const struct cascade_match *match, sqlite3_stmt *candidate)
{
    enum verdict verdict = SAME;
    bool same_bytes = true;
    for (unsigned i = 0; i < match->fk->column_count; i++) {
        const struct column_def *column = &match->child->def->columns[match->key[i]];
        sqlite3_value *value = sqlite3_column_value(candidate, (int)i);
        if (!is_collated(column))
            continue;
        enum verdict one = compare_values(value, match->value[i], column);
        if (one == DIFFERENT)
            return DIFFERENT;
        verdict = one == UNKNOWN ? UNKNOWN : verdict;
        same_bytes =
            same_bytes && bytes_equal(bytes_of_value(value), bytes_of_value(match->value[i]));
    }
    return same_bytes ? DIFFERENT : verdict; /* those of equal bytes are not `others` */
}

/* Is it the key of another parent row, byte by byte? */
static bool has_own_parent(const struct cascade_match *match, sqlite3_stmt *candidate, bool *out,
                           struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, match->parent->sqlite_name);
    write_and_equals(&sql, match->parent, match->parent_key, match->fk->column_count);
    if (!db_prepare(match->parent->engine->db, buf_cstr(&sql), &stmt, err))
        return false;
    for (unsigned i = 0; i < match->fk->column_count; i++)
        sqlite3_bind_value(stmt, (int)i + 1, sqlite3_column_value(candidate, (int)i));
    return db_step(match->parent->engine->db, stmt, out, err);
}

static void add_key(const struct cascade_match *match, sqlite3_stmt *candidate,
                    struct cascade_keys *out)
{
    unsigned width = match->fk->column_count;
    out->width = width;
    out->values = memory_resize(out->values, (out->count + 1) * width * sizeof *out->values);
    for (unsigned i = 0; i < width; i++)
        out->values[out->count * width + i] =
            sqlite3_value_dup(sqlite3_column_value(candidate, (int)i));
    out->count++;
}

static bool take(const struct cascade_match *match, sqlite3_stmt *candidate,
                 struct cascade_keys *out, struct err *err)
{
    bool has_parent = false;
    enum verdict verdict = judge(match, candidate);
    if (verdict == SAME)
        add_key(match, candidate, out);
    if (verdict != UNKNOWN)
        return true;
    if (!has_own_parent(match, candidate, &has_parent, err))
        return false;
    return has_parent ||
           err_set(err, ERR_UNSUPPORTED,
                   "foreign key %s of %s.%s: only the source's collation can tell whether '%.100s' "
                   "is a child of the changed row, and its cascade is not in the log: make a new "
                   "copy of the source",
                   match->fk->name, match->child->def->db, match->child->def->name,
                   sqlite3_column_text(candidate, 0));
}

bool cascade_match_others(const struct cascade_match *match, struct cascade_keys *out,
                          struct err *err)
{
    sqlite3 *db = match->child->engine->db;
    bool row = false;
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    if (!check_forms(match, err))
        return false;
    if (!has_collated(match))
        return true;
    write_candidates(match, &sql);
    if (!db_prepare(db, buf_cstr(&sql), &stmt, err))
        return false;
    for (unsigned i = 0; i < match->fk->column_count; i++)
        if (!is_collated(&match->child->def->columns[match->key[i]]))
            sqlite3_bind_value(stmt, (int)i + 1, match->value[i]);
    while (db_step(db, stmt, &row, err)) {
        if (!row)
            return true;
        if (!take(match, stmt, out, err))
            return false;
    }
    return false;
}
