import { strict as assert } from "node:assert";
import type { Graph } from "../../codegen/graph/graph.ts";
import { mergePad } from "../../codegen/passes/merge_pad.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { assertExact, assertExactOnRandomNetworks } from "./exact.ts";

interface Case {
  /** Zero points of PAD's input and output, and its value. */
  readonly zeroPoint?: number;
  readonly outputZeroPoint?: number;
  readonly outputScale?: number;
  readonly value?: number;
  readonly channels?: number;
  readonly kind?: "conv_2d" | "depthwise_conv_2d";
  /** Whether PAD's output is an output of the network too. */
  readonly tapped?: boolean;
}

/** x [1, 4, 4, 2] → PAD by 1, 2, 3, 4 → a convolution of kernel 2 with padding of its own. */
function padded({
  zeroPoint = -7,
  outputZeroPoint = zeroPoint,
  outputScale = 0.05,
  value = zeroPoint,
  channels = 0,
  kind = "conv_2d",
  tapped = false,
}: Case): Graph {
  const b = new NetworkBuilder();
  const x = b.tensor([1, 4, 4, 2], 0.05, zeroPoint);
  const depth = 2 + channels;
  const pad = b.operator("pad", [x], [b.tensor([1, 7, 11, depth], outputScale, outputZeroPoint)], {
    before: [0, 1, 3, channels],
    after: [0, 2, 4, 0],
    value,
  });
  const filters = kind === "conv_2d" ? 3 : depth;
  const shape = kind === "conv_2d" ? [filters, 2, 2, depth] : [1, 2, 2, filters];
  const weights = Int8Array.from(
    { length: shape.reduce((a, c) => a * c, 1) },
    (_, at) => ((at * 37) % 255) - 127,
  );
  const output = b.operator(
    kind,
    [pad, b.constant(shape, weights, [0.01])],
    [b.tensor([1, 7, 11, filters])],
    {
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
      padTop: 0,
      padBottom: 1,
      padLeft: 1,
      padRight: 0,
      activation: "none",
    },
  );
  return b.graph([x], tapped ? [output, pad] : [output]);
}

const kinds = (entry: Case) =>
  assertExact(mergePad, padded(entry), JSON.stringify(entry)).operators.map(({ kind }) => kind);

describe("merge_pad", () => {
  it("keeps the outputs of random networks", () => assertExactOnRandomNetworks(mergePad, 10));

  it("merges rows and columns of the zero point", () => {
    assert.deepEqual(kinds({}), ["conv_2d"]);
    assert.deepEqual(kinds({ kind: "depthwise_conv_2d" }), ["depthwise_conv_2d"]);
    assert.deepEqual(mergePad.run(padded({})).operators[0]?.attributes, {
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
      padTop: 1,
      padBottom: 3,
      padLeft: 4,
      padRight: 4,
      activation: "none",
    });
  });

  it("keeps PAD for those who read it otherwise", () => {
    assert.deepEqual(kinds({ tapped: true }), ["pad", "conv_2d"]);
  });

  for (const [what, entry] of [
    ["another value", { value: 3 }],
    ["more channels", { channels: 1 }],
    ["another zero point behind it", { outputZeroPoint: 4 }],
    ["another scale behind it", { outputScale: 0.06 }],
  ] as const)
    it(`leaves a PAD with ${what}`, () => assert.deepEqual(kinds(entry), ["pad", "conv_2d"]));
});
