# The hostile source once more, against the program with the address sanitizer, where there is such a build.
foreach(build ${BINLOGD_OTHER_BUILDS})
    if(build MATCHES "/asan$")
        e2e_test(hostile.asan ${CMAKE_CURRENT_LIST_DIR}/e2e/test_hostile.py)
        set_property(TEST e2e.hostile.asan APPEND PROPERTY ENVIRONMENT "BINLOGD=${build}/src/binlogd")
    endif()
endforeach()
