/** Elementwise int8 → int8 operators: whatever the function, the kernel looks up one of its 256 values. */

import type { Layer } from "../../graph/graph.ts";
import {
  constantValues,
  elementCount,
  numbersOf,
  shapeText,
  type Tensor,
  type Values,
} from "../../graph/tensor.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { type ElementFunction, mapElements, type UnaryForm } from "./unary.ts";

type Evaluate<A> = (layer: Layer<A>, inputs: readonly (Values | undefined)[]) => Values[];

/** Position of the activation among the inputs; the others are constants. */
export function activationInput(layer: Layer<unknown>): number {
  return layer.inputs.findIndex((tensor) => tensor !== undefined && tensor.data === undefined);
}

/** The 256 values of an elementwise layer, for inputs −128 to 127, by its own reference. */
export function tableOf<A>(layer: Layer<A>, evaluate: Evaluate<A>): Int8Array {
  const position = activationInput(layer);
  const domain = Int8Array.from({ length: 256 }, (_, index) => index - 128);
  const asDomain = (tensor: Tensor): Tensor => ({ ...tensor, shape: [domain.length] });
  const probe: Layer<A> = {
    ...layer,
    inputs: layer.inputs.map((tensor, index) => (tensor && index === position ? asDomain(tensor) : tensor)),
    outputs: layer.outputs.map(asDomain),
  };
  const inputs = layer.inputs.map((tensor, index) => (index === position ? domain : constantValues(tensor)));
  return Int8Array.from(numbersOf(evaluate(probe, inputs)[0]));
}

/** Runs of `lookup_table_s8` for the layers that `fits` accepts. */
export function tableVariant<A>(fits: (layer: Layer<A>) => boolean, evaluate: Evaluate<A>): KernelVariant<A> {
  return {
    name: "lookup_table_s8",
    file: "lookup_table/portable",
    fits,
    cost: (layer) => elementCount(layer.outputs[0]?.shape ?? []) * 3,
    pack(layer): { table: PackedConstant } {
      const table = tableOf(layer, evaluate);
      // The kernel's index is the input as an unsigned byte.
      const bytes = Uint8Array.from(table, (_, index) => table[(index + 128) % 256] ?? 0);
      return { table: { bytes, align: 1, role: "tables" } };
    },
    overlap: (layer, index) => (index === activationInput(layer) ? 0 : undefined),
    calls(layer) {
      const input = activationInput(layer);
      return [
        [
          { name: "input", input, note: shapeText(layer.inputs[input]) },
          { name: "output", output: 0 },
          { name: "count", literal: elementCount(layer.outputs[0]?.shape ?? []) },
          { name: "table", constant: "table" },
        ],
      ];
    },
  };
}

/** The int8 form of a unary operator: a table of its function. */
export function int8Form<A = unknown>(
  map: ElementFunction<A>,
  check?: (layer: Layer<A>) => void,
): UnaryForm<A> {
  return {
    dtype: "int8",
    map,
    ...(check && { check }),
    variants: [tableVariant<A>(() => true, mapElements(map))],
  };
}
