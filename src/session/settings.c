/* settings.c - see settings.h: one reader and one writer of text for each kind of setting. */
// SPDX-License-Identifier: Apache-2.0
#include "session/settings.h"
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "session/state.h"

enum kind {
    SWITCH,
    NUMBER,
    SECONDS,
    SQL_MODE,
    ISOLATION,
    GTIDS,
    NOTES,
    TRACKED,
    ZONE,
    CHARSET,
    RESULTS,
    COLLATION
};

static const struct row {
    const char *name;
    unsigned flavours;
    enum kind kind;
    uint64_t initial, least, most;
} rows[] = {
#define SETTING(name, flavours, kind, initial, least, most)                                        \
    { #name, FLAVOURS_##flavours, kind, initial, least, most },
#include "session/settings.def"
#undef SETTING
};

static const struct mode {
    const char *name;
    uint64_t bit;
    uint64_t with;
} modes[] = {
#define MODE(name, bit, with) { #name, UINT64_C(1) << (bit), with },
#include "session/sql_modes.def"
#undef MODE
};

static const char *const isolations[] = { "READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ",
                                          "SERIALIZABLE" };

static const char *const gtids[] = { "OFF", "OWN_GTID" };

/* By their bits. */
static const char *const notes[] = {
    "",        "basic",         "unusable_keys",         "basic,unusable_keys",
    "explain", "basic,explain", "unusable_keys,explain", "basic,unusable_keys,explain"
};

/* What a MySQL 8 begins with. */
static const char first_tracked[] =
    "time_zone,autocommit,character_set_client,character_set_results,character_set_connection";
static const char first_sql_mode[] =
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
static const char first_charset[] = "utf8mb4";
static const char first_collation[] = "utf8mb4_general_ci";

/* ---- words ---- */

static bool is_word(struct bytes text, const char *word)
{
    return text.len == strlen(word) && text.data != NULL &&
           strncasecmp((const char *)text.data, word, text.len) == 0;
}

static bool refuse(enum setting setting, struct bytes value, struct err *err)
{
    err_set(err, ERR_REFUSED, "Variable '%s' can't be set to the value of '%.*s'",
            rows[setting].name, (int)(value.data == NULL ? 4 : value.len),
            value.data == NULL ? "NULL" : (const char *)value.data);
    err->server_errno = 1231;
    return false;
}

static bool read_number(struct bytes text, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return text.len > 0;
}

bool setting_read_switch(struct bytes text, uint64_t *out)
{
    static const char *const yes[] = { "1", "ON", "TRUE" };
    static const char *const no[] = { "0", "OFF", "FALSE" };
    for (size_t i = 0; i < ARRAY_COUNT(yes); i++)
        if (is_word(text, yes[i]) || is_word(text, no[i])) {
            *out = is_word(text, yes[i]);
            return true;
        }
    return false;
}

/* 1.5 as microseconds; digits behind the sixth are none. */
static bool read_seconds(struct bytes text, uint64_t most, uint64_t *out)
{
    enum { DIGITS = 6 };
    const uint8_t *point = text.len == 0 ? NULL : memchr(text.data, '.', text.len);
    size_t whole_len = point == NULL ? text.len : (size_t)(point - text.data);
    size_t fraction_at = point == NULL ? text.len : whole_len + 1;
    uint64_t seconds = 0, micros = 0;
    if (!read_number(bytes_of(text.data, whole_len), &seconds) || seconds > most / 1000000)
        return false;
    for (size_t i = 0; i < DIGITS; i++) {
        bool is_said = fraction_at + i < text.len;
        if (is_said && !isdigit(text.data[fraction_at + i]))
            return false;
        micros = micros * 10 + (is_said ? (uint64_t)(text.data[fraction_at + i] - '0') : 0);
    }
    *out = seconds * 1000000 + micros;
    return *out <= most;
}

static bool read_choice(const char *const *choices, size_t count, struct bytes text, uint64_t *out)
{
    for (size_t i = 0; i < count; i++)
        if (is_word(text, choices[i])) {
            *out = i;
            return true;
        }
    return false;
}

/* ---- lists ---- */

static struct bytes take_word(struct bytes *list)
{
    const uint8_t *comma = memchr(list->data, ',', list->len);
    size_t len = comma == NULL ? list->len : (size_t)(comma - list->data);
    struct bytes word = bytes_of(list->data, len);
    size_t past = comma == NULL ? len : len + 1;
    *list = bytes_of(list->data + past, list->len - past);
    while (word.len > 0 && word.data[0] == ' ')
        word = bytes_of(word.data + 1, word.len - 1);
    return word;
}

/* ---- session_track_system_variables ---- */

static const uint64_t all_tracked = (UINT64_C(1) << SETTINGS) - 1;

static bool track(struct bytes word, uint64_t *out)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (is_word(word, rows[i].name)) {
            *out |= UINT64_C(1) << i;
            return true;
        }
    return false;
}

