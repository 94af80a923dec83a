/**
 * BATCH_MATMUL: products of two matrices, batch by batch, with broadcasting of the batch dimensions; int8 and int16 (TFLite
 * reference: batch_matmul.h; TFLite Micro: batch_matmul.cc).
 */

import { require } from "../error.ts";
import {
  clamp,
  type FixedFactor,
  fixedFactor,
  requantize,
  requantizeOnce,
  requantizeWide,
  wideFactor,
} from "../graph/fixed_point.ts";
import { rowMajor, transposed } from "../graph/strides.ts";
import {
  elementBytes,
  elementCount,
  shapeText,
  type Tensor,
  tensorBytes,
  type Values,
  zeros,
} from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { indicesOf } from "./families/index_space.ts";
import {
  checkLoops,
  checkWideProduct,
  type ProductLayouts,
  type ProductLoops,
  productLoops,
  productMacs,
  productShape,
  tripsOf,
} from "./families/matrix_product.ts";
import { simd128Product } from "./families/matrix_product_simd128.ts";
import {
  keyOf,
  overlapInOrder,
  PORTABLE_LEVELS,
  type Product,
  portableProducts,
} from "./families/matrix_product_variants.ts";
import { ONNX_BATCH_MATMUL } from "./families/onnx_batch_matmul.ts";
import { roundingOf } from "./families/wide_sums.ts";

export interface BatchMatmulAttributes {
  /** Whether the last two dimensions of the left and the right operand are exchanged first. */
  readonly adjX: boolean;
  readonly adjY: boolean;
  /** `once`: int8 sums are rounded once, not twice as TFLite Micro does. */
  readonly rounding?: "once";
  /**
   * Where a pass has folded transpositions in: how the bytes of the tensors are to be read and written, whatever their
   * shapes and `adjX`, `adjY` say.
   */
  readonly layouts?: ProductLayouts;
}

type BatchMatmul = Layer<BatchMatmulAttributes>;

/** Rows up to which it is worth knowing how much memory a product can share with an operand. */
const MAX_SPAN_ROWS = 4096;

