/* explain_key.c - see explain.h: "USING INDEX ix3.name (a=? AND b>?)" as key, key_len, type, ref.
 *
 * SQLite does not tell = from IN. Rows of a whole table are counted, up to a limit; of a part of
 * it they are what SQLite assumes where it has no statistics. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/decimal.h"
#include "engine/sqlite/query/explain.h"
#include "engine/sqlite/sort_key.h"
#include "sql/charset.h"
#include "sql/types.h"

enum { ROWS_COUNTED_MAX = 100000, ROWS_OF_EQUAL = 10, PART_OF_RANGE = 4 };

/* ---- key_len: the bytes that MySQL's key would have ---- */

static unsigned text_bytes(const struct column_def *column, const struct key_part *part)
{
    enum { LENGTH_BYTES = 2 };
    const struct charset *charset =
        column->charset != NULL ? charset_by_name(column->charset) : NULL;
    bool is_fixed = column->type == SQL_CHAR || column->type == SQL_BINARY;
    unsigned wide = charset != NULL ? charset_max_bytes(charset) : 1;
    unsigned characters = part->prefix > 0 ? part->prefix : column->length;
    return characters * wide + (is_fixed ? 0 : LENGTH_BYTES);
}

static unsigned label_bytes(const struct column_def *column)
{
    enum { BYTE_BITS = 8, SMALL_LABELS = 255, PLAIN_BYTES_MAX = 4, WHOLE_BYTES = 8 };
    if (column->type == SQL_ENUM)
        return column->label_count > SMALL_LABELS ? 2 : 1;
    unsigned bits = column->type == SQL_SET ? column->label_count : column->length;
    unsigned bytes = (bits + BYTE_BITS - 1) / BYTE_BITS;
    return column->type == SQL_SET && bytes > PLAIN_BYTES_MAX ? WHOLE_BYTES : bytes;
}

static unsigned packed_bytes(const struct column_def *column)
{
    return (unsigned)decimal_packed_size(
        (struct decimal_type){ .precision = column->precision, .scale = column->scale });
}

static unsigned part_bytes(const struct column_def *column, const struct key_part *part)
{
    static const uint8_t sizes[] = {
        [SQL_TINYINT] = 1, [SQL_SMALLINT] = 2, [SQL_MEDIUMINT] = 3, [SQL_INT] = 4,
        [SQL_BIGINT] = 8,  [SQL_FLOAT] = 4,    [SQL_DOUBLE] = 8,    [SQL_DATE] = 3,
        [SQL_TIME] = 3,    [SQL_DATETIME] = 5, [SQL_TIMESTAMP] = 4, [SQL_YEAR] = 1,
    };
    enum storage_form form = storage_form_of(column);
    unsigned size = (size_t)column->type < ARRAY_COUNT(sizes) ? sizes[column->type] : 0;
    if (column->type == SQL_DECIMAL)
        size = packed_bytes(column);
    else if (size > 0 && form != FORM_REAL)
        size += (column->scale + 1U) / 2; /* of a second */
    else if (form == FORM_TEXT || form == FORM_BINARY || form == FORM_BLOB)
        size = text_bytes(column, part);
    else if (size == 0)
        size = label_bytes(column);
    return size + (column->nullable ? 1 : 0);
}

static unsigned key_bytes(const struct table_def *def, const struct key_def *key, unsigned parts)
{
    unsigned bytes = 0;
    for (unsigned i = 0; i < parts && i < key->part_count; i++) {
        int at = key->parts[i].column != NULL ? table_def_column(def, key->parts[i].column) : -1;
        bytes += at >= 0 ? part_bytes(&def->columns[at], &key->parts[i]) : 0;
    }
    return bytes;
}

/* ---- which key ---- */

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_index_of(const char *name, const char *index)
{
    size_t len = strlen(index);
    return strncmp(name, index, len) == 0 &&
           (name[len] == '\0' || name[len] == '#' || strncmp(name + len, " (", 2) == 0 ||
            starts(name + len, " LEFT-JOIN"));
}

