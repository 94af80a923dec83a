/** Several builds of a model in one package: its JavaScript loads the one that is right, and only that one. */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CompileResult, Manifest } from "../../codegen/compile_result.ts";
import { manifestOfJs } from "../../codegen/package/js.ts";
import { packageFiles } from "../../codegen/package/package_files.ts";
import { writePackage } from "../../codegen/package/write.ts";
import { dotBits } from "../../host/dot_probe.ts";
import { instantiate } from "../../host/node.ts";
import { ARM, DOUBLING, type Machine, OLD_ARM, onMachine, SATURATING, VNNI } from "./machines.ts";
import { assemble, MANIFEST, REPORT, smallResult, withManifest } from "./small_module.ts";

interface Package {
  load(source?: unknown): Promise<{
    readonly manifest: Manifest;
    run(inputs: Record<string, unknown>): Record<string, ArrayLike<unknown>>;
  }>;
  loadSync(source: unknown): { readonly manifest: Manifest };
  choose(): { readonly file: string; readonly manifest: Manifest };
  readonly builds: readonly { readonly file: string; readonly manifest: Manifest }[];
}

const FIRST = "serving_default_in0:0";
const GLOBAL = '(global (export "input_0")';

/** A build of the small module; the vector ones have their first input elsewhere. */
async function build(
  simd: string,
  options: { dotBits?: 7 | 8; strip?: boolean } = {},
): Promise<CompileResult> {
  const { dotBits, strip = false } = options;
  const [first, ...others] = MANIFEST.inputs;
  assert.ok(first);
  const address = simd === "none" ? first.address : 1032;
  const bare = dotBits
    ? await assemble(GLOBAL, `(global (export "dot_bits") i32 (i32.const ${dotBits})) ${GLOBAL}`)
    : await assemble("(i32.const 1024)", `(i32.const ${address})`, "all");
  const manifest: Manifest = {
    ...MANIFEST,
    target: "web",
    simd,
    inputs: [{ ...first, address: dotBits ? first.address : address }, ...others],
    ...(dotBits === undefined ? {} : { dotBits }),
  };
  const wasm = strip ? bare : withManifest(bare, JSON.stringify(manifest));
  return { ...(await smallResult()), wasm, manifest, report: { ...REPORT, target: "web", simd } };
}

