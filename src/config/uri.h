/* uri.h - the connection URI that users paste: mysql://user:password@host:port/?ssl-mode=REQUIRED
 *
 *   [mysql:// | mariadb://] [user[:password]@] (host[:port] | [ipv6][:port] | (/path) | %2Fpath)
 * [/]
 *   [?key=value[&key=value…]]
 *
 * Every part is percent-decoded. A key is the name of an option; one that stands twice is an error,
 * as it is in MySQL. A database after the slash is refused: a replica follows the whole server. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct uri_parameter {
    const char *key; /* lower case, with dashes */
    const char *value;
};
enum { URI_PARAMETERS_MAX = 32, URI_MAX_BYTES = 8192 };

struct uri {
    const char *user;     /* NULL: not said; all texts live in the arena */
    const char *password; /* NULL: not said; "" was said */
    const char *host;     /* NULL with a socket */
    const char *socket;
    uint16_t port; /* 0: not said */
    struct uri_parameter parameters[URI_PARAMETERS_MAX];
    unsigned parameter_count;
};

/* ERR_CONFIG; the sentence never holds the password. */
bool uri_parse(const char *text, struct arena *arena, struct uri *out, struct err *err) MUST_CHECK;
/* Where the password stands in the text, undecoded; data NULL when there is none. */
struct bytes uri_password(const char *text);
/* The text with *** in the password's place. */
void uri_print_redacted(const char *text, struct buf *out);
