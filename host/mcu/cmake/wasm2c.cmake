# The library `runtime`, of the C that wasm2c (of wabt 1.0.32, Debian's package wabt) makes of MOTE_MODULE, a .wasm file.
# Its header is MOTE_CODE_code.h.
find_program(WASM2C wasm2c)
if(NOT WASM2C)
  message(FATAL_ERROR "wasm2c is not there. Install wabt 1.0.32, or set WASM2C to its path.")
endif()
set(mote_code ${CMAKE_CURRENT_BINARY_DIR}/code/${MOTE_CODE}_code)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/code)
add_custom_command(
  OUTPUT ${mote_code}.c ${mote_code}.h
  COMMAND ${WASM2C} ${MOTE_MODULE} -n ${MOTE_CODE} -o ${mote_code}.c
  DEPENDS ${MOTE_MODULE})
add_library(runtime STATIC ${mote_code}.c)
target_include_directories(runtime SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/code)
target_include_directories(runtime PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../src)
# Loads and stores are checked; 1 leaves the checks out, which no module of Mote can fail.
set(MOTE_UNCHECKED 0 CACHE STRING "1: loads and stores without checks")
target_compile_definitions(runtime PUBLIC WASM_RT_MEMCHECK_SIGNAL_HANDLER=${MOTE_UNCHECKED})
target_compile_options(runtime PRIVATE -O2 -w)
# Before wasm2c has run, there is no header that the program could be compiled with.
add_custom_target(mote_code_header DEPENDS ${mote_code}.h)
