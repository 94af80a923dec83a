/** Files that the import must refuse, each spoilt in one place, and the sentence that it refuses them with. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { MoteError } from "../../codegen/error.ts";
import { importModel } from "../../codegen/import/index.ts";
import { importTflite } from "../../codegen/import/tflite.ts";
import { type Fields, writeFlatBuffer } from "./flatbuffer_writer.ts";
import {
  FLOAT32,
  operatorFields,
  SCALE,
  scaleOperator,
  type TinyModel,
  type TinyTensor,
  tensorFields,
  tinyModel,
} from "./tiny_model.ts";

/** The message with which a file is refused; anything but a `MoteError` fails. */
function refusal(bytes: Uint8Array): string {
  try {
    importTflite(bytes, { file: "tiny.tflite", name: "tiny" }, [scaleOperator()]);
  } catch (error) {
    if (error instanceof MoteError) return error.message;
    throw error;
  }
  return "not refused";
}

function refused(model: TinyModel, pattern: RegExp): void {
  assert.match(refusal(tinyModel(model)), pattern);
}

/** Refuses a model whose middle tensor is `tensor`. */
function refusedTensor(tensor: TinyTensor, pattern: RegExp, buffers?: readonly Fields[]): void {
  refused({ tensors: [{}, { name: "mid", ...tensor }, {}], ...(buffers ? { buffers } : {}) }, pattern);
}

