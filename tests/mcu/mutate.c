/* Gives mote_load damaged modules, wrong headers, tensors of the wrong size and too little memory, and sees that each is
 * refused with a status and nothing else happens. Run it under AddressSanitizer and UBSan: any read or write where
 * there is nothing ends it.
 *
 * Usage: program MODULE.wasm COUNT SEED. Prints one line of JSON; exit code 1 where something was not refused. */

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/lsan_interface.h>

#include "app.h"
#include "mote.h"

/* Defined for a runtime that loses memory of its own when a load fails for want of it: wasm3 0.5.0 forgets pages of the
 * function that it was compiling. */
#ifdef LOSES_MEMORY
#define FORGIVE_LOSSES() __lsan_disable()
#define FORGIVE_NO_LOSSES() __lsan_enable()
#else
#define FORGIVE_LOSSES()
#define FORGIVE_NO_LOSSES()
#endif

static unsigned long failures;

static void expect(int holds, const char *what, unsigned long at) {
  if (holds) return;
  failures++;
  if (failures <= 10u) fprintf(stderr, "case %lu: %s\n", at, what);
}

/* xorshift32, of G. Marsaglia. */
static uint32_t state;
static uint32_t random_below(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return limit == 0u ? 0u : state % limit;
}

/* A heap of `budget` bytes, of which `taken` are. */
static size_t budget = SIZE_MAX;
static size_t taken;
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);
static size_t size_of(void *block) { return block == NULL ? 0u : malloc_usable_size(block); }
static int fits(size_t bytes) { return bytes <= budget && taken <= budget - bytes; }
static void *took(void *block) {
  taken += size_of(block);
  return block;
}
void *__wrap_malloc(size_t bytes) { return fits(bytes) ? took(__real_malloc(bytes)) : NULL; }
void *__wrap_calloc(size_t count, size_t bytes) { return fits(count * bytes) ? took(__real_calloc(count, bytes)) : NULL; }
void *__wrap_realloc(void *block, size_t bytes) {
  const size_t gone = size_of(block);
  if (!fits(bytes)) return NULL;
  taken -= gone;
  return took(__real_realloc(block, bytes));
}
void __wrap_free(void *block) {
  taken -= size_of(block);
  __real_free(block);
}

static uint8_t *genuine;
static uint32_t genuine_bytes;

static void read_module(const char *path) {
  FILE *file = fopen(path, "rb");
  long bytes;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (bytes = ftell(file)) <= 0) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(2);
  }
  rewind(file);
  genuine_bytes = (uint32_t)bytes;
  genuine = (uint8_t *)malloc(genuine_bytes);
  if (genuine == NULL || fread(genuine, 1, genuine_bytes, file) != genuine_bytes) exit(2);
  fclose(file);
}

/* Where to damage: half of the time in the first 256 bytes, where most of the structure is. */
static uint32_t random_place(uint32_t bytes) {
  return random_below(random_below(2u) != 0u && bytes > 256u ? 256u : bytes);
}

/* A damaged copy, as long as its block, so that reading on past its end is seen. */
static uint8_t *damaged(uint32_t *bytes) {
  const uint32_t times = 1u + random_below(4u);
  uint8_t *copy;
  uint32_t time;
  *bytes = random_below(4u) == 0u ? random_below(genuine_bytes + 1u) : genuine_bytes;
  copy = (uint8_t *)malloc(*bytes == 0u ? 1u : *bytes);
  if (copy == NULL) exit(2);
  memcpy(copy, genuine, *bytes);
  for (time = 0u; time < times && *bytes > 0u; time++) {
    const uint32_t at = random_place(*bytes);
    switch (random_below(4u)) {
      case 0:
        copy[at] = (uint8_t)(copy[at] ^ (1u << random_below(8u)));
        break;
      case 1:
        copy[at] = (uint8_t)random_below(256u);
        break;
      case 2:
        copy[at] = 0xffu;
        break;
      default: /* a stretch from elsewhere */
      {
        const uint32_t from = random_place(*bytes);
        const uint32_t most = *bytes - (at > from ? at : from);
        memmove(copy + at, copy + from, random_below(most < 64u ? most + 1u : 64u));
      }
    }
  }
  return copy;
}

