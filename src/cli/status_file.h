/* status_file.h - DATA/status.json as a command finds it: the node's own words, and whether it
 * runs. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <jansson.h>
#include "base/err.h"

/* The caller decrefs. NULL with ERR_SYSTEM: there is no node in that directory. */
json_t *status_file_load(const char *data_dir, struct err *err);
double status_file_age_s(const json_t *status);
/* It wrote the file lately, and has not said that it stopped. */
bool status_file_is_running(const json_t *status);
