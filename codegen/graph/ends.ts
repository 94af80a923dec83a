/** The smallest and the largest of any number of values. */

/**
 * Both ends of `values`: ∞ and −∞ where there are none, NaN where one of them is. A spread into `Math.min` would put every
 * value on the stack, which a tensor's are too many for.
 */
export function endsOf(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
