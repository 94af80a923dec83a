/** float32 sine and cosine. */

import { sine_f64 } from "../elementary";
import { store_f32 } from "../float32";

/** `count` ≥ 1 float32 elements: sin(x + `quarters` · π/2); `turns` as sine_f64 takes them. May work in place. */
export function sine_f32(input: usize, output: usize, count: i32, quarters: i32, turns: usize): void {
  let end = input + (count << 2);
  do {
    store_f32(output, <f32>sine_f64(load<f32>(input), quarters, turns));
    input += 4;
    output += 4;
  } while (input < end);
}
