/** Patches of input as 16-bit values, from which the SIMD128 convolution spreads pairs over all lanes without a shuffle. */

/**
 * Copies the input under one output pixel into `patch` as int16, with the zero point where it lies outside. The arguments
 * are those of `gather_patch`; `direct`: the patch is one run of `kernel_height` × `kernel_width` × `channels` bytes of the
 * input. Reads up to 7 bytes beyond the input, and writes up to 14 bytes beyond the patch.
 */
export function widen_patch(
  patch: usize,
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
  direct: i32,
): void {
  let from = input + (top * width + left) * channels;
  if (direct) {
    inline.always(widen_run(patch, from, kernel_height * kernel_width * channels));
    return;
  }
  let row = kernel_width * channels;
  let y_end = top + kernel_height * dilation_height;
  let right = left + (kernel_width - 1) * dilation_width;
  if (top >= 0 && left >= 0 && y_end - dilation_height < height && right < width) {
    do {
      if (dilation_width == 1) {
        inline.always(widen_run(patch, from, row));
        patch += 2 * row;
      } else {
        let at = from;
        let end = patch + 2 * row;
        do {
          inline.always(widen_run(patch, at, channels));
          patch += 2 * channels;
          at += dilation_width * channels;
        } while (patch < end);
      }
      from += dilation_height * width * channels;
      top += dilation_height;
    } while (top < y_end);
    return;
  }
  let border = i16x8.splat(<i16>zero_point);
  do {
    // As unsigned numbers, rows above the input are beyond its height too.
    let inside = <u32>top < <u32>height;
    let at = from;
    for (let x = left; x <= right; x += dilation_width) {
      let end = patch + 2 * channels;
      if (inside && <u32>x < <u32>width) {
        inline.always(widen_run(patch, at, channels));
      } else {
        let to = patch;
        do {
          v128.store(to, border);
          to += 16;
        } while (to < end);
      }
      patch = end;
      at += dilation_width * channels;
    }
    from += dilation_height * width * channels;
    top += dilation_height;
  } while (top < y_end);
}

/** Widens at least `count` > 0 bytes, in steps of eight. */
export function widen_run(to: usize, from: usize, count: i32): void {
  if (count <= 16) {
    v128.store(to, v128.load_ext<i8>(from));
    if (count > 8) v128.store(to, v128.load_ext<i8>(from, 8), 16);
    return;
  }
  let end = from + count;
  do {
    v128.store(to, v128.load_ext<i8>(from));
    from += 8;
    to += 16;
  } while (from < end);
}
