/* schema_text.h - the tables of a dump, or of a few CREATE TABLE statements, as a catalog.
 *
 * Read are USE and CREATE TABLE; all other statements (INSERT, triggers, what a DELIMITER encloses)
 * are passed over, and nothing is run. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/catalog.h"

/* The flavour that a dump's own words name; MySQL where they name none. */
enum flavour schema_text_flavour(struct bytes text);
/* Adds to catalog. ERR_CONFIG with the line: a table that cannot be understood, or one of no
 * database. */
bool schema_text_read(struct bytes text, struct catalog *catalog, struct err *err) MUST_CHECK;
