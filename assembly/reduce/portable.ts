/** Reductions over some dimensions, scalar: one loop nest for all of them (nest.ts). */

import { EXTREMUM, nest, PRODUCT, REAL, SUM } from "./nest";

/**
 * Sums or means of int8 (`bytes` 1) or int16 (2), rescaled (TFLite reference: reduce.h, QuantizedMeanOrSum). Loops as in
 * nest.ts. `bias`: −(input zero point) · values of one result. `multiplier` of a mean holds 1 / their number too, so it may
 * be below 2^30; `shift` in [-31, 30].
 */
export function reduce_sum(
  bytes: i32,
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  inner_step: i32,
  planes: i32,
  plane_step: i32,
  rows: i32,
  row_step: i32,
  columns: i32,
  column_step: i32,
  bias: i32,
  multiplier: i32,
  shift: i32,
  zero_point: i32,
): void {
  inline.always(
    nest(
      SUM,
      0,
      bytes,
      input,
      output,
      outer,
      outer_step,
      inner,
      inner_step,
      planes,
      plane_step,
      rows,
      row_step,
      columns,
      column_step,
      bias,
      multiplier,
      shift,
      zero_point,
    ),
  );
}

/** The largest or, for `minimum` 1, the smallest of integers of `bytes` 1, 2 or 4, as they are; loops as in nest.ts. */
export function reduce_extremum(
  minimum: i32,
  bytes: i32,
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  inner_step: i32,
  planes: i32,
  plane_step: i32,
  rows: i32,
  row_step: i32,
  columns: i32,
  column_step: i32,
): void {
  inline.always(
    nest(
      EXTREMUM,
      minimum,
      bytes,
      input,
      output,
      outer,
      outer_step,
      inner,
      inner_step,
      planes,
      plane_step,
      rows,
      row_step,
      columns,
      column_step,
      0,
      0,
      0,
      0,
    ),
  );
}

/**
 * Products of int8 (`bytes` 1) or int16 (2), scaled at each step (TFLite reference: reduce.h, QuantizedReduceProd). Loops as
 * in nest.ts. `bias`: −(input zero point). `multiplier` in [2^14, 2^15), `exponent` in [8, 46].
 */
export function reduce_product(
  bytes: i32,
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  inner_step: i32,
  planes: i32,
  plane_step: i32,
  rows: i32,
  row_step: i32,
  columns: i32,
  column_step: i32,
  bias: i32,
  multiplier: i32,
  exponent: i32,
  zero_point: i32,
): void {
  inline.always(
    nest(
      PRODUCT,
      0,
      bytes,
      input,
      output,
      outer,
      outer_step,
      inner,
      inner_step,
      planes,
      plane_step,
      rows,
      row_step,
      columns,
      column_step,
      bias,
      multiplier,
      exponent,
      zero_point,
    ),
  );
}

/**
 * float32 sums, means, products, maxima and minima, in the order in which the values lie (TFLite reference: reduce.h). Loops
 * as in nest.ts.
 */
export function reduce_f32(
  operation: i32,
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  inner_step: i32,
  planes: i32,
  plane_step: i32,
  rows: i32,
  row_step: i32,
  columns: i32,
  column_step: i32,
): void {
  inline.always(
    nest(
      REAL,
      operation,
      4,
      input,
      output,
      outer,
      outer_step,
      inner,
      inner_step,
      planes,
      plane_step,
      rows,
      row_step,
      columns,
      column_step,
      0,
      0,
      0,
      0,
    ),
  );
}
