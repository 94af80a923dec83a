import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, reference } from "./file_operator.ts";
import {
  assertFloatModules,
  assertSymmetricRefusals,
  assertUnaryModules,
  assertUnaryRefusals,
  DOMAIN,
  floatResults,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

const OUTPUT = [1 / 256, -128] as const;

describe("logistic", () => {
  for (const name of ["sigmoid", "sigmoid_narrow", "dense_sigmoid", "i16_sigmoid"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("LOGISTIC");

  it("is within one step of the real function", () => {
    for (const scale of [0.001, 0.02, 0.06, 0.5, 3]) {
      const [values] = reference(unary("LOGISTIC", [scale, 5], OUTPUT), DOMAIN);
      DOMAIN.forEach((value, index) => {
        const exact = Math.min(255, 256 / (1 + Math.exp(-scale * (value - 5)))) - 128;
        assert.ok(Math.abs(Number(values?.[index]) - exact) <= 1, `${scale} · ${value}`);
      });
    }
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("LOGISTIC", [0.05, -3], OUTPUT),
      unary("LOGISTIC", [1.5, 127], OUTPUT),
      unary("LOGISTIC", [0.05, 0], OUTPUT, { shape: [2, 3, 33] }),
    ]);
    const wide = { shape: [400], dtype: "int16" } as const;
    await assertUnaryModules(
      [2 ** -12, 2 ** -11, 0.0003, 2.6, 1e-9].map((scale) =>
        unary("LOGISTIC", [scale, 0], [2 ** -15, 0], wide),
      ),
      "logistic_s16",
    );
  });

  it("has a float32 form", async () => {
    assert.deepEqual(floatResults("LOGISTIC", [0, 17, -200, -Infinity, Number.NaN]), [
      0.5,
      1,
      0,
      0,
      Number.NaN,
    ]);
    await assertFloatModules("LOGISTIC", "exponential_f32");
  });

  it("refuses another output quantization, other types and shapes", () => {
    assertUnaryRefusals(unary("LOGISTIC", [0.05, 3], OUTPUT));
    assertRefused(
      unary("LOGISTIC", [0.05, 3], [1 / 256, 0]),
      /0.00390625 and zero point -128, found .* and 0/,
    );
    assertRefused(unary("LOGISTIC", [0.05, 3], [1 / 128, -128]), /found 0.0078125 and -128/);
    const wide = (scale: number, output: number) =>
      unary("LOGISTIC", [scale, 0], [output, 0], { dtype: "int16" });
    assertSymmetricRefusals(wide(0.5, 2 ** -15));
    assertRefused(wide(0.5, 2 ** -14), /output of scale 2\^-15, found/);
    assertRefused(wide(3, 2 ** -15), /input scale of at most 2.66, found 3/);
  });
});
