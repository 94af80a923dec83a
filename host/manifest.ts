/** Reads the manifest that a module carries in its custom section `mote`, and checks it against the module. */

import type { Manifest, ManifestTensor } from "../codegen/compile_result.ts";
import { MoteError } from "../codegen/error.ts";
import { type DType, tensorBytes } from "../codegen/graph/tensor.ts";

const DTYPES: readonly string[] = ["int8", "uint8", "int16", "int32", "int64", "float32", "bool"];

/**
 * The manifest in the module's custom section; undefined in a stripped module.
 * Throws a `MoteError` where the section does not hold what Mote writes.
 */
export function manifestOf(module: WebAssembly.Module, file: string): Manifest | undefined {
  const section = WebAssembly.Module.customSections(module, "mote")[0];
  if (section === undefined) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(section));
  } catch {
    throw damaged(file);
  }
  if (!isManifest(found)) throw damaged(file);
  return found;
}

function damaged(file: string): MoteError {
  return new MoteError("bad-file", file, "its manifest is damaged. Build the model again.");
}

/** Whether `value` has the fields of a manifest, with sizes that agree with the shapes. */
export function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value)) return false;
  return (
    value.abi === 1 &&
    typeof value.name === "string" &&
    typeof value.generator === "string" &&
    typeof value.source === "string" &&
    typeof value.target === "string" &&
    typeof value.simd === "string" &&
    typeof value.optimize === "string" &&
    (value.dotBits === undefined || value.dotBits === 7 || value.dotBits === 8) &&
    isWhole(value.stateBytes) &&
    (value.floats === undefined || value.floats === true) &&
    (value.flashWeights === undefined || value.flashWeights === true) &&
    isTensorList(value.inputs) &&
    isTensorList(value.outputs)
  );
}

function isTensorList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isTensor);
}

function isTensor(value: unknown): value is ManifestTensor {
  if (!isRecord(value)) return false;
  const { name, shape, dtype, scale, zeroPoint, address, bytes } = value;
  return (
    typeof name === "string" &&
    Array.isArray(shape) &&
    shape.every((dimension) => isWhole(dimension) && dimension > 0) &&
    isDType(dtype) &&
    (scale === undefined || (typeof scale === "number" && scale > 0)) &&
    (zeroPoint === undefined || Number.isInteger(zeroPoint)) &&
    isWhole(address) &&
    isWhole(bytes) &&
    bytes === tensorBytes({ shape, dtype })
  );
}

function isDType(value: unknown): value is DType {
  return typeof value === "string" && DTYPES.includes(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
