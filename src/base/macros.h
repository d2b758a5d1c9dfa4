/* macros.h - the few compiler attributes this tree uses. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>

#define MUST_CHECK         __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a)  __attribute__((format(printf, f, a)))
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(n)             (1u << (n))

/* AUTO(type) name = ...: a `struct type *` that type_free() releases at the end of its scope.
 * The type's header says AUTO_DEFINE(type) once; type_free accepts NULL. */
#define AUTO(type) __attribute__((cleanup(type##_auto))) struct type *
#define AUTO_DEFINE(type)                                                                          \
    static inline void type##_auto(struct type **object)                                           \
    {                                                                                              \
        type##_free(*object);                                                                      \
    }                                                                                              \
    struct type
