/** Any int8 → int8 elementwise function, by a table of its 256 values. */

/**
 * output[i] = table[input[i] as a byte] for `count` ≥ 1 elements, so that the values for 0 to 127 come first, those
 * for −128 to −1 after them; may work in place.
 */
export function lookup_table_s8(input: usize, output: usize, count: i32, table: usize): void {
  let end = input + count;
  do {
    store<u8>(output, load<u8>(table + load<u8>(input)));
    input += 1;
    output += 1;
  } while (input < end);
}
