/* cpus.h - how many processors this process may run on (taskset, a container's cpuset). */
// SPDX-License-Identifier: Apache-2.0
#pragma once

unsigned cpus_count(void); /* at least 1 */
