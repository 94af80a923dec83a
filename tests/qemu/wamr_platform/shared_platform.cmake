# The platform's files, as WAMR's runtime_lib.cmake asks for them: its own platforms lie in ${SHARED_DIR}/platform.
set(PLATFORM_SHARED_DIR ${CMAKE_CURRENT_LIST_DIR})
include_directories(${PLATFORM_SHARED_DIR} ${SHARED_DIR}/platform/include)
set(PLATFORM_SHARED_SOURCE ${PLATFORM_SHARED_DIR}/platform.c)