static bool read_tracked(struct bytes text, uint64_t *out)
{
    uint64_t bits = 0;
    if (is_word(text, "*")) {
        *out = all_tracked;
        return true;
    }
    while (text.len > 0) {
        struct bytes word = take_word(&text);
        if (word.len > 0 && !track(word, &bits))
            return false;
    }
    *out = bits;
    return true;
}

static void print_tracked(uint64_t bits, char text[SETTING_TEXT_MAX])
{
    size_t len = 0;
    snprintf(text, SETTING_TEXT_MAX, "%s", bits == all_tracked ? "*" : "");
    for (size_t i = 0; i < SETTINGS && bits != all_tracked; i++)
        if ((bits & UINT64_C(1) << i) != 0)
            len += (size_t)snprintf(text + len, SETTING_TEXT_MAX - len, "%s%s", len > 0 ? "," : "",
                                    rows[i].name);
}

/* ---- sql_mode ---- */

static bool read_mode(struct bytes word, uint64_t *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++)
        if (is_word(word, modes[i].name)) {
            *out |= modes[i].bit | modes[i].with;
            return true;
        }
    return false;
}

static bool read_mode_bits(uint64_t bits, uint64_t *out)
{
    uint64_t known = 0;
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++)
        known |= modes[i].bit;
    *out = bits;
    return (bits & ~known) == 0;
}

static bool read_sql_mode(struct bytes text, uint64_t *out)
{
    uint64_t bits = 0;
    if (read_number(text, &bits))
        return read_mode_bits(bits, out);
    while (text.len > 0) {
        struct bytes word = take_word(&text);
        if (word.len > 0 && !read_mode(word, &bits)) /* 'A,,B' is taken */
            return false;
    }
    *out = bits;
    return true;
}

static void print_sql_mode(uint64_t bits, char text[SETTING_TEXT_MAX])
{
    size_t len = 0;
    text[0] = 0;
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++)
        if ((bits & modes[i].bit) != 0)
            len += (size_t)snprintf(text + len, SETTING_TEXT_MAX - len, "%s%s", len > 0 ? "," : "",
                                    modes[i].name);
}

/* ---- time_zone ---- */

/* -13:59 to +14:00, as the servers have it; their named zones are not known here. */
static bool read_offset(struct bytes text, char zone[SETTING_ZONE_MAX])
{
    enum { HOURS_AT = 1, OFFSET_LEN = 6, MINUTES_MIN = -(13 * 60 + 59), MINUTES_MAX = 14 * 60 };
    unsigned hours, minutes;
    char sign, more, copy[OFFSET_LEN + 1];
    if (text.len < OFFSET_LEN - 1 || text.len > OFFSET_LEN)
        return false;
    snprintf(copy, sizeof copy, "%.*s", (int)text.len, (const char *)text.data);
    if (sscanf(copy, "%c%2u:%2u%c", &sign, &hours, &minutes, &more) != 3 || minutes > 59 ||
        (sign != '+' && sign != '-') || !isdigit((unsigned char)copy[HOURS_AT]))
        return false;
    int offset = (int)(hours * 60 + minutes) * (sign == '-' ? -1 : 1);
    snprintf(zone, SETTING_ZONE_MAX, "%c%02u:%02u", sign, hours % 100, minutes);
    return offset >= MINUTES_MIN && offset <= MINUTES_MAX;
}

static bool set_zone(struct session_settings *settings, struct bytes value, struct err *err)
{
    char zone[SETTING_ZONE_MAX];
    if (is_word(value, "SYSTEM"))
        snprintf(zone, sizeof zone, "SYSTEM");
    else if (is_word(value, "UTC"))
        snprintf(zone, sizeof zone, "UTC");
    else if (value.data == NULL || !read_offset(value, zone)) {
        err_set(err, ERR_REFUSED,
                "Unknown or incorrect time zone: '%.*s' (SYSTEM, UTC and +HH:MM are known here)",
                (int)value.len, value.data == NULL ? "" : (const char *)value.data);
        err->server_errno = 1298;
        return false;
    }
    memcpy(settings->time_zone, zone, sizeof zone);
    return true;
}

/* ---- character sets ---- */

