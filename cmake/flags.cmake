# Warnings are errors everywhere; asserts stay on in every build type (no NDEBUG).
add_compile_options(
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wcast-qual -Wformat=2 -Wswitch-enum
    -Wmissing-prototypes -Wstrict-prototypes -Wundef -Werror)
# A sentence that is too long for its buffer is cut: that is what snprintf is used for here.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-format-truncation)
endif()
add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64)

set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")

if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(
        -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fno-strict-overflow
        -fno-delete-null-pointer-checks)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
        add_compile_options(-fcf-protection=full)
    endif()
    add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
endif()
if((BINLOGD_ASAN OR BINLOGD_TSAN) AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Sanitizers hide from gcc's warnings what a buffer holds: what snprintf cuts, it cuts on purpose.
    add_compile_options(-Wno-format-truncation -Wno-maybe-uninitialized)
endif()
if(BINLOGD_ASAN)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()
if(BINLOGD_TSAN)
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
endif()
if(BINLOGD_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
if(BINLOGD_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
endif()
