/** Which constants stay in flash, and that each layer finds them where its calls say. */

import { strict as assert } from "node:assert";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { bytesOf, valuesOf } from "../../codegen/graph/tensor.ts";
import { roomAt } from "../../codegen/plan/flash_buffers.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { targetNamed } from "../../codegen/plan/target.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { randomOf } from "../ops/random_values.ts";
import { FEATURES, unrolled } from "../unrolled_network.ts";

const FLASH = targetNamed("wasmi", { flashWeights: true });

function planOf(graph: Graph, inline: "all" | ReadonlySet<number> = "all") {
  return makePlan(graph, { target: FLASH, inline });
}

/** The outputs of the network in Node, on seeded inputs, and the reference's. */
async function run(graph: Graph) {
  const plan = planOf(graph, new Set());
  const { wasm } = await buildPlan(plan, { size: true, profile: false });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const random = randomOf(2);
  const inputs = plan.inputs.map(({ tensor, address }) => {
    const values = Int8Array.from({ length: tensor.shape.reduce((a, b) => a * b, 1) }, () =>
      random.int(-128, 127),
    );
    memory.set(bytesOf(values), address);
    return values;
  });
  (exports.invoke as () => void)();
  const found = plan.outputs.map(({ tensor, address }, index) => {
    const bytes = bytesOf(evaluateGraph(graph, inputs)[index] ?? new Int8Array()).length;
    return valuesOf(tensor.dtype, memory.slice(address, address + bytes));
  });
  assert.deepEqual(found, evaluateGraph(graph, inputs));
  return plan;
}

/** A dense layer of `filters` filters over `depth` values, its weights at most `most`. */
function dense(depth: number, filters: number, most = 127): Graph {
  const net = new NetworkBuilder();
  const random = randomOf(filters);
  const input = net.tensor([1, depth]);
  const output = net.tensor([1, filters]);
  const weights = Int8Array.from({ length: depth * filters }, () => random.int(-most, most));
  net.operator("fully_connected", [input, net.constant([filters, depth], weights), -1], [output], {
    activation: "none",
    keepDims: false,
  });
  return net.graph([input], [output]);
}

/** One row of a table of `rows` rows, which is all that a layer reads of it. */
function lookup(rows: number): Graph {
  const net = new NetworkBuilder();
  const table = net.constant(
    [rows, 8],
    Int8Array.from({ length: rows * 8 }, (_, at) => at % 100),
  );
  const index = net.tensors.push({ name: "index", shape: [1], dtype: "int32" }) - 1;
  const output = net.tensor([1, 8]);
  net.operator("gather", [table, index], [output], { axis: 0, batchDims: 0 });
  return net.graph([index], [output]);
}

describe("weights in flash", () => {
  it("take no memory but a buffer while their layer runs", async () => {
    const graph = dense(30, 40);
    const { memory, layers } = await run(graph);
    assert.deepEqual(memory.constants, []);
    assert.ok(memory.flash.reduce((sum, { bytes }) => sum + bytes.length, 0) >= 30 * 40);
    const buffer = memory.blocks.find(({ name }) => name === "constants of layer 0");
    assert.ok(buffer && buffer.first === 0 && buffer.last === 0);
    for (const [to, , bytes] of layers[0]?.copies ?? []) {
      assert.ok((to?.value ?? 0) >= buffer.address);
      assert.ok((to?.value ?? 0) + (bytes?.value ?? 0) <= buffer.address + buffer.bytes);
    }
    const whole = makePlan(graph, { target: targetNamed("wasmi", { flashWeights: false }), inline: "all" });
    assert.deepEqual(whole.memory.flash, []);
    assert.deepEqual(whole.layers[0]?.copies, []);
  });

  it("stay in memory where a layer reads little of them", () => {
    const { memory, layers } = planOf(lookup(1000));
    assert.deepEqual(memory.flash, []);
    assert.deepEqual(layers[0]?.copies, []);
    assert.ok(memory.constants.some(({ bytes }) => bytes.length === 8000));
    assert.equal(planOf(lookup(2)).memory.constants.length, 0);
  });

  it("are copied by layers that share a loop, each its own", async () => {
    const { loops, layers, memory } = await run(unrolled(10));
    assert.ok(loops.length > 0, "no loop");
    assert.ok(layers.some(({ copies }) => copies.length > 0));
    // What steps share stands in flash once.
    const bytes = memory.flash.reduce((sum, block) => sum + block.bytes.length, 0);
    const copied = layers
      .flatMap(({ copies }) => copies)
      .reduce((sum, [, , size]) => sum + (size?.value ?? 0), 0);
    assert.ok(copied > 5 * bytes, `${copied} bytes copied of ${bytes}`);
    assert.equal(memory.blocks[0]?.bytes, FEATURES);
  });

  for (const { kernel, most, limit } of [
    { kernel: "fully_connected_s8_lanes", most: 66, limit: 2000 },
    { kernel: "conv_2d_s8_lanes", most: 127, limit: 8000 },
  ])
    it(`are streamed in pieces by ${kernel}, in the room that the arena leaves`, async () => {
      const graph = dense(400, 100, most);
      const { layers, memory } = await run(graph);
      const [layer] = layers;
      assert.equal(layer?.kernel.name, kernel);
      const [piece = 0, buffer = 0] = ["piece", "buffer"].map(
        (name) => layer?.calls[0]?.find((argument) => argument.name === name)?.value,
      );
      assert.ok(piece >= 512 && piece < limit, `pieces of ${piece} bytes`);
      assert.ok(memory.totalBytes < limit, `${memory.totalBytes} bytes`);
      const block = memory.blocks.find(({ name }) => name === "constants of layer 0");
      assert.ok(block && block.address <= buffer && buffer + piece <= block.address + block.bytes);
      const weights = layer?.calls[0]?.find(({ name }) => name === "weights")?.value ?? -1;
      const held = memory.flash.find(({ address }) => address === weights);
      const read = weights + Math.ceil((held?.bytes.length ?? 0) / piece) * piece;
      assert.ok(memory.flash.some(({ address, bytes }) => read <= address + bytes.length));
    });

  it("take all the room at their step, and no more", () => {
    const requests = [
      { name: "in use", bytes: 100, align: 4, first: 0, last: 2 },
      { name: "buffer", bytes: 64, align: 16, first: 1, last: 1 },
      { name: "later", bytes: 500, align: 4, first: 2, last: 2 },
    ];
    const layout = { offsets: [0, 112, 100], bytes: 600, bound: 600 };
    assert.deepEqual(roomAt(requests, layout, 1), { address: 112, bytes: 480 });
    const high = { ...layout, offsets: [400, 0, 0] };
    assert.deepEqual(roomAt(requests, high, 1), { address: 0, bytes: 400 });
  });
});
