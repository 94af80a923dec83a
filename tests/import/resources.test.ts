/** Resource variables of .tflite files: what becomes state, what it starts from, and what is refused. */

import assert from "node:assert/strict";
import { MoteError } from "../../codegen/error.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { importTflite } from "../../codegen/import/tflite.ts";
import { scaleOperator, type TinyOperator, type TinyTensor, tinyModel } from "./tiny_model.ts";
import {
  ASSIGN,
  handle,
  IF,
  INIT,
  once,
  READ,
  RELU,
  RESOURCE,
  STEPS,
  type Subgraph,
  TENSORS,
  variablesModel,
} from "./tiny_variables.ts";

function imported(...given: Parameters<typeof variablesModel>): Graph {
  return importTflite(variablesModel(...given), { file: "tiny.tflite", name: "tiny" });
}

function refused(pattern: RegExp, ...given: Parameters<typeof imported>): void {
  assert.throws(
    () => imported(...given),
    (error) => error instanceof MoteError && pattern.test(error.message),
    String(pattern),
  );
}

describe("resource variables", () => {
  it("become state that starts from what is assigned once, and handles leave the graph", () => {
    const { tensors, operators } = imported([once(1), ...STEPS], { init: INIT });
    const state = tensors.findIndex((tensor) => tensor.state);
    assert.deepEqual(tensors[state], {
      name: "memory",
      shape: [1, 4],
      dtype: "int8",
      quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
      state: { initial: Uint8Array.of(1, 2, 3, 4) },
    });
    assert.deepEqual(
      operators.map(({ kind, index, inputs, outputs }) => [kind, index, inputs, outputs]),
      [
        ["read_variable", 2, [state], [2]],
        ["assign_variable", 3, [0], [state]],
        ["relu", 4, [2], [1]],
      ],
    );
  });

  it("start from the zero point of what is assigned first where nothing is assigned once", () => {
    const tensors = [{ name: "x", zeroPoints: [-7] }, ...TENSORS.slice(1)];
    const state = imported(STEPS, { tensors }).tensors.find((tensor) => tensor.state);
    assert.deepEqual(state?.state?.initial, new Uint8Array(4).fill(249));
  });

  it("are one for each container and name, whatever handles lead to them", () => {
    const two = [...TENSORS, RESOURCE, { name: "z" }];
    const more = (second: TinyOperator) => [
      ...STEPS.slice(0, 3),
      second,
      { code: READ, inputs: [4], outputs: [5] },
      { code: ASSIGN, inputs: [4, 3], outputs: [] },
      { code: RELU, inputs: [5], outputs: [1] },
    ];
    const states = (second: TinyOperator) =>
      imported(more(second), { tensors: two }).tensors.flatMap(({ name, state }) => (state ? [name] : []));
    assert.deepEqual(states(handle(4)), ["memory"]);
    assert.deepEqual(states(handle(4, "other")), ["memory", "other"]);
    assert.deepEqual(states(handle(4, "memory", "box")), ["memory", "box/memory"]);
  });

  it("are constants where they are only assigned once", () => {
    const { tensors, operators } = imported([once(1), ...STEPS.filter(({ code }) => code !== ASSIGN)], {
      init: INIT,
    });
    assert.deepEqual(tensors[operators[0]?.inputs[0] ?? -1]?.data, Uint8Array.of(1, 2, 3, 4));
  });

  it("are refused where handles and values are not in their places", () => {
    const [first, second, third, last] = STEPS as [TinyOperator, TinyOperator, TinyOperator, TinyOperator];
    refused(/operator 1 \(READ_VARIABLE "old"\): expects a resource and a value/, [
      first,
      { ...second, inputs: [0] },
      third,
      last,
    ]);
    refused(/operator 1 \(READ_VARIABLE "h"\): expects a resource and a value, found otherwise/, [
      first,
      { ...second, outputs: [] },
      third,
      last,
    ]);
    refused(/operator 2 \(ASSIGN_VARIABLE "h"\): expects a resource and a value/, [
      first,
      second,
      { ...third, inputs: [2] },
      last,
    ]);
    refused(/operator 2 \(ASSIGN_VARIABLE "h"\): expects tensors, found a resource/, [
      first,
      second,
      { ...third, inputs: [2, 2] },
      last,
    ]);
    refused(/operator 3 \(RELU "y"\): expects tensors, found a resource/, [
      first,
      second,
      third,
      { ...last, inputs: [2] },
    ]);
    refused(/expected tensors as inputs and outputs, found a resource/, [
      { ...first, outputs: [0] },
      second,
      third,
      last,
    ]);
    refused(/operator 1 \(READ_VARIABLE "old"\): expects a variable that some operator assigns/, [
      first,
      second,
      last,
    ]);
    refused(/operator 0 \(READ_VARIABLE "old"\): expects a resource and a value/, [second, third, last]);
  });

  it("are refused where values contradict each other", () => {
    refused(/operator 2 \(READ_VARIABLE "old"\): expects as many output elements/, [once(1), ...STEPS], {
      init: INIT,
      tensors: TENSORS.map((tensor) => (tensor.name === "old" ? { ...tensor, shape: [1, 5] } : tensor)),
    });
    refused(
      /operator 1 \(ASSIGN_VARIABLE .*expects 5 bytes, as later assignments have, found 4/,
      [once(1), ...STEPS],
      {
        init: INIT,
        tensors: TENSORS.map((tensor) => (tensor.name === "x" ? { ...tensor, shape: [1, 5] } : tensor)),
      },
    );
  });

  it("are refused where initialization is more than assigning constants", () => {
    refused(/operator 0 \(CALL_ONCE ""\): expects a subgraph from 1 to 0, found 1/, [once(1), ...STEPS]);
    refused(/expects a subgraph from 1 to 1, found 0/, [once(0), ...STEPS], { init: INIT });
    refused(/operator 4 \(CALL_ONCE ""\): expects to run before variables/, [...STEPS, once(1)], {
      init: INIT,
    });
    const relu: Subgraph = {
      tensors: [RESOURCE, { buffer: 1 }, {}],
      operators: [
        handle(0),
        { code: RELU, inputs: [1], outputs: [2] },
        { code: ASSIGN, inputs: [0, 2], outputs: [] },
      ],
    };
    refused(/CALL_ONCE.*assign constants to variables only, found RELU/, [once(1), ...STEPS], { init: relu });
    const unset: Subgraph = { ...INIT, tensors: [RESOURCE, {}] };
    refused(/operator 1 \(ASSIGN_VARIABLE .*expects a constant as the initial value/, [once(1), ...STEPS], {
      init: unset,
    });
  });

  it("do not let control flow in", () =>
    refused(/operator 4 \(IF "y"\): Mote does not support this operator yet/, [
      ...STEPS,
      { code: IF, inputs: [3], outputs: [1] },
    ]));
});

describe("variable tensors", () => {
  const variable = { 5: { uint8: 1 } };

  it("become state that starts from the zero point, or from zero where they are wider", () => {
    const initial = (tensor: TinyTensor) =>
      imported(
        [
          { code: RELU, inputs: [0], outputs: [1] },
          { code: RELU, inputs: [2], outputs: [3] },
        ],
        {
          tensors: [{}, {}, { more: variable, ...tensor }, tensor],
        },
      ).tensors[2]?.state?.initial;
    assert.deepEqual(initial({ zeroPoints: [-5] }), new Uint8Array(4).fill(251));
    assert.deepEqual(initial({}), new Uint8Array(4));
  });

  it("are asked for by operators that write them", () => {
    const [spelling] = scaleOperator().tflite;
    assert.ok(spelling);
    const write = scaleOperator({
      tflite: [{ ...spelling, read: () => ({ attributes: 0, inputs: [0], writes: [1] }) }],
    });
    const run = (more: Partial<TinyTensor>, inputs: readonly number[]) =>
      importTflite(
        tinyModel({
          tensors: [{ name: "x" }, { name: "memory", ...more }, { name: "y" }],
          operators: [{ inputs, outputs: [2] }],
        }),
        { file: "tiny.tflite", name: "tiny" },
        [write],
      ).operators[0];
    const written = run({ more: variable }, [0, 1]);
    assert.deepEqual([written?.inputs, written?.outputs], [[0], [2, 1]]);
    assert.throws(() => run({}, [0, 1]), /expects a variable as input 1, found "memory", which is none/);
    assert.throws(() => run({}, [0]), /expects a variable as input 1, found none/);
  });

  it("are refused with data, and as inputs", () => {
    const tensors = (at: number, more: Partial<TinyTensor> = {}) =>
      TENSORS.map((tensor, index) => (index === at ? { ...tensor, ...more, more: variable } : tensor));
    refused(/tensor 3 \("old"\): expected a variable without data/, STEPS, {
      tensors: tensors(3, { buffer: 1 }),
    });
    refused(/expected input "x" to be an activation, found state/, STEPS, { tensors: tensors(0) });
  });
});
