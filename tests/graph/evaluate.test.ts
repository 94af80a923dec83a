import { strict as assert } from "node:assert";
import {
  evaluateGraph,
  evaluateTensors,
  initialState,
  type NetworkState,
} from "../../codegen/graph/evaluate.ts";
import { withTensor } from "../../codegen/graph/rewrite.ts";
import { alike, NetworkBuilder } from "../network_builder.ts";

/** x → relu → join with itself, rectified again; the joined tensor holds both. */
function joined() {
  const b = new NetworkBuilder();
  const x = b.tensor([1, 4]);
  const first = b.operator("relu", [x], [alike(b, x, [1, 4])]);
  const second = b.operator("lookup_table", [x], [alike(b, x, [1, 4])], {
    table: Array.from({ length: 256 }, (_, index) => 127 - index),
  });
  const flat = b.operator("reshape", [second], [alike(b, x, [1, 4])]);
  const both = b.operator("concatenation", [first, flat], [alike(b, x, [2, 4])], { axis: 0 });
  const tail = b.operator("strided_slice", [both], [alike(b, x, [3])], {
    begins: [1, 1],
    strides: [1, 1],
    counts: [1, 3],
    dropped: [0],
  });
  return { b, x, first, second, flat, both, tail, graph: b.graph([x], [both, tail]) };
}

const INPUT = Int8Array.of(-3, 5, 0, 100);

describe("evaluateGraph", () => {
  it("runs operators in order, by their references", () => {
    const { graph } = joined();
    assert.deepEqual(evaluateGraph(graph, [INPUT]), [
      Int8Array.of(0, 5, 0, 100, 2, -6, -1, -101),
      Int8Array.of(-6, -1, -101),
    ]);
  });

  it("reads and writes views in the memory of what they are part of, at any depth", () => {
    const { graph, first, second, flat, both, tail } = joined();
    const wanted = evaluateGraph(graph, [INPUT]);
    let viewed = withTensor(graph, first, { view: { of: both, offset: 0 } });
    viewed = withTensor(viewed, second, { view: { of: both, offset: 4 } });
    viewed = withTensor(viewed, flat, { view: { of: second, offset: 0 } });
    viewed = withTensor(viewed, tail, { view: { of: flat, offset: 1 } });
    const moves = ["reshape", "concatenation", "strided_slice"];
    const operators = viewed.operators.filter(({ kind }) => !moves.includes(kind));
    assert.deepEqual(evaluateGraph({ ...viewed, operators }, [INPUT]), wanted);
  });

  it("keeps state from one inference to the next where it is given some, and starts anew where not", () => {
    const b = new NetworkBuilder();
    const x = b.tensor([1, 2]);
    const state = b.state([1, 2], Int8Array.of(7, 8));
    const before = b.operator("read_variable", [state], [alike(b, x, [1, 2])]);
    b.operator("assign_variable", [x], [state]);
    const graph = b.graph([x], [before]);
    const kept = initialState(graph);
    const steps = [Int8Array.of(1, 2), Int8Array.of(3, 4)];
    const run = (memory?: NetworkState) => steps.map((values) => evaluateGraph(graph, [values], memory)[0]);
    assert.deepEqual(run(kept), [Int8Array.of(7, 8), Int8Array.of(1, 2)]);
    assert.deepEqual(kept, new Map([[state, Uint8Array.of(3, 4)]]));
    assert.deepEqual(run(), [Int8Array.of(7, 8), Int8Array.of(7, 8)]);
    assert.deepEqual(run(initialState(graph)), [Int8Array.of(7, 8), Int8Array.of(1, 2)]);
  });

  it("refuses inputs of another length", () => {
    const { graph } = joined();
    assert.throws(() => evaluateGraph(graph, [new Int8Array(3)]), /input 0 has 3 bytes, expected 4/);
    assert.throws(() => evaluateGraph(graph, []), RangeError);
  });

  it("does not change the values it is given", () => {
    const input = INPUT.slice();
    evaluateGraph(joined().graph, [input]);
    assert.deepEqual(input, INPUT);
  });
});

describe("evaluateTensors", () => {
  it("gives every tensor's values as they were written", () => {
    const { graph, x, first, second } = joined();
    const values = evaluateTensors(graph, [INPUT]);
    assert.deepEqual(values.get(x), INPUT);
    assert.deepEqual(values.get(first), Int8Array.of(0, 5, 0, 100));
    assert.deepEqual(values.get(second), Int8Array.of(2, -6, -1, -101));
    assert.equal(values.size, 6);
  });
});
