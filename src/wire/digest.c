/* digest.c - see digest.h. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/digest.h"
#include <openssl/evp.h>

static const EVP_MD *of_kind(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_SHA256:
        return EVP_sha256();
    case DIGEST_MD5:
        return EVP_md5();
    case DIGEST_SHA224:
        return EVP_sha224();
    case DIGEST_SHA384:
        return EVP_sha384();
    case DIGEST_SHA512:
        return EVP_sha512();
    }
    return EVP_sha256();
}

bool digest(enum digest_kind kind, const struct bytes parts[DIGEST_PARTS], uint8_t *out,
            struct err *err)
{
    const EVP_MD *md = of_kind(kind);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new(); /* wipes itself when freed */
    bool done = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1;
    for (unsigned i = 0; i < DIGEST_PARTS; i++)
        done = done && EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
    done = done && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (!done)
        return err_set(err, ERR_UNSUPPORTED, "OpenSSL refuses to compute %s, which is needed here",
                       EVP_MD_get0_name(md));
    return true;
}
