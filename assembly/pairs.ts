/**
 * Products of a matrix and a vector for interpreters: two rows share an i64, so that one multiplication serves both. The
 * lower sum stays within int32 (what packs the weights proves it), so that what it borrows from the upper one is known.
 */

/** The lowest byte of either half. */
const FIELDS: i64 = 0xff000000ff;

/** What `pair_sums` takes from its sums, since each weight is 128 too large: 128 · Σ x of `count` ≥ 1 values. */
export function pair_excess(x: usize, bytes: i32, count: i32): i32 {
  let end = x + count * bytes;
  let sum = 0;
  do {
    sum += bytes == 1 ? <i32>load<i8>(x) : <i32>load<i16>(x);
    x += bytes;
  } while (x < end);
  return sum << 7;
}

/**
 * Eight sums Σ x · w as int32 at `sums`, of `count` ≥ 1 values of x, `bytes` each: 1 int8, 2 int16. `weights`: for every 4
 * values four i64, of 2 rows each; bits 32 · j + 8 · i on hold the weight of row j for value i plus 128, or 0 beyond the values.
 * `excess`: of x. Reads up to 3 values beyond x, which meet zeros.
 */
export function pair_sums(x: usize, bytes: i32, count: i32, excess: i32, weights: usize, sums: usize): void {
  let a: i64 = 0;
  let b: i64 = 0;
  let c: i64 = 0;
  let d: i64 = 0;
  let end = x + count * bytes;
  do {
    let x0: i64 = 0;
    let x1: i64 = 0;
    let x2: i64 = 0;
    let x3: i64 = 0;
    if (bytes == 1) {
      x0 = load<i8>(x);
      x1 = load<i8>(x, 1);
      x2 = load<i8>(x, 2);
      x3 = load<i8>(x, 3);
      x += 4;
    } else {
      x0 = load<i16>(x);
      x1 = load<i16>(x, 2);
      x2 = load<i16>(x, 4);
      x3 = load<i16>(x, 6);
      x += 8;
    }
    let w = load<i64>(weights);
    a += (w & FIELDS) * x0;
    a += ((w >> 8) & FIELDS) * x1;
    a += ((w >> 16) & FIELDS) * x2;
    a += ((w >> 24) & FIELDS) * x3;
    w = load<i64>(weights, 8);
    b += (w & FIELDS) * x0;
    b += ((w >> 8) & FIELDS) * x1;
    b += ((w >> 16) & FIELDS) * x2;
    b += ((w >> 24) & FIELDS) * x3;
    w = load<i64>(weights, 16);
    c += (w & FIELDS) * x0;
    c += ((w >> 8) & FIELDS) * x1;
    c += ((w >> 16) & FIELDS) * x2;
    c += ((w >> 24) & FIELDS) * x3;
    w = load<i64>(weights, 24);
    d += (w & FIELDS) * x0;
    d += ((w >> 8) & FIELDS) * x1;
    d += ((w >> 16) & FIELDS) * x2;
    d += ((w >> 24) & FIELDS) * x3;
    weights += 32;
  } while (x < end);
  inline.always(store_pair(sums, a, excess));
  inline.always(store_pair(sums + 8, b, excess));
  inline.always(store_pair(sums + 16, c, excess));
  inline.always(store_pair(sums + 24, d, excess));
}

/** Both sums of `pair`, less `excess`. */
function store_pair(sums: usize, pair: i64, excess: i32): void {
  let low = <i32>pair;
  store<i32>(sums, low - excess);
  store<i32>(sums, <i32>((pair - low) >> 32) - excess, 4);
}
