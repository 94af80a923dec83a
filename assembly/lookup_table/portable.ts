/** Any int8 → int8 elementwise function, by a table of its 256 values. */

/** output[i] = table[input[i] + 128] for `count` ≥ 1 elements; may work in place. */
export function lookup_table_s8(input: usize, output: usize, count: i32, table: usize): void {
  let end = input + count;
  do {
    store<u8>(output, load<u8>(table + <i32>load<i8>(input) + 128));
    input += 1;
    output += 1;
  } while (input < end);
}
