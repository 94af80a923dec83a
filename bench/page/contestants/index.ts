/** The contestants by name. */

import type { Load } from "../contestant.ts";
import { litert } from "./litert.ts";
import { mote } from "./mote.ts";
import { onnxruntime } from "./onnxruntime.ts";
import { tfjs } from "./tfjs.ts";
import { tfjsTflite } from "./tfjs_tflite.ts";

export const CONTESTANTS: Readonly<Record<string, Load>> = {
  "mote-relaxed": mote("relaxed"),
  "mote-scalar": mote("scalar"),
  "mote-simd": mote("simd"),
  "tfjs-tflite": tfjsTflite,
  litert: litert(),
  onnxruntime,
  tfjs,
  "litert-compat": litert("litert_wasm_compat_internal.js"),
};