static int is_empty(const mote_instance *instance) {
  static const mote_instance EMPTY = {0};
  return memcmp(instance, &EMPTY, sizeof EMPTY) == 0;
}

/* What the sections' check said of damaged modules whose size and CRC-32 fit. */
static unsigned long accepted;
static unsigned long rejected;

static void damage_module(const mote_model *model, unsigned long at) {
  mote_instance instance = {0};
  mote_model sealed = *model;
  uint32_t bytes;
  uint8_t *copy = damaged(&bytes);
  const int same = bytes == genuine_bytes && memcmp(copy, genuine, bytes) == 0;
  mote_status status = mote_load(&instance, model, copy, bytes);
  expect(same ? status == MOTE_OK : status == MOTE_BAD_SIZE || status == MOTE_BAD_CHECKSUM, "damage was not seen", at);
  expect(same || is_empty(&instance), "the instance was touched", at);
  mote_unload(&instance);
  /* With a header that fits, the sections are all that is looked at. */
  sealed.wasm_bytes = bytes;
  sealed.wasm_crc32 = mote_crc32(copy, bytes);
  status = mote_check(&sealed, copy, bytes);
  expect(status == MOTE_OK || status == MOTE_BAD_MODULE, "the sections' check gave another status", at);
  if (status == MOTE_OK) accepted++;
  else rejected++;
  free(copy);
}

/* A header that differs in one place from the module's own. */
static void damage_header(const mote_model *model, unsigned long at) {
  mote_instance instance = {0};
  mote_tensor tensors[8];
  mote_model wrong = *model;
  const uint32_t which = random_below(8u);
  mote_status status;
  mote_status expected = MOTE_BAD_MODULE;
  if (model->input_count > 8u) return;
  memcpy(tensors, model->inputs, model->input_count * sizeof *tensors);
  wrong.inputs = tensors;
  switch (which) {
    case 0:
      wrong.abi += 1u + random_below(1000u);
      expected = MOTE_BAD_ABI;
      break;
    case 1:
      wrong.wasm_bytes += 1u + random_below(1000u);
      expected = MOTE_BAD_SIZE;
      break;
    case 2:
      wrong.wasm_crc32 ^= 1u << random_below(32u);
      expected = MOTE_BAD_CHECKSUM;
      break;
    case 3: /* far more memory than any module has */
      wrong.memory_bytes = 0x80000000u + random_below(0x7fffffffu);
      break;
    case 4:
      tensors[random_below(model->input_count)].address += 1u + random_below(0x7fffffffu);
      break;
    case 5:
      tensors[random_below(model->input_count)].bytes += model->memory_bytes + random_below(0x7fffffffu);
      break;
    case 6: /* a memory that ends within the tensors */
      wrong.memory_bytes = random_below(tensors[0].address + tensors[0].bytes);
      break;
    default:
      wrong.inputs = NULL;
  }
  status = mote_load(&instance, &wrong, genuine, genuine_bytes);
  expect(status == expected, mote_text(status), at);
  expect(is_empty(&instance), "the instance was touched", at);
}

/* Heaps from nothing up to what a load needs. Returns how many were too small. */
static unsigned long starve(const mote_model *model) {
  unsigned long times = 0;
  mote_status status;
  do {
    mote_instance instance = {0};
    budget = taken + 40u * times;
    FORGIVE_LOSSES();
    status = mote_load(&instance, model, genuine, genuine_bytes);
    FORGIVE_NO_LOSSES();
    expect(status == MOTE_OK || status == MOTE_NO_MEMORY, mote_text(status), times);
    expect(status == MOTE_OK || is_empty(&instance), "the instance was touched", times);
    mote_unload(&instance);
    times++;
  } while (status != MOTE_OK && times < 1000000u);
  budget = SIZE_MAX;
  return times - 1u;
}

