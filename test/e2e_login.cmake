# The program that test/e2e/test_login.py logs in with; it finds it in this build's test folder.
add_executable(e2e_login_probe ${CMAKE_CURRENT_LIST_DIR}/e2e/login_probe.c)
target_link_libraries(e2e_login_probe PRIVATE net)
