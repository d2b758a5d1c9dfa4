# The DDL reader behind a pipe, for test/e2e/test_ddl_catalog.py.
add_executable(e2e_ddl_probe ${CMAKE_CURRENT_LIST_DIR}/e2e/ddl_probe.c)
target_link_libraries(e2e_ddl_probe PRIVATE sql)
