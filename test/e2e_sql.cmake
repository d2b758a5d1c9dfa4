# The engine's SQL behind a pipe, for test/e2e/test_sql.py.
add_executable(e2e_sql_probe ${CMAKE_CURRENT_LIST_DIR}/e2e/sql_probe.c)
target_link_libraries(e2e_sql_probe PRIVATE engine)
