/** The largest values of rows in order, and their indices, scalar (TFLite reference: topk_v2.cc). */

/**
 * `rows` rows of `depth` values; of each the `count` largest, at most `depth`, and their int32 indices, equal values by
 * ascending index. Values are integers of `bytes` 1, 2 or 4. Each pass over a row finds the value that comes next.
 */
export function topk(
  bytes: i32,
  input: usize,
  values: usize,
  indices: usize,
  rows: i32,
  depth: i32,
  count: i32,
): void {
  do {
    // Before the first pass all values are still to come.
    let last = i32.MAX_VALUE;
    let last_index = -1;
    let left = count;
    do {
      let best = i32.MIN_VALUE;
      let best_index = -1;
      let index = 0;
      let p = input;
      do {
        let value = inline.always(load_integer(p, bytes));
        let comes = value < last || (value == last && index > last_index);
        if (comes && (best_index < 0 || value > best)) {
          best = value;
          best_index = index;
        }
        p += bytes;
        index += 1;
      } while (index < depth);
      if (bytes == 1) store<i8>(values, best);
      else if (bytes == 2) store<i16>(values, best);
      else store<i32>(values, best);
      store<i32>(indices, best_index);
      values += bytes;
      indices += 4;
      last = best;
      last_index = best_index;
    } while (--left);
    input += depth * bytes;
  } while (--rows);
}

/** Loads a signed integer of 1, 2 or 4 bytes. */
function load_integer(at: usize, bytes: i32): i32 {
  return bytes == 1 ? <i32>load<i8>(at) : bytes == 2 ? <i32>load<i16>(at) : load<i32>(at);
}
