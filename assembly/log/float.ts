/** float32 ln x. */

import { log_f64 } from "../elementary";
import { store_f32 } from "../float32";

/** `count` ≥ 1 float32 elements; may work in place. */
export function log_f32(input: usize, output: usize, count: i32): void {
  let end = input + (count << 2);
  do {
    store_f32(output, <f32>log_f64(load<f32>(input)));
    input += 4;
    output += 4;
  } while (input < end);
}