static bool find_charset(struct bytes name, const struct charset **out, struct err *err)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)name.len,
             name.data == NULL ? "" : (const char *)name.data);
    const struct charset *found = charset_by_name(text);
    if (found != NULL && charset_keeps_ascii(found)) {
        *out = found;
        return true;
    }
    err_set(err, ERR_REFUSED,
            found == NULL ? "Unknown character set: '%s'"
                          : "This node does not speak %s with its clients: SET NAMES utf8mb4",
            text);
    err->server_errno = found == NULL ? 1115 : 1235;
    return false;
}

/* utf8mb4's is the one that this node's tables have by default. */
static const char *collation_of(const struct charset *charset)
{
    return strcmp(charset_name(charset), first_charset) == 0 ? first_collation
                                                             : charset_default_collation(charset);
}

static bool find_collation(const char *name, const char **out, const struct charset **charset,
                           struct err *err)
{
    const char *known = charset_collation_name(charset_collation_id(name));
    *charset = known == NULL ? NULL : charset_by_collation(known);
    if (known != NULL && *charset != NULL && charset_keeps_ascii(*charset)) {
        *out = known;
        return true;
    }
    err_set(err, ERR_REFUSED,
            known == NULL ? "Unknown collation: '%s'"
                          : "This node does not speak the character set of %s with its clients",
            name);
    err->server_errno = known == NULL ? 1273 : 1235;
    return false;
}

static bool set_results(struct session_settings *settings, struct bytes value, struct err *err)
{
    if (value.data != NULL && !is_word(value, "NULL") && !is_word(value, "binary"))
        return find_charset(value, &settings->results, err);
    settings->results = NULL;
    return true;
}

static bool set_collation(struct session_settings *settings, struct bytes value, struct err *err)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)value.len,
             value.data == NULL ? "" : (const char *)value.data);
    return find_collation(name, &settings->collation, &settings->connection, err);
}

static bool set_charset(struct session_settings *settings, enum setting setting, struct bytes value,
                        struct err *err)
{
    const struct charset *charset;
    if (!find_charset(value, &charset, err))
        return false;
    if (setting == SETTING_character_set_client) {
        settings->client = charset;
        return true;
    }
    settings->connection = charset;
    settings->collation = collation_of(charset);
    return true;
}

bool settings_set_names(struct session_settings *settings, const char *charset,
                        const char *collation, struct err *err)
{
    const struct charset *found, *of_collation;
    const char *name;
    if (!find_charset(bytes_of_str(charset), &found, err))
        return false;
    name = collation_of(found);
    if (collation != NULL && !find_collation(collation, &name, &of_collation, err))
        return false;
    if (collation != NULL && of_collation != found) {
        err_set(err, ERR_REFUSED, "COLLATION '%s' is not valid for CHARACTER SET '%s'", collation,
                charset);
        err->server_errno = 1253;
        return false;
    }
    settings->client = settings->connection = settings->results = found;
    settings->collation = name;
    return true;
}

bool settings_set_character_set(struct session_settings *settings, const char *charset,
                                struct err *err)
{
    const struct charset *found;
    if (!find_charset(bytes_of_str(charset), &found, err))
        return false;
    settings->client = settings->results = found;
    settings->connection = charset_by_name(first_charset);
    settings->collation = first_collation;
    return true;
}

/* ---- a setting ---- */

enum setting setting_find(const char *name, unsigned flavours)
{
    for (unsigned i = 0; i < SETTINGS; i++)
        if ((rows[i].flavours & flavours) != 0 && strcasecmp(rows[i].name, name) == 0)
            return (enum setting)i;
    return SETTINGS;
}

const char *setting_name(enum setting setting)
{
    return rows[setting].name;
}

unsigned setting_flavours(enum setting setting)
{
    return rows[setting].flavours;
}

bool setting_is_switch(enum setting setting)
{
    return rows[setting].kind == SWITCH;
}

bool setting_is_text(enum setting setting)
{
    return rows[setting].kind != SWITCH && rows[setting].kind != NUMBER &&
           rows[setting].kind != SECONDS;
}

/* Two names for one setting. */
static enum setting other_name(enum setting setting)
{
    static const enum setting pairs[][2] = {
        { SETTING_tx_isolation, SETTING_transaction_isolation },
        { SETTING_tx_read_only, SETTING_transaction_read_only },
    };
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
        for (unsigned side = 0; side < 2; side++)
            if (pairs[i][side] == setting)
                return pairs[i][1 - side];
    return setting;
}

