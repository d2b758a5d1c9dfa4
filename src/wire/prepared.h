/* prepared.h - the commands of prepared statements as a server reads them: COM_STMT_EXECUTE,
 * COM_STMT_SEND_LONG_DATA, COM_STMT_FETCH and those that name a statement only; and the answer to
 * COM_STMT_PREPARE. Pure; payloads come without their command byte.
 *
 *   parameters_init       at COM_STMT_PREPARE, when the number of ? is known
 *   parameters_send_long  COM_STMT_SEND_LONG_DATA, as often as the client likes
 *   parameters_decode     COM_STMT_EXECUTE: values, until the payload goes
 *   parameters_reset      after it, and at COM_STMT_RESET
 *
 * Types are those of the last execute that gave any, as the protocol has it. Memory: 16 bytes a
 * parameter, and what was sent as long data. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/column.h"
#include "binlog/value.h"

enum {
    PARAMETERS_MAX = 65535,
    ATTRIBUTES_MAX = 256,             /* beyond the statement's own parameters */
    LONG_DATA_MAX = 64 * 1024 * 1024, /* of all the parameters of one statement */
};

struct parameter; /* type, and what came as long data */

struct parameters {
    struct parameter *items;
    unsigned count;
    bool has_types;
    size_t long_bytes;
    bool is_too_long; /* more long data came than is kept: the next execute fails */
};
/* count at most PARAMETERS_MAX */
void parameters_init(struct parameters *parameters, unsigned count);
void parameters_clear(struct parameters *parameters);
void parameters_reset(struct parameters *parameters); /* forgets long data, keeps types */

/* The statement that a payload names. ERR_PROTOCOL: it is too short. */
bool statement_id_decode(struct bytes payload, uint32_t *id, struct err *err) MUST_CHECK;

enum execute_flag {
    EXECUTE_READ_ONLY_CURSOR = 0x01,
    EXECUTE_CURSORS = 0x07,
    EXECUTE_COUNTS_PARAMETERS = 0x08, /* with query attributes only */
};
struct execute_head {
    uint32_t statement_id;
    uint8_t flags;
    struct bytes rest; /* parameters */
};
bool execute_head_decode(struct bytes payload, struct execute_head *out,
                         struct err *err) MUST_CHECK;
/* values: parameters->count of them, of the kinds NULL, INT, UINT, FLOAT, DOUBLE, DATE, TIME,
 * DATETIME, TEXT (also DECIMAL: its digits; bytes as the client sent them) and BLOB; borrowed from
 * the payload and from long data. has_attributes: CLIENT_QUERY_ATTRIBUTES is agreed upon; what
 * comes beyond the statement's parameters is read and passed over. ERR_PROTOCOL: malformed;
 * ERR_UNSUPPORTED: a type that no client sends, or too much long data. */
bool parameters_decode(struct parameters *parameters, const struct execute_head *head,
                       bool has_attributes, struct value *values, struct err *err) MUST_CHECK;

struct long_data {
    uint32_t statement_id;
    uint16_t parameter;
    struct bytes data;
};
bool long_data_decode(struct bytes payload, struct long_data *out, struct err *err) MUST_CHECK;
/* There is no answer to it: what goes wrong is told by the execute after it. */
void parameters_send_long(struct parameters *parameters, const struct long_data *data);

struct fetch_request {
    uint32_t statement_id;
    uint32_t row_count;
};
bool fetch_decode(struct bytes payload, struct fetch_request *out, struct err *err) MUST_CHECK;

struct prepare_answer {
    uint32_t statement_id;
    uint16_t column_count;
    uint16_t parameter_count;
    uint16_t warning_count;
};
/* The first packet; definitions of parameters and columns follow it. */
void prepare_answer_encode(const struct prepare_answer *answer, struct buf *out);
void parameter_definition_encode(struct buf *out); /* "?": the same for each */