/* The longest name that fits: names may hold anything. */
static const struct key_def *key_named(const struct engine_table *table, const char *name)
{
    const struct key_def *found = NULL;
    size_t longest = 0;
    for (unsigned i = 0; i < table->def->key_count; i++) {
        AUTO_BUF index = db_sql();
        buf_printf(&index, "ix%lld.%s", (long long)table->id, table->def->keys[i].name);
        if (index.len > longest && is_index_of(name, buf_cstr(&index))) {
            longest = index.len;
            found = &table->def->keys[i];
        }
    }
    return found;
}

static const struct key_def *key_of(const struct engine_table *table, const char *how)
{
    const char *name = strstr(how, "INDEX ");
    if (strstr(how, "PRIMARY KEY (") != NULL && starts(how, " USING "))
        return table_def_primary_key(table->def);
    return name != NULL ? key_named(table, name + strlen("INDEX ")) : NULL;
}

/* ---- how it is searched ---- */

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        count++;
    return count;
}

static bool is_whole_unique(const struct table_def *def, const struct key_def *key, unsigned equal)
{
    if (key->kind == KEY_PLAIN || equal < key->part_count)
        return false;
    for (unsigned i = 0; i < key->part_count; i++) {
        int at = key->parts[i].column != NULL ? table_def_column(def, key->parts[i].column) : -1;
        if (at < 0 || def->columns[at].nullable || key->parts[i].prefix > 0)
            return false;
    }
    return true;
}

static int64_t count_rows(struct compiler *c, const struct engine_table *table)
{
    struct err err = { 0 };
    int64_t count = -1;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "SELECT count(*) FROM (SELECT 1 FROM ");
    db_quote_name(&sql, table->sqlite_name);
    buf_printf(&sql, " LIMIT %d)", ROWS_COUNTED_MAX);
    return db_integer(c->connection->db, buf_cstr(&sql), -1, &count, &err) ? count : -1;
}

static int64_t rows_of_part(int64_t all, int64_t part)
{
    return part < all ? part : all;
}

static const char *refs(struct compiler *c, unsigned count, bool is_constant)
{
    AUTO_BUF text = db_sql();
    for (unsigned i = 0; i < count; i++)
        buf_printf(&text, "%s%s", i > 0 ? "," : "", is_constant ? "const" : "func");
    return arena_str(c->arena, buf_cstr(&text));
}

static void search(struct compiler *c, const struct table_def *def, const struct key_def *key,
                   const char *terms, bool is_outermost, struct explained *out)
{
    unsigned equal = count_of(terms, "=?");
    bool is_range = count_of(terms, ">?") + count_of(terms, "<?") > 0;
    bool is_unique = is_whole_unique(def, key, equal);
    out->key_length = key_bytes(def, key, equal + (is_range ? 1 : 0));
    if (is_unique) {
        out->type = is_outermost ? "const" : "eq_ref";
        out->rows = 1;
    } else if (is_range) {
        out->type = "range";
        out->rows = rows_of_part(out->rows, out->rows / PART_OF_RANGE + 1);
        return;
    } else {
        out->type = "ref";
        out->rows = rows_of_part(out->rows, ROWS_OF_EQUAL);
    }
    out->ref = refs(c, equal, is_outermost);
}

void explain_access(struct compiler *c, const struct relation *relation, const char *how,
                    bool is_outermost, struct explained *out)
{
    const char *terms = strstr(how, " (");
    out->type = "ALL";
    out->rows = relation->table != NULL ? count_rows(c, relation->table) : -1;
    out->uses_index = strstr(how, "USING COVERING INDEX") != NULL;
    const struct key_def *key = relation->table != NULL ? key_of(relation->table, how) : NULL;
    if (key == NULL) {
        bool is_made = strstr(how, "USING ") != NULL && terms != NULL;
        out->type = is_made ? "ref" : "ALL";
        out->key = is_made ? "<auto_key0>" : NULL;
        out->uses_index = false;
        return;
    }
    out->key = key->name;
    if (terms != NULL) {
        search(c, relation->table->def, key, terms, is_outermost, out);
        return;
    }
    out->type = "index";
    out->key_length = key_bytes(relation->table->def, key, key->part_count);
}
