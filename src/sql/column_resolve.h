/* column_resolve.h - a column as written becomes the column the server made of it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/collation.h"
#include "sql/ddl_tree.h"

/* `table`: the charset that the column inherits. Out lives in the arena. */
bool column_resolve(const struct column_spec *spec, const struct ddl_session *session,
                    struct collation table, struct arena *arena, struct column_def *out,
                    struct err *err) MUST_CHECK;
/* The default that a spec states, for a column of out's type (ALTER … SET DEFAULT too). */
void default_resolve(const struct column_spec *spec, struct arena *arena, struct column_def *out);
/* TEXT and BLOB types by the bytes they have to hold. */
enum sql_type column_text_type(uint64_t bytes, bool binary);
/* CONVERT TO CHARACTER SET: the column's text in another charset, its type grown where needed. */
void column_convert(struct column_def *column, struct collation to, struct arena *arena);
