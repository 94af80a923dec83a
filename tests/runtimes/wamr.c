/* WebAssembly Micro Runtime, the 2021 source of the crate wamr-sys 0.1.1. */
#include <string.h>

#include "runtime.h"
#include "wasm_export.h"
#include "wasm_runtime.h"

static wasm_module_inst_t instance;
static wasm_exec_env_t environment;
static char message[256];

/* The memory is as large as the module's own globals __heap_base and __data_end say. */
const char *runtime_open(uint8_t *wasm, size_t bytes, uint32_t memory_bytes) {
  (void)memory_bytes;
  RuntimeInitArgs arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.mem_alloc_type = Alloc_With_System_Allocator;
  if (!wasm_runtime_full_init(&arguments)) return "the runtime does not start";
  wasm_module_t module = wasm_runtime_load(wasm, (uint32_t)bytes, message, sizeof message);
  if (!module) return message;
  instance = wasm_runtime_instantiate(module, runtime_stack_bytes(), 0, message, sizeof message);
  if (!instance) return message;
  environment = wasm_runtime_create_exec_env(instance, runtime_stack_bytes());
  return environment ? NULL : "no execution environment";
}

uint8_t *runtime_memory(size_t *bytes) {
  WASMMemoryInstance *memory = ((WASMModuleInstance *)instance)->default_memory;
  *bytes = (size_t)memory->num_bytes_per_page * memory->cur_page_count;
  return memory->memory_data;
}

const char *runtime_call(const char *name) {
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name, NULL);
  if (!function) return "no such export";
  return wasm_runtime_call_wasm(environment, function, 0, NULL) ? NULL : wasm_runtime_get_exception(instance);
}
