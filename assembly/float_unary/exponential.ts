/** Elementwise float32 functions of e^x (TFLite reference: exp.h, elu.h, logistic.h, tanh.h). */

import { exponential_f64 } from "../elementary";
import { store_f32 } from "../float32";

/** Operations of `exponential_f32`. */
const EXP = 0;
const ELU = 1;
const LOGISTIC = 2;
const TANH = 3;

/** `count` ≥ 1 float32 elements; may work in place. */
export function exponential_f32(input: usize, output: usize, count: i32, operation: i32): void {
  let end = input + (count << 2);
  do {
    let x = load<f32>(input);
    let y = x;
    if (operation == EXP) y = <f32>exponential_f64(x, 0);
    else if (operation == ELU) y = x < 0 ? <f32>exponential_f64(x, 1) : x;
    else if (operation == LOGISTIC) {
      // Far below 0 it is e^x, and 1 where 1 + e^−x is.
      if (x > 16.619047164916992) y = 1;
      else if (x < -9) y = <f32>exponential_f64(x, 0);
      else y = 1 / (1 + <f32>exponential_f64(-x, 0));
    } else if (operation == TANH) {
      let exponential = exponential_f64(2 * abs<f64>(x), 1);
      y = copysign<f32>(<f32>(exponential / (exponential + 2)), x);
    }
    store_f32(output, y);
    input += 4;
    output += 4;
  } while (input < end);
}
