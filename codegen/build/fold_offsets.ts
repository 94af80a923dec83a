/**
 * Folds constants that are added to an address into the offset of the load or store, which asc leaves undone. An offset
 * does not wrap as an addition does, so this is sound only where the rest of the address can't be negative: it is folded
 * where that is proven.
 */

import type binaryen from "binaryen";

/** Reads one operand or property of an expression. */
type Get<T = binaryen.ExpressionRef> = (expression: binaryen.ExpressionRef) => T;
type Set = (expression: binaryen.ExpressionRef, value: number) => void;

interface MemoryAccess {
  readonly getPtr: Get;
  readonly setPtr: Set;
  readonly getOffset: Get<number>;
  readonly setOffset: Set;
}

/** binaryen's accessors of expressions, which its own types leave out. */
interface Accessors {
  readonly Load: MemoryAccess & { readonly getBytes: Get<number>; readonly isSigned: Get<boolean> };
  readonly Store: MemoryAccess & { readonly getValue: Get };
  readonly Block: { readonly getChildren: Get<binaryen.ExpressionRef[]> };
  readonly If: { readonly getCondition: Get; readonly getIfTrue: Get; readonly getIfFalse: Get };
  readonly Loop: { readonly getBody: Get };
  readonly Break: { readonly getCondition: Get; readonly getValue: Get };
  readonly Call: { readonly getOperands: Get<binaryen.ExpressionRef[]> };
  readonly LocalSet: { readonly getValue: Get };
  readonly Unary: { readonly getValue: Get };
  readonly Binary: { readonly getOp: Get<number>; readonly getLeft: Get; readonly getRight: Get };
  readonly Select: { readonly getCondition: Get; readonly getIfTrue: Get; readonly getIfFalse: Get };
  readonly Drop: { readonly getValue: Get };
  readonly Return: { readonly getValue: Get };
  readonly SIMDExtract: { readonly getVec: Get };
  readonly SIMDShuffle: { readonly getLeft: Get; readonly getRight: Get };
  readonly SIMDTernary: { readonly getA: Get; readonly getB: Get; readonly getC: Get };
  readonly SIMDShift: { readonly getVec: Get; readonly getShift: Get };
  readonly SIMDLoad: { readonly getPtr: Get };
  readonly SIMDLoadStoreLane: { readonly getPtr: Get; readonly getVec: Get };
}

type Binaryen = typeof binaryen & Accessors;
type Expression = binaryen.ExpressionRef;

/** Addresses are below this, as the sum of a bounded address and an offset must be. */
const ADDRESS_LIMIT = 2 ** 31;

/** An upper bound of an i32 expression that is known to be at least 0; `undefined` where nothing is known. */
function upperBound(b: Binaryen, expression: Expression): number | undefined {
  switch (b.getExpressionId(expression)) {
    case b.ConstId: {
      const { value } = b.getExpressionInfo(expression) as binaryen.ConstInfo;
      return typeof value === "number" && value >= 0 ? value : undefined;
    }
    case b.LoadId: {
      const bytes = b.Load.getBytes(expression);
      return bytes < 4 && !b.Load.isSigned(expression) ? 2 ** (8 * bytes) - 1 : undefined;
    }
    case b.BinaryId:
      return binaryBound(b, expression);
    default:
      return undefined;
  }
}

function binaryBound(b: Binaryen, expression: Expression): number | undefined {
  const left = upperBound(b, b.Binary.getLeft(expression));
  const right = upperBound(b, b.Binary.getRight(expression));
  const constant = b.getExpressionId(b.Binary.getRight(expression)) === b.ConstId ? right : undefined;
  const within = (bound: number | undefined) =>
    bound !== undefined && bound < ADDRESS_LIMIT ? bound : undefined;
  switch (b.Binary.getOp(expression)) {
    case b.AndInt32:
      return left === undefined ? right : right === undefined ? left : Math.min(left, right);
    case b.AddInt32:
      return left === undefined || right === undefined ? undefined : within(left + right);
    case b.MulInt32:
      return left === undefined || right === undefined ? undefined : within(left * right);
    case b.ShlInt32:
      return left === undefined || constant === undefined || constant > 31
        ? undefined
        : within(left * 2 ** constant);
    case b.ShrUInt32:
      return constant !== undefined && constant > 0 && constant < 32 ? 2 ** (32 - constant) - 1 : undefined;
    default:
      return undefined;
  }
}

