/* ddl_grammar.h - who parses what of a DDL statement. Private to src/sql.
 *
 * Each function stands at the first token of its part and leaves p behind the last; false: failed
 * (see parser.h). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/parser.h"

/* ddl_type.c */
bool parse_type(struct parser *p, struct column_spec *spec);

/* ddl_column.c */
struct column_spec *column_spec_new(struct parser *p, const char *name);
/* name type attributes: an ITEM of that kind, and items for the keys and constraints written in it.
 */
struct ddl_item *parse_column(struct parser *p, struct ddl_step *step, enum item_kind kind);

/* ddl_default.c: behind DEFAULT */
bool parse_default(struct parser *p, struct column_spec *spec);
bool at_now(const struct parser *p); /* CURRENT_TIMESTAMP or a synonym */
/* CURRENT_TIMESTAMP, NOW(), LOCALTIME(3): the fraction's digits. */
bool parse_now(struct parser *p, uint64_t *digits);

/* ddl_key.c */
bool at_key_or_constraint(const struct parser *p);
/* [CONSTRAINT name] PRIMARY KEY | UNIQUE | INDEX | FULLTEXT | FOREIGN KEY | CHECK … */
bool parse_key_or_constraint(struct parser *p, struct ddl_step *step);
bool parse_check(struct parser *p, struct ddl_step *step, const char *name, const char *column);
bool parse_references(struct parser *p, struct fk_def *fk);
struct key_def *key_new(struct parser *p, enum key_kind kind, const char *name);
bool parse_key_parts(struct parser *p, struct key_def *key);
/* USING, COMMENT, VISIBLE … */
bool parse_key_options(struct parser *p, struct key_def *key);

/* ddl_options.c */
bool at_table_option(const struct parser *p);
bool parse_table_option(struct parser *p, struct ddl_step *step);
bool at_partitioning(const struct parser *p);
bool parse_partitioning(struct parser *p, struct ddl_step *step);
const char *parse_charset_name(struct parser *p); /* lower case; "" for DEFAULT */

/* ddl_table.c */
bool parse_period(struct parser *p, struct ddl_step *step); /* behind PERIOD FOR */

/* statements: behind their first words */
bool parse_create_table(struct parser *p, bool or_replace);
bool parse_alter_table(struct parser *p);
bool parse_drop_table(struct parser *p);
bool parse_rename_table(struct parser *p);
bool parse_truncate(struct parser *p);
bool parse_create_index(struct parser *p);
bool parse_drop_index(struct parser *p);
bool parse_create_database(struct parser *p, bool or_replace);
bool parse_alter_database(struct parser *p);
bool parse_drop_database(struct parser *p);
bool parse_create_sequence(struct parser *p, bool or_replace);
bool parse_drop_sequence(struct parser *p);
bool parse_alter_sequence(struct parser *p);
bool parse_if_exists(struct parser *p);     /* true: the words were there */
bool parse_if_not_exists(struct parser *p); /* true: the words were there */
