# The library `runtime`, WebAssembly Micro Runtime with its fast interpreter, which leaves the module's bytes as they are
# (the classic one rewrites them, and so cannot run from flash). WAMR_DIR is its source; where it is not set, the sources
# are taken from the crate that crates.io has of them. WAMR_BUILD_PLATFORM and WAMR_BUILD_TARGET are its own settings.
set(WAMR_DIR "" CACHE PATH "folder with the sources of wasm-micro-runtime")
if(NOT WAMR_DIR)
  include(FetchContent)
  FetchContent_Declare(wamr_sources
    URL https://static.crates.io/crates/wamr-sys/wamr-sys-0.1.1.crate
    URL_HASH SHA256=7f8519ccb3c87b57003ea20d6d8ccbf57c8a2999fe1035369a2758b2d80341d0
    DOWNLOAD_NAME wamr-sys.tar.gz
    SOURCE_SUBDIR nothing_to_configure)
  FetchContent_MakeAvailable(wamr_sources)
  set(WAMR_DIR ${wamr_sources_SOURCE_DIR}/wasm-micro-runtime)
endif()
enable_language(ASM)
set(WAMR_ROOT_DIR ${WAMR_DIR})
if(NOT DEFINED WAMR_BUILD_PLATFORM)
  set(WAMR_BUILD_PLATFORM linux)
endif()
if(NOT DEFINED WAMR_BUILD_TARGET)
  set(WAMR_BUILD_TARGET X86_64)
endif()
set(WAMR_BUILD_INTERP 1)
set(WAMR_BUILD_FAST_INTERP 1)
set(WAMR_BUILD_AOT 0)
set(WAMR_BUILD_JIT 0)
# Its loader does not link without, though no module of Mote imports it.
set(WAMR_BUILD_LIBC_BUILTIN 1)
set(WAMR_BUILD_LIBC_WASI 0)
set(WAMR_BUILD_BULK_MEMORY 1)
include(${WAMR_ROOT_DIR}/build-scripts/runtime_lib.cmake)
add_library(runtime STATIC ${WAMR_RUNTIME_LIB_SOURCE})
target_include_directories(runtime SYSTEM PUBLIC ${WAMR_ROOT_DIR}/core/iwasm/include)
target_compile_options(runtime PRIVATE -O2 -w)
target_link_libraries(runtime PUBLIC m)
if(WAMR_BUILD_PLATFORM STREQUAL linux)
  target_link_libraries(runtime PUBLIC pthread)
endif()
