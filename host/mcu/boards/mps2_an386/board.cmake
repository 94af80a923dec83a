# Links a program for the board MPS2+ AN386 of QEMU: mote_board(TARGET).
function(mote_board target)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/startup.c)
  target_link_options(${target} PRIVATE --specs=rdimon.specs -nostartfiles -Wl,--gc-sections
    -T${CMAKE_CURRENT_FUNCTION_LIST_DIR}/link.ld)
endfunction()
