import { strict as assert } from "node:assert";
import { elementCount, type Tensor } from "../../codegen/graph/tensor.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { binary } from "../ops/binary_operators.ts";
import { graphOf, tensor } from "../ops/file_operator.ts";
import { checkCases } from "../ops/variant_harness.ts";

/** −128 to 127: with [256, 1] and [1, 256] every pair of int8 meets. */
const everyValue = ({ shape }: Tensor) => Int8Array.from({ length: elementCount(shape) }, (_, k) => k - 128);

describe("sums and products for interpreters", function () {
  this.timeout(60_000);

  for (const operator of ["ADD", "SUB", "MUL", "SQUARED_DIFFERENCE"])
    it(`give ${operator} of every pair of int8, ties of both roundings among them`, async () => {
      for (const [scale, zeroPoint, outputScale, outputZeroPoint, activation] of [
        [0.5, 0, 1, 0, 0],
        [0.125, 3, 0.75, -128, 1],
        [0.0625, -128, 2, 20, 0],
        [0.3, 127, 0.9, 5, 1],
      ] as const) {
        const fused = operator === "SQUARED_DIFFERENCE" ? 0 : activation;
        const entry = binary(
          operator,
          [tensor([256, 1], 0.5, -7), tensor([1, 256], scale, zeroPoint)],
          tensor([256, 256], outputScale, outputZeroPoint),
          fused,
        );
        const kernels = await checkCases([entry], { contents: everyValue });
        assert.ok(kernels.has("binary_quantized_wide"), `${[...kernels]}`);
      }
    });

  it("leave layers to the other kernel whose results are scaled up, or too far down", () => {
    const kernelOf = (outputScale: number, dtype: "int8" | "int16" = "int8") => {
      const operand = tensor([2, 3], 0.5, 0, dtype);
      const graph = graphOf([binary("MUL", [operand, operand], tensor([2, 3], outputScale, 0, dtype))]);
      return makePlan(graph, { target: TARGETS.wasm3, inline: "all" }).layers[0]?.kernel.name;
    };
    assert.equal(kernelOf(1), "binary_quantized_wide");
    assert.equal(kernelOf(0.1), "binary_quantized");
    assert.equal(kernelOf(2 ** 25), "binary_quantized");
    assert.equal(kernelOf(1, "int16"), "binary_quantized");
  });
});
