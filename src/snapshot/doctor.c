/* snapshot/doctor.c - runs the rules of doctor.def over the facts, and gathers the facts. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/doctor.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "net/cancel.h"
#include "net/connection.h"
#include "net/source_address.h"
#include "snapshot/doctor_rules.h"

enum { REPORT_BYTES_MAX = 16 << 20, SENTENCE_MAX = 4096 };

static const struct rule {
    const char *id;
    void (*run)(struct judge *judge);
} rules[] = {
#define RULE(name) { #name, rule_##name },
#include "snapshot/doctor.def"
#undef RULE
};

const char *finding_level_name(enum finding_level level)
{
    static const char *const names[] = { "ok", "note", "warning", "problem" };
    return names[level];
}

void report_init(struct report *report)
{
    memset(report, 0, sizeof *report);
    arena_init(&report->arena, REPORT_BYTES_MAX);
    report->findings = arena_alloc(&report->arena, ARRAY_COUNT(rules) * sizeof *report->findings);
}

void report_clear(struct report *report)
{
    arena_clear(&report->arena);
    memset(report, 0, sizeof *report);
}

void judge_say(struct judge *judge, enum finding_level level, const char *remedy,
               const char *format, ...)
{
    struct report *report = judge->report;
    char sentence[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    report->findings[report->count++] = (struct finding){
        .id = judge->id,
        .level = level,
        .sentence = arena_str(&report->arena, sentence),
        .remedy = arena_str(&report->arena, remedy == NULL ? "" : remedy),
    };
    if (level > report->worst)
        report->worst = level;
}

/* user@host with quotes: the host has no @, the user may. */
const char *judge_grant(struct judge *judge, const char *privileges)
{
    const char *account = judge->facts->user;
    const char *at = strrchr(account, '@');
    int user_len = at == NULL ? (int)strlen(account) : (int)(at - account);
    return arena_printf(&judge->report->arena, "GRANT %s ON *.* TO '%.*s'@'%s';", privileges,
                        user_len, account, at == NULL ? "%" : at + 1);
}

bool judge_is_mysql(const struct judge *judge)
{
    return judge->facts->flavour == FLAVOUR_MYSQL;
}

bool variable_is(const char *value, const char *word)
{
    return value != NULL && strcasecmp(value, word) == 0;
}

bool variable_is_on(const char *value)
{
    return variable_is(value, "1") || variable_is(value, "ON") || variable_is(value, "YES");
}

void doctor_judge(const struct source_facts *facts, const struct doctor_options *options,
                  struct report *out)
{
    struct judge judge = { .facts = facts, .options = options, .report = out };
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        judge.id = rules[i].id;
        unsigned before = out->count;
        rules[i].run(&judge);
        /* the report has room for one finding a rule */
        out->count = out->count > before + 1 ? before + 1 : out->count;
    }
}

static void say_unreachable(struct report *report, const struct err *err)
{
    struct judge judge = { .report = report, .id = "connect" };
    judge_say(&judge, FINDING_PROBLEM, NULL, "%s", err->text); /* it says what to do */
}

bool doctor_examine(const struct source_address *address, const struct doctor_options *options,
                    struct cancel *cancel, struct report *out, struct err *err)
{
    AUTO(connection) connection = NULL;
    struct err why = { .code = ERR_NONE };
    if (!connection_open(address, cancel, &connection, &why)) {
        if (why.code == ERR_CANCELLED) {
            *err = why;
            return false;
        }
        say_unreachable(out, &why);
        return true;
    }
    struct source_facts facts;
    source_facts_init(&facts);
    bool ok = source_probe(connection, options->relay ? PROBE_SERVER : PROBE_TABLES, options->keep,
                           options->keep_arg, &facts, err);
    if (ok) {
        int used = snprintf(out->source, sizeof out->source, "%s %s at %s",
                            facts.flavour == FLAVOUR_MYSQL ? "MySQL" : "MariaDB", facts.version,
                            address->socket_path != NULL ? address->socket_path : address->host);
        if (address->socket_path == NULL && used >= 0 && (size_t)used < sizeof out->source)
            snprintf(out->source + used, sizeof out->source - (size_t)used, ":%u", address->port);
        doctor_judge(&facts, options, out);
    }
    source_facts_clear(&facts);
    return ok;
}
