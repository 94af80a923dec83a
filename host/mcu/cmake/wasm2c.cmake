# The library `runtime`, of the C that wasm2c (of wabt 1.0.32, Debian's package wabt) makes of MOTE_MODULE, a .wasm file.
# Its header is MOTE_CODE_code.h.
# The C of other versions asks for another runtime; npm's wabt has one of them, which may come first in PATH.
find_program(WASM2C wasm2c PATHS /usr/bin NO_DEFAULT_PATH)
find_program(WASM2C wasm2c)
if(NOT WASM2C)
  message(FATAL_ERROR "wasm2c is not there. Install wabt 1.0.32, or give its path as -DWASM2C=….")
endif()
execute_process(COMMAND ${WASM2C} --version OUTPUT_VARIABLE wasm2c_version OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT wasm2c_version STREQUAL "1.0.32")
  message(FATAL_ERROR "${WASM2C} is wasm2c ${wasm2c_version}, expected 1.0.32. Give another path as -DWASM2C=….")
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
# Loads and stores are checked, unless Mote proved that this module stays within its memory (MOTE_CONFINED).
set(MOTE_UNCHECKED ${MOTE_CONFINED} CACHE STRING "1: loads and stores without checks")
target_compile_definitions(runtime PUBLIC WASM_RT_MEMCHECK_SIGNAL_HANDLER=${MOTE_UNCHECKED})
target_compile_options(runtime PRIVATE -O2 -w)
# Roundings and roots of floats are functions of C's library.
if(MOTE_FLOATS)
  target_link_libraries(runtime PUBLIC m)
endif()
# Before wasm2c has run, there is no header that the program could be compiled with.
add_custom_target(mote_code_header DEPENDS ${mote_code}.h)
