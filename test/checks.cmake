# Checks of the tree itself, as tests: layering, conventions, format, lint, documentation.
# BINLOGD_OTHER_BUILDS: build folders whose tests (unit and the like, under their own prefix) belong to
# this run too, so that one CTest run over one folder counts everything.
option(BINLOGD_CHECKS "register the checks of the source tree" OFF)
set(BINLOGD_OTHER_BUILDS "" CACHE STRING "build folders whose tests are run with this one's")

if(BINLOGD_CHECKS)
    find_package(Python3 COMPONENTS Interpreter REQUIRED)
    set(tools ${PROJECT_SOURCE_DIR}/tools)
    add_test(NAME check.layers COMMAND ${Python3_EXECUTABLE} ${tools}/layers.py)
    add_test(NAME check.conventions COMMAND ${Python3_EXECUTABLE} ${tools}/conventions.py)
    add_test(NAME check.faults COMMAND ${Python3_EXECUTABLE} ${tools}/faults.py)
    add_test(NAME check.format COMMAND ${tools}/format.sh)
    add_test(NAME check.cppcheck COMMAND ${tools}/lint.sh cppcheck ${CMAKE_BINARY_DIR})
    add_test(NAME check.tidy COMMAND ${tools}/lint.sh tidy ${CMAKE_BINARY_DIR})
    add_test(NAME check.analyzer COMMAND ${tools}/lint.sh analyzer ${CMAKE_BINARY_DIR})
    add_test(NAME check.events COMMAND ${Python3_EXECUTABLE} ${tools}/events_table.py)
    add_test(NAME check.docs COMMAND ${tools}/docs.sh check $<TARGET_FILE:binlogd>)
    add_test(NAME check.bugs COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/test/bugs.py ${CMAKE_BINARY_DIR}/bugs 2)
    set_tests_properties(check.bugs PROPERTIES LABELS check TIMEOUT 1500)
    set_tests_properties(check.layers check.conventions check.faults check.format check.cppcheck check.tidy
        check.analyzer check.events check.docs PROPERTIES LABELS check TIMEOUT 900)
    set_tests_properties(check.tidy check.analyzer PROPERTIES PROCESSORS 2)
endif()

foreach(build ${BINLOGD_OTHER_BUILDS})
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${build}/test/CTestTestfile.cmake)
endforeach()
