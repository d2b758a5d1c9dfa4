/* self_signed.h - a certificate of our own, for who has given us none. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"

/* A new P-256 key and a certificate for it that names the host and is good for ten years, both as
 * PEM. The caller wipes the key. */
bool self_signed_make(const char *host, struct buf *cert_pem, struct buf *key_pem,
                      struct err *err) MUST_CHECK;
