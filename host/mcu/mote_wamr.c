/* mote_wamr.c: runs modules in WebAssembly Micro Runtime, interpreted. Its own memory is whatever the firmware gave to
 * wasm_runtime_full_init; where nobody has called that, mote_load does, with malloc and free. */

#include "mote.h"

#include <stddef.h>
#include <string.h>

#include "wasm_export.h"

/* Counts loads, so that the last mote_unload shuts the runtime down where mote_load started it. */
static uint32_t users;

static int start_runtime(void) {
  if (users == 0u) {
    RuntimeInitArgs arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.mem_alloc_type = Alloc_With_System_Allocator;
    if (!wasm_runtime_full_init(&arguments)) return 0;
  }
  users++;
  return 1;
}

static void stop_runtime(void) {
  users--;
  if (users == 0u) wasm_runtime_destroy();
}

static void give_back(const mote_instance *instance) {
  if (instance->environment != NULL) wasm_runtime_destroy_exec_env((wasm_exec_env_t)instance->environment);
  if (instance->runtime != NULL) wasm_runtime_deinstantiate((wasm_module_inst_t)instance->runtime);
  if (instance->module != NULL) wasm_runtime_unload((wasm_module_t)instance->module);
  stop_runtime();
}

/* WAMR says in words what went wrong; all that speak of memory have "alloc" in them. */
static mote_status status_of(const char *message, mote_status otherwise) {
  return strstr(message, "alloc") != NULL ? MOTE_NO_MEMORY : otherwise;
}

static mote_status start(mote_instance *made, const mote_model *model, const void *module) {
  char message[96] = "";
  wasm_module_inst_t instance;
  /* The parameter has no const, but the interpreter's loader only reads. */
  made->module = wasm_runtime_load((uint8_t *)(uintptr_t)module, model->wasm_bytes, message, sizeof message);
  if (made->module == NULL) return status_of(message, MOTE_REFUSED);
  instance = wasm_runtime_instantiate((wasm_module_t)made->module, model->stack_bytes, 0u, message, sizeof message);
  made->runtime = instance;
  if (instance == NULL) return status_of(message, MOTE_BAD_MODULE);
  made->environment = wasm_runtime_create_exec_env(instance, model->stack_bytes);
  if (made->environment == NULL) return MOTE_NO_MEMORY;
  made->invoke = wasm_runtime_lookup_function(instance, "invoke", NULL);
  if (made->invoke == NULL) return MOTE_BAD_MODULE;
  if (model->state_bytes != 0u) {
    made->reset = wasm_runtime_lookup_function(instance, "reset", NULL);
    if (made->reset == NULL) return MOTE_BAD_MODULE;
  }
  if (!wasm_runtime_validate_app_addr(instance, 0u, model->memory_bytes)) return MOTE_BAD_MODULE;
  made->memory = (uint8_t *)wasm_runtime_addr_app_to_native(instance, 0u);
  return made->memory == NULL ? MOTE_BAD_MODULE : MOTE_OK;
}

mote_status mote_load(mote_instance *instance, const mote_model *model, const void *module, uint32_t module_bytes) {
  mote_instance made = {0};
  mote_status status = mote_check(model, module, module_bytes);
  if (status != MOTE_OK) return status;
  if (instance == NULL || instance->memory != NULL) return MOTE_BAD_ARGUMENT;
  if (!start_runtime()) return MOTE_NO_MEMORY;
  status = start(&made, model, module);
  if (status != MOTE_OK) {
    give_back(&made);
    return status;
  }
  made.model = model;
  *instance = made;
  return MOTE_OK;
}

void mote_unload(mote_instance *instance) {
  static const mote_instance EMPTY = {0};
  if (instance == NULL || instance->memory == NULL) return;
  give_back(instance);
  *instance = EMPTY;
}

static mote_status call(const mote_instance *instance, void *function) {
  wasm_module_inst_t module;
  const char *exception;
  mote_status status;
  if (instance == NULL || instance->memory == NULL) return MOTE_BAD_ARGUMENT;
  if (function == NULL) return MOTE_OK;
  module = (wasm_module_inst_t)instance->runtime;
  if (wasm_runtime_call_wasm((wasm_exec_env_t)instance->environment, (wasm_function_inst_t)function, 0u, NULL)) {
    return MOTE_OK;
  }
  exception = wasm_runtime_get_exception(module);
  status = exception != NULL && strstr(exception, "stack overflow") != NULL ? MOTE_NO_MEMORY : MOTE_TRAPPED;
  wasm_runtime_clear_exception(module);
  return status;
}

mote_status mote_invoke(mote_instance *instance) {
  return call(instance, instance == NULL ? NULL : instance->invoke);
}

mote_status mote_reset(mote_instance *instance) { return call(instance, instance == NULL ? NULL : instance->reset); }
