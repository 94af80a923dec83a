# What a firmware's CMakeLists.txt asks of Zephyr, for the emulated board without a kernel: the library `app`, which an
# application adds its sources to, and `zephyr_interface`, which has the flags of the core.
add_library(zephyr_interface INTERFACE)
add_library(app STATIC)
target_link_libraries(app PRIVATE zephyr_interface)
file(WRITE ${CMAKE_BINARY_DIR}/zephyr/empty.c "extern int main(void);\n")
add_executable(zephyr_elf ${CMAKE_BINARY_DIR}/zephyr/empty.c)
target_link_libraries(zephyr_elf PRIVATE -Wl,--whole-archive app -Wl,--no-whole-archive)
include(${BOARD}/board.cmake)
mote_board(zephyr_elf)
