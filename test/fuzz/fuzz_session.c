/* fuzz_session.c - the command phase: commands of a client that has logged in, as any bytes. The
 * first byte chooses the flavour; then come commands, each its length (2 bytes, little endian) and
 * its bytes. Whatever they are: nothing is registered or dumped more often than there are commands,
 * and what waits to be sent stays within its bound. */
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include "base/log.h"
#include "session_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ANSWER_LIMIT = 80 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct account account; /* made once: it takes a while */
    static struct talk talk;
    unsigned commands = 0;
    if (size < 1)
        return 0;
    log_setup(LOG_ERROR, LOG_TEXT); /* what is not understood is logged */
    if (!talk_open(&talk, data[0] & 1 ? FLAVOUR_MARIADB : FLAVOUR_MYSQL, &account))
        abort();
    for (size_t at = 1; size - at >= 3;) {
        size_t len = (size_t)(data[at] | data[at + 1] << 8);
        at += 2;
        len = len < 1 ? 1 : len;
        len = len < size - at ? len : size - at;
        if (talk_say(&talk, data[at], bytes_of(data + at + 1, len - 1)) > ANSWER_LIMIT)
            abort();
        at += len;
        commands++;
    }
    if (talk.asked + talk.dumps + talk.registrations > commands)
        abort();
    talk_close(&talk);
    return 0;
}
