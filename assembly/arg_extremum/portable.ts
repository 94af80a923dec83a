/** The index of the largest or smallest value along a dimension, scalar (TFLite reference: arg_min_max.h). */

/**
 * `outer` × `inner` indices of `output_bytes`, 4 or 8, stored one after another, each the first of the largest or, for
 * `minimum` 1, the smallest of `depth` values, `depth_step` bytes apart. Values are integers of `bytes` 1, 2 or 4, or
 * float32 where `real` is 1; one that is no number is neither. `outer_step`: from the end of one `inner` × value to the
 * next outer one.
 */
export function arg_extremum(
  minimum: i32,
  real: i32,
  bytes: i32,
  output_bytes: i32,
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  depth: i32,
  depth_step: i32,
): void {
  do {
    let n = inner;
    do {
      let best = 0;
      let best_real: f32 = 0;
      if (real) best_real = load<f32>(input);
      else best = inline.always(load_integer(input, bytes));
      let found = 0;
      let index = 0;
      let p = input;
      do {
        let better: bool;
        if (real) {
          let value = load<f32>(p);
          better = minimum ? value < best_real : value > best_real;
          if (better) best_real = value;
        } else {
          let value = inline.always(load_integer(p, bytes));
          better = minimum ? value < best : value > best;
          if (better) best = value;
        }
        if (better) found = index;
        p += depth_step;
        index += 1;
      } while (index < depth);
      store<i32>(output, found);
      if (output_bytes == 8) store<i32>(output, 0, 4);
      output += output_bytes;
      input += bytes;
    } while (--n);
    input += outer_step;
  } while (--outer);
}

/** Loads a signed integer of 1, 2 or 4 bytes. */
function load_integer(at: usize, bytes: i32): i32 {
  return bytes == 1 ? <i32>load<i8>(at) : bytes == 2 ? <i32>load<i16>(at) : load<i32>(at);
}
