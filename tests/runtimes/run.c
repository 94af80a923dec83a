/* Runs a module on samples:  RUN module.wasm MEMORY_BYTES INPUTS OUTPUTS [reset]
 *
 * INPUTS and OUTPUTS are lists of address:bytes, separated by commas. All samples' inputs come one after another from the
 * standard input, and all their outputs go to the standard output. With `reset`, that export is called before each sample.
 * The last line of the standard error says how many bytes of linear memory there were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

#define MAX_PORTS 64

typedef struct {
  size_t address;
  size_t bytes;
} port;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static uint8_t *read_all(FILE *file, size_t *bytes) {
  size_t capacity = 1 << 16;
  uint8_t *data = malloc(capacity);
  *bytes = 0;
  while (data) {
    size_t got = fread(data + *bytes, 1, capacity - *bytes, file);
    if (got == 0) return data;
    *bytes += got;
    if (*bytes == capacity) data = realloc(data, capacity *= 2);
  }
  fail("reading", "no memory");
  return NULL;
}

static int read_ports(const char *list, port *ports, size_t memory_bytes) {
  int count = 0;
  while (*list && count < MAX_PORTS) {
    char *end;
    ports[count].address = strtoul(list, &end, 10);
    if (*end != ':') fail(list, "expected address:bytes");
    ports[count].bytes = strtoul(end + 1, &end, 10);
    if (ports[count].address + ports[count].bytes > memory_bytes) fail(list, "beyond linear memory");
    count++;
    list = *end == ',' ? end + 1 : end;
  }
  return count;
}

uint32_t runtime_stack_bytes(void) {
  const char *given = getenv("STACK_BYTES");
  return given ? (uint32_t)strtoul(given, NULL, 10) : 16384;
}

int main(int argc, char **argv) {
  port inputs[MAX_PORTS], outputs[MAX_PORTS];
  size_t wasm_bytes, given, memory_bytes, at = 0;
  const char *error;
  if (argc < 5) fail("usage", "RUN module.wasm MEMORY_BYTES INPUTS OUTPUTS [reset]");
  FILE *file = fopen(argv[1], "rb");
  if (!file) fail(argv[1], "cannot be opened");
  uint8_t *wasm = read_all(file, &wasm_bytes);
  fclose(file);
  if ((error = runtime_open(wasm, wasm_bytes, (uint32_t)strtoul(argv[2], NULL, 10)))) fail("loading", error);

  uint8_t *memory = runtime_memory(&memory_bytes);
  int input_count = read_ports(argv[3], inputs, memory_bytes);
  int output_count = read_ports(argv[4], outputs, memory_bytes);
  uint8_t *samples = read_all(stdin, &given);
  do {
    if (argc > 5 && (error = runtime_call("reset"))) fail("reset", error);
    for (int i = 0; i < input_count; i++) {
      if (at + inputs[i].bytes > given) fail("inputs", "the last sample is not whole");
      memcpy(memory + inputs[i].address, samples + at, inputs[i].bytes);
      at += inputs[i].bytes;
    }
    if ((error = runtime_call("invoke"))) fail("invoke", error);
    for (int i = 0; i < output_count; i++) {
      fwrite(memory + outputs[i].address, 1, outputs[i].bytes, stdout);
    }
  } while (at < given);
  fprintf(stderr, "%zu\n", memory_bytes);
  return 0;
}
