/** Any int16 → int16 elementwise function, by a table of 513 of its values. */

import { interpolate } from "../interpolation";

/** `count` ≥ 1 int16 elements through int16[513] `table`; may work in place. */
export function interpolated_table_s16(input: usize, output: usize, count: i32, table: usize): void {
  let end = input + (count << 1);
  do {
    store<i16>(output, interpolate(load<i16>(input), table));
    input += 2;
    output += 2;
  } while (input < end);
}
