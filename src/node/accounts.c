/* accounts.c - the account file, and the book that logins look names up in. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "accounts"
#include "node/accounts.h"
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"

static const char file_name[] = "accounts.json";

struct accounts {
    char *data_dir;
    struct account *list; /* by name */
    unsigned count;
    struct stat seen;      /* the file when it was read */
    struct account nobody; /* whose password nobody knows: what an unknown name is taken for */
};

/* ---- a secret as text ---- */

struct field {
    const char *key;
    size_t offset;
    size_t size;
};
#define FIELD(key, name)                                                                           \
    {                                                                                              \
        key, offsetof(struct account_secret, name), sizeof(((struct account_secret *)0)->name)     \
    }
static const struct field fields[] = {
    FIELD("native", native),
    FIELD("ed25519", ed25519),
    FIELD("pbkdf2_salt", salt),
    FIELD("pbkdf2_sha256", key),
};
enum { FIELD_MAX = 64 };

/* null: all. */
static json_t *databases_print(const char *databases)
{
    struct bytes pattern;
    if (databases[0] == 0)
        return json_null();
    json_t *list = json_array();
    while (account_next_database(&databases, &pattern))
        json_array_append_new(list, json_stringn((const char *)pattern.data, pattern.len));
    return list;
}

/* What is there is a list of patterns, or the account is not what it was made for. */
static bool databases_read(const json_t *from, struct account *out)
{
    size_t i;
    json_t *item;
    struct err err;
    if (from == NULL || json_is_null(from))
        return true;
    if (json_array_size(from) == 0)
        return false;
    json_array_foreach(from, i, item)
    {
        struct bytes pattern = bytes_of(json_string_value(item), json_string_length(item));
        if (pattern.data == NULL || !account_add_database(out, pattern, &err))
            return false;
    }
    return true;
}

static json_t *account_print(const struct account *account)
{
    return json_pack("{s:s, s:s, s:o}", "name", account->name, "role",
                     account_role_name(account->role), "databases",
                     databases_print(account->databases));
}

static json_t *secret_print(const struct account *account)
{
    json_t *out = account_print(account);
    if (out != NULL)
        json_object_set_new(out, "pbkdf2_rounds", json_integer(account->secret.rounds));
    for (size_t i = 0; out != NULL && i < ARRAY_COUNT(fields); i++) {
        char hex[2 * FIELD_MAX + 1];
        sodium_bin2hex(hex, sizeof hex, (const uint8_t *)&account->secret + fields[i].offset,
                       fields[i].size);
        json_object_set_new(out, fields[i].key, json_string(hex));
    }
    return out;
}

static bool secret_read(const json_t *from, struct account *out)
{
    const char *name = json_string_value(json_object_get(from, "name"));
    const char *role = json_string_value(json_object_get(from, "role"));
    json_int_t rounds = json_integer_value(json_object_get(from, "pbkdf2_rounds"));
    struct account account = { 0 };
    if (name == NULL || strlen(name) > ACCOUNT_NAME_MAX || role == NULL ||
        !account_role_parse(role, &account.role) || rounds < 1 || rounds > ACCOUNT_ROUNDS_MAX ||
        !databases_read(json_object_get(from, "databases"), &account))
        return false;
    snprintf(account.name, sizeof account.name, "%s", name);
    account.secret.rounds = (uint32_t)rounds;
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        const char *hex = json_string_value(json_object_get(from, fields[i].key));
        size_t len = 0;
        if (hex == NULL || sodium_hex2bin((uint8_t *)&account.secret + fields[i].offset,
                                          fields[i].size, hex, strlen(hex), NULL, &len, NULL) != 0)
            return false;
        if (len != fields[i].size)
            return false;
    }
    *out = account;
    return true;
}

/* ---- the list ---- */

/* Where the name is, or would be. */
static unsigned place_of(const struct accounts *accounts, struct bytes name, bool *found)
{
    unsigned i = 0;
    int order = 1;
    for (; i < accounts->count; i++) {
        order = bytes_order(bytes_of_str(accounts->list[i].name), name);
        if (order >= 0)
            break;
    }
    *found = i < accounts->count && order == 0;
    return i;
}

