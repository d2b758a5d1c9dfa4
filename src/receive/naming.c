/* naming.c - "~N" before the last dot. */
// SPDX-License-Identifier: Apache-2.0
#include "receive/naming.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned naming_source_name(const char *stored, char source[LOG_NAME_MAX + 1])
{
    const char *dot = strrchr(stored, '.');
    const char *tilde = strrchr(stored, '~');
    char *end = NULL;
    unsigned long server = tilde == NULL ? 0 : strtoul(tilde + 1, &end, 10);
    bool marked = dot != NULL && tilde != NULL && end == dot && end > tilde + 1 && server > 1;
    if (!marked) {
        snprintf(source, LOG_NAME_MAX + 1, "%s", stored);
        return 1;
    }
    snprintf(source, LOG_NAME_MAX + 1, "%.*s%s", (int)(tilde - stored), stored, dot);
    return (unsigned)server;
}

bool naming_stored_name(const char *source, unsigned server, char stored[LOG_NAME_MAX + 1],
                        struct err *err)
{
    const char *dot = strrchr(source, '.');
    int stem = dot == NULL ? (int)strlen(source) : (int)(dot - source);
    int n = server <= 1 ? snprintf(stored, LOG_NAME_MAX + 1, "%s", source)
                        : snprintf(stored, LOG_NAME_MAX + 1, "%.*s~%u%s", stem, source, server,
                                   dot == NULL ? "" : dot);
    if (n > LOG_NAME_MAX)
        return err_set(err, ERR_UNSUPPORTED, "the log file name %.64s… is too long", source);
    return true;
}

bool naming_is_later(const char *name, const char *than)
{
    const char *name_dot = strrchr(name, '.');
    const char *than_dot = strrchr(than, '.');
    if (name_dot == NULL || than_dot == NULL || name_dot - name != than_dot - than ||
        memcmp(name, than, (size_t)(name_dot - name)) != 0)
        return false;
    return strtoull(name_dot + 1, NULL, 10) > strtoull(than_dot + 1, NULL, 10);
}