describe("importTflite refuses", () => {
  it("other files, empty ones and every length of a cut one", () => {
    assert.throws(
      () => importModel(new Uint8Array(), { file: "a/empty.tflite" }),
      /^MoteError: empty\.tflite: expected a \.tflite file/,
    );
    const bytes = tinyModel();
    // The last bytes are padding.
    for (let length = 0; length < bytes.length - 8; length++) {
      assert.match(
        refusal(bytes.subarray(0, length)),
        /^tiny\.tflite: /,
        `${length} of ${bytes.length} bytes`,
      );
    }
  });

  it("every length of a real model", () => {
    const bytes = readFileSync("models/regressor/regressor.tflite");
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      assert.throws(
        () => importTflite(cut, { file: "cut.tflite", name: "cut" }),
        MoteError,
        `${length} bytes`,
      );
    }
  });

  it("offsets and lengths that leave the file", () => {
    const patched = (at: number, value: number) => {
      const bytes = tinyModel();
      new DataView(bytes.buffer).setUint32(at, value, true);
      return refusal(bytes);
    };
    const root = new DataView(tinyModel().buffer).getUint32(0, true);
    assert.match(
      patched(0, 0),
      /byte 0: expected an offset to the root table inside \d+ bytes, found 0\. The file may/,
    );
    assert.match(patched(0, 0xffffffff), /byte 0: expected an offset to the root table .* found 4294967295/);
    assert.match(
      patched(root, 0x7fffffff),
      /byte -\d+: expected a vtable of 4 bytes, found that the file has/,
    );
    assert.match(patched(root, 0x80000000), /expected a vtable/);
    // The first field behind the head of the root table is the version; the next ones are offsets to vectors.
    assert.match(patched(root + 16, 0xfffffff0), /expected an offset to a vector/);
    const vector = root + 16 + new DataView(tinyModel().buffer).getUint32(root + 16, true);
    assert.match(patched(vector, 0xffffffff), /expected a vector of 4294967295 elements/);
    assert.match(patched(vector, 0x10000000), /expected a vector of 268435456 elements/);
  });

  it("tables that refer to themselves", () => {
    const bytes = tinyModel();
    const view = new DataView(bytes.buffer);
    const root = view.getUint32(0, true);
    // Fields 1, 2 and 4 of the root table are offsets. Offsets lead forward only: one that would have to wrap around
    // to get back to its own table is out of the file.
    for (const at of [root + 16, root + 24, root + 32]) {
      const knot = tinyModel();
      new DataView(knot.buffer).setInt32(at, root - at, true);
      assert.match(refusal(knot), /expected an offset to a vector inside/, `offset at ${at}`);
    }
    // A table that is its own vtable.
    view.setInt32(root, 0, true);
    assert.match(refusal(bytes), /expected a vtable of at least 4 bytes, found 0/);
  });

  it("parts that share their bytes to ask for endless work", () => {
    // 5,000 subgraphs that are one and the same, of 5,000 tensors that are one and the same.
    const subgraph: Fields = {
      0: { tables: new Array(5_000).fill(tensorFields({})) },
      1: { int32s: [0] },
      2: { int32s: [0] },
      3: { tables: [operatorFields({ inputs: [0], outputs: [1] })] },
    };
    const bytes = writeFlatBuffer({
      0: { int32: 3 },
      1: { tables: [{ 0: { int8: SCALE } }] },
      2: { tables: [subgraph, ...new Array<Fields>(4_999).fill({})] },
      4: { tables: [{}] },
    });
    const view = new DataView(bytes.buffer);
    const root = view.getUint32(0, true);
    const follow = (at: number) => at + view.getUint32(at, true);
    const subgraphs = follow(root + 8 + 8 * 2);
    const first = follow(subgraphs + 4);
    for (let index = 1; index < 5_000; index++) {
      const at = subgraphs + 4 + 4 * index;
      // Offsets only lead forward, so the entries are laid to the first subgraph, which lies behind all of them.
      view.setUint32(at, first - at, true);
    }
    const start = performance.now();
    assert.match(refusal(bytes), /expected each byte to belong to one part of the file/);
    assert.ok(performance.now() - start < 2000);
  });

  it("another schema version, no subgraph, indices beyond their lists", () => {
    refused({ version: 2 }, /expected schema version 3, found 2/);
    refused({ more: { 2: { tables: [] } } }, /expected at least one subgraph, found none/);
    refused({ inputs: [3] }, /expected a tensor from 0 to 2, found 3/);
    refused({ outputs: [-1] }, /expected a tensor from 0 to 2, found -1/);
    refused({ operators: [{ inputs: [-2], outputs: [1] }] }, /found -2/);
    refused({ operators: [{ inputs: [0], outputs: [-1] }] }, /found -1/);
    refused(
      { operators: [{ code: 1, inputs: [0], outputs: [2] }] },
      /expected an operator code from 0 to 0, found 1/,
    );
    refusedTensor({ buffer: 1 }, /tensor 1 \("mid"\): expected a buffer from 0 to 0, found 1/);
  });

  it("shapes that no device could hold, and dynamic ones", () => {
    refusedTensor({ shape: [1, 0] }, /expected dimensions of at least 1, found 1×0/);
    refusedTensor({ shape: [1, -1] }, /found 1×-1\. Export the model with fixed shapes/);
    refusedTensor(
      { more: { 7: { int32s: [-1, -1] } } },
      /expected fixed dimensions after the batch, found -1×-1/,
    );
    refusedTensor({ shape: [2 ** 28, 2] }, /expected at most 268435456 bytes, found int8 268435456×2/);
    refusedTensor({ shape: new Array(8).fill(2 ** 30) }, /expected at most 268435456 bytes/);
    refusedTensor({ shape: new Array(9).fill(1) }, /expected at most 8 dimensions, found 9/);
    const big = { shape: [2 ** 27] };
    refused(
      { tensors: [big, big, big] },
      /^tiny\.tflite: expected at most 268435456 bytes of activations, found 402653184/,
    );
  });

  it("types, sparse tensors and files beside the file, as not supported yet", () => {
    refusedTensor({ type: 1 }, /found float16, which Mote does not support yet/);
    refusedTensor({ type: 19 }, /found int2, which Mote does not support yet/);
    refusedTensor({ type: 100 }, /expected a type from 0 to 22, found 100/);
    refusedTensor({ type: -1 }, /expected a type from 0 to 22, found -1/);
    refusedTensor({ more: { 6: { table: {} } } }, /found a sparse tensor/);
    refusedTensor({ more: { 10: { int32: 1 } } }, /found them in another one/);
    refusedTensor(
      { scales: [], moreQuantization: { 4: { uint8: 2 }, 5: { table: {} } } },
      /another quantization scheme/,
    );
  });

  it("scales and zero points that contradict the tensor", () => {
    refusedTensor(
      { scales: [1, 1] },
      /expected 1 scale or one for each of the 1 indices of dimension 0, found 2/,
    );
    refusedTensor(
      { scales: [1, 1], dimension: 5 },
      /expected a dimension from 0 to 1 for its 2 scales, found 5/,
    );
    refusedTensor({ zeroPoints: [0, 0] }, /expected as many zero points as scales, found 2 and 1/);
    for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      refusedTensor({ scales: [scale] }, /expected positive, finite scales/);
    }
    refusedTensor({ zeroPoints: [128] }, /expected int8 zero points from -128 to 127, found 128/);
    refusedTensor({ zeroPoints: [-(2 ** 60)] }, /expected a number below 2\^53/);
  });

  it("constants of another length, or behind the end", () => {
    refusedTensor({ buffer: 1 }, /expected 4 bytes of data, found 3/, [
      {},
      { 0: { bytes: new Uint8Array(3) } },
    ]);
    refusedTensor({ buffer: 1 }, /expected its data at bytes 90000 to 90003, but the file ends after/, [
      {},
      { 1: { uint64: 90000 }, 2: { uint64: 4 } },
    ]);
    refusedTensor({ buffer: 1 }, /expected a number below 2\^53/, [
      {},
      { 1: { uint64: 2 ** 60 }, 2: { uint64: 4 } },
    ]);
  });

  it("operators in an impossible order", () => {
    const steps = (...operators: { inputs: number[]; outputs: number[] }[]) => ({ operators });
    refused(
      steps({ inputs: [1], outputs: [2] }, { inputs: [0], outputs: [1] }),
      /operator 0 \(LEAKY_RELU "z"\): expected its input "y" to be computed before it/,
    );
    refused(steps({ inputs: [2], outputs: [2] }), /expected its input "z" to be computed before it/);
    refused(steps({ inputs: [2], outputs: [1] }, { inputs: [1], outputs: [2] }), /expected its input "z"/);
    refused(
      steps({ inputs: [0], outputs: [2] }, { inputs: [0], outputs: [2] }),
      /operator 1 .* only one that writes "z"/,
    );
    refused(steps({ inputs: [0], outputs: [0] }), /only one that writes "x"/);
    refused(steps({ inputs: [0], outputs: [1] }), /expected output "z" to be computed/);
    refused(
      steps({ inputs: [0], outputs: [] }),
      /operator 0 \(LEAKY_RELU ""\): expected at least one output/,
    );
    refused({ inputs: [] }, /expected at least one input, one output and one operator, found 0, 1 and 2/);
    refused({ outputs: [] }, /found 1, 0 and 2/);
    refused(steps(), /found 1, 1 and 0/);
    refused({ inputs: [0, 0] }, /expected every input once/);
  });

  it("constants as inputs and as outputs of operators", () => {
    const constant: TinyTensor = { name: "c", buffer: 1 };
    const buffers = [{}, { 0: { bytes: new Uint8Array(4) } }];
    refused(
      { tensors: [constant, {}, {}], buffers },
      /expected input "c" to be an activation, found a constant/,
    );
    refused({ tensors: [{}, constant, {}], buffers }, /only one that writes "c"/);
  });

  it("a float network, with the way to quantize it", () => {
    const float: TinyTensor = { type: FLOAT32, scales: [], zeroPoints: [] };
    refused(
      { tensors: [float, float, float] },
      /^tiny\.tflite: expected int8 activations, found a float network\. Quantize it first/,
    );
  });

  it("an option that is not a number", () => {
    refused(
      { operators: [{ inputs: [0], outputs: [2], options: { 0: { float32: Number.NaN } } }] },
      /operator 0 \(LEAKY_RELU "z"\): expected a finite alpha, found NaN/,
    );
  });

  it("operators that it lacks, all in one message, before it looks at their tensors", () => {
    const codes = [16, 119, SCALE, 119, 300, 0].map((code) => ({ 3: { int32: code } }));
    const custom: Fields = { 1: { text: "Mfcc" }, 3: { int32: 32 } };
    const step = (code: number) => ({ code, inputs: [0], outputs: [1] });
    refused(
      {
        codes: [...codes, custom],
        tensors: [{ type: 13 }, { name: "h", shape: [0] }, {}],
        operators: [2, 0, 1, 3, 4, 5, 6].map(step),
      },
      /^tiny\.tflite: operator 1 \(LSTM "h"\): Mote does not support this operator yet, nor the file's WHILE, builtin operator 300, ADD and Mfcc; OPERATORS\.md lists those it does\./,
    );
    refused(
      { codes: [custom] },
      /^tiny\.tflite: operator 0 \(Mfcc "y"\): Mote does not support this custom operator yet; /,
    );
    const many = Array.from({ length: 40 }, (_, index) => ({
      1: { text: `own_${index}` },
      3: { int32: 32 },
    }));
    refused({ codes: many, operators: many.map((_, code) => step(code)) }, /own_12 and 27 more kinds; /);
  });
});
