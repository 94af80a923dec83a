/** What a row of `npm run figures:mcu` is, and how its cells read. */

import { conformanceCase, conformanceNetwork } from "../../tests/conformance/conformance.ts";
import type { Network } from "../../tests/golden.ts";

/** The networks of MLPerf Tiny and TFLite Micro's hello world, by the names of their cases in the conformance set. */
export const CASES = {
  hello: "hello_world_int8",
  ad01: "ad01_int8",
  kws: "kws_ref_model",
  resnet: "pretrainedResnet_quant",
  vww: "vww_96_int8",
} as const;
export type NetworkName = keyof typeof CASES;
export const NETWORKS = Object.keys(CASES) as NetworkName[];

/** A quantity of some networks, and what is to be reached. */
export interface Figure {
  readonly title: string;
  readonly networks: readonly NetworkName[];
  readonly limits: Readonly<Partial<Record<NetworkName, number>>>;
  /** Decimals to print. */
  readonly decimals: number;
  /** Whether a limit is reached when it is exactly met. */
  readonly inclusive: boolean;
  /** Throws where the runtime or the tools are not installed, or outputs are not golden. */
  measure(network: Network, name: NetworkName): Promise<number>;
}

/** The network of a case; throws where the conformance set is not beside the checkout. */
export function networkOf(name: NetworkName): Network {
  const entry = conformanceCase(CASES[name]);
  if (!entry) throw new Error("the conformance set is not beside this checkout; nothing to measure");
  return conformanceNetwork(entry);
}

/** `21.3, ≤ 24: reached`. */
export function cell({ limits, decimals, inclusive }: Figure, name: NetworkName, found: number): string {
  const text = (value: number, places: number) =>
    value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  const limit = limits[name];
  if (limit === undefined) return text(found, decimals);
  const reached = inclusive ? found <= limit : found < limit;
  return `${text(found, decimals)}, ${inclusive ? "≤" : "<"} ${text(limit, 0)}: ${reached ? "reached" : "MISSED"}`;
}
