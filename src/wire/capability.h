/* capability.h - the capability bits of the handshake that this tree knows by name.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/macros.h"

#define CAPABILITY_MYSQL                BIT(0) /* clear: the server is a MariaDB */
#define CAPABILITY_FOUND_ROWS           BIT(1) /* rows found count, not those changed */
#define CAPABILITY_LONG_FLAG            BIT(2)
#define CAPABILITY_CONNECT_WITH_DB      BIT(3)
#define CAPABILITY_COMPRESS             BIT(5) /* zlib */
#define CAPABILITY_LOCAL_FILES          BIT(7) /* never offered */
#define CAPABILITY_PROTOCOL_41          BIT(9)
#define CAPABILITY_INTERACTIVE          BIT(10)
#define CAPABILITY_TLS                  BIT(11)
#define CAPABILITY_TRANSACTIONS         BIT(13)
#define CAPABILITY_SECURE_CONNECTION    BIT(15)
#define CAPABILITY_MULTI_STATEMENTS     BIT(16)
#define CAPABILITY_MULTI_RESULTS        BIT(17)
#define CAPABILITY_PLUGIN_AUTH          BIT(19)
#define CAPABILITY_CONNECT_ATTRIBUTES   BIT(20)
#define CAPABILITY_LENENC_AUTH_RESPONSE BIT(21)
#define CAPABILITY_SESSION_TRACK        BIT(23) /* an OK may tell of the session's state */
#define CAPABILITY_DEPRECATE_EOF        BIT(24)
#define CAPABILITY_ZSTD                 BIT(26)
