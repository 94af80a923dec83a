/** Copies whose places along each dimension come from a table: mirroring, picking, cropping. */

import { copy_run } from "../bytes";

/** One list of `gather_indexed` and those inside of it; gives the end of what it wrote. */
function gather_list(output: usize, input: usize, run: i32, levels: i32, table: usize): usize {
  let count = load<i32>(table);
  let unit = load<i32>(table, 4);
  table += 8;
  let inner = table + (((count + 1) & ~1) << 1);
  do {
    let place = input + <i32>load<u16>(table) * unit;
    if (levels > 1) {
      output = gather_list(output, place, run, levels - 1, inner);
    } else {
      copy_run(output, place, run);
      output += run;
    }
    table += 2;
  } while (--count);
  return output;
}

/**
 * Writes runs of `run` bytes one after another to `output`, from `input` plus the sum of one place of each of `levels` ≥ 1
 * lists, the innermost of which changes fastest. `table` holds the lists, outermost first: a count, the bytes of a unit
 * (both int32), then `count` places in units as uint16, filled up to a multiple of four bytes.
 */
export function gather_indexed(output: usize, input: usize, run: i32, levels: i32, table: usize): void {
  gather_list(output, input, run, levels, table);
}

/** One list of `scatter_indexed` and those inside of it; gives the end of what it read. */
function scatter_list(output: usize, input: usize, run: i32, levels: i32, table: usize): usize {
  let count = load<i32>(table);
  let unit = load<i32>(table, 4);
  table += 8;
  let inner = table + (((count + 1) & ~1) << 1);
  do {
    let place = output + <i32>load<u16>(table) * unit;
    if (levels > 1) {
      input = scatter_list(place, input, run, levels - 1, inner);
    } else {
      copy_run(place, input, run);
      input += run;
    }
    table += 2;
  } while (--count);
  return input;
}

/** `gather_indexed` the other way: reads runs of bytes one after another from `input` and writes them to places after `output`. */
export function scatter_indexed(output: usize, input: usize, run: i32, levels: i32, table: usize): void {
  scatter_list(output, input, run, levels, table);
}
