/* mote_sections.c: reads the sections of a module as far as ABI 1 speaks of them. Every read is checked against the end
 * of what holds it, so that any bytes whatever give an answer. Format: WebAssembly core specification, section 5. */

#include "mote.h"

#include <stddef.h>
#include <string.h>

enum section {
  SECTION_CUSTOM = 0,
  SECTION_TYPE = 1,
  SECTION_IMPORT = 2,
  SECTION_FUNCTION = 3,
  SECTION_TABLE = 4,
  SECTION_MEMORY = 5,
  SECTION_GLOBAL = 6,
  SECTION_EXPORT = 7,
  SECTION_START = 8,
  SECTION_ELEMENT = 9,
  SECTION_CODE = 10,
  SECTION_DATA = 11,
  SECTION_DATA_COUNT = 12
};

enum kind { KIND_FUNCTION = 0, KIND_MEMORY = 2, KIND_GLOBAL = 3 };

/* Bytes from `at` to `end`; `bad` once something was missing, and then every read gives 0. */
typedef struct reader {
  const uint8_t *at;
  const uint8_t *end;
  int bad;
} reader;

static uint32_t left(const reader *from) { return (uint32_t)(from->end - from->at); }

static uint32_t fail(reader *from) {
  from->bad = 1;
  from->at = from->end;
  return 0u;
}

static uint32_t read_byte(reader *from) { return from->at < from->end ? *from->at++ : fail(from); }

/* LEB128 of up to 32 bits; the sign of a signed one is extended. */
static uint32_t read_leb(reader *from, int is_signed) {
  uint32_t value = 0u;
  uint32_t shift;
  for (shift = 0u; shift < 35u; shift += 7u) {
    const uint32_t byte = read_byte(from);
    value |= (byte & 127u) << shift;
    if ((byte & 128u) == 0u) {
      if (is_signed && (byte & 64u) != 0u && shift < 28u) value |= ~0u << (shift + 7u);
      return value;
    }
  }
  return fail(from);
}

static uint32_t read_u32(reader *from) { return read_leb(from, 0); }

static void skip(reader *from, uint32_t bytes) {
  if (bytes > left(from)) {
    (void)fail(from);
  } else {
    from->at += bytes;
  }
}

/* What is between two readers' bounds; empty where there is less. */
static reader part_of(reader *from, uint32_t bytes) {
  reader part = {from->at, from->at, 0};
  skip(from, bytes);
  if (from->bad) part.bad = 1;
  else part.end = from->at;
  return part;
}

/* Sections by number; an absent one is empty. */
typedef struct sections {
  reader of[13];
} sections;

/* The order that the format asks for: DATA_COUNT stands before CODE. */
static uint32_t rank_of(uint32_t id) {
  if (id == SECTION_DATA_COUNT) return 2u * SECTION_CODE - 1u;
  return 2u * id;
}

static int find_sections(sections *found, const uint8_t *wasm, uint32_t bytes) {
  static const uint8_t HEADER[8] = {0, 0x61, 0x73, 0x6d, 1, 0, 0, 0};
  reader from = {wasm, wasm + bytes, 0};
  uint32_t last = 0u;
  uint32_t id;
  if (bytes < sizeof HEADER || memcmp(wasm, HEADER, sizeof HEADER) != 0) return 0;
  skip(&from, sizeof HEADER);
  for (id = 0u; id < 13u; id++) {
    const reader empty = {from.at, from.at, 0};
    found->of[id] = empty;
  }
  while (left(&from) > 0u) {
    id = read_byte(&from);
    if (id > SECTION_DATA_COUNT) return 0;
    if (id != SECTION_CUSTOM) {
      if (rank_of(id) <= last) return 0;
      last = rank_of(id);
    }
    found->of[id] = part_of(&from, read_u32(&from));
    if (from.bad) return 0;
  }
  return 1;
}

/* Whether function `index` of the module takes nothing and gives nothing. */
static int is_plain(const sections *module, uint32_t index) {
  reader functions = module->of[SECTION_FUNCTION];
  reader types = module->of[SECTION_TYPE];
  const uint32_t count = read_u32(&functions);
  const uint32_t type_count = read_u32(&types);
  uint32_t type = 0u;
  uint32_t at;
  if (index >= count) return 0;
  for (at = 0u; at <= index && !functions.bad; at++) type = read_u32(&functions);
  if (functions.bad || type >= type_count) return 0;
  for (at = 0u; at <= type && !types.bad; at++) {
    uint32_t parameters;
    uint32_t results;
    if (read_byte(&types) != 0x60u) return 0;
    parameters = read_u32(&types);
    skip(&types, parameters);
    results = read_u32(&types);
    skip(&types, results);
    if (at == type) return !types.bad && parameters == 0u && results == 0u;
  }
  return 0;
}

