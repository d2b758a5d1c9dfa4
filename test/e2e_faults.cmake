# The library that makes file calls of the program under test fail (test/lib/faultshim.c, used by sweep.py).
add_library(faultshim MODULE ${CMAKE_CURRENT_SOURCE_DIR}/lib/faultshim.c)
set_target_properties(faultshim PROPERTIES PREFIX "")
