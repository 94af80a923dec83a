/* A module that wasm2c made C of; compiled once for each module, whose C names start with `model`. */
#include <string.h>

#include "model.h"
#include "runtime.h"

static Z_model_instance_t instance;

const char *runtime_open(uint8_t *wasm, size_t bytes, uint32_t memory_bytes) {
  (void)wasm, (void)bytes, (void)memory_bytes;
  wasm_rt_init();
  Z_model_init_module();
  Z_model_instantiate(&instance);
  return NULL;
}

uint8_t *runtime_memory(size_t *bytes) {
  wasm_rt_memory_t *memory = Z_modelZ_memory(&instance);
  *bytes = memory->size;
  return memory->data;
}

const char *runtime_call(const char *name) {
  if (strcmp(name, "invoke") == 0) {
    Z_modelZ_invoke(&instance);
    return NULL;
  }
#ifdef MODEL_HAS_RESET
  if (strcmp(name, "reset") == 0) {
    Z_modelZ_reset(&instance);
    return NULL;
  }
#endif
  return "no such export";
}
