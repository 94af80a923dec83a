/** The written `<name>.js` as users run it: loaded by Node from a folder, driven by tensor name. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { manifestOfJs, packageJs } from "../../codegen/package/js.ts";
import { packageFiles } from "../../codegen/package/package_files.ts";
import { writePackage } from "../../codegen/package/write.ts";
import { assemble, MANIFEST, smallResult, withManifest } from "./small_module.ts";

type Values = ArrayLike<unknown>;
interface View {
  readonly name: string;
  readonly scale?: number;
  readonly zeroPoint?: number;
  readonly shape: readonly number[];
  readonly view: Values & { set(values: unknown): void };
  write(values: unknown): void;
  read(): Values;
  readReal(): Values;
}
interface Model {
  readonly inputs: Record<string, View>;
  readonly outputs: Record<string, View>;
  run(inputs: unknown): Record<string, Values>;
  runReal(inputs: unknown): Record<string, Values>;
  invoke(): void;
  reset(): void;
}
interface Package {
  load(source?: unknown): Promise<Model>;
  loadSync(source: unknown): Model;
}

const FIRST = "serving_default_in0:0";
const SECOND = 'say "*/??/"';
const inputs = (first: unknown = new Int8Array(4), second: unknown = [0, 0]) => ({
  [FIRST]: first,
  [SECOND]: second,
});

