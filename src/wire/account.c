/* account.c - see account.h. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/account.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include "base/glob.h"

static const struct role_row {
    const char *name;
    enum account_role role;
} roles[] = {
#define ROLE(name, bit, sentence) { #name, ROLE_##name },
#include "wire/roles.def"
#undef ROLE
};

bool account_role_parse(const char *text, enum account_role *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        if (strcmp(roles[i].name, text) != 0)
            continue;
        *out = roles[i].role;
        return true;
    }
    return false;
}

const char *account_role_name(enum account_role role)
{
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++)
        if (roles[i].role == role)
            return roles[i].name;
    return "";
}

/* ---- databases ---- */

bool account_next_database(const char **list, struct bytes *out)
{
    size_t len = strcspn(*list, ",");
    if (len == 0)
        return false;
    *out = bytes_of(*list, len);
    *list += len + ((*list)[len] == ',');
    return true;
}

bool account_databases_hold(const char *databases, const char *db)
{
    struct bytes pattern;
    if (databases == NULL)
        return true;
    while (account_next_database(&databases, &pattern))
        if (glob_matches(pattern, bytes_of_str(db), GLOB_EXACT))
            return true;
    return false;
}

bool account_add_database(struct account *account, struct bytes pattern, struct err *err)
{
    size_t used = strlen(account->databases);
    if (account->role != ROLE_write && account->role != ROLE_read)
        return err_set(
            err, ERR_CONFIG,
            "an account of the role %s is not of single databases: only write and read can be",
            account_role_name(account->role));
    if (pattern.len == 0 || pattern.len > ACCOUNT_DATABASE_MAX ||
        memchr(pattern.data, ',', pattern.len) != NULL ||
        memchr(pattern.data, 0, pattern.len) != NULL)
        return err_set(err, ERR_CONFIG, "'%.*s' is no database's name, nor a pattern of them",
                       (int)pattern.len, (const char *)pattern.data);
    if (used + 1 + pattern.len > ACCOUNT_DATABASES_MAX)
        return err_set(err, ERR_CONFIG, "the databases of an account have %d bytes at most in all",
                       ACCOUNT_DATABASES_MAX);
    snprintf(account->databases + used, sizeof account->databases - used, "%s%.*s",
             used > 0 ? "," : "", (int)pattern.len, (const char *)pattern.data);
    return true;
}

/* ---- secrets ---- */

static bool hash_twice(enum digest_kind kind, struct bytes text, uint8_t *out, struct err *err)
{
    uint8_t once[SHA256_SIZE];
    size_t size = kind == DIGEST_SHA1 ? SHA1_SIZE : SHA256_SIZE;
    bool done = digest(kind, (struct bytes[]){ text, { NULL, 0 } }, once, err) &&
                digest(kind, (struct bytes[]){ bytes_of(once, size), { NULL, 0 } }, out, err);
    explicit_bzero(once, sizeof once);
    return done;
}

static bool stretch(struct bytes password, const struct account_secret *secret,
                    uint8_t key[SHA256_SIZE])
{
    return PKCS5_PBKDF2_HMAC((const char *)password.data, (int)password.len, secret->salt,
                             ACCOUNT_SALT_SIZE, (int)secret->rounds, EVP_sha256(), SHA256_SIZE,
                             key) == 1;
}

bool account_secret_make(struct bytes password, const uint8_t salt[ACCOUNT_SALT_SIZE],
                         struct account_secret *out, struct err *err)
{
    struct account_secret secret = { .rounds = ACCOUNT_ROUNDS };
    if (password.len == 0 || password.len > ACCOUNT_PASSWORD_MAX)
        return err_set(err, ERR_CONFIG, "a password has 1 to %d bytes, this one has %zu",
                       ACCOUNT_PASSWORD_MAX, password.len);
    memcpy(secret.salt, salt, ACCOUNT_SALT_SIZE);
    if (!hash_twice(DIGEST_SHA1, password, secret.native, err) ||
        !scramble_ed25519_public_key(password, secret.ed25519, err))
        return false;
    if (!stretch(password, &secret, secret.key))
        return err_set(err, ERR_UNSUPPORTED, "OpenSSL refuses to compute PBKDF2 with SHA-256");
    *out = secret;
    return true;
}

bool account_fast_make(struct bytes password, uint8_t fast[SHA256_SIZE], struct err *err)
{
    return hash_twice(DIGEST_SHA256, password, fast, err);
}

/* Both challenge plugins: the answer is H(password) XOR a mask that the stored H(H(password)) and
 * the nonce give; taking the mask off and hashing once more must give what is stored. */
static bool unmasks(enum digest_kind kind, const uint8_t *stored, const uint8_t *mask,
                    struct bytes answer)
{
    uint8_t once[SHA256_SIZE];
    uint8_t twice[SHA256_SIZE];
    struct err err;
    for (size_t i = 0; i < answer.len; i++)
        once[i] = answer.data[i] ^ mask[i];
    bool done =
        digest(kind, (struct bytes[]){ bytes_of(once, answer.len), { NULL, 0 } }, twice, &err) &&
        CRYPTO_memcmp(twice, stored, answer.len) == 0;
    explicit_bzero(once, sizeof once);
    return done;
}

bool account_accepts_native(const struct account *account, const uint8_t nonce[SCRAMBLE_LEN],
                            struct bytes answer)
{
    uint8_t mask[SHA1_SIZE];
    struct err err;
    const uint8_t *stored = account->secret.native;
    return answer.len == SHA1_SIZE &&
           digest(DIGEST_SHA1,
                  (struct bytes[]){ bytes_of(nonce, SCRAMBLE_LEN), bytes_of(stored, SHA1_SIZE) },
                  mask, &err) &&
           unmasks(DIGEST_SHA1, stored, mask, answer);
}

bool account_accepts_fast(const struct account *account, const uint8_t nonce[SCRAMBLE_LEN],
                          struct bytes answer)
{
    uint8_t mask[SHA256_SIZE];
    struct err err;
    return answer.len == SHA256_SIZE && account->has_fast &&
           digest(DIGEST_SHA256,
                  (struct bytes[]){ bytes_of(account->fast, SHA256_SIZE),
                                    bytes_of(nonce, SCRAMBLE_LEN) },
                  mask, &err) &&
           unmasks(DIGEST_SHA256, account->fast, mask, answer);
}

bool account_accepts_ed25519(const struct account *account,
                             const uint8_t nonce[SCRAMBLE_ED25519_LEN], struct bytes answer)
{
    return answer.len == SCRAMBLE_ED25519_SIZE &&
           crypto_sign_verify_detached(answer.data, nonce, SCRAMBLE_ED25519_LEN,
                                       account->secret.ed25519) == 0;
}

bool account_accepts_password(const struct account *account, struct bytes password)
{
    uint8_t key[SHA256_SIZE];
    bool same = password.len <= ACCOUNT_PASSWORD_MAX && stretch(password, &account->secret, key) &&
                CRYPTO_memcmp(key, account->secret.key, sizeof key) == 0;
    explicit_bzero(key, sizeof key);
    return same;
}
