import { strict as assert } from "node:assert";
import { type Graph, type Operator, tensorAt } from "../../codegen/graph/graph.ts";
import type { TensorId } from "../../codegen/graph/tensor.ts";
import type { BatchMatmulAttributes } from "../../codegen/ops/batch_matmul.ts";
import { foldTransposes } from "../../codegen/passes/fold_transposes.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { alike, NetworkBuilder } from "../network_builder.ts";
import { assertGraphMatches } from "../ops/file_operator.ts";
import { randomTransposes } from "../random_transposes.ts";
import { assertExact, conformanceGraphs } from "./exact.ts";

const kinds = (graph: Graph) => graph.operators.map(({ kind }) => kind);
const count = (graph: Graph, kind: string) => kinds(graph).filter((found) => found === kind).length;
const fold = (graph: Graph, what = "graph") => assertExact(foldTransposes, graph, what);

/** A builder with the operators of these tests. */
class Network extends NetworkBuilder {
  transpose(input: TensorId, ...permutation: number[]): TensorId {
    const shape = permutation.map((d) => this.shape(input)[d] ?? 1);
    return this.operator("transpose", [input], [alike(this, input, shape)], { permutation });
  }

  reshape(input: TensorId, ...shape: number[]): TensorId {
    return this.operator("reshape", [input], [alike(this, input, shape)]);
  }

  add(a: TensorId, b: TensorId): TensorId {
    return this.operator("add", [a, b], [this.tensor(this.shape(a), 0.1, 3)], { activation: "none" });
  }

  relu(input: TensorId): TensorId {
    return this.operator("relu", [input], [this.tensor(this.shape(input), 0.03, -9)]);
  }

  product(x: TensorId, y: TensorId, shape: number[], adjY = false): TensorId {
    return this.operator("batch_matmul", [x, y], [this.tensor(shape, 0.2)], { adjX: false, adjY });
  }

  softmax(input: TensorId): TensorId {
    return this.operator("softmax", [input], [this.tensor(this.shape(input), 1 / 256, -128)], { beta: 1 });
  }

  values(shape: number[], seed: number): TensorId {
    const size = shape.reduce((a, b) => a * b, 1);
    return this.constant(
      shape,
      Int8Array.from({ length: size }, (_, at) => ((at * 37 + seed) % 255) - 127),
    );
  }
}

/** Attention of two heads over five tokens of six values, with a mask; `transposedKeys`: by a TRANSPOSE, else by adj_y. */
function attention(transposedKeys: boolean): Graph {
  const b = new Network();
  const [q, k, v] = [b.tensor([1, 5, 6]), b.tensor([1, 5, 6]), b.tensor([1, 5, 6])];
  const heads = (x: TensorId, ...order: number[]) => b.transpose(b.reshape(x, 1, 5, 2, 3), ...order);
  const keys = transposedKeys ? heads(k, 0, 2, 3, 1) : heads(k, 0, 2, 1, 3);
  const scores = b.product(heads(q, 0, 2, 1, 3), keys, [1, 2, 5, 5], !transposedKeys);
  const weights = b.softmax(b.add(scores, b.values([1, 1, 5, 5], 3)));
  const mixed = b.product(weights, heads(v, 0, 2, 1, 3), [1, 2, 5, 3]);
  return b.graph([q, k, v], [b.relu(b.reshape(b.transpose(mixed, 0, 2, 1, 3), 1, 5, 6))]);
}

/** A norm over the last dimension as converters write it: on a transposed map, with a bias in the middle. */
function norm(): Graph {
  const b = new Network();
  const x = b.tensor([1, 4, 6], 0.05, 3);
  const map = b.transpose(b.reshape(x, 1, 4, 6, 1), 0, 2, 3, 1);
  const mean = b.operator("mean", [map], [b.tensor([4], 0.01)], { axes: [0, 1, 2], keepDims: false });
  const difference = b.operator("sub", [map, mean], [b.tensor([1, 6, 1, 4], 0.06)], { activation: "none" });
  const scaled = b.add(difference, b.values([4], 11));
  return b.graph([x], [b.relu(b.reshape(b.transpose(scaled, 0, 3, 1, 2), 1, 4, 6))]);
}

