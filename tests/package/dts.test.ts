/** The written `<name>.d.ts`: a TypeScript program compiles against it in strict mode, and a wrong one does not. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { packageDts } from "../../codegen/package/dts.ts";
import { packageJs } from "../../codegen/package/js.ts";
import { MANIFEST } from "./small_module.ts";

const RIGHT = `
import { load, loadSync, manifest, type Inputs, type Model } from "./small.js";
const model: Model = await load();
const inputs: Inputs = { "serving_default_in0:0": new Int8Array(4), 'say "*/??/"': [0.5, 1] };
const out = model.run(inputs);
const copy: Int8Array = out.copy;
const second: Float32Array = out.output_1;
const count: BigInt64Array = out.count;
const real: Float32Array = model.runReal({ ...inputs, "serving_default_in0:0": new Float32Array(4) }).copy;
const input = model.inputs["serving_default_in0:0"];
const shape: readonly [1, 4] = input.shape;
const dtype: "int8" = input.dtype;
const scale: number = input.scale;
const none: undefined = model.outputs.count.scale;
input.view[0] = 3;
input.write([1, 2, 3, 4]);
model.invoke();
const first: number | undefined = model.outputs.copy.view[0];
model.reset();
const abi: 1 = manifest.abi;
const other: Model = loadSync(new Uint8Array(8));
void [copy, second, count, real, shape, dtype, scale, none, first, abi, other];
`;

const BROWSER = `
import { load } from "./small.js";
await load(new URL("https://example.org/small.wasm"));
await load(fetch("small.wasm"));
await load(new WebAssembly.Module(new Uint8Array(8)));
`;

const WRONG = [
  'model.run({ "serving_default_in0:0": new Int8Array(4) });',
  "model.run({ ...inputs, other: [1] });",
  'model.run({ ...inputs, "serving_default_in0:0": new Uint8Array(4) });',
  'model.run({ ...inputs, "serving_default_in0:0": ["1"] });',
  "const wrong: Uint8Array = model.run(inputs).copy; void wrong;",
  "model.run(inputs).missing;",
  "model.inputs.missing;",
  "const scale: number = model.outputs.count.scale; void scale;",
  "model.outputs.copy.view = new Int8Array(4);",
  "const shape: readonly [4, 1] = model.outputs.copy.shape; void shape;",
  "await load(42);",
];

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
};

describe("package: <name>.d.ts", function () {
  this.timeout(120_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "mote-dts-"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "small.js"), packageJs([{ file: "small.wasm", manifest: MANIFEST }]));
    writeFileSync(join(folder, "small.d.ts"), packageDts(MANIFEST));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The compiler's messages about a program in the folder. */
  function messages(name: string, text: string, lib: readonly string[]): string[] {
    const path = join(folder, name);
    writeFileSync(path, text);
    const program = ts.createProgram([path], { ...OPTIONS, lib: lib.map((part) => `lib.${part}.d.ts`) });
    return ts
      .getPreEmitDiagnostics(program)
      .map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
  }

  it("types a program without DOM or Node", () => {
    assert.deepEqual(messages("right.ts", RIGHT, ["es2022"]), []);
  });

  it("types a program of a browser", () => {
    assert.deepEqual(
      messages(
        "browser.ts",
        RIGHT + BROWSER.replace("{ load }", "{ load as loadIn }").replaceAll("load(", "loadIn("),
        ["es2022", "dom"],
      ),
      [],
    );
  });

  it("refuses each wrong line", () => {
    const head = RIGHT.split("\n").slice(0, 4).join("\n");
    const body = WRONG.map((line) => `{ ${line} }`).join("\n");
    const path = join(folder, "wrong.ts");
    writeFileSync(path, `${head}\n${body}\n`);
    const program = ts.createProgram([path], { ...OPTIONS, lib: ["lib.es2022.d.ts"] });
    const lines = new Set(
      ts.getPreEmitDiagnostics(program).flatMap(({ file, start }) => {
        const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : -1;
        return line;
      }),
    );
    const accepted = WRONG.filter((_, index) => !lines.has(index + 4));
    assert.deepEqual(accepted, []);
  });

  it("has no any", () => {
    assert.doesNotMatch(packageDts(MANIFEST), /\bany\b/);
  });
});
