/** The runner: manifests, exports, typed arrays in and out; on modules written by hand. */

import assert from "node:assert/strict";
import wabtFactory from "wabt";
import type { Manifest, ManifestTensor } from "../../codegen/compile_result.ts";
import { MoteError } from "../../codegen/error.ts";
import { instantiate } from "../../host/node.ts";

const TENSOR: ManifestTensor = {
  name: "x",
  shape: [1, 4],
  dtype: "int8",
  scale: 0.5,
  zeroPoint: 0,
  address: 16,
  bytes: 4,
};

const MANIFEST: Manifest = {
  abi: 1,
  name: "negate",
  inputs: [TENSOR],
  outputs: [{ ...TENSOR, name: "y", address: 32 }],
  stateBytes: 0,
  generator: "mote-nn test",
  source: "00",
  target: "portable",
  simd: "none",
  optimize: "size",
};

/** A module that inverts the bits of 4 bytes, with a `mote` section if there is a manifest. */
async function moduleBytes(
  section: string | undefined,
  more = "",
  output = 32,
  functions = "",
): Promise<Uint8Array> {
  const wabt = await wabtFactory();
  const text = `(module ${more}
    (memory (export "memory") 1 1)
    (global (export "input_0") i32 (i32.const 16))
    (global (export "output_0") i32 (i32.const ${output}))
    (func (export "invoke")
      (i32.store (i32.const 32) (i32.xor (i32.load (i32.const 16)) (i32.const -1))))
    ${functions})`;
  const { buffer } = wabt.parseWat("x.wat", text).toBinary({});
  if (section === undefined) return buffer;
  const content = [4, ...new TextEncoder().encode(`mote${section}`)];
  return Uint8Array.from([...buffer, 0, (content.length & 127) | 128, content.length >> 7, ...content]);
}

async function refused(promise: Promise<unknown>, sentence: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof MoteError && sentence.test(error.message));
}

describe("host", () => {
  it("runs a module by its own manifest", async () => {
    const instance = await instantiate(await moduleBytes(JSON.stringify(MANIFEST)));
    assert.deepEqual(instance.manifest, MANIFEST);
    assert.deepEqual(instance.run([Int8Array.of(0, 1, -128, 127)]), [Int8Array.of(-1, -2, 127, -128)]);
    assert.equal(instance.invokeLayer, undefined);
    instance.reset();
  });

  it("runs a stripped module by the manifest it is given", async () => {
    const instance = await instantiate(await moduleBytes(undefined), { manifest: MANIFEST });
    instance.write(0, Int8Array.of(1, 2, 3, 4));
    instance.invoke();
    const first = instance.read(0);
    instance.run([Int8Array.of(0, 0, 0, 0)]);
    assert.deepEqual(first, Int8Array.of(-2, -3, -4, -5), "read gives a copy");
  });

  it("resets a module with state, and refuses one that can't", async () => {
    const stateful = JSON.stringify({ ...MANIFEST, stateBytes: 4 });
    const reset = '(func (export "reset") (i32.store (i32.const 32) (i32.const 7)))';
    const instance = await instantiate(await moduleBytes(stateful, undefined, 32, reset));
    instance.reset();
    assert.deepEqual(instance.read(0), Int8Array.of(7, 0, 0, 0));
    await refused(
      instantiate(await moduleBytes(stateful), { file: "x.wasm" }),
      /^x\.wasm: expected an export reset for 4 bytes of state, found otherwise.*build the model again/,
    );
  });

  it("refuses what is not a module of ours", async () => {
    await refused(
      instantiate(Uint8Array.of(1, 2, 3), { file: "x.wasm" }),
      /^x\.wasm: is not a WebAssembly module/,
    );
    await refused(instantiate(await moduleBytes(undefined), { file: "x.wasm" }), /needs its \.js beside it/);
    await refused(instantiate(await moduleBytes("{"), { file: "x.wasm" }), /manifest is damaged/);
    for (const broken of [
      { ...MANIFEST, abi: 2 },
      { ...MANIFEST, inputs: [{ ...TENSOR, bytes: 400 }] },
      { ...MANIFEST, inputs: [{ ...TENSOR, dtype: "int9" }] },
      { ...MANIFEST, outputs: [{ ...TENSOR, shape: [-4, -1] }] },
      { ...MANIFEST, outputs: null },
      [],
    ]) {
      await refused(instantiate(await moduleBytes(JSON.stringify(broken))), /manifest is damaged/);
    }
    const imports = '(import "env" "abort" (func))';
    await refused(
      instantiate(await moduleBytes(JSON.stringify(MANIFEST), imports)),
      /found an import of "env\.abort"/,
    );
  });

  it("refuses a manifest of another build", async () => {
    await refused(
      instantiate(await moduleBytes(JSON.stringify(MANIFEST), "", 48)),
      /output_0 at address 32.*not from the same build/,
    );
    const far = { ...MANIFEST, outputs: [{ ...TENSOR, address: 65534 }] };
    await refused(instantiate(await moduleBytes(JSON.stringify(far), "", 65534)), /ends beyond/);
    const more = { ...MANIFEST, inputs: [TENSOR, TENSOR] };
    await refused(instantiate(await moduleBytes(JSON.stringify(more))), /expected input_1/);
  });

  it("refuses other types, lengths and counts", async () => {
    const instance = await instantiate(await moduleBytes(JSON.stringify(MANIFEST)), { file: "x.wasm" });
    assert.throws(
      () => instance.write(0, Int8Array.of(1, 2, 3)),
      /input 0 \("x"\) takes int8 1×4, found a Int8Array of 3/,
    );
    assert.throws(() => instance.write(0, Uint8Array.of(1, 2, 3, 4)), /found a Uint8Array of 4/);
    assert.throws(() => instance.run([]), /expected 1 inputs, found 0/);
  });
});
