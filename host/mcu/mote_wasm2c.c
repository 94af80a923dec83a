/* mote_wasm2c.c: runs modules as the C that wasm2c makes of them, without an interpreter and without a heap; the runtime
 * that this C expects is here as well. */

#include "mote_wasm2c.h"

#include <setjmp.h>
#include <stddef.h>
#include <string.h>

/* The array that the next wasm_rt_allocate_memory hands out: wasm2c's C asks for memory without saying whose. */
static uint8_t *offered;
static uint32_t offered_bytes;
/* Where a trap goes; its module and everything it called is left behind. */
static jmp_buf trapped;

bool wasm_rt_is_initialized(void) { return true; }

/* Types matter for indirect calls only, of which there are none. */
uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...) { return parameters + results + 1u; }

/* A new memory is zero. */
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t max_pages) {
  memset(offered, 0, offered_bytes);
  memory->data = offered;
  memory->size = offered_bytes;
  memory->pages = pages;
  memory->max_pages = max_pages;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
  memory->data = NULL;
  memory->size = 0u;
}

/* Memory never grows; this is what WebAssembly says then. */
uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t pages) {
  return pages == 0u ? memory->pages : UINT32_MAX;
}

void wasm_rt_trap(wasm_rt_trap_t trap) { longjmp(trapped, trap == WASM_RT_TRAP_NONE ? 1 : (int)trap); }

static mote_status run(void (*function)(void)) {
  if (setjmp(trapped) != 0) return MOTE_TRAPPED;
  function();
  return MOTE_OK;
}

mote_status mote_load(mote_instance *instance, const mote_model *model, const void *module, uint32_t module_bytes) {
  const mote_wasm2c *code = (const mote_wasm2c *)module;
  mote_status status = mote_check_model(model);
  if (status != MOTE_OK) return status;
  if (instance == NULL || instance->memory != NULL || code == NULL) return MOTE_BAD_ARGUMENT;
  if (module_bytes != sizeof *code) return MOTE_BAD_SIZE;
  if (code->crc32 != model->wasm_crc32) return MOTE_BAD_CHECKSUM;
  if (model->state_bytes != 0u && code->reset == NULL) return MOTE_BAD_MODULE;
  if (code->memory == NULL || code->memory_bytes < model->memory_bytes) return MOTE_NO_MEMORY;
  offered = code->memory;
  offered_bytes = code->memory_bytes;
  if (run(code->instantiate) != MOTE_OK) return MOTE_BAD_MODULE;
  instance->model = model;
  instance->memory = code->data();
  /* The table is never written; the member has no const because other runtimes' modules are. */
  instance->module = (void *)(uintptr_t)code;
  return MOTE_OK;
}

void mote_unload(mote_instance *instance) {
  static const mote_instance EMPTY = {0};
  if (instance != NULL) *instance = EMPTY;
}

mote_status mote_invoke(mote_instance *instance) {
  if (instance == NULL || instance->memory == NULL) return MOTE_BAD_ARGUMENT;
  return run(((const mote_wasm2c *)instance->module)->invoke);
}

mote_status mote_reset(mote_instance *instance) {
  if (instance == NULL || instance->memory == NULL) return MOTE_BAD_ARGUMENT;
  if (instance->model->state_bytes == 0u) return MOTE_OK;
  return run(((const mote_wasm2c *)instance->module)->reset);
}
