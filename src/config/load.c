/* load.c - options_load: option files first, then the environment, then the command line; each
 * value carries its rank, so that the order of reading does not matter. */
// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "config/foreign_words.h"
#include "config/option_file.h"
#include "config/options.h"
#include "config/uri.h"

const char *const option_file_names[] = { "/etc/binlogd/binlogd.cnf", "~/.binlogd.cnf", NULL };

#define ENVIRONMENT_PREFIX "BINLOGD_"

/* What the words before all others say about option files. */
struct file_choice {
    bool none;         /* --no-defaults */
    const char *only;  /* --defaults-file */
    const char *extra; /* --defaults-extra-file: read after the usual ones */
};

struct loader {
    struct options *options;
    const struct options_request *request;
};

static void warn(const char *sentence, void *arg)
{
    const struct loader *loader = arg;
    text_list_add(&loader->options->warnings, sentence, &loader->options->arena);
}

/* ---- option files ---- */

static void file_opened(const char *path, void *arg)
{
    const struct loader *loader = arg;
    text_list_add(&loader->options->files_read, path, &loader->options->arena);
}

/* A password that everyone on the machine can read is worth a word. */
static void check_secrecy(struct loader *loader, const struct option_line *line,
                          const struct option *row)
{
    bool secret = row->type == OPTION_TYPE_secret ||
                  (line->value != NULL && uri_password(line->value).data != NULL);
    if (secret && (line->mode & S_IROTH) != 0)
        warn(arena_printf(&loader->options->arena,
                          "%s:%u: a password in a file that everyone may read: chmod 600 %s",
                          line->file, line->line, line->file),
             loader);
}

static bool set_from_line(struct loader *loader, const struct option_line *line,
                          const struct option *row, enum origin_rank rank, struct err *err)
{
    struct origin origin = { rank, line->file, line->line };
    check_secrecy(loader, line, row);
    return option_set(loader->options, row, line->value, origin, err) ||
           err_wrap(err, "%s:%u: %s", line->file, line->line, line->key);
}

/* [client] is shared with other programs: their options are theirs, but a near miss is told. */
static bool visit_client(struct loader *loader, const struct option_line *line, struct err *err)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const char *name = option_rows[i].client_name;
        char key[OPTION_NAME_MAX];
        snprintf(key, sizeof key, "%s", line->key);
        for (char *p = key; *p != 0; p++)
            if (*p == '_')
                *p = '-';
        if (name != NULL && strcmp(name, key) == 0)
            return set_from_line(loader, line, &option_rows[i], ORIGIN_CLIENT_GROUP, err);
    }
    warn(arena_printf(&loader->options->arena,
                      "%s:%u: [client] %s is not an option that binlogd uses; it is ignored",
                      line->file, line->line, line->key),
         loader);
    return true;
}

/* "skip-x", "disable-x" and "enable-x" switch a flag; "loose-" forgives an unknown name. */
struct spelling {
    const char *name;
    const char *value; /* replaces a missing value; NULL: none */
    bool loose;
};

static bool name_starts(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(name, prefix, len) == 0 && (name[len] == '-' || name[len] == '_');
}

static struct spelling spelling_of(const char *name)
{
    static const struct {
        const char *prefix;
        const char *value;
    } prefixes[] = { { "skip", "OFF" }, { "disable", "OFF" }, { "enable", "ON" } };
    struct spelling spelling = { name, NULL, false };
    if (name_starts(name, "loose")) {
        spelling.name += strlen("loose-");
        spelling.loose = true;
    }
    for (unsigned i = 0; i < ARRAY_COUNT(prefixes); i++) {
        if (!name_starts(spelling.name, prefixes[i].prefix))
            continue;
        const struct option *row = option_find(spelling.name + strlen(prefixes[i].prefix) + 1);
        if (row == NULL || row->type != OPTION_TYPE_flag)
            continue;
        spelling.name = row->name;
        spelling.value = prefixes[i].value;
    }
    return spelling;
}

static bool visit_own(struct loader *loader, const struct option_line *line, struct err *err)
{
    char suggestion[64];
    struct spelling spelling = spelling_of(line->key);
    const struct option *row = option_find(spelling.name);
    if (row == NULL && spelling.loose)
        return true;
    if (row == NULL)
        return err_set(err, ERR_CONFIG, "%s:%u: unknown option %s%s", line->file, line->line,
                       line->key, option_suggest(spelling.name, UINT32_MAX, suggestion));
    struct option_line meant = *line;
    if (spelling.value != NULL && line->value != NULL)
        return err_set(err, ERR_CONFIG, "%s:%u: %s takes no value", line->file, line->line,
                       line->key);
    if (spelling.value != NULL)
        meant.value = spelling.value;
    return set_from_line(loader, &meant, row, ORIGIN_FILE, err);
}

