/* mote_selftest.h: runs golden inputs through a loaded model and compares the outputs with the golden ones, bit for bit. */
#ifndef MOTE_SELFTEST_H
#define MOTE_SELFTEST_H

#include "mote.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Goldens of a model: for each input and each output the bytes of all samples, one behind the other. A model with state
 * takes the samples in order, starting from its initial state. */
typedef struct mote_golden {
  uint32_t samples;
  const uint8_t *const *inputs;
  const uint8_t *const *outputs;
} mote_golden;

/* MOTE_OK where every byte is as it should be, MOTE_DIFFERS where one is not; resets the model before and after. */
mote_status mote_selftest(mote_instance *instance, const mote_golden *golden);

#ifdef __cplusplus
}
#endif

#endif /* MOTE_SELFTEST_H */
