/** Ranges of integers, and what instructions make of them: interval arithmetic on i32 and i64 (WebAssembly 2.0, section 4.3). */

/** All integers from `low` to `high`, as signed numbers; i64 beyond what a number holds exactly are infinite. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export const ANY_I32: Range = { low: -(2 ** 31), high: 2 ** 31 - 1 };
export const ANY_I64: Range = { low: -Infinity, high: Infinity };
const TRUTH: Range = { low: 0, high: 1 };

export function joinRanges(left: Range, right: Range): Range {
  return { low: Math.min(left.low, right.low), high: Math.max(left.high, right.high) };
}

/** A bound that rises from round to round of a loop is given up; what stays keeps the range that it has. */
export function widened(before: Range, after: Range): Range {
  return {
    low: after.low < before.low ? -Infinity : after.low,
    high: after.high > before.high ? Infinity : after.high,
  };
}

/** The range where it fits the type `any`, else all of the type: a result that wraps around may be anything. */
function within(any: Range, low: number, high: number): Range {
  const exact = Math.max(Math.abs(low), Math.abs(high)) <= Number.MAX_SAFE_INTEGER;
  return exact && low >= any.low && high <= any.high ? { low, high } : any;
}

/** Signed numbers of so many bits. */
function signed(bits: number): Range {
  return { low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 };
}

function unsigned(bits: number): Range {
  return { low: 0, high: 2 ** bits - 1 };
}

/** What a load of integers gives; floats give nothing that is followed. */
export function loadedRange(opcode: number): Range {
  switch (opcode) {
    case 0x2c:
    case 0x30:
      return signed(8);
    case 0x2d:
    case 0x31:
      return unsigned(8);
    case 0x2e:
    case 0x32:
      return signed(16);
    case 0x2f:
    case 0x33:
      return unsigned(16);
    case 0x34:
      return signed(32);
    case 0x35:
      return unsigned(32);
    case 0x28:
      return ANY_I32;
    default:
      return ANY_I64;
  }
}

/** The result of an operation on one operand. */
export function unaryRange(opcode: number, operand: Range): Range {
  const kept = (range: Range) => (operand.low >= range.low && operand.high <= range.high ? operand : range);
  switch (opcode) {
    case 0x45:
    case 0x50:
      return TRUTH;
    case 0x67:
    case 0x68:
    case 0x69:
    case 0x79:
    case 0x7a:
    case 0x7b:
      return { low: 0, high: 64 };
    case 0xa7:
      return kept(ANY_I32);
    case 0xac:
      return operand;
    case 0xad:
      return operand.low >= 0 ? operand : unsigned(32);
    case 0xc0:
    case 0xc2:
      return kept(signed(8));
    case 0xc1:
    case 0xc3:
      return kept(signed(16));
    case 0xc4:
      return kept(signed(32));
    default:
      return isI32Result(opcode) ? ANY_I32 : ANY_I64;
  }
}

/** Conversions of floats to i32. */
function isI32Result(opcode: number): boolean {
  return (opcode >= 0xa8 && opcode <= 0xab) || opcode === 0xbc || (opcode >= 0xfc00 && opcode <= 0xfc03);
}

const I32_ADD = 0x6a;
const I64_ADD = 0x7c;

/** The result of an operation on two operands. */
export function binaryRange(opcode: number, left: Range, right: Range): Range {
  if (opcode >= 0x46 && opcode <= 0x66) return TRUTH;
  if (opcode >= I32_ADD && opcode <= 0x78) return arithmetic(opcode - I32_ADD, ANY_I32, left, right);
  if (opcode >= I64_ADD && opcode <= 0x8a) return arithmetic(opcode - I64_ADD, ANY_I64, left, right);
  return ANY_I64;
}

/** `operation`: its place behind the type's addition. */
function arithmetic(operation: number, any: Range, left: Range, right: Range): Range {
  switch (operation) {
    case 0:
      return within(any, left.low + right.low, left.high + right.high);
    case 1:
      return within(any, left.low - right.high, left.high - right.low);
    case 2: {
      const corners = [left.low, left.high].flatMap((a) => [a * right.low, a * right.high]);
      return corners.some(Number.isNaN) ? any : within(any, Math.min(...corners), Math.max(...corners));
    }
    case 4:
    case 6:
      return divided(operation === 6, any, left, right);
    case 7:
      return conjunction(any, left, right);
    case 8:
    case 9:
      return bitwise(any, left, right);
    case 10:
      return shifted(any, left, right, (value, scale) => value * scale);
    case 11:
      return shifted(any, left, right, (value, scale) => Math.floor(value / scale));
    case 12:
      return left.low >= 0
        ? shifted(any, left, right, (value, scale) => Math.floor(value / scale))
        : logical(any, right);
    default:
      return any;
  }
}

/** Unsigned quotient or remainder, of numbers that are not negative, by a constant. */
function divided(remainder: boolean, any: Range, left: Range, right: Range): Range {
  if (right.low !== right.high || right.low <= 0) return any;
  if (remainder) return { low: 0, high: right.low - 1 };
  return left.low < 0
    ? any
    : { low: Math.floor(left.low / right.low), high: Math.floor(left.high / right.low) };
}

/** `and` clears bits: it is at most what either operand is that is not negative. */
function conjunction(any: Range, left: Range, right: Range): Range {
  const limits = [left, right].filter(({ low }) => low >= 0).map(({ high }) => high);
  return limits.length > 0 ? { low: 0, high: Math.min(...limits) } : bitwise(any, left, right);
}

/** Operations on each bit by itself stay within the bits, with sign, that both operands take. */
function bitwise(any: Range, left: Range, right: Range): Range {
  const { low, high } = joinRanges(left, right);
  const reach = Math.max(high, -1 - low);
  if (reach > Number.MAX_SAFE_INTEGER) return any;
  const bits = reach === 0 ? 0 : Math.floor(Math.log2(reach)) + 1;
  return low >= 0 ? unsigned(bits) : signed(bits + 1);
}

/** A shift by a constant. */
function shifted(any: Range, left: Range, by: Range, shift: (value: number, scale: number) => number): Range {
  const bits = any === ANY_I32 ? 32 : 64;
  if (by.low !== by.high || by.low < 0 || by.low >= bits) return any;
  const scale = 2 ** by.low;
  return within(any, shift(left.low, scale), shift(left.high, scale));
}

/** An unsigned shift to the right of what may be negative. */
function logical(any: Range, by: Range): Range {
  const bits = any === ANY_I32 ? 32 : 64;
  return by.low === by.high && by.low > 0 && by.low < bits ? unsigned(bits - by.low) : any;
}
