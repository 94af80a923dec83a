/* wasm3 0.5.0. */
#include "m3_env.h"
#include "runtime.h"
#include "wasm3.h"

static IM3Runtime runtime;

const char *runtime_open(uint8_t *wasm, size_t bytes, uint32_t memory_bytes) {
  IM3Environment environment = m3_NewEnvironment();
  IM3Module module;
  runtime = m3_NewRuntime(environment, runtime_stack_bytes(), NULL);
  runtime->memoryLimit = memory_bytes;
  M3Result result = m3_ParseModule(environment, &module, wasm, (uint32_t)bytes);
  if (!result) result = m3_LoadModule(runtime, module);
  /* All functions, not only those that run. */
  if (!result) result = m3_CompileModule(module);
  return result;
}

uint8_t *runtime_memory(size_t *bytes) {
  uint32_t size;
  uint8_t *memory = m3_GetMemory(runtime, &size, 0);
  *bytes = size;
  return memory;
}

const char *runtime_call(const char *name) {
  IM3Function function;
  M3Result result = m3_FindFunction(&function, runtime, name);
  return result ? result : m3_CallV(function);
}
