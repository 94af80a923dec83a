/** Float32 numbers as arguments of kernels, which take whole numbers. */

/** The bits of a number as float32. */
export function floatBits(value: number): number {
  return new DataView(new Float32Array([value]).buffer).getInt32(0, true);
}
