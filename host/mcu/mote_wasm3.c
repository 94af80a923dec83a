/* mote_wasm3.c: runs modules in wasm3 0.5.0. Everything is compiled when a model is loaded, so that mote_invoke
 * allocates nothing. Of the 64 KiB of a page, only the bytes that the module touches are allocated. Where a load fails for
 * want of memory, wasm3 0.5.0 does not give back all pages of the function that it was compiling: don't try in a loop. */

#include "mote.h"

#include <stddef.h>
#include <string.h>

#include "m3_env.h"
#include "wasm3.h"

/* `otherwise` stands for what has nothing to do with memory. */
static mote_status status_of(M3Result result, mote_status otherwise) {
  if (result == m3Err_none) return MOTE_OK;
  if (result == m3Err_mallocFailed || result == m3Err_mallocFailedCodePage) return MOTE_NO_MEMORY;
  if (result == m3Err_wasmMemoryOverflow || result == m3Err_trapStackOverflow) return MOTE_NO_MEMORY;
  return otherwise;
}

/* mote_check has seen the export, so that a name which wasm3 does not know is one that it had no memory to keep. */
static mote_status find(IM3Function *found, IM3Runtime runtime, const char *name) {
  return status_of(m3_FindFunction(found, runtime, name), MOTE_NO_MEMORY);
}

/* wasm3 0.5.0 goes through a null pointer where the lists of functions and globals cannot grow, an entry at a time; old
 * and new list are there together then, and the holes of older ones. So a block three times as large has to be there
 * before it is asked to parse; it needs more than that afterwards anyway. */
static int has_room_to_parse(const uint8_t *wasm, uint32_t bytes) {
  enum { FUNCTIONS = 3, GLOBALS = 6 };
  const size_t lists = mote_section_entries(wasm, bytes, FUNCTIONS) * sizeof(M3Function) +
                       mote_section_entries(wasm, bytes, GLOBALS) * sizeof(M3Global);
  void *block = m3_Malloc(3u * lists + sizeof(M3Module) + 1024u);
  const int found = block != NULL;
  m3_Free(block);
  return found;
}

/* Parses and compiles `wasm` into `runtime`, which owns the module afterwards. */
static mote_status start(IM3Environment environment, IM3Runtime runtime, const mote_model *model, const uint8_t *wasm,
                         IM3Module *module) {
  M3Result result;
  if (!has_room_to_parse(wasm, model->wasm_bytes)) return MOTE_NO_MEMORY;
  result = m3_ParseModule(environment, module, wasm, model->wasm_bytes);
  if (result != m3Err_none) return status_of(result, MOTE_REFUSED);
  runtime->memoryLimit = model->memory_bytes;
  result = m3_LoadModule(runtime, *module);
  if (result != m3Err_none) {
    m3_FreeModule(*module);
    return status_of(result, MOTE_BAD_MODULE);
  }
  return status_of(m3_CompileModule(*module), MOTE_REFUSED);
}

mote_status mote_load(mote_instance *instance, const mote_model *model, const void *module, uint32_t module_bytes) {
  mote_status status = mote_check(model, module, module_bytes);
  IM3Environment environment = NULL;
  IM3Runtime runtime = NULL;
  IM3Module loaded = NULL;
  IM3Function invoke = NULL;
  IM3Function reset = NULL;
  uint32_t memory_bytes = 0u;
  uint8_t *memory = NULL;
  if (status != MOTE_OK) return status;
  if (instance == NULL || instance->memory != NULL) return MOTE_BAD_ARGUMENT;

  environment = m3_NewEnvironment();
  if (environment == NULL) return MOTE_NO_MEMORY;
  runtime = m3_NewRuntime(environment, model->stack_bytes, NULL);
  status = runtime == NULL ? MOTE_NO_MEMORY : start(environment, runtime, model, (const uint8_t *)module, &loaded);
  if (status == MOTE_OK) status = find(&invoke, runtime, "invoke");
  if (status == MOTE_OK && model->state_bytes != 0u) status = find(&reset, runtime, "reset");
  if (status == MOTE_OK) {
    memory = m3_GetMemory(runtime, &memory_bytes, 0u);
    if (memory == NULL || memory_bytes < model->memory_bytes) status = MOTE_BAD_MODULE;
  }
  if (status != MOTE_OK) {
    if (runtime != NULL) m3_FreeRuntime(runtime);
    m3_FreeEnvironment(environment);
    return status;
  }
  instance->model = model;
  instance->memory = memory;
  instance->environment = environment;
  instance->runtime = runtime;
  instance->module = loaded;
  instance->invoke = invoke;
  instance->reset = reset;
  return MOTE_OK;
}

void mote_unload(mote_instance *instance) {
  static const mote_instance EMPTY = {0};
  if (instance == NULL || instance->memory == NULL) return;
  m3_FreeRuntime((IM3Runtime)instance->runtime);
  m3_FreeEnvironment((IM3Environment)instance->environment);
  *instance = EMPTY;
}

static mote_status call(const mote_instance *instance, void *function) {
  if (instance == NULL || instance->memory == NULL) return MOTE_BAD_ARGUMENT;
  if (function == NULL) return MOTE_OK;
  return status_of(m3_CallV((IM3Function)function), MOTE_TRAPPED);
}

mote_status mote_invoke(mote_instance *instance) {
  return call(instance, instance == NULL ? NULL : instance->invoke);
}

mote_status mote_reset(mote_instance *instance) { return call(instance, instance == NULL ? NULL : instance->reset); }
