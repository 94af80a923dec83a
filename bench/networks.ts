/** The networks of the benchmark, with their inputs and goldens. */

import { conformanceCase, conformanceNetwork } from "../tests/conformance/conformance.ts";
import type { Network } from "../tests/golden.ts";
import { OWN_MODELS, ownModel } from "../tests/networks.ts";

/** A network under the short name that tables call it by. */
export interface BenchNetwork extends Network {
  readonly name: string;
  /** What it does, and where it comes from. */
  readonly title: string;
}

/** The conformance cases, MLPerf Tiny's reference models first. */
const CASES: readonly (readonly [name: string, file: string, title: string])[] = [
  ["ad01", "ad01_int8", "MLPerf Tiny, anomaly detection, dense"],
  ["kws", "kws_ref_model", "MLPerf Tiny, keyword spotting, DS-CNN"],
  ["resnet", "pretrainedResnet_quant", "MLPerf Tiny, image classification, 32×32"],
  ["vww", "vww_96_int8", "MLPerf Tiny, visual wake words, MobileNet 96×96"],
  ["hello", "hello_world_int8", "TFLite Micro's sine, 3 dense layers"],
  ["speech", "micro_speech_quantized", "TFLite Micro's micro speech"],
  ["lstm", "trained_lstm_int8", "TFLite Micro's LSTM on MNIST"],
];

/** MLPerf Tiny's reference models. */
export const MLPERF_TINY: readonly string[] = ["ad01", "kws", "resnet", "vww"];

/** The conformance set's networks where it lies beside the checkout, else the project's own. */
export function benchNetworks(): BenchNetwork[] {
  const cases = CASES.flatMap(([name, file, title]) => {
    const entry = conformanceCase(file);
    return entry ? [{ name, title, ...conformanceNetwork(entry) }] : [];
  });
  return cases.length > 0 ? cases : OWN_MODELS.map((name) => ({ name, title: "models/", ...ownModel(name) }));
}
