/** Rounds sizes, counts and addresses up. */

/** `value` rounded up to a multiple of `align`, a power of two. */
export function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
