/* digest.h - hashes over two pieces of bytes, by OpenSSL. Nothing is kept; any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/err.h"

enum digest_kind {
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_MD5,
    DIGEST_SHA224,
    DIGEST_SHA384,
    DIGEST_SHA512
};
enum { DIGEST_PARTS = 2, SHA1_SIZE = 20, SHA256_SIZE = 32, DIGEST_MAX = 64 };

/* The hash of the parts one after the other; a part may be empty. ERR_UNSUPPORTED: this OpenSSL
 * does not compute it (SHA-1 under a strict policy). */
bool digest(enum digest_kind kind, const struct bytes parts[DIGEST_PARTS], uint8_t *out,
            struct err *err) MUST_CHECK;
