/** Numbers as those of another type. */

/** Loads an integer of `bytes`, with a sign where `kind` is 0. */
function load_whole(at: usize, bytes: i32, kind: i32): i64 {
  if (bytes == 1) return kind == 0 ? <i64>load<i8>(at) : <i64>load<u8>(at);
  if (bytes == 2) return <i64>load<i16>(at);
  if (bytes == 4) return <i64>load<i32>(at);
  return load<i64>(at);
}

/** Stores the low `bytes` of a value. */
function store_whole(at: usize, bytes: i32, value: i64): void {
  if (bytes == 1) store<i8>(at, value);
  else if (bytes == 2) store<i16>(at, value);
  else if (bytes == 4) store<i32>(at, value);
  else store<i64>(at, value);
}

/** A float without its fraction, kept within the range of an integer type; NaN gives 0. Never traps. */
function whole_of(value: f32, bytes: i32, kind: i32): i64 {
  let high: i64 = kind == 1 ? 255 : ((<i64>1) << ((bytes << 3) - 1)) - 1;
  let low: i64 = kind == 1 ? 0 : ~high;
  if (value >= <f32>high) return high;
  if (value <= <f32>low) return low;
  // A comparison with NaN is false.
  return value < <f32>high ? <i64>value : 0;
}

/**
 * `count` ≥ 1 elements. A kind is 0 for integers with a sign, 1 for those without, 2 for bool, 3 for float32. The output may
 * start before the input by what it grows.
 */
export function cast_elements(
  input: usize,
  input_bytes: i32,
  input_kind: i32,
  output: usize,
  output_bytes: i32,
  output_kind: i32,
  count: i32,
): void {
  do {
    if (input_kind == 3) {
      let value = load<f32>(input);
      if (output_kind == 3) store<f32>(output, value);
      else if (output_kind == 2) store<u8>(output, value != 0 ? 1 : 0);
      else store_whole(output, output_bytes, whole_of(value, output_bytes, output_kind));
    } else {
      let value = load_whole(input, input_bytes, input_kind);
      if (output_kind == 3) store<f32>(output, <f32>value);
      else if (output_kind == 2) store<u8>(output, value != 0 ? 1 : 0);
      else store_whole(output, output_bytes, value);
    }
    input += input_bytes;
    output += output_bytes;
  } while (--count);
}