static bool visit_line(const struct option_line *line, void *arg, struct err *err)
{
    struct loader *loader = arg;
    const char *own = "binlogd";
    size_t own_len = strlen(own);
    if (strcmp(line->group, "client") == 0)
        return visit_client(loader, line, err);
    if (strcmp(line->group, own) == 0 ||
        (strncmp(line->group, own, own_len) == 0 && line->group[own_len] == '-' &&
         strcmp(line->group + own_len + 1, loader->request->command) == 0))
        return visit_own(loader, line, err);
    return true; /* another program's, or another command's */
}

static const char *environment_value(char **environment, const char *name)
{
    size_t len = strlen(name);
    for (char **p = environment; p != NULL && *p != NULL; p++)
        if (strncmp(*p, name, len) == 0 && (*p)[len] == '=')
            return *p + len + 1;
    return NULL;
}

static bool read_files(struct loader *loader, const struct file_choice *choice, struct err *err)
{
    struct arena *arena = &loader->options->arena;
    struct option_file_reader reader = { arena, visit_line, file_opened, warn, loader };
    const char *home = environment_value(loader->request->environment, "HOME");
    if (choice->none)
        return true;
    if (choice->only != NULL)
        return option_file_read(&reader, choice->only, OPTION_FILE_NAMED, err);
    for (const char *const *name = option_file_names; *name != NULL; name++) {
        if ((*name)[0] == '~' && home == NULL)
            continue;
        const char *path = (*name)[0] == '~' ? arena_printf(arena, "%s%s", home, *name + 1) : *name;
        if (!option_file_read(&reader, path, OPTION_FILE_OPTIONAL, err))
            return false;
    }
    return choice->extra == NULL ||
           option_file_read(&reader, choice->extra, OPTION_FILE_NAMED, err);
}

/* ---- environment ---- */

static bool read_variable(struct loader *loader, const char *variable, struct err *err)
{
    char name[OPTION_NAME_MAX];
    const char *equals = strchr(variable, '=');
    size_t len = (size_t)(equals - variable) - strlen(ENVIRONMENT_PREFIX);
    if (len >= sizeof name)
        return true;
    for (size_t i = 0; i < len; i++)
        name[i] = (char)tolower((unsigned char)variable[strlen(ENVIRONMENT_PREFIX) + i]);
    name[len] = 0;
    const struct option *row = option_find(name);
    if (row == NULL)
        return true; /* not refused: container platforms put BINLOGD_… of their own there */
    struct origin origin = { .rank = ORIGIN_ENVIRONMENT };
    return option_set(loader->options, row, equals + 1, origin, err) ||
           err_wrap(err, "environment %.*s", (int)(equals - variable), variable);
}

static bool read_environment(struct loader *loader, struct err *err)
{
    for (char **p = loader->request->environment; p != NULL && *p != NULL; p++)
        if (strncmp(*p, ENVIRONMENT_PREFIX, strlen(ENVIRONMENT_PREFIX)) == 0 &&
            strchr(*p, '=') != NULL && !read_variable(loader, *p, err))
            return false;
    return true;
}

/* ---- command line ---- */

/* The value of --name=value or --name value if the word is that option. */
static bool take_file_word(int argc, char **argv, int *index, const char *name, const char **out)
{
    size_t len = strlen(name);
    if (strncmp(argv[*index], name, len) != 0)
        return false;
    if (argv[*index][len] == '=') {
        *out = argv[*index] + len + 1;
        return true;
    }
    if (argv[*index][len] != 0 || *index + 1 >= argc)
        return false;
    *out = argv[++*index];
    return true;
}

/* The words about option files; they stand before all others. Returns how many there are. */
static int read_file_choice(const struct options_request *request, struct options *options,
                            struct file_choice *choice)
{
    int i = 0;
    for (; i < request->argc; i++) {
        if (strcmp(request->argv[i], "--no-defaults") == 0)
            choice->none = true;
        else if (strcmp(request->argv[i], "--print-defaults") == 0)
            options->print_defaults = true;
        else if (!take_file_word(request->argc, request->argv, &i, "--defaults-file",
                                 &choice->only) &&
                 !take_file_word(request->argc, request->argv, &i, "--defaults-extra-file",
                                 &choice->extra))
            break;
    }
    return i;
}

/* Overwrites what others could read in the process list. */
static void hide_secret(const struct option *row, char *value)
{
    struct bytes password = uri_password(value);
    if (row != NULL && row->type == OPTION_TYPE_secret)
        memset(value, 'x', strlen(value));
    else if (password.data != NULL)
        memset(value + ((const char *)password.data - value), 'x', password.len);
}