static void insert(struct accounts *accounts, unsigned at, const struct account *account)
{
    accounts->list = memory_resize(accounts->list, (accounts->count + 1) * sizeof *accounts->list);
    memmove(accounts->list + at + 1, accounts->list + at,
            (accounts->count - at) * sizeof *accounts->list);
    accounts->list[at] = *account;
    accounts->count++;
}

static void clear_list(struct accounts *accounts)
{
    if (accounts->list != NULL)
        explicit_bzero(accounts->list, accounts->count * sizeof *accounts->list);
    free(accounts->list);
    accounts->list = NULL;
    accounts->count = 0;
}

const struct account *accounts_find(const struct accounts *accounts, struct bytes name)
{
    bool found;
    unsigned at = place_of(accounts, name, &found);
    return found ? &accounts->list[at] : NULL;
}

unsigned accounts_count(const struct accounts *accounts)
{
    return accounts->count;
}

const struct account *accounts_at(const struct accounts *accounts, unsigned i)
{
    return &accounts->list[i];
}

bool accounts_add(struct accounts *accounts, const struct account *account, struct err *err)
{
    bool found;
    unsigned at = place_of(accounts, bytes_of_str(account->name), &found);
    if (found)
        return err_set(err, ERR_CONFIG,
                       "account '%s' is there already: change its password with binlogd user "
                       "passwd, or drop it first",
                       account->name);
    if (accounts->count >= ACCOUNTS_MAX)
        return err_set(err, ERR_CONFIG, "there are %d accounts, and no more can be had",
                       ACCOUNTS_MAX);
    insert(accounts, at, account);
    return true;
}

static struct account *must_find(struct accounts *accounts, const char *name, struct err *err)
{
    bool found;
    unsigned at = place_of(accounts, bytes_of_str(name), &found);
    if (!found)
        err_set(err, ERR_CONFIG,
                "no account '%s' in %s/%s: binlogd user list shows which there are", name,
                accounts->data_dir, file_name);
    return found ? &accounts->list[at] : NULL;
}

bool accounts_set_secret(struct accounts *accounts, const char *name,
                         const struct account_secret *secret, struct err *err)
{
    struct account *account = must_find(accounts, name, err);
    if (account == NULL)
        return false;
    account->secret = *secret;
    account->has_fast = false;
    return true;
}

bool accounts_drop(struct accounts *accounts, const char *name, struct err *err)
{
    struct account *account = must_find(accounts, name, err);
    if (account == NULL)
        return false;
    size_t behind = accounts->count - (size_t)(account - accounts->list) - 1;
    memmove(account, account + 1, behind * sizeof *account);
    accounts->count--;
    return true;
}

/* ---- the file ---- */

static void path_of(const struct accounts *accounts, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s", accounts->data_dir, file_name);
}

static bool take_list(struct accounts *accounts, const json_t *root)
{
    size_t i;
    json_t *item;
    const json_t *list = json_object_get(root, "accounts");
    if (!json_is_array(list) || json_array_size(list) > ACCOUNTS_MAX)
        return false;
    json_array_foreach(list, i, item)
    {
        struct account account;
        bool found;
        if (!secret_read(item, &account))
            return false;
        unsigned at = place_of(accounts, bytes_of_str(account.name), &found);
        if (found)
            return false;
        insert(accounts, at, &account);
    }
    return true;
}

/* What a full login has taught is kept for passwords that are still the same. */
static void keep_fast(struct accounts *fresh, const struct accounts *old)
{
    for (unsigned i = 0; i < fresh->count; i++) {
        struct account *account = &fresh->list[i];
        const struct account *before = accounts_find(old, bytes_of_str(account->name));
        if (before == NULL || !before->has_fast ||
            memcmp(&before->secret, &account->secret, sizeof account->secret) != 0)
            continue;
        account->has_fast = true;
        memcpy(account->fast, before->fast, sizeof account->fast);
    }
}

