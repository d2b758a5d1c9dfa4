/* err.c - sentences in a fixed buffer; one that is too long is cut, never overrun. */
// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void err_start(struct err *err, enum err_code code, const char *format, va_list args)
    PRINTF_LIKE(3, 0);
static void err_start(struct err *err, enum err_code code, const char *format, va_list args)
{
    char text[sizeof err->text]; /* the arguments may point into err->text */
    vsnprintf(text, sizeof text, format, args);
    memcpy(err->text, text, sizeof text);
    err->code = code;
    err->os_errno = 0;
    err->server_errno = 0;
}

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err_start(err, code, format, args);
    va_end(args);
    return false;
}

bool err_refuse(struct err *err, uint16_t number, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err_start(err, ERR_REFUSED, format, args);
    va_end(args);
    err->server_errno = number;
    return false;
}

bool err_sys(struct err *err, const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    err_start(err, ERR_SYSTEM, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    char reason[128];
    snprintf(err->text + used, sizeof err->text - used, ": %s",
             strerror_r(saved, reason, sizeof reason));
    err->os_errno = saved;
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, ": %s", err->text);
    memcpy(err->text, text, sizeof text);
    return false;
}

const char *err_code_name(enum err_code code)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",       [ERR_SYSTEM] = "system",
        [ERR_CORRUPT] = "corrupt", [ERR_PROTOCOL] = "protocol",
        [ERR_REFUSED] = "refused", [ERR_CONFLICT] = "conflict",
        [ERR_TIMEOUT] = "timeout", [ERR_UNSUPPORTED] = "unsupported",
        [ERR_CONFIG] = "config",   [ERR_CANCELLED] = "cancelled",
    };
    return names[code];
}
