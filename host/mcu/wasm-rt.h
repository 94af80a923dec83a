/* wasm-rt.h: what the C of wasm2c 1.0.32 (Debian 12's wabt) expects of its runtime, for a device without an operating
 * system: no mmap, no signals, no heap. Implemented by mote_wasm2c.c.
 *
 * Every load and store is checked against the module's memory. -DWASM_RT_MEMCHECK_SIGNAL_HANDLER=1 leaves the checks out,
 * for modules of which the certificate proves that they stay within their memory whatever their inputs hold, as long as
 * nobody else writes to it beyond the inputs. */
#ifndef WASM_RT_H_
#define WASM_RT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef WASM_RT_MEMCHECK_SIGNAL_HANDLER
#define WASM_RT_MEMCHECK_SIGNAL_HANDLER 0
#endif

/* Modules of ABI 1 do not recurse. */
#define WASM_RT_USE_STACK_DEPTH_COUNT 0

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define wasm_rt_memcpy __builtin_memcpy
#define wasm_rt_unreachable __builtin_unreachable

typedef enum {
  WASM_RT_TRAP_NONE,
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_UNCAUGHT_EXCEPTION,
  WASM_RT_TRAP_EXHAUSTION
} wasm_rt_trap_t;

typedef enum {
  WASM_RT_I32,
  WASM_RT_I64,
  WASM_RT_F32,
  WASM_RT_F64,
  WASM_RT_FUNCREF,
  WASM_RT_EXTERNREF
} wasm_rt_type_t;

/* `size` is in bytes, and may be less than `pages` say: a module of Mote touches no more than its header's
 * NAME_MEMORY_BYTES. */
typedef struct {
  uint8_t *data;
  uint32_t pages;
  uint32_t max_pages;
  uint32_t size;
} wasm_rt_memory_t;

/* Tables and references: wasm2c writes functions for them into every file; modules of ABI 1 have none. */
typedef void (*wasm_rt_function_ptr_t)(void);

typedef struct {
  uint32_t func_type;
  wasm_rt_function_ptr_t func;
  void *module_instance;
} wasm_rt_funcref_t;

typedef void *wasm_rt_externref_t;

typedef struct {
  wasm_rt_funcref_t *data;
  uint32_t max_size;
  uint32_t size;
} wasm_rt_funcref_table_t;

typedef struct {
  wasm_rt_externref_t *data;
  uint32_t max_size;
  uint32_t size;
} wasm_rt_externref_table_t;

#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){0, NULL, NULL})
#define wasm_rt_externref_null_value ((wasm_rt_externref_t)NULL)

#ifdef __cplusplus
extern "C" {
#endif

bool wasm_rt_is_initialized(void);
uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...);
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t max_pages);
void wasm_rt_free_memory(wasm_rt_memory_t *memory);
uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t pages);
__attribute__((noreturn)) void wasm_rt_trap(wasm_rt_trap_t trap);

#ifdef __cplusplus
}
#endif

#endif /* WASM_RT_H_ */
