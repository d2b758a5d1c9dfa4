/* session_sql.c - each setting is made as text and compared with the text that was printed last. */
// SPDX-License-Identifier: Apache-2.0
#include "print/session_sql.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/reader.h"
#include "print/put.h"
#include "sql/charset.h"

enum setting {
    SETTING_DB,
    SETTING_TIME,
    SETTING_THREAD,
    SETTING_FLAGS,
    SETTING_SQL_MODE,
    SETTING_AUTO_INCREMENT,
    SETTING_CHARSET,
    SETTING_TIME_ZONE,
    SETTING_LC_TIME_NAMES,
    SETTING_COLLATION_DATABASE,
    SETTING_EXPLICIT_DEFAULTS,
    SETTING_COLLATION_FOR_UTF8MB4,
    SETTING_REQUIRE_PRIMARY_KEY,
    SETTING_TABLE_ENCRYPTION,
    SETTING_COLLATIONS,
    SETTING_COUNT
};
enum { STATEMENT_MAX = 1 << 20 };

struct session_sql {
    struct buf last[SETTING_COUNT];
    struct buf now;
    struct { /* what the last statement's settings were made of */
        struct buf status;
        uint32_t thread_id;
        enum flavour flavour;
        bool is_made;
    } made;
};

struct session_sql *session_sql_new(void)
{
    struct session_sql *session = memory_new(sizeof *session);
    for (unsigned i = 0; i < SETTING_COUNT; i++)
        buf_init(&session->last[i], STATEMENT_MAX);
    buf_init(&session->now, STATEMENT_MAX);
    buf_init(&session->made.status, STATEMENT_MAX);
    return session;
}

void session_sql_free(struct session_sql *session)
{
    if (session == NULL)
        return;
    for (unsigned i = 0; i < SETTING_COUNT; i++)
        buf_clear(&session->last[i]);
    buf_clear(&session->now);
    buf_clear(&session->made.status);
    free(session);
}

void session_sql_reset(struct session_sql *session)
{
    for (unsigned i = 0; i < SETTING_COUNT; i++)
        buf_reset(&session->last[i]);
    session->made.is_made = false;
}

void name_sql_put(struct bytes name, struct buf *out)
{
    put_byte(out, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '`')
            put_byte(out, '`');
        put_byte(out, (char)name.data[i]);
    }
    put_byte(out, '`');
}

static bool contains(struct bytes text, const char *word)
{
    return text.len > 0 && memmem(text.data, text.len, word, strlen(word)) != NULL;
}

void statement_sql_put(struct bytes text, struct buf *out)
{
    char delimiter[32] = LOG_DELIMITER;
    bool is_other = contains(text, LOG_DELIMITER);
    for (unsigned i = 1; contains(text, delimiter); i++)
        snprintf(delimiter, sizeof delimiter, "/*!%u*/;", i);
    if (is_other)
        buf_printf(out, "DELIMITER %s\n", delimiter);
    put(out, text.data, text.len);
    put_byte(out, '\n');
    put_str(delimiter, out);
    put_byte(out, '\n');
    if (is_other)
        buf_str(out, "DELIMITER " LOG_DELIMITER "\n");
}

/* What stands in session->now is the setting's statement: appended where it is another than the
 * last. */
static void put_now(struct session_sql *session, enum setting setting, struct buf *out)
{
    struct bytes now = buf_bytes(&session->now);
    if (now.len > 0 && !bytes_equal(now, buf_bytes(&session->last[setting]))) {
        put(out, now.data, now.len);
        buf_str(out, LOG_DELIMITER "\n");
        buf_reset(&session->last[setting]);
        put(&session->last[setting], now.data, now.len);
    }
    buf_reset(&session->now);
}

static void put_time(struct session_sql *session, const struct event *event,
                     const struct query_event *query, struct buf *out)
{
    put_str_number("SET TIMESTAMP=", event->header.timestamp, &session->now);
    if (query->microseconds != 0)
        buf_printf(&session->now, ".%06" PRIu32, query->microseconds);
    put_now(session, SETTING_TIME, out);
}

