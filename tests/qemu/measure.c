/* Runs a firmware's model on golden samples that it reads from the host by semihosting, compares every byte, and counts
 * the instructions of mote_invoke, the heap and the stack. Prints one line of JSON.
 *
 * With QEMU's -icount shift=0 an instruction takes a nanosecond of virtual time, and the timer of the board MPS2 counts
 * 25 MHz of that: a tick is 40 instructions.
 *
 * Files in the working folder: samples.txt (how many), input<i>.bin, output<i>.bin, and for a model with state
 * output<i>.seq.bin, what the samples give in sequence without a reset between them. */

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "mote.h"

#define TIMER_CONTROL (*(volatile uint32_t *)0x40000000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004u)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008u)
#define INSTRUCTIONS_A_TICK 40u

#define MAX_FILES 4u
#define PAINTED 65536u
#define PAINT 0xa5u

/* The heap, as its callers see it: bytes of the blocks that are taken, with 4 of newlib's own a block. */
static size_t taken;
static size_t most_taken;
static int counting;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);

static size_t size_of(void *block) { return block == NULL ? 0u : malloc_usable_size(block) + 4u; }

static void *count(void *block, size_t gone) {
  if (counting) {
    taken += size_of(block) - gone;
    if (taken > most_taken) most_taken = taken;
  }
  return block;
}

void *__wrap_malloc(size_t bytes) { return count(__real_malloc(bytes), 0u); }
void *__wrap_calloc(size_t number, size_t bytes) { return count(__real_calloc(number, bytes), 0u); }
void *__wrap_realloc(void *block, size_t bytes) {
  const size_t gone = size_of(block);
  return count(__real_realloc(block, bytes), gone);
}
void __wrap_free(void *block) {
  if (counting) taken -= size_of(block);
  __real_free(block);
}

static uintptr_t stack_top;

/* Fills what lies below the stack pointer, but for what this function and its callees may use themselves. */
static void paint_stack(void) {
  uintptr_t at;
  stack_top = (uintptr_t)__builtin_frame_address(0) - 64u;
  for (at = stack_top - PAINTED; at < stack_top; at++) *(volatile uint8_t *)at = PAINT;
}

static unsigned long stack_used(void) {
  uintptr_t at = stack_top - PAINTED;
  while (at < stack_top && *(const volatile uint8_t *)at == PAINT) at++;
  return (unsigned long)(stack_top - at);
}

static void fail(const char *what) {
  printf("{\"error\":\"%s\"}\n", what);
  exit(1);
}

static FILE *open_file(const char *pattern, uint32_t index) {
  char name[32];
  snprintf(name, sizeof name, pattern, (unsigned)index);
  return fopen(name, "rb");
}

static void read_exactly(FILE *file, void *to, size_t bytes) {
  if (file == NULL || fread(to, 1, bytes, file) != bytes) fail("a file of the case is missing or too short");
}

static mote_instance model;

/* Instructions that the timer sees of a loop of 2,000,000; 1 % off and the clock is not what this file takes it for. */
static void check_clock(void) {
  uint32_t ticks = TIMER_VALUE;
  uint32_t loops = 1000000u;
  __asm volatile("1: subs %0, #1\n bne 1b" : "+r"(loops) : : "cc");
  ticks -= TIMER_VALUE;
  if (ticks < 49500u || ticks > 50500u) fail("the timer does not count instructions; run QEMU with -icount shift=0");
}

/* Runs all samples. Returns how many bytes were not the golden ones. */
static unsigned long run(const char *outputs, unsigned samples, int anew, uint64_t *ticks) {
  static FILE *input[MAX_FILES];
  static FILE *output[MAX_FILES];
  static uint8_t buffer[1u << 18];
  unsigned long wrong = 0;
  unsigned sample;
  uint32_t i;
  uint32_t at;
  for (i = 0; i < model.model->input_count; i++) input[i] = open_file("input%u.bin", i);
  for (i = 0; i < model.model->output_count; i++) output[i] = open_file(outputs, i);
  if (mote_reset(&model) != MOTE_OK) fail("reset");
  for (sample = 0; sample < samples; sample++) {
    mote_status status;
    uint32_t start;
    if (anew && mote_reset(&model) != MOTE_OK) fail("reset");
    for (i = 0; i < model.model->input_count; i++) {
      read_exactly(input[i], mote_input(&model, i), model.model->inputs[i].bytes);
    }
    start = TIMER_VALUE;
    status = mote_invoke(&model);
    *ticks += start - TIMER_VALUE;
    if (status != MOTE_OK) fail(mote_text(status));
    for (i = 0; i < model.model->output_count; i++) {
      const uint32_t bytes = model.model->outputs[i].bytes;
      const uint8_t *found = (const uint8_t *)mote_output(&model, i);
      if (bytes > sizeof buffer) fail("an output is too large");
      read_exactly(output[i], buffer, bytes);
      for (at = 0; at < bytes; at++) wrong += found[at] != buffer[at];
    }
  }
  for (i = 0; i < model.model->input_count; i++) fclose(input[i]);
  for (i = 0; i < model.model->output_count; i++) fclose(output[i]);
  return wrong;
}

int main(void) {
  unsigned samples = 0;
  unsigned long wrong;
  unsigned long sequence = 0;
  uint64_t ticks = 0;
  uint64_t load_ticks;
  mote_status status;
  FILE *file = fopen("samples.txt", "r");
  FILE *in_sequence;
  if (file == NULL || fscanf(file, "%u", &samples) != 1 || samples == 0u) fail("samples.txt is missing");
  fclose(file);
  TIMER_RELOAD = 0xffffffffu;
  TIMER_VALUE = 0xffffffffu;
  TIMER_CONTROL = 1u;
  check_clock();
  paint_stack();
  counting = 1;
  load_ticks = TIMER_VALUE;
  status = app_load(&model);
  load_ticks -= TIMER_VALUE;
  if (status != MOTE_OK) fail(mote_text(status));
  if (mote_invoke(&model) != MOTE_OK) fail("the first inference");
  counting = 0;
  {
    const unsigned long stack = stack_used();
    const size_t heap = most_taken;
    if (model.model->input_count > MAX_FILES || model.model->output_count > MAX_FILES) fail("too many tensors");
    wrong = run("output%u.bin", samples, 1, &ticks);
    in_sequence = fopen("output0.seq.bin", "rb");
    if (in_sequence != NULL) {
      uint64_t ignored = 0;
      fclose(in_sequence);
      sequence = run("output%u.seq.bin", samples, 0, &ignored);
    }
    printf("{\"samples\":%u,\"wrong\":%lu,\"instructions\":%llu,\"load\":%llu,\"heap\":%lu,\"stack\":%lu,\"memory\":%lu}\n",
           samples, wrong + sequence, (unsigned long long)(ticks * INSTRUCTIONS_A_TICK / samples),
           (unsigned long long)(load_ticks * INSTRUCTIONS_A_TICK), (unsigned long)heap, stack,
           (unsigned long)model.model->memory_bytes);
  }
  return wrong + sequence == 0u ? 0 : 1;
}
