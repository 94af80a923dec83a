/** ONNX files that the import must refuse, and the sentence that it refuses them with. */

import assert from "node:assert/strict";
import { MoteError } from "../../codegen/error.ts";
import { type ImportOptions, importModel } from "../../codegen/import/index.ts";
import { mutations } from "../mutate.ts";
import { type ElementType, OnnxBuilder } from "./onnx_writer.ts";

function refusal(bytes: Uint8Array, options: ImportOptions = {}): string {
  try {
    importModel(bytes, { file: "net.onnx", ...options });
  } catch (error) {
    if (error instanceof MoteError) return error.message;
    throw error;
  }
  return "not refused";
}

function refused(net: OnnxBuilder, sentence: RegExp, options: ImportOptions = {}): void {
  assert.match(refusal(net.bytes(), options), sentence);
}

/** A dense layer between two codings, of which a test changes a part. */
function dense(
  change: { readonly weights?: number[]; readonly zeroPoints?: number[]; type?: ElementType } = {},
) {
  const net = new OnnxBuilder();
  const x = net.coded(net.input("x", [1, 2]), 0.1);
  const w = net.weights([2, 2], change.weights ?? [1, 2, 3, 4], [0.5], {
    type: change.type ?? "int8",
    ...(change.zeroPoints ? { zeroPoints: change.zeroPoints } : {}),
  });
  net.output(net.coded(net.node("MatMul", [x, w]), 0.2));
  return net;
}

