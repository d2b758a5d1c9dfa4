# A primary behind a pipe, for test/e2e/test_primary.py.
add_executable(e2e_primary_probe ${CMAKE_CURRENT_LIST_DIR}/e2e/primary_probe.c)
target_link_libraries(e2e_primary_probe PRIVATE primary apply)
