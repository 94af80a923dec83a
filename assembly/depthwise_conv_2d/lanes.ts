/**
 * int8 depthwise convolution of 3×3 windows for interpreters: three output rows share an i64 (assembly/lanes.ts), the weights
 * of a channel stay in locals, and each column of input is read once.
 */

import { copy_bytes, fill_bytes } from "../bytes";
import { LANE_BITS, LANE_MASK, LANES_START, lane_addend, store_lane } from "../lanes";

/** Adds half of a lane, so that a shift to the next lane drops one that is not negative. */
const HALF: i64 = 0x100000;

/**
 * NHWC input and output, int8, one output channel for each of the input. `weights`: [channels, 3, 3]. Strides are 1 or 2.
 * `channel_parameters` to `activation_max`: as in conv_2d_s8_lanes. Channel after channel of three output rows is
 * written, so their input must stay until the last one: `kept` rows are copied before, 0 where nothing overwrites them.
 * `scratch`: a row of input, for those beyond it, and the kept ones, of which the one at y takes place y modulo `kept`.
 */
export function depthwise_conv_2d_s8_lanes(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  batches: i32,
  stride_height: i32,
  stride_width: i32,
  pad_top: i32,
  pad_left: i32,
  weights: usize,
  channel_parameters: usize,
  multiplier: i32,
  lift_bytes: i32,
  shift: i32,
  once: i32,
  two_sided: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  kept: i32,
  scratch: usize,
): void {
  let row = width * channels;
  let out_row = out_width * channels;
  let rows = scratch + row;
  fill_bytes(scratch, input_zero_point, row);
  let rounding = ((<i64>1) << (shift - 1)) + ((<i64>(output_zero_point - activation_min)) << shift);
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    let fresh = 0;
    let map_end = output + out_height * out_row;
    do {
      // A map's last rows stand for those that are missing.
      let second = output + out_row < map_end ? out_row : 0;
      let third = output + 2 * out_row < map_end ? 2 * out_row : second;
      if (kept) {
        let last = min(top + kept, height);
        while (fresh < last) {
          copy_bytes(rows + (fresh % kept) * row, input + fresh * row, row);
          fresh += 1;
        }
      }
      let r0 = inline.always(row_at(input, scratch, row, kept, top, height));
      let r1 = inline.always(row_at(input, scratch, row, kept, top + 1, height));
      let r2 = inline.always(row_at(input, scratch, row, kept, top + 2, height));
      let r3 = inline.always(row_at(input, scratch, row, kept, top + 3, height));
      let r4 = inline.always(row_at(input, scratch, row, kept, top + 4, height));
      let r5: usize = 0;
      let r6: usize = 0;
      if (stride_height == 2) {
        r5 = inline.always(row_at(input, scratch, row, kept, top + 5, height));
        r6 = inline.always(row_at(input, scratch, row, kept, top + 6, height));
      }
      let w = weights;
      let parameters = channel_parameters;
      let lifts = parameters + channels * 8;
      let channel = 0;
      do {
        let w0 = <i64>load<i8>(w);
        let w1 = <i64>load<i8>(w, 1);
        let w2 = <i64>load<i8>(w, 2);
        let w3 = <i64>load<i8>(w, 3);
        let w4 = <i64>load<i8>(w, 4);
        let w5 = <i64>load<i8>(w, 5);
        let w6 = <i64>load<i8>(w, 6);
        let w7 = <i64>load<i8>(w, 7);
        let w8 = <i64>load<i8>(w, 8);
        let m: i64 = multiplier;
        let lift: i64 = 0;
        if (!multiplier) {
          m = load<u32>(parameters + channels * 4);
          if (lift_bytes) {
            lift = load<u8>(lifts);
          } else {
            lift = m >>> 30;
            m = (m & 0x3fffffff) | 0x40000000;
          }
        }
        let addend = inline.always(lane_addend(load<i32>(parameters), m, lift, once, two_sided, rounding));
        m <<= lift;

        let out = output + channel;
        let out_end = out + out_row;
        let x = -pad_left;
        let from = channel - pad_left * channels;
        // Sums of the windows that began with this column, and with the one before.
        let began: i64 = 0;
        let going: i64 = 0;
        /** Columns until a window ends. */
        let wait = 3;
        do {
          // Rows top + ky of the three output rows, in lanes.
          let p0 = <i64>input_zero_point * 0x40000200001;
          let p1 = p0;
          let p2 = p0;
          if (<u32>x < <u32>width) {
            if (stride_height == 1) {
              p0 =
                <i64>load<i8>(r0 + from) +
                ((<i64>load<i8>(r1 + from)) << 21) +
                ((<i64>load<i8>(r2 + from)) << 42);
              p1 = ((p0 + HALF) >> LANE_BITS) + ((<i64>load<i8>(r3 + from)) << 42);
              p2 = ((p1 + HALF) >> LANE_BITS) + ((<i64>load<i8>(r4 + from)) << 42);
            } else {
              p0 =
                <i64>load<i8>(r0 + from) +
                ((<i64>load<i8>(r2 + from)) << 21) +
                ((<i64>load<i8>(r4 + from)) << 42);
              p1 =
                <i64>load<i8>(r1 + from) +
                ((<i64>load<i8>(r3 + from)) << 21) +
                ((<i64>load<i8>(r5 + from)) << 42);
              p2 = ((p0 + HALF) >> LANE_BITS) + ((<i64>load<i8>(r6 + from)) << 42);
            }
          }
          wait -= 1;
          let done = going;
          // With a stride of 2 windows begin and end with every other column, and in between is their middle.
          if (stride_width == 1 || wait != 1) {
            done = going + w2 * p0 + w5 * p1 + w8 * p2;
            if (stride_width == 1) going = began + w1 * p0 + w4 * p1 + w7 * p2;
            began = LANES_START + w0 * p0 + w3 * p1 + w6 * p2;
          } else {
            going = began + w1 * p0 + w4 * p1 + w7 * p2;
          }
          if (!wait) {
            wait = stride_width;
            let sum = done >>> (2 * LANE_BITS);
            // The first row is written last, so that it stays where it stands for others.
            inline.always(
              store_lane(
                out + third,
                sum,
                m,
                addend,
                two_sided,
                lift,
                rounding,
                shift,
                activation_min,
                activation_max,
              ),
            );
            sum = (done >> LANE_BITS) & LANE_MASK;
            inline.always(
              store_lane(
                out + second,
                sum,
                m,
                addend,
                two_sided,
                lift,
                rounding,
                shift,
                activation_min,
                activation_max,
              ),
            );
            sum = done & LANE_MASK;
            inline.always(
              store_lane(
                out,
                sum,
                m,
                addend,
                two_sided,
                lift,
                rounding,
                shift,
                activation_min,
                activation_max,
              ),
            );
            out += channels;
          }
          x += 1;
          from += channels;
        } while (out < out_end);
        w += 9;
        parameters += 4;
        lifts += 1;
        channel += 1;
      } while (channel < channels);
      output += third + out_row;
      top += 3 * stride_height;
    } while (output < map_end);
    input += height * row;
  }
}

/** Row `y` of the input, where it was kept if any is, or the border in `scratch` where there is none. */
function row_at(input: usize, scratch: usize, row: i32, kept: i32, y: i32, height: i32): usize {
  if (<u32>y >= <u32>height) return scratch;
  return kept ? scratch + (1 + (y % kept)) * row : input + y * row;
}
