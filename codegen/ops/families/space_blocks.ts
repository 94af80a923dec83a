/** The options of SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, which files give as tensors. */

import { require } from "../../error.ts";
import type { TfliteOperator } from "../descriptor.ts";
import { constantNumbers } from "./parameters.ts";

export interface SpaceBlocks {
  /** For each spatial dimension, the first of which is dimension 1: how many indices a block has. */
  readonly block: readonly number[];
  /** For each spatial dimension: indices padded, or cropped, in front and behind. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Reads block shape and borders. Throws an `OperatorFault` on numbers that no exporter writes. */
export function readSpaceBlocks(borders: "paddings" | "crops") {
  return ({ inputs }: TfliteOperator): { attributes: SpaceBlocks; inputs: readonly number[] } => {
    const block = constantNumbers(inputs[1], "block shape");
    const numbers = constantNumbers(inputs[2], borders);
    require(block.length >= 1 && block.length <= 6 && block.every((size) => size >= 1 && size <= 4096), () =>
      `expects blocks of 1 to 4096 along 1 to 6 dimensions, found ${block.slice(0, 8).join("×")}. The file may be damaged; re-export it.`);
    require(numbers.length === 2 * block.length && numbers.every((n) => n >= 0), () =>
      `expects two ${borders} from 0 for each of ${block.length} dimensions, found ${numbers.slice(0, 16).join(" ")}. The file may be damaged; re-export it.`);
    return {
      attributes: {
        block,
        before: numbers.filter((_, i) => i % 2 === 0),
        after: numbers.filter((_, i) => i % 2 === 1),
      },
      inputs: [0],
    };
  };
}