describe("package: several builds", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mote-builds-"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const written = async (results: readonly CompileResult[]): Promise<Package> => {
    writePackage(folder, packageFiles(results));
    return import(pathToFileURL(join(folder, "small.js")).href);
  };

  const all = async (dotBits: 7 | 8, strip = false) => [
    await build("relaxed", { dotBits, strip }),
    await build("128", { strip }),
    await build("none", { strip }),
  ];

  it("are files by SIMD level; a single build is the model's name alone", async () => {
    const results = await all(8);
    const modules = (some: readonly CompileResult[]) =>
      Object.keys(packageFiles(some)).filter((file) => file.endsWith(".wasm"));
    assert.deepEqual(modules(results), ["small.relaxed.wasm", "small.simd.wasm", "small.wasm"]);
    assert.deepEqual(modules(results.slice(0, 2)), ["small.relaxed.wasm", "small.simd.wasm"]);
    assert.deepEqual(modules(results.slice(1, 2)), ["small.wasm"]);
    assert.match(String(packageFiles(results)["small.h"]), /the bytes of small\.wasm,/);
  });

  it("are all in the report, which describes the one with SIMD128", async () => {
    const report = String(packageFiles(await all(8))["small.report.md"]);
    assert.match(report, /\| small\.relaxed\.wasm \| relaxed \| 2,000 \| 1,600 \| 2,380 \|/);
    assert.match(report, /This report describes small\.simd\.wasm/);
    assert.doesNotMatch(String(packageFiles([await build("128")])["small.report.md"]), /Builds/);
  });

  const machines: readonly (readonly [string, Machine, with8: string, with7: string])[] = [
    ["x86 with VNNI", { simd: true, dot: VNNI }, "relaxed", "relaxed"],
    ["ARM", { simd: true, dot: ARM }, "relaxed", "relaxed"],
    ["ARM without a dot product", { simd: true, dot: OLD_ARM }, "relaxed", "relaxed"],
    ["x86 without VNNI", { simd: true, dot: SATURATING }, "128", "128"],
    ["an engine that is broken", { simd: true, dot: DOUBLING }, "128", "128"],
    ["an engine without relaxed SIMD", { simd: true }, "128", "128"],
    ["an engine without SIMD", { simd: false }, "none", "none"],
  ];
  const files: Readonly<Record<string, string>> = {
    relaxed: "small.relaxed.wasm",
    "128": "small.simd.wasm",
    none: "small.wasm",
  };
  for (const strip of [false, true]) {
    for (const [name, machine, with8, with7] of machines) {
      for (const [dotBits, simd] of [
        [8, with8],
        [7, with7],
      ] as const) {
        it(`on ${name}, ${dotBits} bits${strip ? ", stripped" : ""}: SIMD ${simd}`, () =>
          onMachine(machine, async () => {
            const { load, choose, builds } = await written(await all(dotBits, strip));
            // Only the right one is read: the others need not be there.
            for (const file of readdirSync(folder)) {
              if (file.endsWith(".wasm") && file !== files[simd]) rmSync(join(folder, file));
            }
            const model = await load();
            assert.equal(model.manifest.simd, simd);
            assert.deepEqual(choose().manifest, model.manifest);
            assert.equal(choose().file, files[simd]);
            const values = Int8Array.of(1, -2, 3, -4);
            assert.deepEqual(model.run({ [FIRST]: values, 'say "*/??/"': [0, 0] }).copy, values);
            assert.deepEqual(
              builds.map(({ manifest }) => manifest.inputs[0]?.address),
              [1024, 1032, 1024],
            );
          }));
      }
    }
  }

  it("a module that is given is told by its manifest or addresses, and refused where it would be inexact", () =>
    onMachine({ simd: true, dot: SATURATING }, async () => {
      const results = await all(8);
      const { load, loadSync } = await written(results);
      const [relaxed, simd, none] = results.map(({ wasm }) => wasm);
      assert.equal((await load(simd)).manifest.simd, "128");
      assert.equal(loadSync(none).manifest.simd, "none");
      assert.equal((await load((await build("128", { strip: true })).wasm)).manifest.simd, "128");
      const refusal = {
        message: "small: this machine's relaxed SIMD would give other outputs. Load the module without it.",
      };
      await assert.rejects(load(relaxed), refusal);
      assert.throws(() => loadSync(relaxed), refusal);
    }));

  it("say so where a machine runs none of them", () =>
    onMachine({ simd: false }, async () => {
      const { load } = await written((await all(8)).slice(0, 2));
      await assert.rejects(
        load(),
        /runs none of the builds with SIMD relaxed, 128\. Build the model with --simd/,
      );
    }));

  it("with relaxed SIMD and seven bits is what a machine without VNNI gets where there is none with SIMD128", () =>
    onMachine({ simd: true, dot: SATURATING }, async () => {
      const [relaxed, , none] = await all(7);
      assert.ok(relaxed && none);
      assert.equal((await (await written([relaxed, none])).load()).manifest.simd, "relaxed");
    }));

  it("a single one with relaxed SIMD is probed all the same", async () => {
    const { load } = await written([await build("relaxed", { dotBits: 8 })]);
    await onMachine({ simd: true, dot: SATURATING }, () =>
      assert.rejects(load(), /runs none of the builds with SIMD relaxed/),
    );
  });

  it("have their manifests in the JavaScript, by file", async () => {
    const results = await all(7, true);
    const text = String(packageFiles(results)["small.js"]);
    for (const [index, file] of Object.values({ ...files }).entries()) {
      const found = manifestOfJs(text, file);
      const expected = results.find(({ manifest }) => files[manifest.simd] === file)?.manifest;
      assert.ok(found && expected, `${index}`);
      assert.deepEqual([found.simd, found.dotBits], [expected.simd, expected.dotBits]);
      assert.deepEqual(
        found.inputs.map(({ address }) => address),
        expected.inputs.map(({ address }) => address),
      );
    }
  });

  it("the host refuses what this machine would run inexactly", async () => {
    for (const bits of [7, 8] as const) {
      const run = build("relaxed", { dotBits: bits }).then(({ wasm }) => instantiate(wasm, { file: "m" }));
      const refusal = `m: needs relaxed dot products that are exact for ${bits} bits, found ${dotBits()} on this machine. Take the build with --simd 128.`;
      if (dotBits() < bits) await assert.rejects(run, { message: refusal });
      else assert.equal((await run).manifest.dotBits, bits);
    }
  });
});
