/* mote_wasm2c.h: binds the C that wasm2c makes of a model to mote.h. In one file of the program, after the header that
 * wasm2c wrote and the model's own:
 *
 *   MOTE_WASM2C(kws, KWS)                 or MOTE_WASM2C_STATEFUL(kws, KWS) for a model with state
 *   … mote_load(&instance, &kws_model, &kws_code, sizeof kws_code) …
 *
 * A model has one instance, whose memory is an array of the program, KWS_MEMORY_BYTES long. To let several models
 * share one array, name it: MOTE_WASM2C_IN(array, kws, KWS). Only one of them is loaded at a time then. */
#ifndef MOTE_WASM2C_H
#define MOTE_WASM2C_H

#include "mote.h"
#include "wasm-rt.h"

typedef struct mote_wasm2c {
  uint32_t crc32; /* of the module that the C was made of */
  uint8_t *memory;
  uint32_t memory_bytes;
  void (*instantiate)(void);
  void (*invoke)(void);
  void (*reset)(void); /* null in a model without state */
  uint8_t *(*data)(void);
} mote_wasm2c;

#define MOTE_WASM2C(name, NAME)                                                                  \
  static uint8_t name##_memory[NAME##_MEMORY_BYTES] __attribute__((aligned(16)));                \
  MOTE_WASM2C_IN(name##_memory, name, NAME)

#define MOTE_WASM2C_STATEFUL(name, NAME)                                                         \
  static uint8_t name##_memory[NAME##_MEMORY_BYTES] __attribute__((aligned(16)));                \
  MOTE_WASM2C_STATEFUL_IN(name##_memory, name, NAME)

#define MOTE_WASM2C_IN(array, name, NAME)                                                        \
  MOTE_WASM2C_FUNCTIONS(name)                                                                    \
  MOTE_WASM2C_TABLE(array, name, NAME, 0)

#define MOTE_WASM2C_STATEFUL_IN(array, name, NAME)                                               \
  MOTE_WASM2C_FUNCTIONS(name)                                                                    \
  static void name##_code_reset(void) { Z_##name##Z_reset(&name##_code_instance); }              \
  MOTE_WASM2C_TABLE(array, name, NAME, name##_code_reset)

#define MOTE_WASM2C_FUNCTIONS(name)                                                              \
  static Z_##name##_instance_t name##_code_instance;                                             \
  static void name##_code_instantiate(void) {                                                    \
    Z_##name##_init_module();                                                                    \
    Z_##name##_instantiate(&name##_code_instance);                                               \
  }                                                                                              \
  static void name##_code_invoke(void) { Z_##name##Z_invoke(&name##_code_instance); }            \
  static uint8_t *name##_code_data(void) { return Z_##name##Z_memory(&name##_code_instance)->data; }

#define MOTE_WASM2C_TABLE(array, name, NAME, reset_function)                                     \
  static const mote_wasm2c name##_code = {NAME##_WASM_CRC32,    array,                           \
                                          sizeof(array),        name##_code_instantiate,         \
                                          name##_code_invoke,   reset_function,                  \
                                          name##_code_data};

#endif /* MOTE_WASM2C_H */
