/** Windows of the input for the convolution of relaxed SIMD: copied by whole vectors, with bits flipped on the way. */

/**
 * Copies the input under one output pixel to `to`, with the zero point where it lies outside and the bits of `flips` flipped.
 * Writes up to 15 bytes beyond the patch and reads as many beyond the input.
 */
export function gather_flipped(
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
  outside: v128,
  flips: v128,
): void {
  let y_end = top + kernel_height * dilation_height;
  // A row of the window that lies inside is one run.
  let whole = (kernel_width == 1 || dilation_width == 1) && left >= 0 && left + kernel_width <= width;
  do {
    let inside = <u32>top < <u32>height;
    let from = input + (top * width + left) * channels;
    if (whole) {
      let end = to + kernel_width * channels;
      if (inside) copy_run_flipped(to, from, end, flips);
      else fill_run(to, outside, end);
      to = end;
    } else {
      let x = left;
      let x_end = left + kernel_width * dilation_width;
      do {
        let end = to + channels;
        if (inside && <u32>x < <u32>width) copy_run_flipped(to, from, end, flips);
        else fill_run(to, outside, end);
        to = end;
        from += dilation_width * channels;
        x += dilation_width;
      } while (x < x_end);
    }
    top += dilation_height;
  } while (top < y_end);
}

/** Copies bytes, at least one, with the bits of `flips` flipped, and up to 15 behind `end`. */
function copy_run_flipped(to: usize, from: usize, end: usize, flips: v128): void {
  do {
    v128.store(to, v128.xor(v128.load(from), flips));
    from += 16;
    to += 16;
  } while (to < end);
}

/** Sets bytes, at least one and up to 15 behind `end`. */
function fill_run(to: usize, value: v128, end: usize): void {
  do {
    v128.store(to, value);
    to += 16;
  } while (to < end);
}