/* Whether global `index` is an i32 constant of this value. */
static int is_constant(const sections *module, uint32_t index, uint32_t value) {
  reader from = module->of[SECTION_GLOBAL];
  const uint32_t count = read_u32(&from);
  uint32_t at;
  if (index >= count) return 0;
  for (at = 0u; at <= index && !from.bad; at++) {
    const uint32_t type = read_byte(&from);
    const uint32_t is_mutable = read_byte(&from);
    const uint32_t code = read_byte(&from);
    uint32_t found = 0u;
    switch (code) {
      case 0x41u: /* i32.const */
        found = read_leb(&from, 1);
        break;
      case 0x42u: /* i64.const */
        while ((read_byte(&from) & 128u) != 0u) {
        }
        break;
      case 0x43u: /* f32.const */
        skip(&from, 4u);
        break;
      case 0x44u: /* f64.const */
        skip(&from, 8u);
        break;
      default:
        return 0;
    }
    if (read_byte(&from) != 0x0bu) return 0;
    if (at == index) return !from.bad && type == 0x7fu && code == 0x41u && is_mutable == 0u && found == value;
  }
  return 0;
}

/* The number of what the module exports under `name` followed by `digits` (which may be empty). */
static int find_export(const sections *module, const char *name, const char *digits, uint32_t kind, uint32_t *index) {
  const size_t stem = strlen(name);
  const size_t tail = strlen(digits);
  reader from = module->of[SECTION_EXPORT];
  uint32_t count = read_u32(&from);
  for (; count > 0u && !from.bad; count--) {
    const reader text = part_of(&from, read_u32(&from));
    const uint32_t found_kind = read_byte(&from);
    *index = read_u32(&from);
    if (from.bad) return 0;
    if (left(&text) != stem + tail || memcmp(text.at, name, stem) != 0) continue;
    if (tail != 0u && memcmp(text.at + stem, digits, tail) != 0) continue;
    return found_kind == kind;
  }
  return 0;
}

static const char *decimal(uint32_t number, char text[11]) {
  char *at = text + 10;
  *at = '\0';
  do {
    *--at = (char)('0' + (int)(number % 10u));
    number /= 10u;
  } while (number != 0u);
  return at;
}

static int has_tensors(const sections *module, const char *name, const mote_tensor *tensors, uint32_t count) {
  char text[11];
  uint32_t index;
  uint32_t global;
  for (index = 0u; index < count; index++) {
    if (!find_export(module, name, decimal(index, text), KIND_GLOBAL, &global)) return 0;
    if (!is_constant(module, global, tensors[index].address)) return 0;
  }
  return 1;
}

/* One memory that never grows and holds what the header says. Flag 1: there is a maximum; 8: the page's size follows. */
static int has_memory(const sections *module, uint32_t memory_bytes) {
  reader from = module->of[SECTION_MEMORY];
  const uint32_t count = read_u32(&from);
  const uint32_t flags = read_byte(&from);
  const uint32_t least = read_u32(&from);
  const uint32_t most = read_u32(&from);
  const uint32_t page_bits = (flags & 8u) != 0u ? read_u32(&from) : 16u;
  if (from.bad || count != 1u || (flags & ~8u) != 1u || least != most) return 0;
  if (page_bits != 16u && page_bits != 0u) return 0;
  return ((uint64_t)least << page_bits) >= memory_bytes;
}

uint32_t mote_section_entries(const uint8_t *wasm, uint32_t wasm_bytes, uint32_t id) {
  sections module;
  if (id > SECTION_DATA_COUNT || !find_sections(&module, wasm, wasm_bytes)) return 0u;
  return read_u32(&module.of[id]);
}

mote_status mote_check_sections(const mote_model *model, const uint8_t *wasm, uint32_t wasm_bytes) {
  sections module;
  uint32_t index;
  if (model == NULL || wasm == NULL) return MOTE_BAD_ARGUMENT;
  if (!find_sections(&module, wasm, wasm_bytes)) return MOTE_BAD_MODULE;
  if (read_u32(&module.of[SECTION_IMPORT]) != 0u) return MOTE_BAD_MODULE;
  if (left(&module.of[SECTION_START]) != 0u) return MOTE_BAD_MODULE;
  if (!has_memory(&module, model->memory_bytes)) return MOTE_BAD_MODULE;
  if (!find_export(&module, "memory", "", KIND_MEMORY, &index)) return MOTE_BAD_MODULE;
  if (!find_export(&module, "invoke", "", KIND_FUNCTION, &index) || !is_plain(&module, index)) return MOTE_BAD_MODULE;
  if (model->state_bytes != 0u) {
    if (!find_export(&module, "reset", "", KIND_FUNCTION, &index) || !is_plain(&module, index)) return MOTE_BAD_MODULE;
  }
  if (!has_tensors(&module, "input_", model->inputs, model->input_count)) return MOTE_BAD_MODULE;
  if (!has_tensors(&module, "output_", model->outputs, model->output_count)) return MOTE_BAD_MODULE;
  return MOTE_OK;
}
