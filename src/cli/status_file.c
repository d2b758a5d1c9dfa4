/* status_file.c - reads what a node rewrites each second. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/status_file.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"

/* A node writes once a second; a busy disk may hold it up for a while. */
enum { STALE_AFTER_S = 15 };

json_t *status_file_load(const char *data_dir, struct err *err)
{
    char path[4096];
    json_error_t problem;
    snprintf(path, sizeof path, "%s/status.json", data_dir);
    json_t *status = json_load_file(path, 0, &problem);
    if (status == NULL && json_error_code(&problem) == json_error_cannot_open_file)
        err_set(err, ERR_SYSTEM,
                "no node in %s: there is no status.json that can be read (binlogd run makes one)",
                data_dir);
    else if (status == NULL)
        err_set(err, ERR_CORRUPT, "%s: %s", path, problem.text);
    return status;
}

double status_file_age_s(const json_t *status)
{
    double updated = json_number_value(json_object_get(status, "updated_s"));
    double age = (double)clock_wall_us() / 1e6 - updated;
    return age > 0 ? age : 0;
}

bool status_file_is_running(const json_t *status)
{
    const char *state = json_string_value(json_object_get(status, "state"));
    return status_file_age_s(status) <= STALE_AFTER_S && state != NULL &&
           strcmp(state, "stopped") != 0;
}
