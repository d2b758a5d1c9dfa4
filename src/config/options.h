/* options.h - what the user asked for: options.def's rows with a value each, and where it came
 * from.
 *
 * Precedence: command line, then environment (BINLOGD_NAME), then option files ([binlogd-COMMAND]
 * and [binlogd] before [client]), then the default. Within one of them the last one wins; a list
 * grows. Every value is checked wherever it stands, also one that another overrides. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Commands that take options; an option file is shared by all of them. */
enum option_command {
    OPTION_RUN = 1,
    OPTION_DOCTOR = 2,
    OPTION_STATUS = 4,
    OPTION_CAT = 8,
    OPTION_VERIFY = 16,
    OPTION_USER = 32,
    OPTION_DEMO = 64,
};

enum option_type {
    OPTION_TYPE_text,
    OPTION_TYPE_secret,
    OPTION_TYPE_flag,
    OPTION_TYPE_number,
    OPTION_TYPE_size,
    OPTION_TYPE_duration,
    OPTION_TYPE_choice,
    OPTION_TYPE_list,
};

struct text_list {
    const char **items;
    unsigned count;
};
void text_list_add(struct text_list *list, const char *item, struct arena *arena); /* copies it */

/* The struct's field of each type. Texts are NULL when unset; a choice is the index of its word. */
typedef const char *option_text;
typedef const char *option_secret;
typedef bool option_flag;
typedef uint64_t option_number;
typedef uint64_t option_size;     /* bytes */
typedef uint64_t option_duration; /* microseconds */
typedef unsigned option_choice;
typedef struct text_list option_list;

enum option_index {
#define OPTION(section, name, ...) OPTION_INDEX_##name,
#include "config/options.def"
#undef OPTION
    OPTION_COUNT
};

enum origin_rank {
    ORIGIN_DEFAULT,
    ORIGIN_CLIENT_GROUP, /* [client] of an option file */
    ORIGIN_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_ARGUMENT,
};
struct origin {
    enum origin_rank rank;
    const char *file; /* of an option file, else NULL */
    unsigned line;
};

struct options {
#define OPTION(section, name, type, ...) option_##type name;
#include "config/options.def"
#undef OPTION
    struct origin origins[OPTION_COUNT];
    bool prompt_password; /* --source-password without a value */
    bool help;            /* --help stands on the command line */
    bool print_defaults;
    struct text_list arguments;  /* what is not an option, in order */
    struct text_list files_read; /* option files, in the order they were read */
    struct text_list warnings;   /* sentences to log once the log is set up */
    struct arena arena;          /* owns every text above */
};

enum option_section {
    OPTION_SECTION_NODE,
    OPTION_SECTION_SOURCE,
    OPTION_SECTION_COPY,
    OPTION_SECTION_LOG,
    OPTION_SECTION_SERVE,
    OPTION_SECTION_COMPARE,
    OPTION_SECTION_REPORT,
    OPTION_SECTION_COUNT
};
extern const char *const option_section_titles[OPTION_SECTION_COUNT];

/* A row of options.def. */
struct option {
    enum option_section section;
    const char *name; /* "server_id" */
    enum option_type type;
    const char *default_text;
    uint64_t least, most;
    const char *choices; /* "a|b", or NULL */
    const char *value_word;
    unsigned commands;
    const char *client_name;
    const char *help;
    size_t offset; /* of the field in struct options */
};
extern const struct option option_rows[OPTION_COUNT];

enum { OPTION_NAME_MAX = 32 };
/* "server-id": the name as it is shown. Returns text. */
const char *option_name(const struct option *row, char text[OPTION_NAME_MAX]);
/* The name nearest to one that is not known, as "; did you mean --server-id?", or "". */
const char *option_suggest(const char *unknown, unsigned commands, char text[64]);

struct options_request {
    const char *command; /* "run": names its group, [binlogd-run] */
    unsigned commands;   /* its OPTION_ bit */
    int argc;            /* the words after the command's name */
    char **argv;         /* secrets in them are overwritten once read */
    char **environment;  /* "NAME=value" …, NULL at the end */
};

void options_init(struct options *options); /* every option at its default */
void options_clear(struct options *options);
/* Reads files, environment and command line. ERR_CONFIG with the file and line, the variable or
 * the option, and the nearest known name. */
bool options_load(struct options *options, const struct options_request *request,
                  struct err *err) MUST_CHECK;

/* The row of that name; dashes and underscores are equal. NULL when there is none. */
const struct option *option_find(const char *name);
/* Sets one option from text (NULL: without a value), unless a higher rank has set it already; the
 * text is checked either way. */
bool option_set(struct options *options, const struct option *row, const char *text,
                struct origin origin, struct err *err) MUST_CHECK;
/* The value as a user would write it, "" when unset; a secret, and the password in a URI, as "***".
 */
void option_print(const struct options *options, const struct option *row, struct buf *out);
/* What --print-defaults shows: the arguments that the option files and the environment stand for.
 */
void options_print_defaults(const struct options *options, struct buf *out);
/* The option files that are looked for, in order; $HOME is put in place of "~". */
extern const char *const option_file_names[];
