/* account.h - who may log in: a name, a role, and what each authentication plugin needs to check a
 * password without knowing it.
 *
 *   native   SHA1(SHA1(password))             mysql_native_password; no salt, as its protocol wants
 *   ed25519  the public key whose secret      client_ed25519
 *            scalar comes of SHA512(password)
 *   salt, key  PBKDF2-HMAC-SHA256(password)   caching_sha2_password's full exchange, in which the
 *                                             server is told the password itself
 *
 * The first two can be guessed at offline by whoever reads them, as on a MySQL or MariaDB server:
 * the file that holds them is its owner's alone. caching_sha2_password's short exchange needs
 * SHA256(SHA256(password)), which is kept in memory only, after a full one has succeeded.
 * Comparisons take the same time whatever differs. Pure; any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "wire/digest.h"
#include "wire/scramble.h"

enum {
    ACCOUNT_NAME_MAX = 80,      /* bytes; MariaDB's longest */
    ACCOUNT_PASSWORD_MAX = 256, /* bytes; more is no password */
    ACCOUNT_SALT_SIZE = 20,
    ACCOUNT_PUBLIC_KEY_SIZE = 32,
    ACCOUNT_ROUNDS = 10000, /* of PBKDF2, for new passwords */
    ACCOUNT_ROUNDS_MAX = 1000000,
    ACCOUNT_DATABASE_MAX = 4 * 64, /* bytes of a pattern: a database's name has 64 characters */
    ACCOUNT_DATABASES_MAX = 1023,  /* of all of them */
};

/* A set bit each, so that what a statement asks for can name several. */
enum account_role {
#define ROLE(name, bit, sentence) ROLE_##name = 1 << (bit),
#include "wire/roles.def"
#undef ROLE
};
bool account_role_parse(const char *text, enum account_role *out);
const char *account_role_name(enum account_role role);

struct account_secret {
    uint8_t native[SHA1_SIZE];
    uint8_t ed25519[ACCOUNT_PUBLIC_KEY_SIZE];
    uint8_t salt[ACCOUNT_SALT_SIZE];
    uint8_t key[SHA256_SIZE];
    uint32_t rounds;
};

struct account {
    char name[ACCOUNT_NAME_MAX + 1];
    enum account_role role;
    /* Roles write and read: the databases they hold for, as patterns with * and ?, a comma between
     * them; "": all. */
    char databases[ACCOUNT_DATABASES_MAX + 1];
    struct account_secret secret;
    bool has_fast; /* a full exchange has succeeded since the password was set */
    uint8_t fast[SHA256_SIZE];
};

/* One more pattern; ERR_CONFIG: it is none, or there are too many, or the role has no use for it.
 */
bool account_add_database(struct account *account, struct bytes pattern,
                          struct err *err) MUST_CHECK;
/* The next pattern of a list, which is left behind it; false: there is no further one. */
bool account_next_database(const char **list, struct bytes *out);
/* Is that database among them? "" has none, NULL has all. */
bool account_databases_hold(const char *databases, const char *db);

/* salt: ACCOUNT_SALT_SIZE random bytes. */
bool account_secret_make(struct bytes password, const uint8_t salt[ACCOUNT_SALT_SIZE],
                         struct account_secret *out, struct err *err) MUST_CHECK;
bool account_fast_make(struct bytes password, uint8_t fast[SHA256_SIZE],
                       struct err *err) MUST_CHECK;

/* Is it the answer to this nonce? An answer of another length is none. */
bool account_accepts_native(const struct account *account, const uint8_t nonce[SCRAMBLE_LEN],
                            struct bytes answer);
bool account_accepts_fast(const struct account *account, const uint8_t nonce[SCRAMBLE_LEN],
                          struct bytes answer);
bool account_accepts_ed25519(const struct account *account,
                             const uint8_t nonce[SCRAMBLE_ED25519_LEN], struct bytes answer);
/* Takes a few milliseconds, on purpose. */
bool account_accepts_password(const struct account *account, struct bytes password);
