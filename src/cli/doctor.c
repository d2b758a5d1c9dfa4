/* doctor.c - `binlogd doctor`: the report of snapshot/doctor.h as a table or as JSON. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/doctor.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/source.h"
#include "config/help.h"
#include "net/cancel.h"
#include "node/filter.h"
#include "node/node.h"

enum { SENTENCE_COLUMN = 12 };

static void print_finding(const struct finding *finding, struct buf *out)
{
    buf_printf(out, "%-*s", SENTENCE_COLUMN, finding_level_name(finding->level));
    help_wrap(finding->sentence, SENTENCE_COLUMN, SENTENCE_COLUMN, out);
    const char *line = finding->remedy;
    while (*line != 0) { /* as it stands: it is there to be pasted */
        size_t len = strcspn(line, "\n");
        buf_printf(out, "%*s    %.*s\n", SENTENCE_COLUMN, "", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

static unsigned count_level(const struct report *report, enum finding_level level)
{
    unsigned count = 0;
    for (unsigned i = 0; i < report->count; i++)
        count += report->findings[i].level == level;
    return count;
}

static void print_table(const struct report *report)
{
    struct buf text;
    buf_init(&text, 16 << 20);
    if (report->source[0] != 0)
        buf_printf(&text, "%s\n\n", report->source);
    for (unsigned i = 0; i < report->count; i++)
        print_finding(&report->findings[i], &text);
    unsigned problems = count_level(report, FINDING_PROBLEM);
    unsigned warnings = count_level(report, FINDING_WARNING);
    if (problems > 0)
        buf_printf(&text, "\nIt cannot be followed as it is: %u problem%s, %u warning%s.\n",
                   problems, problems == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
    else if (warnings > 0)
        buf_printf(&text, "\nIt can be followed; %u warning%s.\n", warnings,
                   warnings == 1 ? "" : "s");
    else
        buf_str(&text, "\nIt can be followed.\n");
    fputs(buf_cstr(&text), stdout);
    buf_clear(&text);
}

static bool print_json(const struct report *report, struct err *err)
{
    json_t *findings = json_array();
    for (unsigned i = 0; i < report->count; i++) {
        const struct finding *f = &report->findings[i];
        json_array_append_new(findings, json_pack("{s:s, s:s, s:s, s:s}", "id", f->id, "level",
                                                  finding_level_name(f->level), "sentence",
                                                  f->sentence, "remedy", f->remedy));
    }
    json_t *root = json_pack("{s:s, s:s, s:o}", "source", report->source, "worst",
                             finding_level_name(report->worst), "findings", findings);
    char *text = root != NULL ? json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(root);
    if (text == NULL)
        return err_set(err, ERR_CORRUPT, "the report holds a name that is not UTF-8");
    puts(text);
    free(text);
    return true;
}

/* Exit codes of exits.def: warnings may pass, problems must be mended by a person. */
static int exit_of(enum finding_level worst)
{
    switch (worst) {
    case FINDING_OK:
    case FINDING_NOTE:
        return CLI_EXIT_OK;
    case FINDING_WARNING:
        return CLI_EXIT_FAILURE;
    case FINDING_PROBLEM:
        return CLI_EXIT_REFUSED;
    }
    return CLI_EXIT_FAILURE;
}

static bool keep_table(const char *db, const char *table, void *arg)
{
    return filter_keeps(arg, db, table);
}

static bool read_target(struct options *options, struct filter *filter,
                        struct source_address *address, struct err *err)
{
    if (options->arguments.count > 1)
        return err_set(err, ERR_CONFIG, "doctor takes one URI");
    if (options->arguments.count == 1 &&
        !option_set(options, &option_rows[OPTION_INDEX_source], options->arguments.items[0],
                    (struct origin){ .rank = ORIGIN_ARGUMENT }, err))
        return false;
    return filter_add_options(filter, options, err) && source_address_from(options, address, err);
}

static bool examine(struct options *options, struct report *report, struct err *err)
{
    struct source_address address;
    AUTO(filter) filter = filter_new();
    AUTO(cancel) cancel = cancel_new();
    struct doctor_options doctor = { .server_id = (uint32_t)options->server_id,
                                     .relay = options->engine == NODE_ENGINE_NONE,
                                     .keep = keep_table,
                                     .keep_arg = filter };
    return read_target(options, filter, &address, err) &&
           doctor_examine(&address, &doctor, cancel, report, err);
}

int command_doctor(struct options *options)
{
    struct err err = { 0 };
    struct report report;
    report_init(&report);
    bool ok = examine(options, &report, &err);
    if (ok && options->json)
        ok = print_json(&report, &err);
    else if (ok)
        print_table(&report);
    int code = ok ? exit_of(report.worst) : cli_fail(&err);
    report_clear(&report);
    return code;
}
