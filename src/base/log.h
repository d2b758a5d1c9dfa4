/* log.h - the daemon's log: one line a message, to standard error. Any thread may call.
 *
 *   2026-11-22T07:41:34.886697Z [Note] [receive] source 10.0.0.5:3306 -> streaming: dump accepted
 *
 * Control characters in a message are written as \xNN, so nothing a peer says can forge a line.
 * Secrets are never passed here. LOG_AREA, defined by a .c before it includes this header, names
 * the part of the program in brackets. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/macros.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

void log_setup(enum log_level least, enum log_format format); /* before threads start */
void log_write(enum log_level level, const char *area, const char *format, ...) PRINTF_LIKE(3, 4);

#ifndef LOG_AREA
#define LOG_AREA "binlogd"
#endif
#define log_debug(...)   log_write(LOG_DEBUG, LOG_AREA, __VA_ARGS__)
#define log_info(...)    log_write(LOG_INFO, LOG_AREA, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, LOG_AREA, __VA_ARGS__)
#define log_error(...)   log_write(LOG_ERROR, LOG_AREA, __VA_ARGS__)
