/** Pixels for the convolution of interpreters: windows are copied by words, then packed into lanes. */

/**
 * Copies the input under one output pixel to `to`, with the zero point where it lies outside. Writes up to 7 bytes beyond
 * the patch and reads as many beyond the input.
 */
export function gather_words(
  to: usize,
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  kernel_height: i32,
  kernel_width: i32,
  dilation_height: i32,
  dilation_width: i32,
  zero_point: i32,
): void {
  let y_end = top + kernel_height * dilation_height;
  // A row of the window that lies inside is one run.
  let whole = dilation_width == 1 && left >= 0 && left + kernel_width <= width;
  do {
    let inside = <u32>top < <u32>height;
    let from = input + (top * width + left) * channels;
    if (inside && whole) {
      to = copy_words(to, from, kernel_width * channels);
    } else {
      let x = left;
      let x_end = left + kernel_width * dilation_width;
      do {
        if (inside && <u32>x < <u32>width) {
          to = copy_words(to, from, channels);
        } else {
          let end = to + channels;
          do {
            store<i32>(to, (zero_point & 255) * 0x01010101);
            to += 4;
          } while (to < end);
          to = end;
        }
        from += dilation_width * channels;
        x += dilation_width;
      } while (x < x_end);
    }
    top += dilation_height;
  } while (top < y_end);
}

/** Copies `count` ≥ 1 bytes and up to 7 more; gives the address behind the former. */
function copy_words(to: usize, from: usize, count: i32): usize {
  let end = to + count;
  do {
    store<u64>(to, load<u64>(from));
    from += 8;
    to += 8;
  } while (to < end);
  return end;
}

/** Puts three runs of int8 into the lanes of words. */
export function pack_pixels(words: usize, words_end: usize, a: usize, b: usize, c: usize): void {
  do {
    store<i64>(words, <i64>load<i8>(a) + ((<i64>load<i8>(b)) << 21) + ((<i64>load<i8>(c)) << 42));
    store<i64>(words, <i64>load<i8>(a, 1) + ((<i64>load<i8>(b, 1)) << 21) + ((<i64>load<i8>(c, 1)) << 42), 8);
    store<i64>(
      words,
      <i64>load<i8>(a, 2) + ((<i64>load<i8>(b, 2)) << 21) + ((<i64>load<i8>(c, 2)) << 42),
      16,
    );
    store<i64>(
      words,
      <i64>load<i8>(a, 3) + ((<i64>load<i8>(b, 3)) << 21) + ((<i64>load<i8>(c, 3)) << 42),
      24,
    );
    a += 4;
    b += 4;
    c += 4;
    words += 32;
  } while (words < words_end);
}