describe("fold_transposes", () => {
  it("keeps the outputs of random networks and leaves few transpositions in them", () => {
    let [before, after] = [0, 0];
    for (let seed = 0; seed < 300; seed++) {
      const graph = randomTransposes(seed);
      before += count(graph, "transpose");
      after += count(fold(graph, `network ${seed}`), "transpose");
    }
    assert.ok(after < before / 4, `${after} of ${before} left`);
  });

  it("keeps the outputs of the conformance set's networks", function () {
    let folded = 0;
    for (const { name, graph } of conformanceGraphs()) {
      if (count(graph, "transpose") > 0 && assertExact(foldTransposes, graph, name, 1) !== graph) folded++;
    }
    if (folded === 0) this.skip();
  });

  it("folds the splitting and merging of heads into the strides of products", () => {
    for (const transposedKeys of [false, true]) {
      const folded = fold(attention(transposedKeys));
      assert.equal(count(folded, "transpose"), 0);
      const [scores, mixed] = folded.operators.filter(({ kind }) => kind === "batch_matmul");
      const { layouts } = (scores as Operator<BatchMatmulAttributes>).attributes;
      assert.deepEqual(layouts?.x.strides.slice(1), [3, 6, 1]);
      assert.deepEqual(layouts?.y.strides.slice(1), [3, 1, 6]);
      assert.deepEqual(
        (mixed as Operator<BatchMatmulAttributes>).attributes.layouts?.output.strides.slice(1),
        [3, 6, 1],
      );
    }
  });

  it("runs norms on the map as it lies", () => {
    const folded = fold(norm());
    assert.equal(count(folded, "transpose"), 0);
    const mean = folded.operators.find(({ kind }) => kind === "mean");
    assert.deepEqual(mean?.attributes, { axes: [1], keepDims: false });
  });

  it("lets transpositions cancel, compose, and vanish where they move dimensions of 1 only", () => {
    const b = new Network();
    const x = b.tensor([2, 3, 4]);
    const back = b.relu(b.transpose(b.relu(b.transpose(x, 2, 0, 1)), 1, 2, 0));
    const ones = b.relu(b.transpose(b.reshape(back, 2, 1, 3, 4), 1, 0, 2, 3));
    assert.equal(count(fold(b.graph([x], [ones])), "transpose"), 0);

    const c = new Network();
    const y = c.tensor([2, 3, 4]);
    const twice = c.transpose(c.relu(c.transpose(y, 2, 0, 1)), 2, 0, 1);
    assert.equal(count(fold(c.graph([y], [twice])), "transpose"), 1);
  });

  it("takes constants to the order of what they are added to, and one operand to that of the others", () => {
    const b = new Network();
    const [x, y] = [b.tensor([3, 4]), b.tensor([4, 3])];
    const sum = b.add(b.transpose(x, 1, 0), b.values([4, 3], 5));
    const folded = fold(b.graph([x, y], [b.transpose(b.add(b.add(sum, b.values([3], 1)), y), 1, 0)]));
    assert.equal(count(folded, "transpose"), 1);
    assert.equal(
      folded.operators.filter(({ inputs }) => inputs.every((id) => tensorAt(folded, id).data)).length,
      0,
    );
  });

  it("keeps a transposition whose sides mean different numbers by the same bytes, and one of state", () => {
    const b = new Network();
    const x = b.tensor([2, 3]);
    const other = b.operator("transpose", [x], [b.tensor([3, 2], 0.07, 5)], { permutation: [1, 0] });
    const graph = b.graph([x], [b.transpose(b.relu(other), 1, 0)]);
    assert.equal(count(fold(graph), "transpose"), 2);

    const c = new Network();
    const y = c.tensor([3, 2]);
    const state = c.state([2, 3], Int8Array.of(1, 2, 3, 4, 5, 6));
    const before = c.transpose(state, 1, 0);
    c.operator("assign_variable", [c.reshape(y, 2, 3)], [state]);
    const after = c.graph([y], [c.transpose(c.add(before, y), 1, 0)]);
    assert.equal(count(fold(after), "transpose"), 2);
  });

  it("gives an output of the network in the order of its own indices", () => {
    const b = new Network();
    const x = b.tensor([2, 3]);
    const inner = b.transpose(x, 1, 0);
    const graph = b.graph([x], [b.relu(inner), b.transpose(b.relu(inner), 1, 0), inner]);
    assert.ok(count(fold(graph), "transpose") >= 2);
  });

  it("leaves graphs without transpositions, and with none that it can spare, as they are", () => {
    const b = new Network();
    const x = b.tensor([2, 3]);
    const plain = b.graph([x], [b.relu(x)]);
    assert.equal(foldTransposes.run(plain), plain);
    const c = new Network();
    const y = c.tensor([2, 3]);
    const needed = c.graph([y], [c.transpose(y, 1, 0)]);
    assert.equal(foldTransposes.run(needed), needed);
  });

  for (const target of [TARGETS.portable, TARGETS.node])
    it(`leaves graphs whose modules give the references' bytes on ${target.name}`, async () => {
      for (const graph of [attention(false), attention(true), norm()])
        await assertGraphMatches(foldTransposes.run(graph), { target });
      for (let seed = 0; seed < 8; seed++)
        await assertGraphMatches(foldTransposes.run(randomTransposes(seed)), { target });
    });
});
