# The library `wasm3`, of wasm3 0.5.0. WASM3_DIR is the folder that holds its wasm3.h; where it is not set, the sources
# are taken from the package that PyPI has of this version.
set(WASM3_DIR "" CACHE PATH "folder with the sources of wasm3 0.5.0")
if(NOT WASM3_DIR)
  include(FetchContent)
  FetchContent_Declare(wasm3_sources
    URL https://files.pythonhosted.org/packages/40/d9/5c4d0f09aa47e19f192feafba535f947ea547d24f1f5aaffdfa7bfe9fa78/pywasm3-0.5.0.tar.gz
    URL_HASH SHA256=5a47c8a39f7f6ae71b3316b2e5d86c9d0db6e771a65f09a86e4d4aa3a19aefcc
    SOURCE_SUBDIR nothing_to_configure)
  FetchContent_MakeAvailable(wasm3_sources)
  set(WASM3_DIR ${wasm3_sources_SOURCE_DIR}/wasm3)
endif()
file(GLOB wasm3_files ${WASM3_DIR}/m3_*.c)
if(NOT wasm3_files)
  message(FATAL_ERROR "WASM3_DIR is ${WASM3_DIR}, which has no m3_*.c. Give the folder of wasm3.h.")
endif()
add_library(runtime STATIC ${wasm3_files})
target_include_directories(runtime SYSTEM PUBLIC ${WASM3_DIR})
# Public, because mote_wasm3.c sees the same structures. MOTE_FLOATS is 1 where the module computes with floats. wasm3 keeps room
# in each frame for so many constants, used or not; what is beyond is part of the code. Pages of code must be powers of two.
target_compile_definitions(runtime PUBLIC d_m3HasFloat=${MOTE_FLOATS} d_m3VerboseErrorMessages=0
  d_m3MaxFunctionStackHeight=${MOTE_WASM3_STACK_HEIGHT} d_m3MaxConstantTableSize=64 d_m3CodePageAlignSize=1024)
# wasm3 goes from one operation to the next by tail calls, which compilers make of calls only when they optimise.
target_compile_options(runtime PRIVATE -O3 -w -fomit-frame-pointer -fno-stack-protector)
