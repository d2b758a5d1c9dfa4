/* changes.c - what clients that track their session's state are told by the next OK: which of the
 * variables they named has another value, which database is in use, that anything changed at all.
 * A transaction's GTID is told by who runs SQL. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "session/state.h"

static const struct bytes nameless = { NULL, 0 };

static bool is_on(const struct session_settings *settings, enum setting setting)
{
    return settings->numbers[setting] != 0;
}

static void note_state(struct session *session)
{
    server_note_change(session->server, TRACKED_STATE, nameless, bytes_of_str("1"));
}

void changes_note_schema(struct session *session, const char *name)
{
    if (is_on(&session->own, SETTING_session_track_schema))
        server_note_change(session->server, TRACKED_SCHEMA, nameless, bytes_of_str(name));
    if (is_on(&session->own, SETTING_session_track_state_change))
        note_state(session);
}

static void print(const struct session_settings *settings, enum setting setting,
                  char text[SETTING_TEXT_MAX])
{
    if (setting_is_switch(setting))
        snprintf(text, SETTING_TEXT_MAX, "%s", is_on(settings, setting) ? "ON" : "OFF");
    else if (!setting_text(settings, setting, text))
        text[0] = 0; /* NULL: as the servers tell it */
}

void changes_note_settings(struct session *session, const struct session_settings *before)
{
    const struct session_settings *now = &session->own;
    uint64_t tracked = now->numbers[SETTING_session_track_system_variables];
    for (unsigned i = 0; i < SETTINGS; i++) {
        char was[SETTING_TEXT_MAX], is[SETTING_TEXT_MAX];
        if ((tracked & UINT64_C(1) << i) == 0)
            continue;
        print(before, (enum setting)i, was);
        print(now, (enum setting)i, is);
        if (strcmp(was, is) != 0)
            server_note_change(session->server, TRACKED_VARIABLE,
                               bytes_of_str(setting_name((enum setting)i)), bytes_of_str(is));
    }
    if (is_on(before, SETTING_session_track_state_change) &&
        is_on(now, SETTING_session_track_state_change))
        note_state(session);
}