function tensorsOf(layer: Pick<BatchMatmul, "inputs" | "outputs">): { x: Tensor; y: Tensor; output: Tensor } {
  const [x, y] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.inputs.length === 2 && layer.outputs.length === 1 && !!x && !!y && !!output, () =>
    `expects 2 inputs and 1 output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { x, y, output };
}

function operandLayouts({ inputs, attributes }: Pick<BatchMatmul, "inputs" | "attributes">) {
  const [x, y] = inputs.map((tensor) => rowMajor(tensor?.shape ?? []));
  const of = (layout = rowMajor([]), exchanged: boolean) => (exchanged ? transposed(layout) : layout);
  return { x: of(x, attributes.adjX), y: of(y, attributes.adjY) };
}

/** How a product reads and writes its tensors. */
export function layoutsOf(layer: BatchMatmul): ProductLayouts {
  if (layer.attributes.layouts) return layer.attributes.layouts;
  const { x, y } = operandLayouts(layer);
  return { x, y, output: rowMajor(productShape(x, y)) };
}

const loopsOf = (layer: BatchMatmul): ProductLoops => productLoops(layoutsOf(layer));

/**
 * The bytes from where an operand or the output starts to where the last of them ends, if the output starts as near before
 * input `input` as the scalar kernel allows.
 */
export function sharedSpan(layer: BatchMatmul, input: 0 | 1): number {
  const { x, y, output } = tensorsOf(layer);
  const product = productOf(layer);
  const bytes = elementBytes(output.dtype);
  const few = tripsOf(product.loops.levels) <= MAX_SPAN_ROWS;
  const distance = few ? overlapInOrder(product.loops, keyOf(product, input)) : undefined;
  const operand = tensorBytes(input === 0 ? x : y);
  const apart = tensorBytes(output) + operand;
  return distance === undefined ? apart : Math.max(tensorBytes(output), distance * bytes + operand);
}

/** The product of the operands' scales is one of floats, as in TFLite's kernel_util.cc. */
function factorOf(layer: BatchMatmul): FixedFactor {
  const { x, y, output } = tensorsOf(layer);
  return fixedFactor(Math.fround(scaleOf(x) * scaleOf(y)) / scaleOf(output));
}

function evaluate(layer: BatchMatmul, [left, right]: readonly (Values | undefined)[]): Values[] {
  const { x, y, output } = tensorsOf(layer);
  const layouts = layoutsOf(layer);
  const factor = factorOf(layer);
  const rank = layouts.output.shape.length;
  /** Where an operand's matrix starts for the batch of `index`, broadcast dimensions left out. */
  const matrix = ({ shape, strides }: ProductLayouts["x"], index: readonly number[]) =>
    strides.reduce((at, stride, d) => {
      const position = index[d + rank - shape.length] ?? 0;
      return at + (d < shape.length - 2 && shape[d] !== 1 ? position * stride : 0);
    }, 0);
  const depth = layouts.x.shape.at(-1) ?? 1;
  const [xRow = 0, xDepth = 0] = layouts.x.strides.slice(-2);
  const [yDepth = 0, yColumn = 0] = layouts.y.strides.slice(-2);
  const result = zeros(output.dtype, elementCount(output.shape));
  for (const index of indicesOf(layouts.output.shape)) {
    const [row = 0, column = 0] = index.slice(-2);
    const from = matrix(layouts.x, index) + row * xRow;
    const weight = matrix(layouts.y, index) + column * yColumn;
    const to = index.reduce((at, position, d) => at + position * (layouts.output.strides[d] ?? 0), 0);
    // Exact: 32,768 products of int16 stay below 2^53.
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      const a = Number(left?.[from + k * xDepth]) - zeroPointOf(x);
      sum += a * (Number(right?.[weight + k * yDepth]) - zeroPointOf(y));
    }
    if (output.dtype === "int16")
      result[to] = clamp(requantizeWide(BigInt(sum), wideFactor(factor)), -32768, 32767);
    else {
      const scaled = layer.attributes.rounding ? requantizeOnce(sum, factor) : requantize(sum, factor);
      result[to] = clamp(scaled + zeroPointOf(output), -128, 127);
    }
  }
  return [result];
}

function productOf(layer: BatchMatmul): Product {
  return {
    ...tensorsOf(layer),
    loops: loopsOf(layer),
    factor: factorOf(layer),
    ...roundingOf(layer.attributes),
    activation: "none",
  };
}

export const batchMatmul = defineOperator<BatchMatmulAttributes>({
  kind: "batch_matmul",
  tflite: [
    {
      code: 126,
      name: "BATCH_MATMUL",
      options: { adjX: { id: 0, type: "bool" }, adjY: { id: 1, type: "bool" } },
      read: (operator) => ({
        attributes: { adjX: operator.option("adjX") !== 0, adjY: operator.option("adjY") !== 0 },
      }),
    },
  ],
  onnx: [ONNX_BATCH_MATMUL],
  check(layer) {
    const { x, y, output } = tensorsOf(layer);
    const { dtype } = output;
    require((dtype === "int8" || dtype === "int16") && x.dtype === dtype && y.dtype === dtype, () =>
      `expects int8 or int16 tensors of one type, found ${x.dtype}, ${y.dtype} and ${dtype}. Quantize the model to int8.`);
    const shape = layoutsOf(layer).output.shape;
    require(elementCount(shape) === elementCount(output.shape), () =>
      `expects an output of ${shape.join("×")}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    checkLoops(loopsOf(layer), PORTABLE_LEVELS);
    if (dtype === "int16") checkWideProduct([x, y, output], factorOf(layer));
    const { multiplier, shift } = factorOf(layer);
    const largest = multiplier * 2 ** (shift - 31);
    require(!layer.attributes.rounding || loopsOf(layer).depth.count * 2 ** 16 * largest < 2 ** 30, () =>
      `expects results below 2^30 steps of the output, found a factor of ${largest}. Check the scales; re-export the model.`);
  },
  shapes(layer) {
    const { x, y } = operandLayouts(layer);
    return [productShape(x, y)];
  },
  macs: (layer) => productMacs(loopsOf(layer)),
  evaluate,
  variants: [...portableProducts(productOf), simd128Product(productOf)],
  limits: "int8 and int16; either side may be constant; batch dimensions broadcast",
});
