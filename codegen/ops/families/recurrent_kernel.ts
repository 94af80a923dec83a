/** How the kernels of recurrent layers are called: packed weights, rows of parameters, states and results. */

import { alignUp } from "../../graph/align.ts";
import { elementBytes, type Tensor } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, Layer, PackedConstant } from "../descriptor.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import {
  CELL_BITS,
  type Recurrent,
  type RecurrentAttributes,
  type RecurrentResult,
  STATE_BITS,
  sumFactor,
  tanhTable,
} from "./recurrent.ts";
import { PAIRS, type Products, SCALAR } from "./recurrent_products.ts";

const ROW_BYTES = 16;

/** What tells the kernels apart. */
export interface RecurrentKernel<A extends RecurrentAttributes> {
  readonly name: string;
  /** The folder of its files. */
  readonly folder: string;
  readonly describe: (layer: Layer<A>) => Recurrent;
  /** Rows in the kernel's order, by their positions in the file's; those of a section are used one after another. */
  sections(recurrent: Recurrent): readonly (readonly number[])[];
  /** Scratch after the state and the next state, in bytes, a multiple of 4. */
  extraScratch(recurrent: Recurrent, layer: Layer<A>): number;
  /** Further constants. */
  pack?(recurrent: Recurrent, layer: Layer<A>): Readonly<Record<string, PackedConstant>>;
  /** The kernel's arguments after those that all have; `scratch`: where its own scratch starts. */
  extra(recurrent: Recurrent, layer: Layer<A>, batch: number, scratch: number): readonly Argument[];
}

function rowsOf({ rows, x }: Recurrent, order: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(order.length * ROW_BYTES);
  const view = new DataView(bytes.buffer);
  order.forEach((index, position) => {
    const row = rows[index];
    if (!row) return;
    const at = position * ROW_BYTES;
    view.setInt32(at, row.bias, true);
    if (x.dtype === "float32") view.setFloat32(at + 4, row.inputScale, true);
    else view.setInt32(at + 4, row.input.multiplier, true);
    view.setInt32(at + 8, row.state.multiplier, true);
    view.setInt8(at + 12, x.dtype === "float32" ? 0 : row.input.exponent);
    view.setInt8(at + 13, row.state.exponent);
  });
  return bytes;
}

function weightsOf(
  { rows }: Recurrent,
  sections: readonly (readonly number[])[],
  products: Products,
): Uint8Array {
  const matrix = (part: "weights" | "stateWeights") =>
    products.pack(sections.map((section) => section.flatMap((index) => rows[index]?.[part] ?? [])));
  return Uint8Array.from([...matrix("weights"), ...matrix("stateWeights")]);
}

/** The arguments that start a state from a tensor, where there is one and it is not the state itself. */
export function startArguments(
  prefix: string,
  tensor: Tensor | undefined,
  { input, bits, batch, units }: { input: number; bits: number; batch: number; units: number },
): Argument[] {
  const size = tensor ? elementBytes(tensor.dtype) : 0;
  const factor = tensor ? sumFactor(scaleOf(tensor) * 2 ** bits) : { multiplier: 0, exponent: 1 };
  return [
    tensor ? { name: prefix, input, offset: batch * units * size } : { name: prefix, literal: 0 },
    { name: `${prefix}_bytes`, literal: size },
    { name: `${prefix}_zero_point`, literal: tensor ? zeroPointOf(tensor) : 0 },
    { name: `${prefix}_multiplier`, literal: factor.multiplier },
    { name: `${prefix}_exponent`, literal: factor.exponent },
  ];
}

/** Position of a result among the outputs, or −1. */
export function outputOf(layer: Layer<RecurrentAttributes>, result: RecurrentResult): number {
  return layer.attributes.returns.indexOf(result);
}

function common<A extends RecurrentAttributes>(
  layer: Layer<A>,
  recurrent: Recurrent,
  batch: number,
): Argument[] {
  const { x, steps, batches, depth, units, bits, initial } = recurrent;
  const { reverse, timeMajor, stateful } = layer.attributes;
  const size = elementBytes(x.dtype);
  const [stepRows, batchRows] = timeMajor ? [batches, 1] : [1, steps];
  const first = batch * batchRows + (reverse ? (steps - 1) * stepRows : 0);
  const direction = reverse ? -stepRows : stepRows;
  const [sequence, last] = [outputOf(layer, "sequence"), outputOf(layer, "last")];
  const result = layer.outputs[sequence < 0 ? last : sequence];
  const resultBytes = result ? elementBytes(result.dtype) : 0;
  const factor = result ? sumFactor(2 ** -STATE_BITS / scaleOf(result)) : { multiplier: 0, exponent: 1 };
  const start = stateful ? undefined : initial;
  return [
    { name: "input", input: 0, offset: first * depth * size, note: x.shape.join("×") },
    { name: "input_bytes", literal: size },
    { name: "input_step", literal: direction * depth * size },
    { name: "steps", literal: steps },
    { name: "depth", literal: depth },
    { name: "units", literal: units },
    { name: "weights", constant: "weights" },
    { name: "parameters", constant: "parameters" },
    { name: "table", constant: "table" },
    { name: "shift", literal: bits - 5 },
    stateful ? { name: "state", input: 4, offset: batch * units * 2 } : { name: "state", scratch: 0 },
    { name: "next", scratch: stateful ? 0 : alignUp(units * 2, 4) },
    { name: "keep", literal: Number(stateful) },
    ...startArguments("initial", start, { input: 4, bits: STATE_BITS, batch, units }),
    sequence < 0
      ? { name: "sequence", literal: 0 }
      : { name: "sequence", output: sequence, offset: first * units * resultBytes },
    { name: "sequence_step", literal: sequence < 0 ? 0 : direction * units * resultBytes },
    last < 0
      ? { name: "last", literal: 0 }
      : { name: "last", output: last, offset: batch * units * resultBytes },
    { name: "has_last", literal: Number(last >= 0) },
    { name: "output_bytes", literal: resultBytes },
    { name: "output_zero_point", literal: result ? zeroPointOf(result) : 0 },
    { name: "output_multiplier", literal: factor.multiplier },
    { name: "output_exponent", literal: factor.exponent },
  ];
}

