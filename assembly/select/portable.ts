/** Elements of one tensor or the other, by the truth values of a third (TFLite reference: select.h). */

/**
 * For all i < `batch`, j < `outer`, k < `middle`, l < `inner`: output[next] = condition ? a : b, each at its i-th
 * batch, j-th outer, k-th middle and l-th inner step; steps in bytes, 0 where an operand repeats. Elements take `bytes`,
 * 1, 2, 4 or 8; a condition one byte, true unless it is 0.
 */
export function select_elements(
  bytes: i32,
  condition: usize,
  a: usize,
  b: usize,
  output: usize,
  batch: i32,
  condition_batch: i32,
  a_batch: i32,
  b_batch: i32,
  outer: i32,
  condition_outer: i32,
  a_outer: i32,
  b_outer: i32,
  middle: i32,
  condition_middle: i32,
  a_middle: i32,
  b_middle: i32,
  inner: i32,
  condition_inner: i32,
  a_inner: i32,
  b_inner: i32,
): void {
  let batches = batch;
  do {
    let c_slice = condition;
    let a_slice = a;
    let b_slice = b;
    let slices = outer;
    do {
      let c_row = c_slice;
      let a_row = a_slice;
      let b_row = b_slice;
      let rows = middle;
      do {
        let c = c_row;
        let x = a_row;
        let y = b_row;
        let end = output + inner * bytes;
        do {
          let from = load<u8>(c) ? x : y;
          if (bytes == 1) store<u8>(output, load<u8>(from));
          else if (bytes == 2) store<u16>(output, load<u16>(from));
          else if (bytes == 4) store<u32>(output, load<u32>(from));
          else store<u64>(output, load<u64>(from));
          c += condition_inner;
          x += a_inner;
          y += b_inner;
          output += bytes;
        } while (output < end);
        c_row += condition_middle;
        a_row += a_middle;
        b_row += b_middle;
        rows -= 1;
      } while (rows);
      c_slice += condition_outer;
      a_slice += a_outer;
      b_slice += b_outer;
      slices -= 1;
    } while (slices);
    condition += condition_batch;
    a += a_batch;
    b += b_batch;
    // One batch, where that is a literal, is seen at once to be no loop.
  } while (batch > 1 && --batches);
}