static bool set_number(struct session_settings *settings, enum setting setting, struct bytes value,
                       struct err *err)
{
    const struct row *row = &rows[setting];
    uint64_t number = 0;
    bool ok;
    if (row->kind == SWITCH)
        ok = setting_read_switch(value, &number);
    else if (row->kind == ISOLATION)
        ok = read_choice(isolations, ARRAY_COUNT(isolations), value, &number);
    else if (row->kind == GTIDS)
        ok = read_choice(gtids, ARRAY_COUNT(gtids), value, &number);
    else if (row->kind == NOTES)
        ok = (read_number(value, &number) && number < ARRAY_COUNT(notes)) ||
             read_choice(notes, ARRAY_COUNT(notes), value, &number);
    else if (row->kind == TRACKED)
        ok = value.data != NULL && read_tracked(value, &number);
    else if (row->kind == SECONDS)
        ok = read_seconds(value, row->most, &number);
    else if (row->kind == SQL_MODE)
        ok = value.data != NULL && read_sql_mode(value, &number);
    else
        ok = read_number(value, &number) && number >= row->least && number <= row->most;
    if (!ok)
        return refuse(setting, value, err);
    settings->numbers[setting] = number;
    settings->numbers[other_name(setting)] = number;
    return true;
}

bool setting_set(struct session_settings *settings, enum setting setting, struct bytes value,
                 struct err *err)
{
    switch (rows[setting].kind) {
    case ZONE:
        return set_zone(settings, value, err);
    case CHARSET:
        return set_charset(settings, setting, value, err);
    case RESULTS:
        return set_results(settings, value, err);
    case COLLATION:
        return set_collation(settings, value, err);
    case SWITCH:
    case NUMBER:
    case SECONDS:
    case SQL_MODE:
    case ISOLATION:
    case GTIDS:
    case NOTES:
    case TRACKED:
        break;
    }
    return set_number(settings, setting, value, err);
}

static const char *text_or_null(const struct charset *charset)
{
    return charset == NULL ? NULL : charset_name(charset);
}

static const char *fixed_text(const struct session_settings *settings, enum setting setting)
{
    if (setting == SETTING_character_set_client)
        return text_or_null(settings->client);
    if (setting == SETTING_character_set_connection)
        return text_or_null(settings->connection);
    if (setting == SETTING_character_set_results)
        return text_or_null(settings->results);
    if (setting == SETTING_collation_connection)
        return settings->collation;
    if (setting == SETTING_session_track_gtids)
        return gtids[settings->numbers[setting]];
    if (setting == SETTING_note_verbosity)
        return notes[settings->numbers[setting]];
    return setting == SETTING_time_zone ? settings->time_zone
                                        : isolations[settings->numbers[setting]];
}

bool setting_text(const struct session_settings *settings, enum setting setting,
                  char text[SETTING_TEXT_MAX])
{
    if (rows[setting].kind == SECONDS) {
        snprintf(text, SETTING_TEXT_MAX, "%" PRIu64 ".%06" PRIu64,
                 settings->numbers[setting] / 1000000, settings->numbers[setting] % 1000000);
        return true;
    }
    if (!setting_is_text(setting)) {
        snprintf(text, SETTING_TEXT_MAX, "%" PRIu64, settings->numbers[setting]);
        return true;
    }
    if (setting == SETTING_sql_mode) {
        print_sql_mode(settings->numbers[setting], text);
        return true;
    }
    if (setting == SETTING_session_track_system_variables) {
        print_tracked(settings->numbers[setting], text);
        return true;
    }
    const char *fixed = fixed_text(settings, setting);
    if (fixed != NULL)
        snprintf(text, SETTING_TEXT_MAX, "%s", fixed);
    return fixed != NULL;
}

void settings_init(struct session_settings *settings)
{
    *settings = (struct session_settings){ .collation = first_collation, .time_zone = "SYSTEM" };
    for (unsigned i = 0; i < SETTINGS; i++)
        settings->numbers[i] = rows[i].initial;
    read_tracked(bytes_of_str(first_tracked),
                 &settings->numbers[SETTING_session_track_system_variables]);
    read_sql_mode(bytes_of_str(first_sql_mode), &settings->numbers[SETTING_sql_mode]);
    settings->client = settings->connection = settings->results = charset_by_name(first_charset);
}

void setting_copy(struct session_settings *to, const struct session_settings *from,
                  enum setting setting)
{
    char text[SETTING_TEXT_MAX];
    struct err impossible;
    bool is_set = setting_text(from, setting, text);
    bool ok = setting_set(to, setting, is_set ? bytes_of_str(text) : (struct bytes){ NULL, 0 },
                          &impossible);
    assert(ok); /* what was shown is taken */
}
void settings_transaction(const struct session_settings *settings, enum isolation *isolation,
                          bool *is_read_only)
{
    *isolation = settings->has_next
                     ? settings->next_isolation
                     : (enum isolation)settings->numbers[SETTING_transaction_isolation];
    *is_read_only = settings->has_next ? settings->next_read_only
                                       : settings->numbers[SETTING_transaction_read_only] != 0;
}