static void put_flags(struct session_sql *session, const struct query_event *query, bool is_mariadb,
                      struct buf *out)
{
    uint32_t flags = query->flags2;
    if (!query_has(query, QUERY_STATUS_FLAGS2))
        return;
    put_str_number("SET @@session.foreign_key_checks=",
                   (flags & QUERY_FLAGS2_NO_FOREIGN_KEY_CHECKS) == 0, &session->now);
    put_str_number(", @@session.sql_auto_is_null=", (flags & QUERY_FLAGS2_AUTO_IS_NULL) != 0,
                   &session->now);
    put_str_number(", @@session.unique_checks=", (flags & QUERY_FLAGS2_RELAXED_UNIQUE_CHECKS) == 0,
                   &session->now);
    put_str_number(", @@session.autocommit=", (flags & QUERY_FLAGS2_NOT_AUTOCOMMIT) == 0,
                   &session->now);
    if (is_mariadb)
        put_str_number(", @@session.sql_if_exists=", (flags & QUERY_FLAGS2_IF_EXISTS) != 0,
                       &session->now);
    put_now(session, SETTING_FLAGS, out);
}

static void put_charset(struct session_sql *session, const struct query_event *query,
                        struct buf *out)
{
    const struct charset *client = charset_by_collation_id(query->client_collation);
    if (!query_has(query, QUERY_STATUS_CHARSET))
        return;
    if (client != NULL) {
        put_str("/*!\\C ", &session->now);
        put_str(charset_name(client), &session->now);
        put_str(" */" LOG_DELIMITER "\n", &session->now);
    }
    put_str("SET @@session.character_set_client=", &session->now);
    if (client != NULL)
        put_str(charset_name(client), &session->now);
    else
        put_unsigned(query->client_collation, &session->now);
    put_str_number(",@@session.collation_connection=", query->connection_collation, &session->now);
    put_str_number(",@@session.collation_server=", query->server_collation, &session->now);
    put_now(session, SETTING_CHARSET, out);
}

/* A name of the log's in quotes; one that would need escapes is none. */
static void put_time_zone(struct session_sql *session, const struct query_event *query,
                          struct buf *out)
{
    struct bytes zone = query->time_zone;
    if (!query_has(query, QUERY_STATUS_TIME_ZONE) || plain_prefix(zone) != zone.len)
        return;
    put_str("SET @@session.time_zone='", &session->now);
    if (zone.len > 0)
        put(&session->now, zone.data, zone.len);
    put_byte(&session->now, '\'');
    put_now(session, SETTING_TIME_ZONE, out);
}

static void put_collations(struct session_sql *session, const struct query_event *query,
                           struct buf *out)
{
    struct reader r = reader_of(query->collations);
    if (!query_has(query, QUERY_STATUS_MARIADB_COLLATIONS))
        return;
    buf_str(&session->now, "SET @@session.character_set_collations='");
    for (bool first = true; reader_left(&r) >= 4; first = false) {
        const struct charset *charset = charset_by_collation_id(reader_u16(&r));
        const char *collation = charset_collation_name(reader_u16(&r));
        if (charset == NULL || collation == NULL) {
            buf_reset(&session->now);
            return;
        }
        buf_printf(&session->now, "%s%s=%s", first ? "" : ",", charset_name(charset), collation);
    }
    put_byte(&session->now, '\'');
    put_now(session, SETTING_COLLATIONS, out);
}