describe("importOnnx refuses", () => {
  it("every length of a cut file", () => {
    const bytes = dense().bytes();
    assert.equal(refusal(bytes), "not refused");
    for (let length = 0; length < bytes.length; length++)
      assert.match(refusal(bytes.subarray(0, length)), /^net\.onnx: [^\n]+\.$/, `${length} bytes`);
  });

  it("files of neither format", () => {
    assert.match(
      refusal(new TextEncoder().encode("hello, world"), { file: "x.bin" }),
      /^x\.bin: expected a \.tflite file \(TFL3 at byte 4\) or an \.onnx file/,
    );
    assert.match(refusal(new Uint8Array([0x0b, 1])), /expected a wire type of 0, 1, 2 or 5, found 3/);
    assert.match(refusal(new Uint8Array([8, 255])), /cut off/);
    assert.match(refusal(new Uint8Array([0x3a, 9, 1])), /expected 9 bytes, found that 1 are left/);
    assert.match(refusal(new Uint8Array([8, 8])), /expected a graph, found none/);
  });

  it("float networks, and old operator sets", () => {
    const net = new OnnxBuilder();
    net.output(net.node("Relu", [net.input("x", [1, 2])]));
    refused(
      net,
      /^net\.onnx: expected a network with QuantizeLinear and DequantizeLinear, found a float network\. Quantize it first/,
    );
    refused(new OnnxBuilder(12), /expected operator set 13 or newer, found 12/);
  });

  it("operators that Mote lacks, each kind once and with the first node's name", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 2]), 0.1);
    net.output(net.node("Fancy", [net.node("Loop", [net.node("Fancy", [x])])]));
    refused(
      net,
      /^net\.onnx: operator 2 \(Fancy "n2"\): Mote does not support this operator yet, nor the file's Loop;/,
    );
  });

  it("values that are not quantized, by their names", () => {
    const net = new OnnxBuilder();
    const x = net.input("x", [1, 2]);
    const w = net.weights([2, 2], [1, 2, 3, 4], [0.5]);
    net.output(net.coded(net.node("MatMul", [x, w]), 0.2));
    refused(net, /operator 1 \(MatMul "n1"\): expects quantized inputs, found "x" in float32/);

    const open = new OnnxBuilder();
    const product = open.node("MatMul", [
      open.coded(open.input("x", [1, 2]), 0.1),
      open.weights([2, 2], [1, 2, 3, 4], [0.5]),
    ]);
    open.output(product);
    refused(open, /operator 3 \(MatMul "n3"\): expects a QuantizeLinear after its output "t3", found none/);

    const float = new OnnxBuilder();
    const weights = float.constant("float32", [2, 2], [1, 2, 3, 4]);
    float.output(
      float.coded(float.node("MatMul", [float.coded(float.input("x", [1, 2]), 0.1), weights]), 0.2),
    );
    refused(float, /operator 2 \(MatMul "n2"\): expects quantized weights, found float numbers in "c0"/);
  });

  it("weights too far from their zero point", () => {
    refused(
      dense({ weights: [127, -128, 3, 4], zeroPoints: [5] }),
      /expects weights that lie within 128 of their zero point, found -128 with 5/,
    );
    assert.equal(
      refusal(dense({ weights: [200, 128, 3, 4], zeroPoints: [128], type: "uint8" }).bytes()),
      "not refused",
    );
  });

  it("open dimensions, until they are given", () => {
    const net = new OnnxBuilder();
    net.output(net.node("Relu", [net.coded(net.input("x", ["batch", "time", 3]), 0.1)]));
    refused(
      net,
      /input "x": expected fixed dimensions after the batch, found batch×time×3\. Give them with --shape x=1xNx3, N being a number/,
    );
    assert.equal(refusal(net.bytes(), { shapes: { x: [1, 7, 3] } }), "not refused");
    refused(net, /expected --shape with 3 dimensions, as the file has, found 1x7/, { shapes: { x: [1, 7] } });
    refused(net, /expected --shape for one of the inputs x, found "y"/, { shapes: { y: [1] } });
    refused(net, /expects "x" to have at most 8 dimensions from 1/, { shapes: { x: [1, 0, 3] } });
  });

  it("constants that are missing, too short, or of types without numbers", () => {
    const net = dense();
    const [name = ""] = net.constants.keys();
    net.constants.set(name, { type: "float32", shape: [3], values: [1] });
    refused(net, /constant "c0": expected 12 bytes of float32 3, found 4/);
    net.constants.set(name, { type: "float32", shape: [2], values: [1], storage: "listed" });
    refused(net, /constant "c0": expected 2 values of float32 2, found 1/);
    net.constants.set(name, { type: "float32", shape: [2 ** 20, 2 ** 20], values: [] });
    refused(net, /constant "c0": expected at most 268435456 bytes/);
    net.constants.set(name, { type: "float32", shape: [], values: [1], storage: { location: "net.data" } });
    refused(net, /expected its values in the file "net\.data" beside the model, found no such file/);
    refused(net, /expected 4 bytes from 4 of "net\.data", found that it has 6/, {
      externalData: () => new Uint8Array(6),
    });
    net.constants.delete(name);
    refused(net, /expected "c0" to be computed before it is used, found no node that does/);
  });

  it("codes that are no quantization", () => {
    const scale = new OnnxBuilder();
    scale.output(scale.coded(scale.input("x", [2]), 0));
    refused(scale, /operator 0 \(QuantizeLinear "n0"\): expects positive, finite scales, found 0/);
    const axis = new OnnxBuilder();
    const x = axis.node("QuantizeLinear", [
      axis.input("x", [2]),
      axis.constant("float32", [2], [1, 2]),
      axis.constant("int8", [2], [0, 0]),
    ]);
    axis.output(
      axis.node("DequantizeLinear", [x, axis.constant("float32", [], [1]), axis.constant("int8", [], [0])]),
    );
    refused(axis, /expects one scale for an activation, found 2/);
    const other = new OnnxBuilder();
    other.output(other.dequantize(other.quantize(other.input("x", [2]), 1), 2));
    refused(other, /expects the scale and zero point with which "t0" was quantized, found others/);
  });

  it("300 mutations or imports them, soon", () => {
    const bytes = dense().bytes();
    let refusals = 0;
    for (const mutation of mutations(bytes, 5, 300)) {
      const start = performance.now();
      const message = refusal(mutation.bytes, { shapes: {} });
      assert.ok(performance.now() - start < 2000, mutation.what);
      if (message !== "not refused") {
        refusals += 1;
        assert.match(message, /^net\.onnx: [^\n\r\u2028\u2029]+\.$/u, mutation.what);
        assert.doesNotMatch(message, /undefined|\[object/, mutation.what);
      }
    }
    assert.ok(refusals > 100 && refusals < 300, `${refusals} refused`);
  });
});
