/* log_text_statements.c - events that are statements, and what a statement needs around it. */
// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include "binlog/decimal.h"
#include "binlog/gtid_event.h"
#include "binlog/statement_event.h"
#include "binlog/transaction_event.h"
#include "binlog/value_number.h"
#include "print/log_text_internal.h"
#include "print/put.h"
#include "sql/charset.h"

enum { MYSQL_GTID_STATEMENTS = 1 };

/* ---- statements ---- */

static void note_bound(struct log_text *text, struct bytes statement)
{
    enum query_bound bound = query_bound_of(statement);
    if (bound == QUERY_BEGIN)
        text->in_transaction = true;
    else if (bound != QUERY_OTHER)
        text->in_transaction = false;
}

bool log_text_query(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct query_event query;
    struct buf *out = e->out->buf;
    struct statement_place place = { e->event, e->format->flavour };
    buf_reset(&text->scratch);
    if (!query_decode(e->event, &text->scratch, &query, err))
        return false;
    put_str(event_type_name(e->event->header.type), out);
    put_str_number("\tthread_id=", query.thread_id, out);
    put_str_number("\texec_time=", query.exec_time, out);
    put_str_number("\terror_code=", query.error_code, out);
    put_byte(out, '\n');
    if (e->event->header.type == EVENT_EXECUTE_LOAD_QUERY &&
        !log_text_refuse(text, "LOAD DATA that was logged as a statement", err))
        return false;
    row_sql_forget(text->row_sql);
    if (!session_sql_put(text->session, &place, &query, out, err))
        return false;
    statement_sql_put(query.text, out);
    note_bound(text, query.text);
    return true;
}

bool log_text_intvar(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct intvar_event intvar;
    (void)text;
    if (!intvar_decode(e->event, &intvar, err))
        return false;
    buf_printf(e->out->buf, "Intvar\nSET %s=%" PRIu64 LOG_DELIMITER "\n",
               intvar.type == INTVAR_INSERT_ID ? "INSERT_ID" : "LAST_INSERT_ID", intvar.value);
    return true;
}

bool log_text_rand(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct rand_event rand;
    (void)text;
    if (!rand_decode(e->event, &rand, err))
        return false;
    buf_printf(e->out->buf,
               "Rand\nSET @@RAND_SEED1=%" PRIu64 ", @@RAND_SEED2=%" PRIu64 LOG_DELIMITER "\n",
               rand.seed1, rand.seed2);
    return true;
}

static bool put_string_var(const struct user_var_event *var, struct buf *out, struct err *err)
{
    const struct charset *charset = charset_by_collation_id(var->collation);
    const char *collation = charset_collation_name(var->collation);
    if (charset == NULL || collation == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "a user variable has collation %" PRIu32 ", which is not known here",
                       var->collation);
    buf_printf(out, "_%s X'", charset_name(charset));
    put_hex(var->value, out);
    buf_printf(out, "' COLLATE `%s`", collation);
    return true;
}

static bool put_decimal_var(const struct user_var_event *var, struct buf *out, struct err *err)
{
    char digits[DECIMAL_TEXT_MAX];
    struct reader r = reader_of(var->value);
    struct decimal_type type;
    type.precision = reader_u8(&r);
    type.scale = reader_u8(&r);
    if (r.failed || !decimal_type_valid(type))
        return err_set(err, ERR_CORRUPT, "a user variable is a decimal of no known size");
    if (!decimal_text(type, reader_rest(&r), digits, NULL, err))
        return false;
    buf_str(out, digits);
    return true;
}

static bool put_var(const struct user_var_event *var, struct buf *out, struct err *err)
{
    struct reader r = reader_of(var->value);
    uint64_t bits = var->value.len == sizeof bits ? reader_u64(&r) : 0;
    double real;
    memcpy(&real, &bits, sizeof real);
    if (var->is_null)
        buf_str(out, "NULL");
    else if (var->type == USER_VAR_INT && var->is_unsigned)
        put_unsigned(bits, out);
    else if (var->type == USER_VAR_INT)
        put_signed((int64_t)bits, out);
    else if (var->type == USER_VAR_REAL)
        put_real(real, out);
    else if (var->type == USER_VAR_DECIMAL)
        return put_decimal_var(var, out, err);
    else
        return put_string_var(var, out, err);
    return true;
}