static bool read_file(struct accounts *accounts, struct err *err)
{
    char path[PATH_MAX];
    json_error_t why;
    struct accounts fresh = { 0 };
    path_of(accounts, path);
    if (stat(path, &fresh.seen) != 0) {
        if (errno != ENOENT)
            return err_sys(err, "%s", path);
        clear_list(accounts);
        accounts->seen = fresh.seen;
        return true;
    }
    if ((fresh.seen.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return err_set(err, ERR_CONFIG,
                       "%s can be read by others: it holds what passwords can be guessed from; "
                       "chmod 600 it, and change the passwords if somebody may have read it",
                       path);
    json_t *root = json_load_file(path, 0, &why);
    bool ok = root != NULL && take_list(&fresh, root);
    json_decref(root);
    if (!ok) {
        clear_list(&fresh);
        return err_set(err, ERR_CORRUPT,
                       "%s is damaged: restore it, or move it away and add the accounts anew with "
                       "binlogd user add",
                       path);
    }
    keep_fast(&fresh, accounts);
    clear_list(accounts);
    accounts->list = fresh.list;
    accounts->count = fresh.count;
    accounts->seen = fresh.seen;
    return true;
}

char *accounts_json(const struct accounts *accounts)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < accounts->count; i++)
        json_array_append_new(list, account_print(&accounts->list[i]));
    char *text = json_dumps(list, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(list);
    return text;
}

bool accounts_save(const struct accounts *accounts, struct err *err)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < accounts->count; i++)
        json_array_append_new(list, secret_print(&accounts->list[i]));
    json_t *root = json_pack("{s:i, s:o}", "version", 1, "accounts", list);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(root);
    if (text == NULL)
        return err_set(err, ERR_CONFIG, "an account's name is not UTF-8");
    bool ok = files_replace(&files_os, accounts->data_dir, file_name, bytes_of_str(text), err);
    explicit_bzero(text, strlen(text));
    free(text);
    return ok;
}

bool accounts_open(const char *data_dir, struct accounts **out, struct err *err)
{
    AUTO(accounts) accounts = memory_new(sizeof *accounts);
    uint8_t random[32];
    uint8_t salt[ACCOUNT_SALT_SIZE];
    if (sodium_init() < 0)
        return err_set(err, ERR_SYSTEM, "libsodium does not start");
    accounts->data_dir = memory_str(data_dir);
    randombytes_buf(random, sizeof random);
    randombytes_buf(salt, sizeof salt);
    if (!account_secret_make(bytes_of(random, sizeof random), salt, &accounts->nobody.secret,
                             err) ||
        !read_file(accounts, err))
        return false;
    *out = accounts;
    accounts = NULL;
    return true;
}

void accounts_free(struct accounts *accounts)
{
    if (accounts == NULL)
        return;
    clear_list(accounts);
    free(accounts->data_dir);
    free(accounts);
}

/* ---- the book ---- */

static bool is_changed(const struct accounts *accounts)
{
    char path[PATH_MAX];
    struct stat now = { 0 };
    path_of(accounts, path);
    if (stat(path, &now) != 0 && errno != ENOENT)
        return true;
    return now.st_ino != accounts->seen.st_ino || now.st_size != accounts->seen.st_size ||
           now.st_mtim.tv_sec != accounts->seen.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != accounts->seen.st_mtim.tv_nsec;
}

static bool book_find(struct bytes name, struct account *out, void *arg)
{
    struct accounts *accounts = arg;
    struct err err;
    if (is_changed(accounts) && !read_file(accounts, &err))
        log_warning("accounts stay as they were: %s", err.text);
    const struct account *found = accounts_find(accounts, name);
    *out = found != NULL ? *found : accounts->nobody;
    return found != NULL;
}

static void book_remember(const struct account *account, void *arg)
{
    struct accounts *accounts = arg;
    bool found;
    unsigned at = place_of(accounts, bytes_of_str(account->name), &found);
    struct account *ours = found ? &accounts->list[at] : NULL;
    if (ours == NULL || memcmp(&ours->secret, &account->secret, sizeof ours->secret) != 0)
        return;
    ours->has_fast = true;
    memcpy(ours->fast, account->fast, sizeof ours->fast);
}

struct account_book accounts_book(struct accounts *accounts)
{
    return (struct account_book){ .find = book_find, .remember = book_remember, .arg = accounts };
}
