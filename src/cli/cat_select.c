/* cat_select.c - see cat_select.h. Times are local, as mysqlbinlog's. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/cat_select.h"
#include <stdlib.h>
#include <time.h>
#include "base/memory.h"
#include "binlog/gtid_event.h"

struct cat_select {
    uint64_t start_pos, stop_pos;  /* as asked for; stop 0: to the end */
    uint64_t from, to;             /* in the file that is being read; to 0: its end */
    int64_t start_time, stop_time; /* seconds since 1970; stop 0: to the end */
    uint32_t server_id;            /* 0: any */
    const char *include_text, *exclude_text;
    struct gtid_set *include, *exclude; /* parsed once the flavour is known; NULL: not asked for */
    bool chooses;                       /* false: everything is shown */
    bool shows; /* the transaction that the log stands in, or what came last */
    bool in_transaction;
};

static bool parse_time(const char *option, const char *text, int64_t *out, struct err *err)
{
    static const char *const forms[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d" };
    *out = 0;
    for (unsigned i = 0; text != NULL && i < ARRAY_COUNT(forms); i++) {
        struct tm tm = { .tm_isdst = -1 };
        const char *end = strptime(text, forms[i], &tm);
        if (end == NULL || *end != 0)
            continue;
        *out = (int64_t)mktime(&tm);
        return true;
    }
    return text == NULL || err_set(err, ERR_CONFIG,
                                   "--%s: \"%s\" is not a time like 2026-01-31 "
                                   "23:59:59",
                                   option, text);
}

struct cat_select *cat_select_new(const struct options *options, struct err *err)
{
    struct cat_select *select = memory_new(sizeof *select);
    select->start_pos = options->start_position;
    select->stop_pos = options->stop_position;
    select->server_id = (uint32_t)options->server_id;
    select->include_text = options->include_gtids;
    select->exclude_text = options->exclude_gtids;
    if (parse_time("start-datetime", options->start_datetime, &select->start_time, err) &&
        parse_time("stop-datetime", options->stop_datetime, &select->stop_time, err)) {
        select->chooses = select->start_pos != 0 || select->stop_pos != 0 ||
                          select->server_id != 0 || select->include_text != NULL ||
                          select->exclude_text != NULL || options->start_datetime != NULL ||
                          options->stop_datetime != NULL;
        return select;
    }
    cat_select_free(select);
    return NULL;
}

void cat_select_free(struct cat_select *select)
{
    if (select == NULL)
        return;
    gtid_set_free(select->include);
    gtid_set_free(select->exclude);
    free(select);
}

void cat_select_file(struct cat_select *select, bool is_first, bool is_last)
{
    select->from = is_first ? select->start_pos : 0;
    select->to = is_last ? select->stop_pos : 0;
    select->in_transaction = false;
}

static bool parse_sets(struct cat_select *select, enum flavour flavour, struct err *err)
{
    if (select->include_text != NULL && select->include == NULL &&
        !gtid_set_parse(select->include_text, flavour, &select->include, err))
        return err_wrap(err, "--include-gtids");
    if (select->exclude_text != NULL && select->exclude == NULL &&
        !gtid_set_parse(select->exclude_text, flavour, &select->exclude, err))
        return err_wrap(err, "--exclude-gtids");
    return true;
}

static bool is_gtid(uint8_t type)
{
    return type == EVENT_GTID || type == EVENT_ANONYMOUS_GTID || type == EVENT_GTID_TAGGED ||
           type == EVENT_MARIADB_GTID;
}

/* Events of a file, not of a transaction. */
static bool is_between(uint8_t type)
{
    return type == EVENT_ROTATE || type == EVENT_STOP || type == EVENT_PREVIOUS_GTIDS ||
           type == EVENT_GTID_LIST || type == EVENT_BINLOG_CHECKPOINT ||
           type == EVENT_START_ENCRYPTION;
}

static bool in_sets(const struct cat_select *select, const struct gtid *gtid)
{
    bool included = select->include == NULL || gtid_set_contains(select->include, gtid);
    return included && (select->exclude == NULL || !gtid_set_contains(select->exclude, gtid));
}

static bool judge(const struct cat_select *select, const struct log_input_event *e)
{
    const struct event_header *header = &e->event.header;
    bool has_origin = select->server_id == 0 || select->server_id == header->server_id;
    return has_origin && e->place.pos >= select->from && header->timestamp >= select->start_time;
}

static bool is_past(const struct cat_select *select, const struct log_input_event *e)
{
    return (select->to != 0 && e->place.pos >= select->to) ||
           (select->stop_time != 0 && e->event.header.timestamp >= select->stop_time &&
            !select->in_transaction);
}

static bool judge_gtid(struct cat_select *select, const struct log_input_event *e, struct err *err)
{
    struct gtid_event gtid;
    if (!parse_sets(select, e->format->flavour, err) || !gtid_event_decode(&e->event, &gtid, err))
        return false;
    select->shows = judge(select, e) && in_sets(select, &gtid.gtid);
    return true;
}

static bool choose(struct cat_select *select, const struct log_input_event *e,
                   enum cat_choice *choice, struct err *err)
{
    uint8_t type = e->event.header.type;
    bool starts = is_gtid(type);
    *choice = CAT_SHOW;
    if (type == EVENT_FORMAT_DESCRIPTION || starts || is_between(type))
        select->in_transaction = false;
    if (type == EVENT_FORMAT_DESCRIPTION)
        return true;
    if (is_past(select, e)) {
        *choice = CAT_STOP;
        return true;
    }
    if (starts && !judge_gtid(select, e, err))
        return false;
    if (!starts && !select->in_transaction)
        select->shows = judge(select, e) && select->include_text == NULL;
    select->in_transaction = select->in_transaction || starts;
    *choice = select->shows ? CAT_SHOW : CAT_SKIP;
    return true;
}

bool cat_select_event(struct cat_select *select, const struct log_input_event *e,
                      enum cat_choice *choice, struct err *err)
{
    *choice = CAT_SHOW;
    return !select->chooses || choose(select, e, choice, err);
}
