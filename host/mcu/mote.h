/* mote.h: runs a module that Mote built (ABI 1) on a device. One of mote_wasm3.c, mote_wamr.c and mote_wasm2c.c
 * implements it; mote.c holds what they share. C99, no allocation but the runtime's own, no global state but the
 * runtime's own.
 *
 *   static mote_instance kws;
 *   mote_status status = mote_load(&kws, &kws_model, kws_wasm, sizeof kws_wasm);
 *   if (status == MOTE_OK) status = mote_write(&kws, 0, samples, sizeof samples);
 *   if (status == MOTE_OK) status = mote_invoke(&kws);
 *   if (status == MOTE_OK) status = mote_read(&kws, 0, scores, sizeof scores);
 *   if (status != MOTE_OK) puts(mote_text(status));
 *
 * An error changes nothing: an instance that did not load stays empty, a tensor that is refused is not written.
 * Not safe to use one instance from two threads or from an interrupt. */
#ifndef MOTE_H
#define MOTE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The ABI that these files run; a header's NAME_ABI must be the same. */
#define MOTE_ABI 1u

typedef enum mote_status {
  MOTE_OK = 0,
  MOTE_BAD_ARGUMENT, /* a null pointer, an instance that is not loaded, or one that is loaded already */
  MOTE_BAD_ABI,      /* the header is of another ABI */
  MOTE_BAD_SIZE,     /* the module has not as many bytes as its header says */
  MOTE_BAD_CHECKSUM, /* the module's CRC-32 is not its header's */
  MOTE_BAD_MODULE,   /* the bytes are no module of the ABI, or not the one of this header */
  MOTE_NO_MEMORY,    /* the heap, or the memory set aside, is too small */
  MOTE_REFUSED,      /* the runtime cannot run what the module uses: it is built for another target */
  MOTE_BAD_INDEX,    /* there is no input or output of this number */
  MOTE_BAD_LENGTH,   /* the buffer has not as many bytes as the tensor */
  MOTE_TRAPPED,      /* the module stopped; load it again */
  MOTE_DIFFERS       /* a self test's outputs are not the golden ones */
} mote_status;

/* Where an input or output lies in the module's memory. */
typedef struct mote_tensor {
  uint32_t address; /* a multiple of 16 */
  uint32_t bytes;
} mote_tensor;

/* What a model's header says; NAME.h defines one as NAME_model where mote.h was included before it. */
typedef struct mote_model {
  uint32_t abi;
  uint32_t wasm_bytes;
  uint32_t wasm_crc32;
  uint32_t memory_bytes; /* the memory that the module touches; a multiple of 16 */
  uint32_t state_bytes;
  uint32_t stack_bytes; /* the interpreter's stack */
  uint32_t input_count;
  uint32_t output_count;
  const mote_tensor *inputs;
  const mote_tensor *outputs;
} mote_model;

/* A loaded model. Zero-initialized it is empty; its members are the implementation's. */
typedef struct mote_instance {
  const mote_model *model;
  uint8_t *memory;
  void *environment;
  void *runtime;
  void *module;
  void *invoke;
  void *reset;
} mote_instance;

/* Checks `module` against `model` and makes it ready. The bytes must stay where they are while it is loaded; they are
 * never written, and may lie in flash. For wasm2c, `module` is the table that MOTE_WASM2C defines, and
 * `module_bytes` its size. */
mote_status mote_load(mote_instance *instance, const mote_model *model, const void *module, uint32_t module_bytes);

/* Gives everything back to the runtime; the instance is empty again. */
void mote_unload(mote_instance *instance);

/* Copies the values of an input into the module's memory. Its bytes are undefined after mote_invoke. */
mote_status mote_write(mote_instance *instance, uint32_t index, const void *values, uint32_t bytes);

/* One inference. */
mote_status mote_invoke(mote_instance *instance);

/* Copies an output from the module's memory; valid until the next inputs are written. */
mote_status mote_read(const mote_instance *instance, uint32_t index, void *values, uint32_t bytes);

/* Back to the state of a new instance; does nothing in a model without state. */
mote_status mote_reset(mote_instance *instance);

/* The bytes of an input or output in the module's memory, to fill and read in place; null for a number that it has not.
 * They stay where they are until mote_unload. */
void *mote_input(mote_instance *instance, uint32_t index);
const void *mote_output(const mote_instance *instance, uint32_t index);

/* A sentence for people. */
const char *mote_text(mote_status status);

/* What mote_load does before the runtime sees a module: the header's ABI, the size, the CRC-32, and that the bytes are
 * a module of the ABI with the header's tensors: no imports, no start function, memory that never grows. Reads only
 * the bytes that it is given. */
mote_status mote_check(const mote_model *model, const void *module, uint32_t module_bytes);

/* The part of mote_check that reads the module's sections; what the code does is left to the CRC-32. */
mote_status mote_check_sections(const mote_model *model, const uint8_t *wasm, uint32_t wasm_bytes);

/* How many entries section `id` of a module has that passed mote_check; 0 for an absent one. */
uint32_t mote_section_entries(const uint8_t *wasm, uint32_t wasm_bytes, uint32_t id);

/* The part of mote_check that looks at the header alone. */
mote_status mote_check_model(const mote_model *model);

/* CRC-32 as in Ethernet, gzip and PNG: polynomial 0xEDB88320 reflected, initial value and final xor all ones. */
uint32_t mote_crc32(const void *bytes, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif /* MOTE_H */