describe("package: <name>.js", () => {
  let folder: string;
  let written: Package;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "mote-js-"));
    writePackage(folder, packageFiles([await smallResult()]));
    // Node takes a .js by its nearest package.json; a user's bundler or "type": "module" does the same.
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    written = await import(pathToFileURL(join(folder, "small.js")).href);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("takes a tensor's own values as they are and gives copies", async () => {
    const model = await written.load();
    const out = model.run(inputs(Int8Array.of(-128, 0, 5, 127), Float32Array.of(1.5, -2)));
    assert.deepEqual(out.copy, Int8Array.of(-128, 0, 5, 127));
    assert.deepEqual(out.output_1, Float32Array.of(1.5, -2));
    assert.deepEqual(out.count, BigInt64Array.of(1n));
    model.run(inputs(Int8Array.of(1, 1, 1, 1)));
    assert.deepEqual(out.copy, Int8Array.of(-128, 0, 5, 127));
  });

  it("quantizes real values half away from zero, clamped, NaN to the zero point", async () => {
    const model = await written.load();
    const stored = (real: unknown) => [...(model.run(inputs(real)).copy as Int8Array)];
    assert.deepEqual(stored([0.25, -0.25, 0.75, -0.75]), [-2, -4, -1, -5]);
    assert.deepEqual(stored(Float32Array.of(1e30, -1e30, NaN, 0)), [127, -128, -3, -3]);
    assert.deepEqual(stored([Infinity, -Infinity, 0.2, -0.2]), [127, -128, -3, -3]);
  });

  it("gives real values of quantized outputs, and others as they are", async () => {
    const model = await written.load();
    const out = model.runReal(inputs(Int8Array.of(1, 5, -127, 0), [3, 4]));
    assert.deepEqual(out.copy, Float32Array.of(0, 1, -32, -0.25));
    assert.deepEqual(out.output_1, Float32Array.of(3, 4));
    assert.deepEqual(out.count, BigInt64Array.of(1n));
  });

  it("shows the tensors in memory without a copy", async () => {
    const model = await written.load();
    const first = model.inputs[FIRST];
    const copy = model.outputs.copy;
    assert.ok(first && copy);
    assert.deepEqual([first.scale, first.zeroPoint, first.shape], [0.5, -3, [1, 4]]);
    first.view.set([1, 2, 3, 4]);
    model.invoke();
    assert.deepEqual(copy.view, Int8Array.of(1, 2, 3, 4));
    first.write([0.5, 0, 0, 0]);
    model.invoke();
    assert.deepEqual(copy.view, Int8Array.of(-2, -3, -3, -3));
    assert.deepEqual(copy.read(), Int8Array.of(-2, -3, -3, -3));
    assert.deepEqual(copy.readReal(), Float32Array.of(-0.75, -1, -1, -1));
  });

  it("goes back to the state of a new model", async () => {
    const model = await written.load();
    const count = () => model.run(inputs()).count?.[0];
    assert.deepEqual([count(), count()], [1n, 2n]);
    model.reset();
    assert.equal(count(), 1n);
    assert.equal((await written.load()).run(inputs()).count?.[0], 1n);
  });

  it("has a reset that does nothing in a model without state", async () => {
    const stateless = join(folder, "stateless.js");
    writeFileSync(stateless, packageJs([{ file: "small.wasm", manifest: { ...MANIFEST, stateBytes: 0 } }]));
    const { loadSync }: Package = await import(pathToFileURL(stateless).href);
    const model = loadSync(await assemble('(export "reset")'));
    assert.equal(model.reset(), undefined);
  });

  it("loads from bytes, a Response, a URL, a path and a module, stripped or not", async () => {
    const bytes = readFileSync(join(folder, "small.wasm"));
    const stripped = await assemble();
    const sources = [
      bytes,
      stripped,
      stripped.slice().buffer,
      new Response(bytes),
      Promise.resolve(new Response(bytes)),
      pathToFileURL(join(folder, "small.wasm")),
      pathToFileURL(join(folder, "small.wasm")).href,
      join(folder, "small.wasm"),
      relative(process.cwd(), join(folder, "small.wasm")),
      `data:application/wasm;base64,${bytes.toString("base64")}`,
      new WebAssembly.Module(bytes),
    ];
    for (const source of sources) {
      const out = (await written.load(source)).run(inputs(Int8Array.of(9, 8, 7, 6)));
      assert.deepEqual(out.copy, Int8Array.of(9, 8, 7, 6));
    }
    assert.equal(written.loadSync(bytes).run(inputs()).count?.[0], 1n);
  });

  it("refuses wrong inputs in one sentence, and then has not run", async () => {
    const model = await written.load();
    const refused: readonly (readonly [unknown, string])[] = [
      [{ [FIRST]: [0, 0, 0, 0] }, String.raw`small: input "say \"*/??/\"" is missing.`],
      [
        { ...inputs(), other: [] },
        String.raw`small: there is no input "other". Inputs are: "serving_default_in0:0", "say \"*/??/\"".`,
      ],
      [inputs([1, 2, 3]), `small: input "${FIRST}" takes 4 values (1×4), found 3.`],
      [inputs(new Int8Array(5)), `small: input "${FIRST}" takes 4 values (1×4), found 5.`],
      [
        inputs(new Uint8Array(4)),
        `small: input "${FIRST}" takes Int8Array for its own values or Float32Array for real ones, found Uint8Array.`,
      ],
      [
        inputs([1, 2, "3", 4]),
        `small: input "${FIRST}" takes a flat array of numbers, found String at index 2.`,
      ],
      [
        new Int8Array(4),
        String.raw`small: run takes an object of inputs by name, found Int8Array. Inputs are: "serving_default_in0:0", "say \"*/??/\"".`,
      ],
    ];
    for (const [given, message] of refused) assert.throws(() => model.run(given), { message });
    assert.equal(model.run(inputs()).count?.[0], 1n);
  });

  it("refuses a module of another build", async () => {
    const mismatch = "The .wasm and this file are not from the same build. Build the model again.";
    const manifest = (fields: object) => JSON.stringify({ ...MANIFEST, ...fields });
    const refused: readonly (readonly [unknown, RegExp | string])[] = [
      [
        await assemble("(i32.const 1024)", "(i32.const 1025)"),
        `small: input_0 is expected at address 1024, found 1025. ${mismatch}`,
      ],
      [await assemble('(export "invoke")'), /exports memory and invoke, found other exports/],
      [await assemble('(export "reset")'), /exports reset, found none/],
      [
        withManifest(await assemble(), manifest({ abi: 2 })),
        `small: expected a module with abi 1, found 2. ${mismatch}`,
      ],
      [withManifest(await assemble(), manifest({ source: "aa" })), /with source 00ff, found aa/],
      [withManifest(await assemble(), "{"), /manifest is damaged/],
      [Uint8Array.of(1, 2, 3), /^Error: small: the source is not a WebAssembly module/],
      [new Response("", { status: 404 }), /gave HTTP status 404/],
      [42, /load takes bytes, a Response, a URL or a WebAssembly.Module, found Number/],
    ];
    for (const [source, message] of refused) {
      await assert.rejects(written.load(source), typeof message === "string" ? { message } : message);
    }
    assert.throws(() => written.loadSync(undefined), /loadSync takes the module's bytes/);
  });

  it("lets its manifest be read without running it", () => {
    const found = manifestOfJs(readFileSync(join(folder, "small.js"), "utf8"));
    assert.equal(found?.source, "00ff");
    assert.deepEqual(
      found.outputs.map(({ name }) => name),
      ["copy", "output_1", "count"],
    );
    assert.equal(manifestOfJs("export const manifest = {};"), undefined);
    assert.equal(manifestOfJs("nothing"), undefined);
  });
});