static bool is_file_word(const char *word)
{
    static const char *const words[] = { "--no-defaults", "--print-defaults", "--defaults-file",
                                         "--defaults-extra-file" };
    for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
        if (strcspn(word, "=") == strlen(words[i]) &&
            strncmp(word, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

static bool unknown_option(const struct loader *loader, const char *word, const char *name,
                           struct err *err)
{
    char suggestion[64];
    int len = (int)strcspn(word, "=");
    const struct option *row = option_find(name);
    if (row != NULL)
        return err_set(err, ERR_CONFIG, "%.*s is not an option of binlogd %s", len, word,
                       loader->request->command);
    if (is_file_word(word))
        return err_set(err, ERR_CONFIG, "%.*s stands before all other options", len, word);
    return err_set(err, ERR_CONFIG, "unknown option %.*s%s (binlogd %s --help lists them all)", len,
                   word, option_suggest(name, loader->request->commands, suggestion),
                   loader->request->command);
}

/* --name, --name=value, --name value. Moves *index past a value of its own. */
static bool read_option_word(struct loader *loader, int *index, struct err *err)
{
    const struct options_request *request = loader->request;
    char *word = request->argv[*index];
    char name[128];
    char *equals = strchr(word, '=');
    size_t len = strcspn(word + 2, "=");
    snprintf(name, sizeof name, "%.*s", (int)len, word + 2);
    struct spelling spelling = spelling_of(name);
    const struct option *row = option_find(spelling.name);
    if (row == NULL && spelling.loose)
        return true;
    if (row == NULL || (row->commands & request->commands) == 0)
        return unknown_option(loader, word, spelling.name, err);
    if (equals != NULL && spelling.value != NULL)
        return err_set(err, ERR_CONFIG, "--%s takes no value", name);
    bool takes_value = row->type != OPTION_TYPE_flag && row->type != OPTION_TYPE_secret;
    char *given = equals != NULL ? equals + 1 : NULL;
    if (given == NULL && takes_value && *index + 1 < request->argc)
        given = request->argv[++*index];
    struct origin origin = { .rank = ORIGIN_ARGUMENT };
    if (!option_set(loader->options, row, given != NULL ? given : spelling.value, origin, err))
        return err_wrap(err, "--%s", name);
    if (given != NULL)
        hide_secret(row, given);
    return true;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0;
}

/* -v and -vv, as the servers' tools have them. False: the word is neither. */
static bool read_short_word(struct loader *loader, const char *word, bool *ok, struct err *err)
{
    static const struct {
        const char *word, *option, *value;
    } words[] = { { "-v", "verbose", "1" }, { "-vv", "verbose", "2" } };
    for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
        const struct option *row = option_find(words[i].option);
        if (strcmp(word, words[i].word) != 0 || (row->commands & loader->request->commands) == 0)
            continue;
        struct origin origin = { .rank = ORIGIN_ARGUMENT };
        *ok = option_set(loader->options, row, words[i].value, origin, err);
        return true;
    }
    return false;
}

/* An option of ours, by its name and command. */
static bool is_own(const struct loader *loader, const char *word)
{
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const struct option *row = option_find(spelling_of(name).name);
    return row != NULL && (row->commands & loader->request->commands) != 0;
}

static bool read_foreign_word(struct loader *loader, int *index, bool *ok, struct err *err)
{
    const struct options_request *request = loader->request;
    struct foreign_request foreign = { request->command, request->argv[*index],
                                       *index + 1 < request->argc ? request->argv[*index + 1]
                                                                  : NULL };
    bool takes_next = false;
    if (!foreign_word_read(loader->options, &foreign, &takes_next, ok, err))
        return false;
    *index += takes_next;
    return true;
}

static bool read_dashed_word(struct loader *loader, int *index, struct err *err)
{
    const char *word = loader->request->argv[*index];
    bool ok = true;
    if (word[1] == '-' && is_own(loader, word))
        return read_option_word(loader, index, err);
    if (read_short_word(loader, word, &ok, err) || read_foreign_word(loader, index, &ok, err))
        return ok;
    if (word[1] == '-')
        return read_option_word(loader, index, err);
    return err_set(err, ERR_CONFIG, "unknown option %s: options are written --name=value", word);
}

static bool read_arguments(struct loader *loader, int first, struct err *err)
{
    const struct options_request *request = loader->request;
    struct options *options = loader->options;
    bool only_arguments = false; /* after -- */
    for (int i = first; i < request->argc; i++) {
        char *word = request->argv[i];
        if (only_arguments || word[0] != '-' || word[1] == 0) {
            text_list_add(&options->arguments, word, &options->arena);
            hide_secret(NULL, word);
        } else if (strcmp(word, "--") == 0)
            only_arguments = true;
        else if (is_help(word))
            options->help = true;
        else if (!read_dashed_word(loader, &i, err))
            return false;
    }
    return true;
}

bool options_load(struct options *options, const struct options_request *request, struct err *err)
{
    struct loader loader = { options, request };
    struct file_choice choice = { 0 };
    int first = read_file_choice(request, options, &choice);
    /* The command line first: it asks for help, which must come even where a file is broken, and
     * its secrets are to be hidden soon. */
    return read_arguments(&loader, first, err) && read_environment(&loader, err) &&
           read_files(&loader, &choice, err);
}

void options_print_defaults(const struct options *options, struct buf *out)
{
    char name[OPTION_NAME_MAX];
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        enum origin_rank rank = options->origins[i].rank;
        if (rank == ORIGIN_DEFAULT || rank == ORIGIN_ARGUMENT)
            continue;
        buf_printf(out, "--%s=", option_name(&option_rows[i], name));
        option_print(options, &option_rows[i], out);
        buf_str(out, "\n");
    }
}
