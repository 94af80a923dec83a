/* startup.c: starts a program on the board MPS2+ AN386 (Cortex-M4), as QEMU emulates it, with newlib's semihosting: text
 * and the exit code go to the host. A fault ends the program with an error instead of hanging. */

#include <stdint.h>
#include <stdlib.h>

extern uint32_t __stack_top;
extern uint32_t __data_load;
extern uint32_t __data_start;
extern uint32_t __data_end;
extern uint32_t __bss_start;
extern uint32_t __bss_end;

extern void initialise_monitor_handles(void);
extern void __libc_init_array(void);
extern int main(void);

void _init(void);
void _fini(void);
void Reset_Handler(void);
void Fault_Handler(void);

void _init(void) {}
void _fini(void) {}

/* Semihosting's SYS_EXIT (0x18) with ADP_Stopped_RunTimeErrorUnknown. */
void Fault_Handler(void) {
  __asm volatile("mov r0, #0x18\n ldr r1, =0x20023\n bkpt 0xab\n" ::: "r0", "r1", "memory");
  for (;;) {
  }
}

void Reset_Handler(void) {
  const uint32_t *from = &__data_load;
  uint32_t *to;
  for (to = &__data_start; to < &__data_end; to++) *to = *from++;
  for (to = &__bss_start; to < &__bss_end; to++) *to = 0u;
  /* CPACR: lets the program use the floating-point unit. */
  *(volatile uint32_t *)0xe000ed88u |= 0xfu << 20;
  __asm volatile("dsb\n isb" ::: "memory");
  initialise_monitor_handles();
  __libc_init_array();
  exit(main());
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const handler VECTORS[16] = {
    (handler)(uintptr_t)&__stack_top, Reset_Handler, Fault_Handler, Fault_Handler, Fault_Handler, Fault_Handler,
    Fault_Handler,          0,             0,             0,             0,             Fault_Handler,
    Fault_Handler,          0,             Fault_Handler, Fault_Handler};
