/** σ and tanh of int16 numbers by TFLite's table of σ (TFLite: common.h, integer_ops/logistic.h, integer_ops/tanh.h). */

import { exp } from "./elementary.ts";

/**
 * σ(i / 24) with 16 fraction bits for i from 0 to 255. Each entry is moved by half of what a straight line to the next one
 * is wrong by in its middle; the last one stands for 1.
 */
export const SIGMOID_TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, index) => {
  const sigmoid = (at: number) => 2 ** 16 / (1 + exp(-at / 24));
  const line = (sigmoid(index) + sigmoid(index + 1)) / 2;
  return index === 255 ? 0xffff : Math.round(sigmoid(index) + (sigmoid(index + 0.5) - line) / 2);
});

/** How inputs become multiples of 1 / 12288: times `multiplier`, shifted right by `shift`, halves up. */
export interface SigmoidScale {
  readonly multiplier: number;
  readonly shift: number;
}

/** σ of an int16 number with 15 fraction bits; with `doubled` 2σ(2x) − 1, which is tanh. */
export function sigmoid16(value: number, { multiplier, shift }: SigmoidScale, doubled: boolean): number {
  const scaled = Math.floor((value * multiplier) / 2 ** shift + (shift > 0 ? 0.5 : 0));
  const bits = doubled ? 8 : 9;
  const one = 2 ** (16 + bits);
  const index = Math.floor(Math.abs(scaled) / 2 ** bits);
  const place = Math.abs(scaled) % 2 ** bits;
  const [low = 0, high = 0] = SIGMOID_TABLE.subarray(index, index + 2);
  const above = low * 2 ** bits + place * (high - low);
  if (doubled) {
    const magnitude = (index >= 255 ? 0xffff * 2 ** bits : above) - one / 2;
    return Math.floor(((scaled < 0 ? -magnitude - 1 : magnitude) + 2 ** 7) / 2 ** 8);
  }
  const result = index >= 255 ? 0x7fff * 2 ** 10 : above;
  return Math.floor(((scaled < 0 ? one - result - 1 : result) + 2 ** 9) / 2 ** 10);
}
