/* What mutate.c does, where the module is C and no bytes are there to be damaged: wrong headers, and a wrong table of the module.
 * Each is refused with a status, and the instance stays empty. Run it under AddressSanitizer and UBSan.
 *
 * Usage: program MODULE.wasm COUNT SEED, of which the module is not read. Prints one line of JSON; exit code 1 where something was
 * not refused. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "mote_wasm2c.h"

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
  return state % limit;
}

static int is_empty(const mote_instance *instance) {
  static const mote_instance EMPTY = {0};
  return memcmp(instance, &EMPTY, sizeof EMPTY) == 0;
}

static void refuse(const mote_model *model, const void *module, uint32_t bytes, mote_status expected, unsigned long at) {
  mote_instance instance = {0};
  const mote_status status = mote_load(&instance, model, module, bytes);
  expect(status == expected, mote_text(status), at);
  expect(is_empty(&instance), "the instance was touched", at);
}

static void damage_header(const mote_model *model, const mote_wasm2c *code, unsigned long at) {
  mote_tensor tensors[8];
  mote_model wrong = *model;
  mote_status expected = MOTE_BAD_MODULE;
  memcpy(tensors, model->inputs, model->input_count * sizeof *tensors);
  wrong.inputs = tensors;
  switch (random_below(6u)) {
    case 0:
      wrong.abi += 1u + random_below(1000u);
      expected = MOTE_BAD_ABI;
      break;
    case 1:
      wrong.wasm_crc32 ^= 1u << random_below(32u);
      expected = MOTE_BAD_CHECKSUM;
      break;
    case 2:
      wrong.memory_bytes = 0x80000000u + random_below(0x7fffffffu);
      expected = MOTE_NO_MEMORY;
      break;
    case 3: /* beyond the memory, or no multiple of 16 */
      tensors[random_below(model->input_count)].address += model->memory_bytes + 1u + random_below(0x7fffffffu);
      break;
    case 4:
      tensors[random_below(model->input_count)].bytes += model->memory_bytes + random_below(0x7fffffffu);
      break;
    default:
      wrong.inputs = NULL;
  }
  refuse(&wrong, code, sizeof *code, expected, at);
}

static void damage_table(const mote_model *model, const mote_wasm2c *code, unsigned long at) {
  mote_wasm2c wrong = *code;
  switch (random_below(4u)) {
    case 0:
      refuse(model, code, random_below((uint32_t)sizeof *code), MOTE_BAD_SIZE, at);
      return;
    case 1:
      wrong.crc32 ^= 1u << random_below(32u);
      refuse(model, &wrong, sizeof wrong, MOTE_BAD_CHECKSUM, at);
      return;
    case 2:
      wrong.memory_bytes = random_below(model->memory_bytes);
      refuse(model, &wrong, sizeof wrong, MOTE_NO_MEMORY, at);
      return;
    default:
      wrong.memory = NULL;
      refuse(model, &wrong, sizeof wrong, MOTE_NO_MEMORY, at);
  }
}

int main(int count, char **words) {
  static mote_instance instance;
  const mote_model *model;
  const mote_wasm2c *code;
  unsigned long cases;
  unsigned long at;
  if (count != 4) return 2;
  cases = strtoul(words[2], NULL, 10);
  state = (uint32_t)strtoul(words[3], NULL, 10) * 2654435761u + 1u;
  if (app_load(&instance) != MOTE_OK) return 2;
  model = instance.model;
  code = (const mote_wasm2c *)instance.module;
  if (model->input_count > 8u) return 2;
  mote_unload(&instance);
  expect(is_empty(&instance) && mote_invoke(&instance) == MOTE_BAD_ARGUMENT, "invoke before load", 0);
  for (at = 1u; at <= cases; at++) {
    damage_header(model, code, at);
    damage_table(model, code, at);
  }
  expect(app_load(&instance) == MOTE_OK && mote_invoke(&instance) == MOTE_OK, "the module is whole again", at);
  printf("{\"cases\":%lu,\"failures\":%lu}\n", cases, failures);
  return failures == 0u ? 0 : 1;
}
