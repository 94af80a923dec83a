/** What the import makes of well-formed files: names, tensors, options, constants. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { MoteError, OperatorFault } from "../../codegen/error.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { importTflite } from "../../codegen/import/tflite.ts";
import { OPERATORS } from "../../codegen/ops/index.ts";
import { FLOAT32, INT8, SCALE, scaleOperator, type TinyModel, tinyModel } from "./tiny_model.ts";

const CONFORMANCE = "../shared/conformance";

function imported(model: TinyModel = {}, operators = [scaleOperator()]): Graph {
  return importTflite(tinyModel(model), { file: "tiny.tflite", name: "tiny" }, operators);
}

describe("importTflite", () => {
  it("gives operators, tensors, inputs and outputs in the file's order", () => {
    const graph = imported();
    assert.equal(graph.name, "tiny");
    assert.deepEqual([graph.inputs, graph.outputs], [[0], [2]]);
    assert.deepEqual(graph.tensors[1], {
      name: "y",
      shape: [1, 4],
      dtype: "int8",
      quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
    });
    assert.deepEqual(
      graph.operators.map(({ kind, spelling, name, index, inputs, outputs }) => [
        kind,
        spelling,
        name,
        index,
        inputs,
        outputs,
      ]),
      [
        ["scale", "LEAKY_RELU", "y", 0, [0], [1]],
        ["scale", "LEAKY_RELU", "z", 1, [1], [2]],
      ],
    );
  });

  it("reads options by the descriptor's fields, and their defaults where the file has none", () => {
    const options = {
      0: { float32: 0.125 },
      1: { uint8: 3 },
      2: { int8: -2 },
      3: { int32: -70000 },
      4: { int32s: [3, -1] },
    };
    const graph = imported({
      operators: [
        { inputs: [0], outputs: [1], options },
        { inputs: [1], outputs: [2] },
      ],
      codes: [{ 0: { int8: SCALE }, 2: { int32: 5 } }],
    });
    const read = graph.operators.map(({ attributes }) => attributes);
    assert.deepEqual(read, [
      { version: 5, alpha: 0.125, flag: 1, mode: -2, count: -70000, sizes: [3, -1] },
      { version: 5, alpha: 0.25, flag: 0, mode: 0, count: 7, sizes: [] },
    ]);
  });

  it("takes the larger of the old and the new operator code", () => {
    const operators = [
      { ...scaleOperator(), tflite: [{ code: 150, name: "GELU", read: () => ({ attributes: 0 }) }] },
    ];
    const graph = imported({ codes: [{ 0: { int8: 127 }, 3: { int32: 150 } }] }, operators);
    assert.equal(graph.operators[0]?.spelling, "GELU");
    assert.equal(imported({ codes: [{ 0: { int8: SCALE } }] }).operators.length, 2, "old field alone");
    assert.equal(imported({ codes: [{ 3: { int32: SCALE } }] }).operators.length, 2, "new field alone");
  });

  it("keeps only the inputs that the descriptor asks for, absent ones too", () => {
    const [spelling] = scaleOperator().tflite;
    assert.ok(spelling);
    const keep = scaleOperator({
      tflite: [{ ...spelling, read: () => ({ attributes: 0, inputs: [2, 0, 1, 5] }) }],
    });
    const graph = imported(
      {
        tensors: [{}, {}, { name: "w", buffer: 1 }],
        buffers: [{}, { 0: { bytes: new Uint8Array(4) } }],
        operators: [{ inputs: [0, -1, 2], outputs: [1] }],
        outputs: [1],
      },
      [keep],
    );
    assert.deepEqual(graph.operators[0]?.inputs, [2, 0, -1, -1]);
  });

  it("reads constants inside and outside the FlatBuffer without a copy", () => {
    const inside = {
      tensors: [{}, {}, { buffer: 1 }],
      operators: [{ inputs: [0, 2], outputs: [1] }],
      outputs: [1],
    };
    const within = imported({ ...inside, buffers: [{}, { 0: { bytes: Uint8Array.of(1, 2, 3, 4) } }] });
    assert.deepEqual([...(within.tensors[2]?.data ?? [])], [1, 2, 3, 4]);

    const placed = (offset: number): TinyModel => ({
      ...inside,
      buffers: [{}, { 1: { uint64: offset }, 2: { uint64: 4 } }],
      after: Uint8Array.of(9, 8, 7, 6),
    });
    const end = tinyModel(placed(2)).length;
    const bytes = tinyModel(placed(end - 4));
    const graph = importTflite(bytes, { file: "tiny.tflite", name: "tiny" }, [scaleOperator()]);
    const data = graph.tensors[2]?.data;
    assert.deepEqual([...(data ?? [])], [9, 8, 7, 6]);
    assert.equal(data?.buffer, bytes.buffer);
  });

  it("sets a dynamic batch to 1, keeps scalars, and reads scales for each channel", () => {
    const graph = imported({
      tensors: [
        { shape: [-1, 4], more: { 7: { int32s: [-1, 4] } } },
        { shape: [], scales: [], zeroPoints: [] },
        { shape: [2, 3], scales: [1, 2, 4], zeroPoints: [0, -128, 127], dimension: 1 },
      ],
    });
    assert.deepEqual(graph.tensors[0]?.shape, [1, 4]);
    assert.deepEqual([graph.tensors[1]?.shape, graph.tensors[1]?.quantization], [[], undefined]);
    assert.deepEqual(graph.tensors[2]?.quantization, {
      scales: [1, 2, 4],
      zeroPoints: [0, -128, 127],
      axis: 1,
    });
  });

  it("reads only the tensors that something uses", () => {
    const graph = imported({
      tensors: [{ name: "x" }, { name: "unused", type: 13, shape: [0] }, { name: "y" }],
      operators: [{ inputs: [0], outputs: [2] }],
    });
    assert.deepEqual(
      graph.tensors.map(({ name }) => name),
      ["x", "y"],
    );
    assert.deepEqual(graph.outputs, [1]);
  });

  it("leaves out outputs that are empty and that nobody reads, and refuses those that somebody does", () => {
    const tensors = [{ name: "x" }, { name: "y" }, { name: "nothing", shape: [1, 0] }];
    const split = [{ inputs: [0], outputs: [1, 2] }];
    const graph = imported({ tensors, operators: split, outputs: [1] });
    assert.deepEqual(
      graph.operators.map(({ outputs }) => outputs),
      [[1]],
    );
    const read = [...split, { inputs: [2], outputs: [] }];
    for (const model of [
      { operators: split, outputs: [1, 2] },
      { operators: read, outputs: [1] },
    ])
      assert.throws(() => imported({ tensors, ...model }), /dimensions of at least 1, found 1×0/);
  });

  it("names inputs and outputs as the signature of subgraph 0 does, each once", () => {
    const entry = (name: string, tensor: number) => ({ 0: { text: name }, 1: { int32: tensor } });
    const signature = (subgraph: number, input: string) => ({
      0: { tables: [entry(input, 0)] },
      1: { tables: [entry("scores", 1), entry("scores", 2)] },
      4: { int32: subgraph },
    });
    const more = { 7: { tables: [signature(1, "other"), signature(0, "image")] } };
    const graph = imported({ outputs: [1, 2, 1], more });
    assert.deepEqual(
      graph.tensors.map(({ name }) => name),
      ["image", "scores", "scores_1"],
    );
    const plain = imported({ tensors: [{ name: "a" }, { name: "a" }, { name: "a" }], outputs: [1, 2] });
    assert.deepEqual(
      plain.tensors.map(({ name }) => name),
      ["a", "a", "a_1"],
    );
  });

  it("gives names that fit on one line of a message", () => {
    const graph = imported({ tensors: [{ name: `a\n\u001b[31m\u2028b` }, {}, { name: "n".repeat(5000) }] });
    assert.equal(graph.tensors[0]?.name, "a��[31m�b");
    assert.equal(graph.tensors[1]?.name, "tensor_1");
    assert.equal(graph.tensors[2]?.name, `${"n".repeat(256)}…`);
  });

  it("accepts a model that only turns int8 into float32", () => {
    const graph = imported({
      tensors: [{ type: INT8 }, { type: FLOAT32 }],
      operators: [{ inputs: [0], outputs: [1] }],
      outputs: [1],
    });
    assert.equal(graph.operators.length, 1);
  });

  it("adds the place to what a descriptor refuses", () => {
    const refuse = (): never => {
      throw new OperatorFault("expected a, found b. Do c.");
    };
    const [spelling] = scaleOperator().tflite;
    assert.ok(spelling);
    for (const operator of [
      scaleOperator({ check: refuse }),
      scaleOperator({ tflite: [{ ...spelling, read: refuse }] }),
    ]) {
      assert.throws(() => imported({}, [operator]), {
        name: "MoteError",
        code: "bad-operator",
        message: 'tiny.tflite: operator 0 (LEAKY_RELU "y"): expected a, found b. Do c.',
      });
    }
  });

  for (const name of ["digits", "pruned", "regressor", "knocks"]) {
    it(`imports models/${name}`, () => {
      const expected = JSON.parse(readFileSync(`models/${name}/case.json`, "utf8"));
      const bytes = readFileSync(`models/${name}/${name}.tflite`);
      checkBorder(importTflite(bytes, { file: `${name}.tflite`, name }), expected);
    });
  }

  it("imports or refuses by name every conformance model", function () {
    if (!existsSync(`${CONFORMANCE}/index.json`)) return this.skip();
    const known = new Set(OPERATORS.flatMap(({ tflite }) => tflite.map(({ name }) => name)));
    const { cases } = JSON.parse(readFileSync(`${CONFORMANCE}/index.json`, "utf8"));
    for (const entry of cases) {
      if (entry.format !== "tflite") continue;
      const bytes = readFileSync(`${CONFORMANCE}/${entry.model}`);
      const run = () => importTflite(bytes, { file: "model.tflite", name: "model" });
      const unknown = Object.keys(entry.ops).filter((operator) => !known.has(operator));
      if (unknown.length > 0) {
        assert.throws(
          run,
          (error) =>
            error instanceof MoteError && unknown.some((operator) => error.message.includes(operator)),
          entry.name,
        );
      } else if (entry.mode === "int8" || entry.mode === "real") checkBorder(run(), entry);
    }
  });
});

interface Border {
  readonly shape: readonly number[];
  readonly dtype: string;
}

function checkBorder(
  graph: Graph,
  expected: { inputs: readonly Border[]; outputs: readonly Border[] },
): void {
  const border = (ids: readonly number[]) =>
    ids.map((id) => [graph.tensors[id]?.shape, graph.tensors[id]?.dtype]);
  assert.deepEqual(
    border(graph.inputs),
    expected.inputs.map(({ shape, dtype }) => [shape, dtype]),
  );
  assert.deepEqual(
    border(graph.outputs),
    expected.outputs.map(({ shape, dtype }) => [shape, dtype]),
  );
}
