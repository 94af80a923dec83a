/** The options of RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR. */

import { require } from "../../error.ts";
import type { FieldSpec, TfliteOperator } from "../descriptor.ts";
import { constantNumbers } from "./parameters.ts";

export interface ResizeAttributes {
  /** The output's rows and columns. */
  readonly height: number;
  readonly width: number;
  /** Whether the corners' centers of input and output are at the same place. */
  readonly alignCorners: boolean;
  /** Whether pixels are taken at their centers, not at their corners. */
  readonly halfPixelCenters: boolean;
}

/** The fields of `ResizeBilinearOptions`, which has two old ones in front, and of `ResizeNearestNeighborOptions`. */
export const RESIZE_FIELDS = {
  bilinear: {
    alignCorners: { id: 2, type: "bool" },
    halfPixelCenters: { id: 3, type: "bool" },
  },
  nearest: {
    alignCorners: { id: 0, type: "bool" },
    halfPixelCenters: { id: 1, type: "bool" },
  },
} as const satisfies Record<string, Readonly<Record<string, FieldSpec>>>;

/** Reads the size, which is a tensor, and the options. Throws an `OperatorFault` on sizes that no exporter writes. */
export function readResize(operator: TfliteOperator): ResizeAttributes {
  const size = constantNumbers(operator.inputs[1], "size");
  const [height = 0, width = 0] = size;
  require(size.length === 2 && height >= 1 && width >= 1, () =>
    `expects a height and a width from 1, found ${size.slice(0, 8).join(" ")}. The file may be damaged; re-export it.`);
  return {
    height,
    width,
    alignCorners: operator.option("alignCorners") !== 0,
    halfPixelCenters: operator.option("halfPixelCenters") !== 0,
  };
}
