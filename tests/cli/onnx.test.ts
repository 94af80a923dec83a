/** The command on .onnx models: constants beside the model, open dimensions, and what the manifest says. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileModel } from "../../codegen/index.ts";
import { OnnxBuilder } from "../import/onnx_writer.ts";
import { mote } from "./command.ts";

/** A dense layer whose weights lie in another file, from byte 4 on. */
function dense(location: string, rows: number | string = 1): Uint8Array {
  const net = new OnnxBuilder();
  const x = net.coded(net.input("x", ["batch", rows, 2]), 1);
  const codes = [net.constant("float32", [], [1]), net.constant("int8", [], [0])];
  const w = net.node("DequantizeLinear", [
    net.constant("int8", [2, 2], [1, 2, 3, 4], { location }),
    ...codes,
  ]);
  net.output(net.coded(net.node("MatMul", [x, w]), 1));
  return net.bytes();
}

const WEIGHTS = Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4);

describe("mote on .onnx files", () => {
  let folder = "";
  const model = (name = "net.onnx") => join(folder, "models", name);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-onnx-"));
    await mkdir(join(folder, "models"));
    await writeFile(join(folder, "secret.bin"), WEIGHTS);
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("reads constants from the model's folder, and only from there", async () => {
    await writeFile(model(), dense("weights.bin"));
    const missing = await mote("inspect", model());
    assert.match(
      missing.err,
      /^net\.onnx: constant "c6": expected its values in the file "weights\.bin" beside the model, found no such file/,
    );
    await writeFile(join(folder, "models", "weights.bin"), WEIGHTS);
    const { code, out } = await mote("inspect", model());
    assert.equal(code, 0);
    assert.match(out, /MatMul/);

    await symlink(join(folder, "secret.bin"), join(folder, "models", "link.bin"));
    for (const location of ["../secret.bin", join(folder, "secret.bin"), "link.bin", ".."]) {
      await writeFile(model(), dense(location));
      const refused = await mote("inspect", model());
      assert.equal(refused.code, 1, location);
      assert.match(
        refused.err,
        /expected its constants in files of its own folder, found .* which is outside/,
        location,
      );
    }
    for (const location of ["", "no\0pe", "models/none.bin"]) {
      await writeFile(model(), dense(location));
      assert.match((await mote("inspect", model())).err, /found no such file/, location);
    }
  });

  it("fixes open dimensions by --shape", async () => {
    await writeFile(model(), dense("weights.bin", "time"));
    await writeFile(join(folder, "models", "weights.bin"), WEIGHTS);
    assert.match((await mote("inspect", model())).err, /Give them with --shape x=1xNx2/);
    const { code, out } = await mote("inspect", model(), "--shape", "x=1x5x2");
    assert.equal(code, 0);
    assert.match(out, /1×5×2/);
  });

  it("counts constants beside the model to the source that the manifest names", async () => {
    const compile = (weights: Uint8Array) =>
      compileModel(dense("w"), { file: "net.onnx", optimize: "size", externalData: () => weights });
    const [one, same, other] = [
      await compile(WEIGHTS),
      await compile(WEIGHTS),
      await compile(WEIGHTS.map((byte) => byte + 1)),
    ];
    assert.equal(one.manifest.source, same.manifest.source);
    assert.notEqual(one.manifest.source, other.manifest.source);
    assert.equal(one.manifest.name, "net");
  });
});
