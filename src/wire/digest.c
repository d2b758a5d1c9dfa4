/* digest.c - see digest.h. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/digest.h"
#include <openssl/evp.h>

bool digest(enum digest_kind kind, const struct bytes parts[DIGEST_PARTS], uint8_t *out,
            struct err *err)
{
    const EVP_MD *md = kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new(); /* wipes itself when freed */
    bool done = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1;
    for (unsigned i = 0; i < DIGEST_PARTS; i++)
        done = done && EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
    done = done && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (!done)
        return err_set(err, ERR_UNSUPPORTED,
                       "OpenSSL refuses to compute %s, which this login needs",
                       EVP_MD_get0_name(md));
    return true;
}