bool log_text_user_var(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct user_var_event var;
    struct buf *out = e->out->buf;
    (void)text;
    if (!user_var_decode(e->event, &var, err))
        return false;
    buf_str(out, "User_var\nSET @");
    name_sql_put(var.name, out);
    buf_str(out, ":=");
    if (!put_var(&var, out, err))
        return false;
    buf_str(out, LOG_DELIMITER "\n");
    return true;
}

bool log_text_xa_prepare(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct xa_prepare_event prepare;
    char id[XA_TEXT_MAX];
    if (!xa_prepare_decode(e->event, &prepare, err))
        return false;
    xa_id_text(&prepare.xa, id);
    buf_printf(e->out->buf, "XA PREPARE %s\n%s %s%s\n" LOG_DELIMITER "\n", id,
               prepare.one_phase ? "XA COMMIT" : "XA PREPARE", id,
               prepare.one_phase ? " ONE PHASE" : "");
    text->in_transaction = false;
    return true;
}

/* ---- GTIDs ---- */

static void put_moment(struct log_text *text, const char *name, uint64_t micros, struct buf *out)
{
    const struct clock_text *when = clock_text_at(&text->moment, (int64_t)(micros / 1000000));
    put_str("# ", out);
    put_str(name, out);
    put_byte(out, '=');
    put_digits(&text->micros, micros, out);
    put_str(" (", out);
    put_str(when->text, out);
    char fraction[7] = ".000000";
    for (uint64_t left = micros % 1000000, i = 6; left > 0; left /= 10)
        fraction[i--] = (char)('0' + left % 10);
    put(out, fraction, sizeof fraction);
    put_str(")\n", out);
}

static void put_original(struct log_text *text, const struct gtid_event *gtid, uint64_t first_us,
                         struct buf *out)
{
    uint32_t version = gtid->original_server_version != 0 ? gtid->original_server_version
                                                          : gtid->immediate_server_version;
    put_str("/*!80001 SET @@session.original_commit_timestamp=", out);
    put_digits(&text->micros, first_us, out);
    put_str("*/" LOG_DELIMITER "\n", out);
    if (version == 0)
        return;
    put_str_number("/*!80014 SET @@session.original_server_version=", version, out);
    put_str_number("*/" LOG_DELIMITER "\n/*!80014 SET @@session.immediate_server_version=",
                   gtid->immediate_server_version, out);
    put_str("*/" LOG_DELIMITER "\n", out);
}

/* When it was committed first, and here. */
static void put_moments(struct log_text *text, const struct gtid_event *gtid, bool rows_only,
                        struct buf *out)
{
    uint64_t first_us =
        gtid->original_commit_us != 0 ? gtid->original_commit_us : gtid->immediate_commit_us;
    put_str("\toriginal_committed_timestamp=", out);
    put_digits(&text->micros, first_us, out);
    put_str("\timmediate_commit_timestamp=", out);
    put_digits(&text->micros, gtid->immediate_commit_us, out);
    put_str_number("\ttransaction_length=", gtid->transaction_length, out);
    put_byte(out, '\n');
    if (rows_only)
        put_str("/*!50718 SET TRANSACTION ISOLATION LEVEL READ COMMITTED*/" LOG_DELIMITER "\n",
                out);
    if (gtid->immediate_commit_us == 0)
        return;
    put_moment(text, "original_commit_timestamp", first_us, out);
    put_moment(text, "immediate_commit_timestamp", gtid->immediate_commit_us, out);
    put_original(text, gtid, first_us, out);
}

