/* mote_selftest.c: see mote_selftest.h. */

#include "mote_selftest.h"

#include <stddef.h>
#include <string.h>

static mote_status run_sample(mote_instance *instance, const mote_golden *golden, uint32_t sample) {
  const mote_model *model = instance->model;
  mote_status status;
  uint32_t index;
  for (index = 0u; index < model->input_count; index++) {
    const uint32_t bytes = model->inputs[index].bytes;
    status = mote_write(instance, index, golden->inputs[index] + (size_t)sample * bytes, bytes);
    if (status != MOTE_OK) return status;
  }
  status = mote_invoke(instance);
  if (status != MOTE_OK) return status;
  for (index = 0u; index < model->output_count; index++) {
    const uint32_t bytes = model->outputs[index].bytes;
    const uint8_t *expected = golden->outputs[index] + (size_t)sample * bytes;
    if (memcmp(mote_output(instance, index), expected, bytes) != 0) return MOTE_DIFFERS;
  }
  return MOTE_OK;
}

mote_status mote_selftest(mote_instance *instance, const mote_golden *golden) {
  mote_status status = golden == NULL ? MOTE_BAD_ARGUMENT : mote_reset(instance);
  uint32_t sample;
  if (status != MOTE_OK) return status;
  for (sample = 0u; sample < golden->samples && status == MOTE_OK; sample++) {
    status = run_sample(instance, golden, sample);
  }
  return status == MOTE_OK ? mote_reset(instance) : status;
}
