/** Writes `<name>_golden.h`: golden inputs and outputs of a model as C, for the self test of a firmware. */

import { byteLines } from "../byte_lines.ts";
import { inComment } from "../names.ts";

/** Inputs and the exact outputs that they give; a model with state takes the samples in order from its initial state. */
export interface FirmwareGolden {
  readonly samples: number;
  /** For each input (and output) the bytes of all samples, one behind the other. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** Text of `<name>_golden.h`, which defines `<name>_golden`. */
export function goldenHeader(name: string, generator: string, golden: FirmwareGolden): string {
  const upper = name.toUpperCase();
  return [
    `/* ${name}_golden.h: inputs, and the outputs that the reference gives for them. Written by ${inComment(generator)}. */`,
    `#ifndef ${upper}_GOLDEN_H`,
    `#define ${upper}_GOLDEN_H`,
    "",
    '#include "mote_selftest.h"',
    "",
    ...side(name, "input", golden.inputs),
    ...side(name, "output", golden.outputs),
    `static const mote_golden ${name}_golden = {`,
    `  ${golden.samples}, ${reference(name, "input", golden.inputs)}, ${reference(name, "output", golden.outputs)},`,
    "};",
    "",
    `#endif /* ${upper}_GOLDEN_H */`,
    "",
  ].join("\n");
}

function side(name: string, word: "input" | "output", tensors: readonly Uint8Array[]): string[] {
  if (tensors.length === 0) return [];
  const symbol = (index: number) => `${name}_golden_${word}_${index}`;
  const arrays = tensors.flatMap((bytes, index) => [
    `static const uint8_t ${symbol(index)}[${bytes.length}] = {`,
    ...byteLines(bytes),
    "};",
  ]);
  const list = tensors.map((_, index) => symbol(index)).join(", ");
  return [
    ...arrays,
    `static const uint8_t *const ${name}_golden_${word}s[${tensors.length}] = {${list}};`,
    "",
  ];
}

function reference(name: string, word: "input" | "output", tensors: readonly Uint8Array[]): string {
  return tensors.length === 0 ? "0" : `${name}_golden_${word}s`;
}
