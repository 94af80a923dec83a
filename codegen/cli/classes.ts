/** Shows what a model says: its classes with their scores, or its tensors. */

import { dequantize } from "../../host/quantize.ts";
import type { ManifestTensor } from "../compile_result.ts";
import { dimensions, elementCount, type Values } from "../graph/tensor.ts";
import type { Colors } from "./terminal.ts";

export interface ClassScore {
  readonly index: number;
  readonly label: string;
  readonly score: number;
}

const SHOWN_VALUES = 16;
const BAR_WIDTH = 24;

/** Whether an output is a list of scores: the quantization that TensorFlow Lite fixes for SOFTMAX and LOGISTIC. */
export function isScores(tensor: ManifestTensor): boolean {
  const listed = elementCount(tensor.shape) === tensor.shape.at(-1) && (tensor.shape.at(-1) ?? 0) > 1;
  return listed && tensor.scale === 1 / 256 && tensor.zeroPoint === (tensor.dtype === "int8" ? -128 : 0);
}

/** The `count` classes with the highest scores, the first of equals first. */
export function topClasses(
  values: Values,
  tensor: ManifestTensor,
  labels: readonly string[] | undefined,
  count = 5,
): ClassScore[] {
  const scores = Array.from(dequantize(values, tensor), (score, index) => ({
    index,
    label: labels?.[index] ?? `class ${index}`,
    score,
  }));
  return scores.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, count);
}

/** One line a class, with a bar for scores from 0 to 1. */
export function classLines(classes: readonly ClassScore[], colors: Colors): string[] {
  const width = Math.max(...classes.map(({ label }) => label.length));
  const bars = classes.every(({ score }) => score >= 0 && score <= 1);
  return classes.map(({ label, score }, rank) => {
    const bar = bars ? `  ${colors.cyan("█".repeat(Math.round(score * BAR_WIDTH)))}` : "";
    const line = `  ${label.padEnd(width)}  ${score.toFixed(4).padStart(7)}${bar}`.trimEnd();
    return rank === 0 ? colors.bold(line) : line;
  });
}

/** A tensor on two lines: what it is, and its first values, real and as they are. */
export function tensorLines(values: Values, tensor: ManifestTensor): string[] {
  const count = Math.min(values.length, SHOWN_VALUES);
  const more = values.length > count ? ` … ${values.length - count} more` : "";
  const own = Array.from(values.subarray(0, count), String).join(" ");
  const real = Array.from(dequantize(values, tensor).subarray(0, count), (value) => shortNumber(value));
  const lines = [
    `  ${tensor.name}: ${tensor.dtype} ${dimensions(tensor.shape)}`,
    `    ${real.join(" ")}${more}`,
  ];
  if (tensor.scale !== undefined) lines.push(`    quantized ${own}${more}`);
  return lines;
}

/** Five significant digits. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(5)));
}
