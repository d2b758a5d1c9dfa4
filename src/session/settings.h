/* settings.h - the system variables that a session may change for itself: what they are, and what
 * they may become. Rows are in settings.def.
 *
 * A value is text as SET has it; data NULL is the SQL NULL. What cannot be taken is ERR_REFUSED
 * with the error a server gives (1231, 1115, 1273, 1298), and changes nothing. Pure; whoever runs a
 * statement of the session may read them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "sql/charset.h"

enum { SETTING_TEXT_MAX = 1024, SETTING_ZONE_MAX = 8 };

enum setting {
#define SETTING(name, flavours, kind, initial, least, most) SETTING_##name,
#include "session/settings.def"
#undef SETTING
    SETTINGS /* how many; also: none */
};

enum isolation { READ_UNCOMMITTED, READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE };

struct session_settings {
    uint64_t numbers[SETTINGS]; /* switches, numbers; sql_mode's bits; enum isolation */
    const struct charset *client;
    const struct charset *connection;
    const struct charset *results; /* NULL: texts leave as they are kept, in UTF-8 */
    const char *collation;         /* of literals; static */
    char time_zone[SETTING_ZONE_MAX];
    /* SET TRANSACTION: of the next transaction only; who begins it clears has_next. */
    bool has_next;
    enum isolation next_isolation;
    bool next_read_only;
};

void settings_init(struct session_settings *settings);
enum setting setting_find(const char *name, unsigned flavours); /* SETTINGS: there is none */
const char *setting_name(enum setting setting);
unsigned setting_flavours(enum setting setting);
bool setting_is_switch(enum setting setting);
bool setting_is_text(enum setting setting);
bool setting_read_switch(struct bytes text, uint64_t *out); /* ON, 1, TRUE …: 1 or 0 */
/* False: it is NULL. */
bool setting_text(const struct session_settings *settings, enum setting setting,
                  char text[SETTING_TEXT_MAX]);
bool setting_set(struct session_settings *settings, enum setting setting, struct bytes value,
                 struct err *err) MUST_CHECK;
/* SET x = DEFAULT */
void setting_copy(struct session_settings *to, const struct session_settings *from,
                  enum setting setting);
/* SET NAMES; collation NULL: the charset's. */
bool settings_set_names(struct session_settings *settings, const char *charset,
                        const char *collation, struct err *err) MUST_CHECK;
/* Of the transaction that begins now. */
void settings_transaction(const struct session_settings *settings, enum isolation *isolation,
                          bool *is_read_only);
/* SET CHARACTER SET */
bool settings_set_character_set(struct session_settings *settings, const char *charset,
                                struct err *err) MUST_CHECK;
