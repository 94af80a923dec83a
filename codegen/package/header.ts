/** Writes `<name>.h`: the module's bytes and its tensors as C99, for hosts that link the model in. */

import type { CompileResult, ManifestTensor } from "../compile_result.ts";
import { interpreterStack } from "../count/interpreter_stack.ts";
import { alignUp } from "../graph/align.ts";
import { type DType, elementCount, integerRange } from "../graph/tensor.ts";
import { PAGE_BYTES } from "../plan/linear_memory.ts";
import { targetNamed } from "../plan/target.ts";
import { byteLines } from "./byte_lines.ts";
import { crc32 } from "./crc32.ts";
import { inComment } from "./names.ts";

const C_TYPE: Record<DType, string> = {
  int4: "int8_t",
  int8: "int8_t",
  uint8: "uint8_t",
  int16: "int16_t",
  int32: "int32_t",
  int64: "int64_t",
  float32: "float",
  bool: "uint8_t",
};

/** Text of `<name>.h` with the bytes of `file`; includes nothing but `stdint.h`, and compiles as C99 and as C++. */
export function packageHeader({ wasm, manifest, report }: CompileResult, file: string): string {
  const { name } = manifest;
  const upper = name.toUpperCase();
  const tensors = [
    ...manifest.inputs.map((tensor, index) => tensorSection(name, "input", index, tensor)),
    ...manifest.outputs.map((tensor, index) => tensorSection(name, "output", index, tensor)),
  ];
  return [
    `/* ${inComment(name)}.h: the bytes of ${inComment(file)}, and where its tensors lie. Written by ${inComment(manifest.generator)}.`,
    " *",
    " * Give the bytes to a WebAssembly runtime, write the inputs at their addresses in its memory, call the",
    " * export `invoke`, read the outputs. Input bytes are undefined after `invoke`: write them before each.",
    ...(manifest.stateBytes > 0
      ? [" * The module keeps state from one `invoke` to the next; its export `reset` starts anew."]
      : []),
    ` * Define ${upper}_ATTRIBUTES before including this file to place the bytes (a section, PROGMEM), and`,
    ` * ${upper}_NO_WASM to leave them out. With mote.h included before, ${name}_model describes the module to mote_load. */`,
    `#ifndef ${upper}_H`,
    `#define ${upper}_H`,
    "",
    "#include <stdint.h>",
    "",
    define(`${upper}_ABI`, manifest.abi),
    define(`${upper}_WASM_BYTES`, wasm.length),
    define(`${upper}_WASM_CRC32`, `0x${crc32(wasm).toString(16).padStart(8, "0")}u`),
    "/* The module touches addresses from 0 up to this. */",
    define(`${upper}_MEMORY_BYTES`, report.memory.total),
    define(`${upper}_MEMORY_PAGES`, report.memory.pages),
    ...(report.memory.linear < report.memory.pages * PAGE_BYTES
      ? [
          "/* All the linear memory that the module needs; wasm3: set runtime->memoryLimit to this before loading. */",
          define(`${upper}_MEMORY_LIMIT`, report.memory.linear),
        ]
      : []),
    ...(report.memory.flash > 0
      ? [
          "/* Weights that stay in the bytes below; `invoke` copies them into memory piece by piece (memory.init). */",
          define(`${upper}_FLASH_BYTES`, report.memory.flash),
        ]
      : []),
    define(`${upper}_STATE_BYTES`, manifest.stateBytes),
    "/* The frames of an interpreter on the deepest chain of calls. Define it before this file to give it more. */",
    `#ifndef ${upper}_STACK_BYTES`,
    define(`${upper}_STACK_BYTES`, stackBytes(wasm, manifest.target)),
    "#endif",
    define(`${upper}_INPUT_COUNT`, manifest.inputs.length),
    define(`${upper}_OUTPUT_COUNT`, manifest.outputs.length),
    "",
    ...tensors,
    description(name, manifest.inputs.length, manifest.outputs.length),
    `#ifndef ${upper}_NO_WASM`,
    attributes(upper),
    `static const unsigned char ${name}_wasm[${upper}_WASM_BYTES] ${upper}_ATTRIBUTES = {`,
    ...byteLines(wasm),
    "};",
    `#endif /* ${upper}_NO_WASM */`,
    "",
    `#endif /* ${upper}_H */`,
    "",
  ].join("\n");
}

/** A multiple of 16, as runtimes ask for. */
function stackBytes(wasm: Uint8Array, target: string): number {
  const { bytes, depth } = interpreterStack(wasm);
  return alignUp(bytes + depth * targetNamed(target).frameBytes, 16);
}

function define(name: string, value: string | number): string {
  return `#define ${name} ${typeof value === "number" && value < 0 ? `(${value})` : value}`;
}