/** Bytes of scratch for the state and the next one. */
function stateScratch(layer: Layer<RecurrentAttributes>, { units }: Recurrent): number {
  return alignUp(units * 2, 4) * (layer.attributes.stateful ? 1 : 2);
}

function variantWith<A extends RecurrentAttributes>(
  kernel: RecurrentKernel<A>,
  products: Products,
): KernelVariant<A> {
  const ownScratch = (recurrent: Recurrent, layer: Layer<A>) =>
    stateScratch(layer, recurrent) + kernel.extraScratch(recurrent, layer);
  return {
    name: `${kernel.name}${products.suffix}`,
    file: `${kernel.folder}/${products.file}`,
    fits: (layer, target) => products.fits(kernel.describe(layer), target),
    cost(layer) {
      const recurrent = kernel.describe(layer);
      const { steps, batches } = recurrent;
      return products.cost(recurrent, kernel.sections(recurrent)) * steps * batches;
    },
    pack(layer): Record<string, PackedConstant> {
      const recurrent = kernel.describe(layer);
      const sections = kernel.sections(recurrent);
      return {
        weights: {
          bytes: weightsOf(recurrent, sections, products),
          align: products.sumsBytes ? 8 : 1,
          role: "weights",
        },
        parameters: { bytes: rowsOf(recurrent, sections.flat()), align: 4, role: "weights" },
        table: { bytes: new Uint8Array(tanhTable().buffer), align: 2, role: "tables" },
        ...kernel.pack?.(recurrent, layer),
      };
    },
    scratch(layer) {
      const recurrent = kernel.describe(layer);
      return ownScratch(recurrent, layer) + products.sumsBytes * kernel.sections(recurrent).length;
    },
    calls(layer) {
      const recurrent = kernel.describe(layer);
      const scratch = stateScratch(layer, recurrent);
      const sums: Argument[] = products.sumsBytes
        ? [{ name: "sums", scratch: ownScratch(recurrent, layer) }]
        : [];
      return Array.from({ length: recurrent.batches }, (_, batch) => [
        ...common(layer, recurrent, batch),
        ...kernel.extra(recurrent, layer, batch, scratch),
        ...sums,
      ]);
    },
  };
}

/** The kernels of a recurrent layer, one call a batch: scalar, and for interpreters. */
export function recurrentVariants<A extends RecurrentAttributes>(
  kernel: RecurrentKernel<A>,
): KernelVariant<A>[] {
  return [SCALAR, PAIRS].map((products) => variantWith(kernel, products));
}

/** The cell's arguments of LSTM's kernels. */
export function cellArguments(
  layer: Layer<RecurrentAttributes>,
  { units, initialCell }: Recurrent,
  batch: number,
  scratch: number,
): Argument[] {
  const { stateful } = layer.attributes;
  const output = outputOf(layer, "cell");
  const tensor = layer.outputs[output];
  const size = tensor ? elementBytes(tensor.dtype) : 0;
  const factor = tensor ? sumFactor(2 ** -CELL_BITS / scaleOf(tensor)) : { multiplier: 0, exponent: 1 };
  return [
    stateful ? { name: "cell", input: 5, offset: batch * units * 4 } : { name: "cell", scratch },
    ...startArguments("initial_cell", stateful ? undefined : initialCell, {
      input: 5,
      bits: CELL_BITS,
      batch,
      units,
    }),
    tensor ? { name: "last_cell", output, offset: batch * units * size } : { name: "last_cell", literal: 0 },
    { name: "last_cell_bytes", literal: size },
    { name: "last_cell_zero_point", literal: tensor ? zeroPointOf(tensor) : 0 },
    { name: "last_cell_multiplier", literal: factor.multiplier },
    { name: "last_cell_exponent", literal: factor.exponent },
  ];
}
