/** The ways in which a variant is run on one layer: machines, where its blocks lie, and whether it streams its constants. */

import { type Tensor, tensorBytes } from "../../codegen/graph/tensor.ts";
import type { KernelVariant, Layer } from "../../codegen/ops/descriptor.ts";
import { type DotMachine, machinesFor } from "../relaxed/rewrite.ts";

/** Units of the pieces in which kernels stream: not at all, and pieces that end within tiles and beyond their constants. */
const PIECES = [undefined, 1, 3];

export interface VariantWay {
  /** How relaxed dot products are computed; signed if left out. */
  readonly machine?: DotMachine | undefined;
  /** The input that output 0 lies before, and by how many bytes; a negative number of them where it lies behind. */
  readonly overlap?: { readonly input: number; readonly distance: number };
  /** Where the kernel can stream: units of a piece, with its constants in flash; left out, they are in memory. */
  readonly units?: number;
}

const isDrawn = (tensor: Tensor | undefined): tensor is Tensor => tensor !== undefined && !tensor.data;

export function waysOf(variant: KernelVariant<unknown>, layer: Layer): VariantWay[] {
  const overlaps = layer.inputs.flatMap((tensor, input) => {
    const distance = isDrawn(tensor) && !tensor.state ? variant.overlap?.(layer, input) : undefined;
    return distance === undefined ? [] : [{ input, distance }];
  });
  // Right behind an input, so that what a kernel reads beyond it changes while it runs.
  const behind = layer.inputs.flatMap((tensor, input) =>
    isDrawn(tensor) ? [{ input, distance: -tensorBytes(tensor) }] : [],
  );
  const pieces = variant.stream ? PIECES : [undefined];
  return machinesFor(variant.dotBits).flatMap((machine) =>
    [undefined, ...overlaps, ...behind].flatMap((overlap) =>
      pieces.map((units) => ({ machine, ...(overlap && { overlap }), ...(units && { units }) })),
    ),
  );
}