bool log_text_gtid(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct gtid_event gtid;
    char name[GTID_TEXT_MAX];
    struct buf *out = e->out->buf;
    if (!gtid_event_decode(e->event, &gtid, err))
        return false;
    bool is_anonymous = gtid.gtid.kind == GTID_NONE;
    bool rows_only = (gtid.flags & MYSQL_GTID_STATEMENTS) == 0;
    put_str(is_anonymous ? "Anonymous_GTID" : "GTID", out);
    put_str("\tlast_committed=", out);
    put_signed(gtid.last_committed, out);
    put_str("\tsequence_number=", out);
    put_signed(gtid.sequence_number, out);
    put_str(rows_only ? "\trbr_only=yes" : "\trbr_only=no", out);
    put_moments(text, &gtid, rows_only, out);
    if (text->options.without_gtids)
        return true;
    text->has_mysql_gtid = true;
    put_str("SET @@SESSION.GTID_NEXT= '", out);
    put_str(is_anonymous ? "ANONYMOUS" : gtid_text(&gtid.gtid, name), out);
    put_str("'" LOG_DELIMITER "\n", out);
    return true;
}

static void put_origin(struct log_text *text, const struct gtid *gtid, struct buf *out)
{
    if (text->options.without_gtids)
        return;
    if (!text->has_origin || text->domain != gtid->domain)
        buf_printf(out, "/*M!100001 SET @@session.gtid_domain_id=%" PRIu32 "*/" LOG_DELIMITER "\n",
                   gtid->domain);
    if (!text->has_origin || text->server != gtid->server)
        buf_printf(out, "/*M!100001 SET @@session.server_id=%" PRIu32 "*/" LOG_DELIMITER "\n",
                   gtid->server);
    text->has_origin = true;
    text->domain = gtid->domain;
    text->server = gtid->server;
    put_str_number("/*M!100001 SET @@session.gtid_seq_no=", gtid->seq, out);
    put_str("*/" LOG_DELIMITER "\n", out);
}

static void put_mariadb_flags(const struct gtid_event *gtid, struct buf *out)
{
    if ((gtid->flags & MARIADB_GTID_GROUP_COMMIT) != 0)
        put_str_number(" cid=", gtid->commit_id, out);
    if ((gtid->flags & MARIADB_GTID_DDL) != 0)
        buf_str(out, " ddl");
    if ((gtid->flags & MARIADB_GTID_TRANSACTIONAL) != 0)
        put_str(" trans", out);
    if ((gtid->flags & MARIADB_GTID_WAITED) != 0)
        buf_str(out, " waited");
    if ((gtid->extra_flags & MARIADB_GTID_START_ALTER) != 0)
        buf_str(out, " START ALTER");
    if ((gtid->extra_flags & MARIADB_GTID_COMMIT_ALTER) != 0)
        buf_printf(out, " COMMIT ALTER id= %" PRIu64, gtid->start_alter_seq);
    if ((gtid->extra_flags & MARIADB_GTID_ROLLBACK_ALTER) != 0)
        buf_printf(out, " ROLLBACK ALTER id= %" PRIu64, gtid->start_alter_seq);
    if ((gtid->extra_flags & MARIADB_GTID_THREAD_ID) != 0)
        buf_printf(out, " thread_id=%" PRIu32, gtid->thread_id);
}

bool log_text_mariadb_gtid(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct gtid_event gtid;
    char name[GTID_TEXT_MAX];
    char xa[XA_TEXT_MAX];
    struct buf *out = e->out->buf;
    if (!gtid_event_decode(e->event, &gtid, err))
        return false;
    put_str("GTID ", out);
    put_str(gtid_text(&gtid.gtid, name), out);
    put_mariadb_flags(&gtid, out);
    put_byte(out, '\n');
    put_origin(text, &gtid.gtid, out);
    text->in_transaction = false;
    if ((gtid.flags & MARIADB_GTID_PREPARED_XA) != 0)
        buf_printf(out, "XA START %s" LOG_DELIMITER "\n", xa_id_text(&gtid.xa, xa));
    else if ((gtid.flags & (MARIADB_GTID_STANDALONE | MARIADB_GTID_COMPLETED_XA)) == 0) {
        put_str("START TRANSACTION\n" LOG_DELIMITER "\n", out);
        text->in_transaction = true;
    }
    return true;
}
