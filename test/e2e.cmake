# End-to-end tests: every test/e2e/test_NAME.py is one CTest test e2e.NAME, run against $BINLOGD (the
# program under test; this build's own unless -DBINLOGD_E2E_PROGRAM names another, such as the release
# build's). What a folder needs besides stands in a test/e2e_*.cmake of its own.
find_package(Python3 COMPONENTS Interpreter)
set(BINLOGD_E2E_PROGRAM "$<TARGET_FILE:binlogd>" CACHE STRING "the binlogd that end-to-end tests run")
option(BINLOGD_E2E "register the end-to-end tests (they start database servers)" OFF)

# e2e_test(name file [TIMEOUT seconds]): exit code 77 means that everything in it was skipped.
function(e2e_test name file)
    cmake_parse_arguments(arg "" "TIMEOUT" "" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 1200)
    endif()
    add_test(NAME e2e.${name}
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/lib/e2e.py ${file})
    set_tests_properties(e2e.${name} PROPERTIES
        LABELS e2e
        TIMEOUT ${arg_TIMEOUT}
        SKIP_RETURN_CODE 77
        ENVIRONMENT "BINLOGD=${BINLOGD_E2E_PROGRAM};BINLOGD_BUILD=${CMAKE_BINARY_DIR};BINLOGD_SKIPS=${CMAKE_BINARY_DIR}/skips.txt;PYTHONDONTWRITEBYTECODE=1")
endfunction()

if(BINLOGD_E2E AND TARGET binlogd)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_*.py)
    foreach(file ${files})
        get_filename_component(base ${file} NAME_WE)
        string(REPLACE "test_" "" name ${base})
        e2e_test(${name} ${file})
    endforeach()
    file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/e2e_*.cmake)
    foreach(part ${parts})
        include(${part})
    endforeach()
endif()