/* Settings that are one number each. */
static void put_numbers(struct session_sql *session, const struct query_event *query,
                        struct buf *out)
{
    const struct {
        enum query_status status;
        enum setting setting;
        const char *before, *after;
        uint64_t value;
    } numbers[] = {
        { QUERY_STATUS_SQL_MODE, SETTING_SQL_MODE, "SET @@session.sql_mode=", "", query->sql_mode },
        { QUERY_STATUS_DATABASE_COLLATION, SETTING_COLLATION_DATABASE,
          "SET @@session.collation_database=", "", query->database_collation },
        { QUERY_STATUS_EXPLICIT_DEFAULTS_FOR_TIMESTAMP, SETTING_EXPLICIT_DEFAULTS,
          "SET @@session.explicit_defaults_for_timestamp=", "",
          query->explicit_defaults_for_timestamp },
        { QUERY_STATUS_DEFAULT_COLLATION_FOR_UTF8MB4, SETTING_COLLATION_FOR_UTF8MB4,
          "/*!80011 SET @@session.default_collation_for_utf8mb4=", "*/",
          query->default_collation_for_utf8mb4 },
        { QUERY_STATUS_REQUIRE_PRIMARY_KEY, SETTING_REQUIRE_PRIMARY_KEY,
          "/*!80013 SET @@session.sql_require_primary_key=", "*/", query->require_primary_key },
        { QUERY_STATUS_DEFAULT_TABLE_ENCRYPTION, SETTING_TABLE_ENCRYPTION,
          "/*!80016 SET @@session.default_table_encryption=", "*/",
          query->default_table_encryption },
    };
    for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
        if (!query_has(query, numbers[i].status))
            continue;
        put_str_number(numbers[i].before, numbers[i].value, &session->now);
        put_str(numbers[i].after, &session->now);
        put_now(session, numbers[i].setting, out);
    }
}

/* Settings that the log leaves out where they have their usual value. */
static void put_usual(struct session_sql *session, const struct query_event *query, struct buf *out)
{
    bool has_step = query_has(query, QUERY_STATUS_AUTO_INCREMENT);
    put_str_number("SET @@session.auto_increment_increment=",
                   has_step ? query->auto_increment_increment : 1, &session->now);
    put_str_number(", @@session.auto_increment_offset=",
                   has_step ? query->auto_increment_offset : 1, &session->now);
    put_now(session, SETTING_AUTO_INCREMENT, out);
    put_str_number("SET @@session.lc_time_names=",
                   query_has(query, QUERY_STATUS_LC_TIME_NAMES) ? query->lc_time_names : 0,
                   &session->now);
    put_now(session, SETTING_LC_TIME_NAMES, out);
    if (query_has(query, QUERY_STATUS_DATABASE_COLLATION))
        return;
    buf_str(&session->now, "SET @@session.collation_database=DEFAULT");
    put_now(session, SETTING_COLLATION_DATABASE, out);
}

static bool has_control_character(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20)
            return true;
    return false;
}

/* `use` is the client's own command and ends with its line, whatever is quoted. */
static bool put_use(struct session_sql *session, const struct event *event,
                    const struct query_event *query, struct buf *out, struct err *err)
{
    if (query->db.len == 0 || (event->header.flags & EVENT_FLAG_SUPPRESS_USE) != 0)
        return true;
    if (has_control_character(query->db))
        return err_set(err, ERR_UNSUPPORTED,
                       "a statement's default database has a control character in its name: no "
                       "client can be told to use it");
    buf_str(&session->now, "use ");
    name_sql_put(query->db, &session->now);
    put_now(session, SETTING_DB, out);
    return true;
}

/* Whether all but the time would be as it is. */
static bool is_made(const struct session_sql *session, const struct statement_place *place,
                    const struct query_event *query)
{
    return session->made.is_made && session->made.thread_id == query->thread_id &&
           session->made.flavour == place->flavour &&
           bytes_equal(buf_bytes(&session->made.status), query->status);
}

static void note_made(struct session_sql *session, const struct statement_place *place,
                      const struct query_event *query)
{
    buf_reset(&session->made.status);
    put(&session->made.status, query->status.data, query->status.len);
    session->made.thread_id = query->thread_id;
    session->made.flavour = place->flavour;
    session->made.is_made = true;
}

bool session_sql_put(struct session_sql *session, const struct statement_place *place,
                     const struct query_event *query, struct buf *out, struct err *err)
{
    if (!put_use(session, place->event, query, out, err))
        return false;
    put_time(session, place->event, query, out);
    if (is_made(session, place, query))
        return true;
    note_made(session, place, query);
    put_str_number("SET @@session.pseudo_thread_id=", query->thread_id, &session->now);
    put_now(session, SETTING_THREAD, out);
    put_flags(session, query, place->flavour == FLAVOUR_MARIADB, out);
    put_charset(session, query, out);
    put_time_zone(session, query, out);
    put_usual(session, query, out);
    put_numbers(session, query, out);
    put_collations(session, query, out);
    return true;
}
