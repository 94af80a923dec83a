/* What a runtime gives to run.c: one module, its memory, and calls of its exports. */
#ifndef MOTE_RUNTIME_H
#define MOTE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

/* Loads and instantiates the module. `memory_bytes` is all the linear memory that it may have; 0: as the module says.
 * Returns NULL, or the runtime's own message. `wasm` must stay. */
const char *runtime_open(uint8_t *wasm, size_t bytes, uint32_t memory_bytes);

/* What the interpreter's stack may have: the environment's STACK_BYTES, else plenty. */
uint32_t runtime_stack_bytes(void);

/* Linear memory and its size in bytes. */
uint8_t *runtime_memory(size_t *bytes);

/* Calls an export without arguments and results. Returns NULL, or the runtime's own message. */
const char *runtime_call(const char *name);

#endif
