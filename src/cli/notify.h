/* notify.h - tells systemd how the service is (sd_notify's protocol): one datagram a call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once

/* "READY=1", "STATUS=lag 0.0 s", "STOPPING=1". Nothing happens without $NOTIFY_SOCKET, and a
 * failure is nobody's concern: the service goes on. */
void notify_service(const char *state);
