/* statement_event.h - what stands around a statement in the log: its text beside row events
 * (ROWS_QUERY 29, ANNOTATE_ROWS 160), and the values that a statement-format query needs (INTVAR 5,
 * RAND 13, USER_VAR 14, the blocks of a LOAD DATA file 9, 11, 17).
 *
 *   rows query  one byte (ignored), text       annotate  text
 *   intvar      type (1), value (8)            rand      seeds (8, 8)
 *   user var    name length (4), name, null (1), then type (1), collation (4), length (4), value,
 *               and flags (1, integers only: 1 = unsigned)
 *   load block  file id (4), data
 *
 * Borrowed from the event. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"

enum intvar_type { INTVAR_LAST_INSERT_ID = 1, INTVAR_INSERT_ID = 2 };
struct intvar_event {
    enum intvar_type type;
    uint64_t value;
};

struct rand_event {
    uint64_t seed1;
    uint64_t seed2;
};

enum user_var_type {
    USER_VAR_STRING = 0,
    USER_VAR_REAL = 1,
    USER_VAR_INT = 2,
    USER_VAR_DECIMAL = 4
};
struct user_var_event {
    struct bytes name;
    bool is_null;
    enum user_var_type type;
    uint32_t collation;
    struct bytes value; /* int, real: 8 bytes, little-endian; decimal: precision, scale, packed */
    bool is_unsigned;
};

struct load_event { /* APPEND_BLOCK, DELETE_FILE (no data), BEGIN_LOAD_QUERY */
    uint32_t file_id;
    struct bytes data;
};

bool statement_text_decode(const struct event *event, struct bytes *text,
                           struct err *err) MUST_CHECK;
bool intvar_decode(const struct event *event, struct intvar_event *out, struct err *err) MUST_CHECK;
bool rand_decode(const struct event *event, struct rand_event *out, struct err *err) MUST_CHECK;
bool user_var_decode(const struct event *event, struct user_var_event *out,
                     struct err *err) MUST_CHECK;
bool load_event_decode(const struct event *event, struct load_event *out,
                       struct err *err) MUST_CHECK;
