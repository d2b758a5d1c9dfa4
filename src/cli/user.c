/* user.c - `binlogd user`: the accounts that may log in to a node's port. A running node sees a
 * change at its next login. The password comes from the terminal, or from standard input's first
 * line: a command line is for all to see. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"
#include "config/secret.h"
#include "node/accounts.h"

struct action {
    const char *word;
    bool takes_name;
    bool (*run)(struct options *options, struct accounts *accounts, const char *name,
                struct err *err);
};

static bool ask_password(struct options *options, const char *name, const char **out,
                         struct err *err)
{
    char question[200];
    bool unused;
    if (!isatty(STDIN_FILENO))
        return secret_read_file("/dev/stdin", &options->arena, out, &unused, err);
    const char *again = NULL;
    snprintf(question, sizeof question, "Password of '%.80s': ", name);
    if (!secret_prompt(question, &options->arena, out, err) ||
        !secret_prompt("Once more: ", &options->arena, &again, err))
        return false;
    return strcmp(*out, again) == 0 ||
           err_set(err, ERR_CONFIG, "the two passwords differ: nothing was changed");
}

static bool ask_secret(struct options *options, const char *name, struct account_secret *out,
                       struct err *err)
{
    uint8_t salt[ACCOUNT_SALT_SIZE];
    const char *password = NULL;
    randombytes_buf(salt, sizeof salt);
    return ask_password(options, name, &password, err) &&
           account_secret_make(bytes_of_str(password), salt, out, err);
}

/* --database=a,b is two of them. */
static bool take_databases(const struct options *options, struct account *account, struct err *err)
{
    for (unsigned i = 0; i < options->database.count; i++)
        for (const char *item = options->database.items[i]; item != NULL;) {
            size_t len = strcspn(item, ",");
            if (!account_add_database(account, bytes_of(item, len), err))
                return false;
            item = item[len] == ',' ? item + len + 1 : NULL;
        }
    return true;
}

static bool add(struct options *options, struct accounts *accounts, const char *name,
                struct err *err)
{
    struct account account = { 0 };
    if (options->role == NULL || !account_role_parse(options->role, &account.role))
        return err_set(err, ERR_CONFIG,
                       "say what '%s' may do: --role=admin, replication, write or "
                       "read",
                       name);
    if (name[0] == 0 || strlen(name) > ACCOUNT_NAME_MAX)
        return err_set(err, ERR_CONFIG, "an account's name has 1 to %d bytes", ACCOUNT_NAME_MAX);
    if (accounts_find(accounts, bytes_of_str(name)) != NULL) /* before a password is asked for */
        return err_set(err, ERR_CONFIG,
                       "account '%s' is there already: binlogd user passwd changes its password",
                       name);
    snprintf(account.name, sizeof account.name, "%s", name);
    bool ok = take_databases(options, &account, err) &&
              ask_secret(options, name, &account.secret, err) &&
              accounts_add(accounts, &account, err) && accounts_save(accounts, err);
    explicit_bzero(&account.secret, sizeof account.secret);
    return ok;
}

static bool set_password(struct options *options, struct accounts *accounts, const char *name,
                         struct err *err)
{
    struct account_secret secret = { 0 };
    bool ok = ask_secret(options, name, &secret, err) &&
              accounts_set_secret(accounts, name, &secret, err) && accounts_save(accounts, err);
    explicit_bzero(&secret, sizeof secret);
    return ok;
}

static bool drop(struct options *options, struct accounts *accounts, const char *name,
                 struct err *err)
{
    (void)options;
    return accounts_drop(accounts, name, err) && accounts_save(accounts, err);
}

static bool list(struct options *options, struct accounts *accounts, const char *name,
                 struct err *err)
{
    (void)name;
    (void)err;
    if (options->json) {
        char *text = accounts_json(accounts);
        puts(text);
        free(text);
        return true;
    }
    for (unsigned i = 0; i < accounts_count(accounts); i++) {
        const struct account *account = accounts_at(accounts, i);
        printf("%-12s %s%s%s\n", account_role_name(account->role), account->name,
               account->databases[0] != 0 ? "  " : "", account->databases);
    }
    return true;
}

static const struct action actions[] = {
    { "add", true, add },
    { "passwd", true, set_password },
    { "drop", true, drop },
    { "list", false, list },
};

static const struct action *find_action(const struct options *options)
{
    const struct text_list *words = &options->arguments;
    for (size_t i = 0; words->count > 0 && i < ARRAY_COUNT(actions); i++)
        if (strcmp(words->items[0], actions[i].word) == 0 &&
            words->count == 1u + actions[i].takes_name)
            return &actions[i];
    return NULL;
}

static bool run(struct options *options, struct err *err)
{
    AUTO(accounts) accounts = NULL;
    const struct action *action = find_action(options);
    if (action == NULL)
        return err_set(err, ERR_CONFIG,
                       "say add NAME, passwd NAME, drop NAME or list: see binlogd help user");
    if (options->data == NULL)
        return err_set(err, ERR_CONFIG, "say where the node lives: --data=DIR");
    if (mkdir(options->data, 0700) != 0 && errno != EEXIST)
        return err_sys(err, "the data directory %s cannot be made", options->data);
    const char *name = action->takes_name ? options->arguments.items[1] : NULL;
    return accounts_open(options->data, &accounts, err) &&
           action->run(options, accounts, name, err);
}

int command_user(struct options *options)
{
    struct err err = { 0 };
    return run(options, &err) ? CLI_EXIT_OK : cli_fail(&err);
}