function tensorSection(
  name: string,
  side: "input" | "output",
  index: number,
  tensor: ManifestTensor,
): string {
  const prefix = `${name.toUpperCase()}_${side.toUpperCase()}_${index}`;
  const shape = tensor.shape.length === 0 ? [1] : tensor.shape;
  const lines = [
    `/* ${side} ${index}: ${inComment(tensor.name)}, ${tensor.dtype} ${tensor.shape.join("x") || "scalar"} */`,
    define(`${prefix}_NAME`, cString(tensor.name)),
    define(`${prefix}_ADDRESS`, tensor.address),
    define(`${prefix}_LENGTH`, elementCount(tensor.shape)),
    define(`${prefix}_BYTES`, tensor.bytes),
    define(`${prefix}_RANK`, tensor.shape.length),
    define(`${prefix}_SHAPE`, `{${shape.join(", ")}}`),
    `typedef ${C_TYPE[tensor.dtype]} ${name}_${side}_${index}_t;`,
  ];
  if (tensor.scale !== undefined && tensor.dtype !== "float32" && tensor.dtype !== "int64") {
    lines.push(define(`${prefix}_SCALE`, floatLiteral(tensor.scale)));
    lines.push(define(`${prefix}_ZERO_POINT`, tensor.zeroPoint ?? 0));
    lines.push(conversions(`${name}_${side}_${index}`, prefix, tensor));
  }
  return `${lines.join("\n")}\n`;
}

/**
 * Quantizes half away from zero, clamped, NaN to the zero point; no libm. The quotient is limited before it is
 * converted, since C leaves larger ones undefined; the limit is beyond the clamp for every zero point of the type.
 */
function conversions(symbol: string, prefix: string, { dtype }: ManifestTensor): string {
  const { min, max } = integerRange(dtype);
  const wide = dtype === "int32" ? "int64_t" : "int32_t";
  const limit = dtype === "int32" ? "8589934592.0f" : "131072.0f";
  const least = min === -(2 ** 31) ? "INT32_MIN" : `${min}`;
  return [
    `static inline ${symbol}_t ${symbol}_quantize(float real) {`,
    `  const float limit = ${limit};`,
    `  float scaled = (float)(real / ${prefix}_SCALE);`,
    "  float fraction;",
    `  ${wide} stored;`,
    `  if (scaled != scaled) return ${prefix}_ZERO_POINT;`,
    "  if (scaled > limit) scaled = limit;",
    "  if (scaled < -limit) scaled = -limit;",
    `  stored = (${wide})scaled;`,
    "  fraction = scaled - (float)stored;",
    "  if (fraction >= 0.5f) stored += 1;",
    "  if (fraction <= -0.5f) stored -= 1;",
    `  stored += ${prefix}_ZERO_POINT;`,
    `  if (stored < ${least}) stored = ${least};`,
    `  if (stored > ${max}) stored = ${max};`,
    `  return (${symbol}_t)stored;`,
    "}",
    `static inline float ${symbol}_dequantize(${symbol}_t stored) {`,
    `  return ${prefix}_SCALE * (float)((${wide})stored - ${prefix}_ZERO_POINT);`,
    "}",
  ].join("\n");
}

/** A float literal that reads back as the same float32; up to nine digits are enough. */
function floatLiteral(value: number): string {
  const single = Math.fround(value);
  let text = single.toPrecision(9);
  for (let digits = 1; digits <= 9; digits++) {
    text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) break;
  }
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** A C string of UTF-8 bytes; octal escapes end after three digits, and `?` could start a trigraph. */
function cString(text: string): string {
  const escaped = [...new TextEncoder().encode(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    const plain = byte >= 0x20 && byte <= 0x7e && !'"\\?'.includes(character);
    return plain ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

/** The `mote_model` of host/mcu/mote.h, for those who include that first. */
function description(name: string, inputs: number, outputs: number): string {
  const upper = name.toUpperCase();
  const side = (word: "input" | "output", count: number): string[] => {
    if (count === 0) return [];
    const rows = Array.from({ length: count }, (_, index) => {
      const prefix = `${upper}_${word.toUpperCase()}_${index}`;
      return `  {${prefix}_ADDRESS, ${prefix}_BYTES},`;
    });
    return [`static const mote_tensor ${name}_${word}s[${count}] = {`, ...rows, "};"];
  };
  const reference = (word: "input" | "output", count: number) => (count === 0 ? "0" : `${name}_${word}s`);
  const fields = ["ABI", "WASM_BYTES", "WASM_CRC32", "MEMORY_BYTES", "STATE_BYTES", "STACK_BYTES"];
  return [
    "#ifdef MOTE_H",
    ...side("input", inputs),
    ...side("output", outputs),
    `static const mote_model ${name}_model = {`,
    ...[...fields, "INPUT_COUNT", "OUTPUT_COUNT"].map((field) => `  ${upper}_${field},`),
    `  ${reference("input", inputs)},`,
    `  ${reference("output", outputs)},`,
    "};",
    "#endif /* MOTE_H */",
    "",
  ].join("\n");
}

function attributes(upper: string): string {
  return [
    `#ifndef ${upper}_ATTRIBUTES`,
    "#if defined(__GNUC__) || defined(__clang__)",
    `#define ${upper}_ATTRIBUTES __attribute__((aligned(16)))`,
    "#else",
    `#define ${upper}_ATTRIBUTES`,
    "#endif",
    "#endif",
  ].join("\n");
}
