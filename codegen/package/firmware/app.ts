/** Writes `app.c`: the example of a firmware, which loads a model, tests it, and runs it once. */

import type { Manifest, ManifestTensor } from "../../compile_result.ts";
import { inComment } from "../names.ts";
import { codeName, type FirmwareRuntime } from "./runtimes.ts";

/** Text of `app.h`. */
export const APP_HEADER = `/* app.h: what a platform's main calls. */
#ifndef APP_H
#define APP_H

#include "mote.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Loads the model into an empty instance. */
mote_status app_load(mote_instance *instance);

/* Loads the model, runs its self test and one inference, and says what came out, a line at a time. Returns 0, or 1 where
 * something went wrong. */
int app_run(void (*say)(const char *line));

#ifdef __cplusplus
}
#endif

#endif /* APP_H */
`;

/** Text of `app.c` for a model on a runtime. */
export function appSource({ name, inputs, outputs, stateBytes }: Manifest, runtime: FirmwareRuntime): string {
  const [input, output] = [inputs[0], outputs[0]];
  return [
    "/* app.c: loads the model, runs its self test, then one inference. Replace fill_input by your own data. */",
    "",
    '#include "app.h"',
    "",
    "#include <stdio.h>",
    "#include <string.h>",
    "",
    ...include(name, runtime, stateBytes > 0),
    `#include "${name}_golden.h"`,
    "",
    "static mote_instance model;",
    "",
    ...(input ? fillInput(name, input) : []),
    ...(output ? sayOutput(name, output) : []),
    "mote_status app_load(mote_instance *instance) {",
    `  return mote_load(instance, &${name}_model, ${module(name, runtime)});`,
    "}",
    "",
    "static mote_status run(void (*say)(const char *line)) {",
    "  mote_status status = app_load(&model);",
    "  if (status != MOTE_OK) return status;",
    `  status = mote_selftest(&model, &${name}_golden);`,
    "  if (status != MOTE_OK) return status;",
    `  say("${name}: the self test gave the golden outputs");`,
    ...(input ? ["  fill_input();"] : []),
    "  status = mote_invoke(&model);",
    ...(output ? ["  if (status == MOTE_OK) say_output(say);"] : []),
    "  return status;",
    "}",
    "",
    "int app_run(void (*say)(const char *line)) {",
    "  const mote_status status = run(say);",
    "  if (status != MOTE_OK) say(mote_text(status));",
    "  return status == MOTE_OK ? 0 : 1;",
    "}",
    "",
  ].join("\n");
}

/** The model's header; where the module is C already, its bytes stay out of flash. */
function include(name: string, runtime: FirmwareRuntime, stateful: boolean): string[] {
  if (!runtime.compiled) return [`#include "${name}.h"`];
  const macro = stateful ? "MOTE_WASM2C_STATEFUL" : "MOTE_WASM2C";
  return [
    `#define ${name.toUpperCase()}_NO_WASM`,
    `#include "${name}.h"`,
    '#include "mote_wasm2c.h"',
    `#include "${codeName(name)}_code.h"`,
    "",
    `${macro}(${codeName(name)}, ${name.toUpperCase()})`,
    "",
  ];
}

function module(name: string, runtime: FirmwareRuntime): string {
  const code = `${codeName(name)}_code`;
  return runtime.compiled ? `&${code}, sizeof ${code}` : `${name}_wasm, sizeof ${name}_wasm`;
}

function fillInput(name: string, tensor: ManifestTensor): string[] {
  const [symbol, upper] = [`${name}_input_0`, `${name.toUpperCase()}_INPUT_0`];
  const value = isQuantized(tensor) ? `${symbol}_quantize(0.0f)` : "0";
  return [
    `/* Input 0, ${inComment(tensor.name)}: zeros here. Write it before each mote_invoke, which may use its memory. */`,
    "static void fill_input(void) {",
    `  ${symbol}_t *values = (${symbol}_t *)mote_input(&model, 0u);`,
    "  uint32_t index;",
    `  for (index = 0u; index < ${upper}_LENGTH; index++) values[index] = ${value};`,
    "}",
    "",
  ];
}

/** The largest value and where it is: the class, in a classifier. */
function sayOutput(name: string, tensor: ManifestTensor): string[] {
  const [symbol, upper] = [`${name}_output_0`, `${name.toUpperCase()}_OUTPUT_0`];
  const real = isQuantized(tensor) ? `${symbol}_dequantize(values[best])` : "(float)values[best]";
  return [
    `/* Output 0, ${inComment(tensor.name)}: its largest value, in thousandths, so that printf needs no floats. */`,
    "static void say_output(void (*say)(const char *line)) {",
    `  const ${symbol}_t *values = (const ${symbol}_t *)mote_output(&model, 0u);`,
    "  char line[96];",
    "  uint32_t best = 0u;",
    "  uint32_t index;",
    `  for (index = 1u; index < ${upper}_LENGTH; index++) {`,
    "    if (values[index] > values[best]) best = index;",
    "  }",
    `  snprintf(line, sizeof line, "${name}: the largest of %u outputs is number %u, %ld thousandths",`,
    `           (unsigned)${upper}_LENGTH, (unsigned)best, (long)(1000.0f * ${real}));`,
    "  say(line);",
    "}",
    "",
  ];
}

/** Whether the header has conversions for a tensor. */
function isQuantized({ scale, dtype }: ManifestTensor): boolean {
  return scale !== undefined && dtype !== "float32" && dtype !== "int64";
}
