/* mote.c: what every runtime's file shares: feeding and reading tensors, the checks of a header, texts. */

#include "mote.h"

#include <stddef.h>
#include <string.h>

const char *mote_text(mote_status status) {
  switch (status) {
    case MOTE_OK:
      return "It went well.";
    case MOTE_BAD_ARGUMENT:
      return "A pointer is null, or the instance is not loaded, or is loaded already.";
    case MOTE_BAD_ABI:
      return "The model's header is of another ABI. Build the model and the firmware with the same version of Mote.";
    case MOTE_BAD_SIZE:
      return "The module has not as many bytes as its header says. Write it to flash again.";
    case MOTE_BAD_CHECKSUM:
      return "The module's CRC-32 is not its header's. It is damaged or of another build; write it to flash again.";
    case MOTE_BAD_MODULE:
      return "The bytes are no module of this ABI with the header's tensors. Build the model again.";
    case MOTE_NO_MEMORY:
      return "There is too little memory. Give the runtime a larger heap or stack.";
    case MOTE_REFUSED:
      return "The runtime cannot run what the module uses. Build the model with this runtime's --target.";
    case MOTE_BAD_INDEX:
      return "There is no input or output of this number.";
    case MOTE_BAD_LENGTH:
      return "The buffer has not as many bytes as the tensor.";
    case MOTE_TRAPPED:
      return "The module stopped. Load it again.";
    case MOTE_DIFFERS:
      return "The outputs are not the golden ones. The compiler or the runtime is at fault; please report it.";
  }
  return "This is no status of Mote.";
}

/* Half a byte at a time: 64 bytes of table instead of 1,024. */
uint32_t mote_crc32(const void *bytes, uint32_t count) {
  static const uint32_t TABLE[16] = {0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
                                     0x4db26158u, 0x5005713cu, 0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
                                     0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};
  const uint8_t *at = (const uint8_t *)bytes;
  uint32_t crc = 0xffffffffu;
  uint32_t left;
  for (left = count; left > 0u; left--) {
    crc ^= *at++;
    crc = TABLE[crc & 15u] ^ (crc >> 4);
    crc = TABLE[crc & 15u] ^ (crc >> 4);
  }
  return ~crc;
}

static int lies_inside(const mote_model *model, const mote_tensor *tensors, uint32_t count) {
  uint32_t index;
  if (tensors == NULL) return count == 0u;
  for (index = 0u; index < count; index++) {
    const uint32_t address = tensors[index].address;
    if (address % 16u != 0u || address > model->memory_bytes) return 0;
    if (tensors[index].bytes > model->memory_bytes - address) return 0;
  }
  return 1;
}

mote_status mote_check_model(const mote_model *model) {
  if (model == NULL) return MOTE_BAD_ARGUMENT;
  if (model->abi != MOTE_ABI) return MOTE_BAD_ABI;
  if (!lies_inside(model, model->inputs, model->input_count)) return MOTE_BAD_MODULE;
  if (!lies_inside(model, model->outputs, model->output_count)) return MOTE_BAD_MODULE;
  return MOTE_OK;
}

mote_status mote_check(const mote_model *model, const void *module, uint32_t module_bytes) {
  const mote_status status = mote_check_model(model);
  if (status != MOTE_OK) return status;
  if (module == NULL) return MOTE_BAD_ARGUMENT;
  if (module_bytes != model->wasm_bytes) return MOTE_BAD_SIZE;
  if (mote_crc32(module, module_bytes) != model->wasm_crc32) return MOTE_BAD_CHECKSUM;
  return mote_check_sections(model, (const uint8_t *)module, module_bytes);
}

void *mote_input(mote_instance *instance, uint32_t index) {
  if (instance == NULL || instance->memory == NULL || index >= instance->model->input_count) return NULL;
  return instance->memory + instance->model->inputs[index].address;
}

const void *mote_output(const mote_instance *instance, uint32_t index) {
  if (instance == NULL || instance->memory == NULL || index >= instance->model->output_count) return NULL;
  return instance->memory + instance->model->outputs[index].address;
}

mote_status mote_write(mote_instance *instance, uint32_t index, const void *values, uint32_t bytes) {
  if (instance == NULL || instance->memory == NULL || values == NULL) return MOTE_BAD_ARGUMENT;
  if (index >= instance->model->input_count) return MOTE_BAD_INDEX;
  if (bytes != instance->model->inputs[index].bytes) return MOTE_BAD_LENGTH;
  memcpy(mote_input(instance, index), values, bytes);
  return MOTE_OK;
}

mote_status mote_read(const mote_instance *instance, uint32_t index, void *values, uint32_t bytes) {
  if (instance == NULL || instance->memory == NULL || values == NULL) return MOTE_BAD_ARGUMENT;
  if (index >= instance->model->output_count) return MOTE_BAD_INDEX;
  if (bytes != instance->model->outputs[index].bytes) return MOTE_BAD_LENGTH;
  memcpy(values, mote_output(instance, index), bytes);
  return MOTE_OK;
}