static void misuse(const mote_model *model) {
  mote_instance instance = {0};
  mote_model small_stack = *model;
  uint8_t *before = (uint8_t *)malloc(model->memory_bytes);
  const uint32_t bytes = model->inputs[0].bytes;
  uint8_t *values = (uint8_t *)calloc(bytes + 1u, 1u);
  if (before == NULL || values == NULL) exit(2);
  expect(mote_load(NULL, model, genuine, genuine_bytes) == MOTE_BAD_ARGUMENT, "no instance", 0);
  expect(mote_load(&instance, NULL, genuine, genuine_bytes) == MOTE_BAD_ARGUMENT, "no header", 0);
  expect(mote_load(&instance, model, NULL, genuine_bytes) == MOTE_BAD_ARGUMENT, "no module", 0);
  expect(mote_invoke(&instance) == MOTE_BAD_ARGUMENT, "invoke before load", 0);
  expect(mote_reset(&instance) == MOTE_BAD_ARGUMENT, "reset before load", 0);
  expect(mote_write(&instance, 0u, values, bytes) == MOTE_BAD_ARGUMENT, "write before load", 0);
  expect(mote_input(&instance, 0u) == NULL && mote_output(&instance, 0u) == NULL, "tensors before load", 0);
  expect(mote_load(&instance, model, genuine, genuine_bytes) == MOTE_OK, "load", 0);
  expect(mote_load(&instance, model, genuine, genuine_bytes) == MOTE_BAD_ARGUMENT, "load twice", 0);
  memcpy(before, instance.memory, model->memory_bytes);
  expect(mote_write(&instance, 0u, values, bytes - 1u) == MOTE_BAD_LENGTH, "short input", 0);
  expect(mote_write(&instance, 0u, values, bytes + 1u) == MOTE_BAD_LENGTH, "long input", 0);
  expect(mote_write(&instance, model->input_count, values, bytes) == MOTE_BAD_INDEX, "no such input", 0);
  expect(mote_write(&instance, 0u, NULL, bytes) == MOTE_BAD_ARGUMENT, "no values", 0);
  expect(mote_read(&instance, 0u, values, 0u) == MOTE_BAD_LENGTH, "short output", 0);
  expect(mote_read(&instance, model->output_count, values, 1u) == MOTE_BAD_INDEX, "no such output", 0);
  expect(memcmp(before, instance.memory, model->memory_bytes) == 0, "memory was touched", 0);
  mote_unload(&instance);
  mote_unload(&instance);
  expect(is_empty(&instance), "unload", 0);
  /* Too small an interpreter's stack is told, be it at load or at invoke. */
  small_stack.stack_bytes = 16u;
  if (mote_load(&instance, &small_stack, genuine, genuine_bytes) == MOTE_OK) {
    expect(mote_invoke(&instance) == MOTE_NO_MEMORY, "a stack of 16 bytes", 0);
    mote_unload(&instance);
  }
  free(before);
  free(values);
}

int main(int count, char **words) {
  static mote_instance instance;
  const mote_model *model;
  unsigned long cases;
  unsigned long at;
  unsigned long starved;
  if (count != 4) return 2;
  read_module(words[1]);
  cases = strtoul(words[2], NULL, 10);
  state = (uint32_t)strtoul(words[3], NULL, 10) * 2654435761u + 1u;
  if (app_load(&instance) != MOTE_OK) return 2;
  model = instance.model;
  mote_unload(&instance);
  misuse(model);
  for (at = 1u; at <= cases; at++) {
    damage_module(model, at);
    damage_header(model, at);
  }
  starved = starve(model);
  printf("{\"cases\":%lu,\"sealed\":{\"accepted\":%lu,\"rejected\":%lu},\"starved\":%lu,\"failures\":%lu}\n", cases, accepted,
         rejected, starved, failures);
  free(genuine);
  return failures == 0u ? 0 : 1;
}