/** The operands of the expressions that kernels are made of; others have none that hold an address. */
function operands(b: Binaryen, e: Expression): Expression[] {
  switch (b.getExpressionId(e)) {
    case b.BlockId:
      return b.Block.getChildren(e);
    case b.IfId:
      return [b.If.getCondition(e), b.If.getIfTrue(e), b.If.getIfFalse(e)];
    case b.LoopId:
      return [b.Loop.getBody(e)];
    case b.BreakId:
      return [b.Break.getCondition(e), b.Break.getValue(e)];
    case b.CallId:
      return b.Call.getOperands(e);
    case b.LocalSetId:
      return [b.LocalSet.getValue(e)];
    case b.LoadId:
      return [b.Load.getPtr(e)];
    case b.StoreId:
      return [b.Store.getPtr(e), b.Store.getValue(e)];
    case b.UnaryId:
      return [b.Unary.getValue(e)];
    case b.BinaryId:
      return [b.Binary.getLeft(e), b.Binary.getRight(e)];
    case b.SelectId:
      return [b.Select.getCondition(e), b.Select.getIfTrue(e), b.Select.getIfFalse(e)];
    case b.DropId:
      return [b.Drop.getValue(e)];
    case b.ReturnId:
      return [b.Return.getValue(e)];
    case b.SIMDExtractId:
      return [b.SIMDExtract.getVec(e)];
    case b.SIMDShuffleId:
      return [b.SIMDShuffle.getLeft(e), b.SIMDShuffle.getRight(e)];
    case b.SIMDTernaryId:
      return [b.SIMDTernary.getA(e), b.SIMDTernary.getB(e), b.SIMDTernary.getC(e)];
    case b.SIMDShiftId:
      return [b.SIMDShift.getVec(e), b.SIMDShift.getShift(e)];
    case b.SIMDLoadId:
      return [b.SIMDLoad.getPtr(e)];
    case b.SIMDLoadStoreLaneId:
      return [b.SIMDLoadStoreLane.getPtr(e), b.SIMDLoadStoreLane.getVec(e)];
    default:
      return [];
  }
}

/** Splits an address into a part that is at least 0 and a constant; `undefined` where it is not such a sum. */
function splitAddress(b: Binaryen, address: Expression): { rest: Expression; constant: number } | undefined {
  if (b.getExpressionId(address) !== b.BinaryId || b.Binary.getOp(address) !== b.AddInt32) return undefined;
  const [left, right] = [b.Binary.getLeft(address), b.Binary.getRight(address)];
  if (b.getExpressionId(right) !== b.ConstId) return undefined;
  const constant = upperBound(b, right);
  return constant !== undefined && upperBound(b, left) !== undefined ? { rest: left, constant } : undefined;
}

/** Folds in all functions of a module. */
export function foldOffsets(library: typeof binaryen, module: binaryen.Module): void {
  const b = library as Binaryen;
  const visit = (e: Expression): void => {
    // Absent operands, such as an `if` without an else, are 0.
    if (e === 0) return;
    for (const operand of operands(b, e)) visit(operand);
    const id = b.getExpressionId(e);
    const access = id === b.LoadId ? b.Load : id === b.StoreId ? b.Store : undefined;
    if (!access) return;
    const split = splitAddress(b, access.getPtr(e));
    if (!split || access.getOffset(e) + split.constant >= ADDRESS_LIMIT) return;
    access.setOffset(e, access.getOffset(e) + split.constant);
    access.setPtr(e, split.rest);
  };
  for (let index = 0; index < module.getNumFunctions(); index++) {
    visit(b.getFunctionInfo(module.getFunctionByIndex(index)).body);
  }
}
