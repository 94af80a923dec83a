/** The written `<name>.h`: compiled by the C compiler without a warning, its values and roundings checked by running it. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompileResult, ManifestTensor } from "../../codegen/compile_result.ts";
import { packageHeader } from "../../codegen/package/header.ts";
import { quantize } from "../../host/quantize.ts";
import { MANIFEST, smallResult } from "./small_module.ts";

const FLAGS = ["-Wall", "-Wextra", "-Wtrigraphs", "-std=c99", "-pedantic", "-Werror"];
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

describe("package: <name>.h", function () {
  this.timeout(120_000);
  let folder: string;
  let result: CompileResult;
  before(async function () {
    if (!hasGcc) this.skip();
    folder = mkdtempSync(join(tmpdir(), "mote-h-"));
    result = await smallResult();
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** What a C program prints that includes the header of `shown`. */
  function run(shown: CompileResult, program: string): string {
    writeFileSync(join(folder, "small.h"), packageHeader(shown, "small.wasm"));
    writeFileSync(
      join(folder, "main.c"),
      `#include "small.h"\n#include "small.h"\n#include <stdio.h>\n${program}`,
    );
    execFileSync("gcc", [...FLAGS, "main.c", "-o", "main"], { cwd: folder });
    return execFileSync(join(folder, "main"), { encoding: "utf8" });
  }

  it("holds the module's bytes, aligned", () => {
    const out = run(
      result,
      `int main(void) {
        unsigned i;
        printf("%u", (unsigned)((uintptr_t)small_wasm % 16u));
        for (i = 0; i < SMALL_WASM_BYTES; i++) printf(" %u", small_wasm[i]);
        return sizeof small_wasm != SMALL_WASM_BYTES;
      }`,
    );
    assert.equal(out, ["0", ...result.wasm].join(" "));
  });

  it("says where the tensors are and what they mean", () => {
    const out = run(
      result,
      `int main(void) {
        static const int shape[SMALL_INPUT_0_RANK] = SMALL_INPUT_0_SHAPE;
        static const int scalar[] = SMALL_OUTPUT_2_SHAPE;
        printf("%d %d %d %d\\n", SMALL_INPUT_COUNT, SMALL_OUTPUT_COUNT, SMALL_MEMORY_BYTES, SMALL_STATE_BYTES);
        printf("%d %d %d %d %d\\n", SMALL_INPUT_0_ADDRESS, SMALL_INPUT_0_LENGTH, SMALL_INPUT_0_BYTES, shape[0], shape[1]);
        printf("%g %d\\n", (double)SMALL_INPUT_0_SCALE, SMALL_INPUT_0_ZERO_POINT);
        printf("%s\\n", SMALL_INPUT_1_NAME);
        printf("%d %d %d\\n", (int)sizeof(small_output_2_t), SMALL_OUTPUT_2_LENGTH, scalar[0]);
        return 0;
      }`,
    );
    assert.equal(out, '2 3 2380 8\n1024 4 4 1 4\n0.5 -3\nsay "*/??/"\n8 1 1\n');
  });

  for (const dtype of ["int8", "uint8", "int16", "int32"] as const) {
    it(`rounds ${dtype} as JavaScript does`, () => {
      const scale = Math.fround(0.0371);
      const tensor: ManifestTensor = {
        name: "x",
        shape: [1],
        dtype,
        scale,
        zeroPoint: dtype === "uint8" ? 7 : -7,
        address: 1024,
        bytes: 4,
      };
      const halves = Array.from({ length: 41 }, (_, index) => Math.fround((index - 20.5) * scale));
      const values = [0, -0, 1, -1, 4.7, -4.8, 1216, -1217, 1e9, -1e9, 3e38, -3e38, ...halves];
      const calls = values.map((value) => `(float)${value.toExponential(12)}`).join(", ");
      const out = run(
        { ...result, manifest: { ...MANIFEST, inputs: [tensor], outputs: [] } },
        `int main(void) {
          static const float values[] = {${calls}};
          unsigned i;
          for (i = 0; i < sizeof values / sizeof values[0]; i++) printf("%ld ", (long)small_input_0_quantize(values[i]));
          printf("%ld", (long)small_input_0_quantize((float)(0.0f * (1e30f * 1e30f))));
          printf(" %.9g", (double)small_input_0_dequantize(100));
          return SMALL_INPUT_0_SCALE != (float)${scale};
        }`.replace("0.0f * (1e30f * 1e30f)", "values[1] / values[0]"),
      );
      const real = Number(Math.fround(scale * (100 - (tensor.zeroPoint ?? 0))).toPrecision(9));
      const found = out.split(" ").map(Number);
      assert.deepEqual(found.slice(0, -1), [...quantize([...values, Number.NaN], tensor)].map(Number));
      assert.ok(Math.abs((found.at(-1) ?? 0) - real) < 1e-6);
    });
  }
});
