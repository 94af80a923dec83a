/** Elementwise operators of one int8 value, as the real numbers that they give for each of its 256 integers. */

import { type Coding, codingFor, encode, realsOf } from "../graph/coding.ts";
import { endsOf } from "../graph/ends.ts";
import { elementCount } from "../graph/tensor.ts";
import { isUncoded } from "../ops/onnx_spelling.ts";
import { type NetNode, type Value, viewOf } from "./onnx_net.ts";

export interface Chain {
  /** The coded value that all is computed from. */
  readonly base: Value;
  /** What the integers −128 to 127 become. */
  readonly reals: Float64Array;
}

export type Chains = ReadonlyMap<Value, Chain>;

/** A coded int8 value as a chain of no operators; `undefined` for others. */
function link(value: Value, chains: Chains): Chain | undefined {
  const { coding } = value;
  if (!coding) return chains.get(value);
  if (coding.dtype !== "int8") return undefined;
  return { base: value, reals: realsOf(coding) };
}

/** The output of an elementwise node as a chain, where it is a function of one coded value and nothing else. */
export function chainOf(node: NetNode, chains: Chains): Chain | undefined {
  const { spelling, inputs, outputs } = node;
  const [output] = outputs;
  if (!output || node.fold || isUncoded(output.type)) return undefined;
  const real = spelling.real?.(viewOf(node));
  if (!real) return undefined;
  const columns: (number | Float64Array)[] = [];
  let base: Value | undefined;
  for (const input of inputs) {
    if (!input) columns.push(Number.NaN);
    else if (input.constant) {
      if (elementCount(input.shape) !== 1) return undefined;
      columns.push(input.constant.values[0] ?? 0);
    } else {
      const chain = link(input, chains);
      if (!chain || (base && base !== chain.base)) return undefined;
      base = chain.base;
      columns.push(chain.reals);
    }
  }
  if (!base || base.shape.join() !== output.shape.join()) return undefined;
  const reals = Float64Array.from({ length: 256 }, (_, index) =>
    Math.fround(
      real(...columns.map((column) => (typeof column === "number" ? column : (column[index] ?? 0)))),
    ),
  );
  return { base, reals };
}

/** The coding that suits all that a chain can give. */
export function codingOfChain({ reals }: Chain): Coding {
  return codingFor(...endsOf([0, ...reals.filter(Number.isFinite)]));
}

/** The table that takes a chain's base to a value of this coding. */
export function tableOfChain({ reals }: Chain, coding: Coding): number[] {
  return Array.from(reals, (real) => encode(real, coding));
}
