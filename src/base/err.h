/* err.h - what went wrong: a code that callers branch on, and one sentence for a person.
 *
 * Functions that can fail return bool, take `struct err *` last and are MUST_CHECK. The caller owns
 * the err; it is written only on failure. err_set, err_sys and err_wrap return false, so that
 * `return err_set(...)` reads as what it is. A sentence says what happened, where, and what to do.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/macros.h"

enum err_code {
    ERR_NONE,
    ERR_SYSTEM,      /* the operating system said no: os_errno is set */
    ERR_CORRUPT,     /* bytes that cannot be what they claim to be */
    ERR_PROTOCOL,    /* the peer broke the protocol */
    ERR_REFUSED,     /* the peer answered with an error packet: server_errno is set */
    ERR_CONFLICT,    /* the data disagrees: a row missing or already there, a diverged source */
    ERR_UNSUPPORTED, /* well formed, but nothing here may act on it */
    ERR_TIMEOUT,
    ERR_CANCELLED, /* asked to stop */
    ERR_CONFIG,    /* the user's options, files or privileges */
};

struct err {
    enum err_code code;
    int os_errno;          /* for ERR_SYSTEM, else 0 */
    uint16_t server_errno; /* for ERR_REFUSED, else 0 */
    char text[2048];
};

bool err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* The sentence is followed by ": " and strerror(errno). */
bool err_sys(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* ERR_REFUSED, with the number that a MySQL server would answer. */
bool err_refuse(struct err *err, uint16_t number, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "context: " before the sentence that is already there; code and numbers stay. */
bool err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);
const char *err_code_name(enum err_code code); /* "system", "corrupt", ... */
