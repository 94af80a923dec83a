import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { OPERATORS } from "../codegen/ops/index.ts";
import { KERNEL_CASES, planOf } from "./emit/kernel_cases.ts";

const ROOT = new URL("../", import.meta.url);
const text = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const exists = (path: string) => existsSync(new URL(path, ROOT));

/** The TypeScript files below a folder. */
function sources(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`);
}

const VARIANTS = OPERATORS.flatMap(({ variants }) => variants);

/** Source of the parameter list of a kernel; `undefined` where its file exports no such function. */
function parametersOf({ name, file }: { readonly name: string; readonly file: string }): string | undefined {
  return new RegExp(`^export function ${name}\\(([^)]*)\\): void`, "m").exec(
    text(`assembly/${file}.ts`),
  )?.[1];
}

describe("one operator, one basename", () => {
  for (const { kind } of OPERATORS) {
    it(`${kind} has its descriptor, its line in the index and its test`, () => {
      assert.ok(exists(`codegen/ops/${kind}.ts`));
      assert.ok(exists(`tests/ops/${kind}.test.ts`));
      assert.match(text("codegen/ops/index.ts"), new RegExp(`from "./${kind}.ts"`));
    });
  }

  it("each file of codegen/ops is an operator's, the contract or the index", () => {
    const kinds = OPERATORS.map(({ kind }) => kind);
    const files = readdirSync(new URL("codegen/ops/", ROOT)).filter((file) => file.endsWith(".ts"));
    const expected = [...kinds, "descriptor", "index", "onnx_spelling"].map((name) => `${name}.ts`);
    assert.deepEqual(files.sort(), expected.sort());
  });

  it("each kernel variant's file exports its function", () => {
    assert.ok(VARIANTS.length >= OPERATORS.length);
    for (const variant of VARIANTS) {
      assert.notEqual(parametersOf(variant), undefined, `${variant.file} exports ${variant.name}`);
    }
  });

  it("each kernel is called once in the cases of tests/emit, with its parameters by name and in order", () => {
    const names = new Set(VARIANTS.map(({ name }) => name));
    assert.deepEqual(KERNEL_CASES.map(({ kernel }) => kernel).sort(), [...names].sort());
    for (const entry of KERNEL_CASES) {
      for (const { kernel, calls } of planOf(entry).layers) {
        const parameters = Array.from((parametersOf(kernel) ?? "").matchAll(/(\w+):/g), ([, name]) => name);
        for (const call of calls) {
          assert.deepEqual(
            call.map(({ name }) => name),
            parameters,
            kernel.name,
          );
        }
      }
    }
  });
});

describe("stages", () => {
  it("never name an operator", () => {
    const kinds = OPERATORS.map(({ kind }) => kind).join("|");
    const spellings = OPERATORS.flatMap(({ tflite, onnx = [] }) =>
      [...tflite, ...onnx].map(({ name }) => name),
    ).join("|");
    const quoted = new RegExp(`["'\`](${kinds}|${spellings})["'\`]`);
    const stages = ["import", "graph", "plan", "emit", "build", "package", "report"];
    for (const file of stages.flatMap((stage) => sources(`codegen/${stage}`))) {
      // Comments may give one as an example.
      const code = text(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      assert.doesNotMatch(code, quoted, file);
    }
  });
});

describe("files", () => {
  const all = ["codegen", "assembly", "host", "tests"].flatMap(sources);

  it("have at most 400 lines", () => {
    for (const file of all) assert.ok(text(file).split("\n").length <= 401, file);
  });

  it("start with a comment on what they are for; a test says it in its first line of describe", () => {
    for (const file of all) {
      if (!file.endsWith(".test.ts")) assert.match(text(file), /^(#!.*\n)?\/\*\*? \S|^\/\*\*\n \* \S/, file);
    }
  });

  it("are named in snake case, and never for a drawer of odds and ends", () => {
    for (const file of all) {
      assert.match(file, /^([a-z0-9_]+\/)+[a-z0-9_]+(\.test)?\.ts$/);
      assert.doesNotMatch(file, /\b(utils?|helpers?|misc|common)\b/);
    }
  });
});

describe("packages", () => {
  it("there is one copy of binaryen, the one that asc was made for", () => {
    const lock: { packages: Record<string, unknown> } = JSON.parse(text("package-lock.json"));
    const copies = Object.keys(lock.packages).filter((path) => path.endsWith("node_modules/binaryen"));
    assert.deepEqual(copies, ["node_modules/binaryen"]);
    assert.ok(!exists("node_modules/assemblyscript/node_modules/binaryen"));
    const ours: { dependencies: Record<string, string> } = JSON.parse(text("package.json"));
    const asc: typeof ours = JSON.parse(text("node_modules/assemblyscript/package.json"));
    const installed: { version: string } = JSON.parse(text("node_modules/binaryen/package.json"));
    assert.equal(ours.dependencies.binaryen, asc.dependencies.binaryen);
    assert.equal(installed.version, ours.dependencies.binaryen);
  });
});
