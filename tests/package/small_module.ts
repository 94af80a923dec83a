/** A hand-written module of ABI 1 with every kind of tensor that a package has to carry, and state. */

import wabtModule from "wabt";
import type { CompileResult, Manifest, ManifestTensor, Report } from "../../codegen/compile_result.ts";
import { tensorBytes } from "../../codegen/graph/tensor.ts";

const tensor = (
  name: string,
  shape: readonly number[],
  dtype: ManifestTensor["dtype"],
  address: number,
  quantization?: { readonly scale: number; readonly zeroPoint: number },
): ManifestTensor => ({
  name,
  shape,
  dtype,
  ...quantization,
  address,
  bytes: tensorBytes({ shape, dtype }),
});

const INPUTS = [
  tensor("serving_default_in0:0", [1, 4], "int8", 1024, { scale: 0.5, zeroPoint: -3 }),
  tensor('say "*/??/"', [2], "float32", 1040),
];
const OUTPUTS = [
  tensor("copy", [1, 4], "int8", 1056, { scale: 0.25, zeroPoint: 1 }),
  tensor("copy", [2], "float32", 1072),
  tensor("count", [], "int64", 1088),
];

export const MANIFEST: Manifest = {
  abi: 1,
  name: "small",
  inputs: INPUTS,
  outputs: OUTPUTS,
  stateBytes: 8,
  generator: "mote-nn 0.1.0",
  source: "00ff",
  target: "portable",
  simd: "none",
  optimize: "size",
};

/** Copies its inputs to its outputs and counts the inferences since the last reset. */
const WAT = `(module
  (memory (export "memory") 1 1)
  (global (export "input_0") i32 (i32.const 1024))
  (global (export "input_1") i32 (i32.const 1040))
  (global (export "output_0") i32 (i32.const 1056))
  (global (export "output_1") i32 (i32.const 1072))
  (global (export "output_2") i32 (i32.const 1088))
  (func (export "invoke")
    (i32.store (i32.const 1056) (i32.load (i32.const 1024)))
    (i64.store (i32.const 1072) (i64.load (i32.const 1040)))
    (i64.store (i32.const 1104) (i64.add (i64.load (i32.const 1104)) (i64.const 1)))
    (i64.store (i32.const 1088) (i64.load (i32.const 1104))))
  (func (export "reset") (i64.store (i32.const 1104) (i64.const 0))))`;

/** Assembles text after replacing `from` by `to` in it: the first one, or all. */
export async function assemble(from = "", to = "", all: "first" | "all" = "first"): Promise<Uint8Array> {
  const wabt = await wabtModule();
  const text = all === "all" ? WAT.replaceAll(from, to) : WAT.replace(from, to);
  const parsed = wabt.parseWat("small.wat", text);
  try {
    return parsed.toBinary({}).buffer;
  } finally {
    parsed.destroy();
  }
}

/** `wasm` with a custom section `mote` that holds `text`, which is shorter than 2^14 bytes. */
export function withManifest(wasm: Uint8Array, text: string): Uint8Array {
  const content = [4, ...new TextEncoder().encode(`mote${text}`)];
  const length = [(content.length & 127) | 128, content.length >> 7];
  return Uint8Array.from([...wasm, 0, ...length, ...content]);
}

export const REPORT: Report = {
  name: "small",
  file: "small.tflite",
  target: "portable",
  simd: "none",
  optimize: "size",
  generator: "mote-nn 0.1.0",
  inputs: INPUTS,
  outputs: OUTPUTS,
  bytes: { model: 4321, wasm: 2000, code: 1200, weights: 500, tables: 256, metadata: 44 },
  memory: {
    arena: 1600,
    state: 8,
    bound: 1500,
    weights: 780,
    flash: 0,
    total: 2380,
    pages: 1,
    linear: 65_536,
    blocks: [
      { name: "serving_default_in0:0", address: 1024, bytes: 400, first: -1, last: 0 },
      { name: "hidden", address: 1424, bytes: 1200, first: 0, last: 1 },
      { name: "scratch of layer 1", address: 1024, bytes: 96, first: 1, last: 1 },
      { name: "in place", address: 1424, bytes: 1100, first: 1, last: 2 },
    ],
  },
  macs: 123_456,
  floats: true,
  layers: [layer(0, "conv_2d", 100_456, 413, 0, 1600, 711), layer(1, "softmax", 23_000, 87, 256, 1296, 309)],
  shared: [{ name: "conv_2d/portable/conv_2d_s8", codeBytes: 171 }],
  passes: [
    { name: "drop_copies", operators: [7, 5], macs: [200_000, 200_000], weightBytes: [900, 900] },
    { name: "drop_dead_channels", operators: [5, 2], macs: [200_000, 123_456], weightBytes: [900, 487] },
  ],
};

function layer(
  index: number,
  kind: string,
  macs: number,
  weightBytes: number,
  tableBytes: number,
  ramBytes: number,
  codeBytes: number,
): Report["layers"][number] {
  return {
    index,
    name: `layer_${index}_${kind}`,
    kind,
    operatorName: `net/block_${index}/<b>|\u001b[31m;net/other`,
    kernel: `${kind}_s8`,
    inputShapes: [[1, 4]],
    outputShapes: [[1, 4]],
    inline: index === 0,
    floats: kind === "softmax",
    macs,
    weightBytes,
    tableBytes,
    ramBytes,
    codeBytes,
  };
}

export async function smallResult(): Promise<CompileResult> {
  return {
    wasm: withManifest(await assemble(), JSON.stringify(MANIFEST)),
    manifest: MANIFEST,
    source: {},
    weights: new Uint8Array(0),
    flash: new Uint8Array(0),
    report: REPORT,
    functionNames: [],
  };
}
