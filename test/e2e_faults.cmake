# What is loaded into the program under test: file calls that fail (sweep.py), memory that runs out, a clock that moves.
foreach(shim faultshim memoryshim clockshim)
    add_library(${shim} MODULE ${CMAKE_CURRENT_SOURCE_DIR}/lib/${shim}.c)
    set_target_properties(${shim} PROPERTIES PREFIX "")
endforeach()
