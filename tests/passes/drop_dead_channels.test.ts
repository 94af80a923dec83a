import { strict as assert } from "node:assert";
import { type Graph, layerOf, tensorAt } from "../../codegen/graph/graph.ts";
import { type TensorId, valuesOf } from "../../codegen/graph/tensor.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { dropDeadChannels } from "../../codegen/passes/drop_dead_channels.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { conformanceCases } from "../conformance/conformance.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { assertExact, assertExactOnRandomNetworks, carriedModel, conformanceGraphs } from "./exact.ts";

const WINDOW = { strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 };
const VALID = { ...WINDOW, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, activation: "none" };
const SAME = { ...VALID, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 };

interface Filter {
  readonly kind?: "conv_2d" | "depthwise_conv_2d";
  readonly kernel?: number;
  /** Filters (channels of a depthwise one) whose weights are zero, and input channels whose weights are. */
  readonly dead?: readonly number[];
  readonly unread?: readonly number[];
  readonly bias?: readonly number[];
  readonly activation?: string;
  readonly zeroPoint?: number;
}

class Network extends NetworkBuilder {
  readonly x = this.tensor([1, 5, 5, 3], 0.05, 4);

  /** A layer of 4 filters (as many as the input in a depthwise one), padded where the kernel is 3. */
  filter(input: TensorId, f: Filter = {}): TensorId {
    const { kind = "conv_2d", kernel = 1, dead = [], unread = [], zeroPoint = -6 } = f;
    const depth = this.shape(input)[3] ?? 1;
    const deep = kind === "depthwise_conv_2d";
    const filters = deep ? depth : 4;
    const run = kernel * kernel * (deep ? 1 : depth);
    const weights = Int8Array.from({ length: filters * run }, (_, at) => {
      const index = deep ? at % filters : Math.floor(at / run);
      return dead.includes(index) || (!deep && unread.includes(at % depth)) ? 0 : ((at * 53) % 199) - 99;
    });
    const shape = deep ? [1, kernel, kernel, filters] : [filters, kernel, kernel, depth];
    const bias = Int32Array.from({ length: filters }, (_, index) => f.bias?.[index] ?? 100 * index);
    const output = this.tensor([1, 5, 5, filters], 0.06, zeroPoint);
    return this.operator(
      kind,
      [input, this.constant(shape, weights, [0.004], deep ? 3 : 0), this.constant([filters], bias)],
      [output],
      { ...(kernel === 3 ? SAME : VALID), activation: f.activation ?? "none" },
    );
  }

  add(a: TensorId, b: TensorId): TensorId {
    return this.operator("add", [a, b], [this.tensor(this.shape(a), 0.07, 3)], { activation: "none" });
  }
}

/** Channels of each operator's output after the pass, which must keep the outputs. */
function channels(n: Network, ...outputs: TensorId[]): (number | undefined)[] {
  const after = assertExact(dropDeadChannels, n.graph([n.x], outputs), "network");
  for (const operator of after.operators) descriptorOf(operator).check(layerOf(after, operator));
  return after.operators.map(({ outputs: [id = -1] }) => tensorAt(after, id).shape.at(-1));
}

function macsOf(graph: Graph): number {
  return graph.operators.reduce(
    (sum, operator) => sum + (descriptorOf(operator).macs?.(layerOf(graph, operator)) ?? 0),
    0,
  );
}

describe("drop_dead_channels", () => {
  it("keeps the outputs of random networks", () => assertExactOnRandomNetworks(dropDeadChannels, 100));

  it("folds a constant into the next bias", () => {
    const n = new Network();
    assert.deepEqual(channels(n, n.filter(n.filter(n.x, { dead: [1] }))), [3, 4]);
  });

  it("folds a constant into a padded layer's bias only where it is the zero point", () => {
    for (const [bias, left] of [
      [0, 3],
      [3000, 4],
    ] as const) {
      const n = new Network();
      assert.deepEqual(
        channels(n, n.filter(n.filter(n.x, { dead: [1], bias: [9, bias, 9, 9] }), { kernel: 3 })),
        [left, 4],
      );
    }
  });

  it("passes constants on through a depthwise layer where the border makes no difference", () => {
    // The input is not the zero point, so the border differs; a clamp hides that.
    for (const [activation, left] of [
      ["none", 4],
      ["relu", 3],
    ] as const) {
      const n = new Network();
      const first = n.filter(n.x, { dead: [1], bias: [9, 300, 9, 9] });
      const second = n.filter(first, {
        kind: "depthwise_conv_2d",
        kernel: 3,
        activation,
        bias: [9, -100_000, 9, 9],
      });
      // Without a clamp the channel's values differ between border and middle.
      const free = activation === "none" ? n.filter(first, { kind: "depthwise_conv_2d", kernel: 3 }) : second;
      assert.deepEqual(channels(n, n.filter(free)).at(0), left);
    }
  });

  it("drops a channel whose activation always cuts it off, and keeps one it may not", () => {
    // Sums of a filter lie within 3 · 99 · 132; at 0.004 · 0.05 / 0.06 a bias of 10^6 is 3,333 steps.
    const n = new Network();
    assert.deepEqual(channels(n, n.filter(n.filter(n.x, { bias: [0, -1_000_000, 0, 1_000_000] }))), [2, 4]);
    const m = new Network();
    assert.deepEqual(channels(m, m.filter(m.filter(m.x, { bias: [0, -10_000, 0, 10_000] }))), [4, 4]);
  });

  it("drops what nobody reads, back through layers that treat each channel alone", () => {
    const n = new Network();
    const deep = n.filter(n.filter(n.x), { kind: "depthwise_conv_2d", kernel: 3 });
    const pooled = n.operator("max_pool_2d", [deep], [n.tensor([1, 5, 5, 4], 0.06, -6)], {
      ...WINDOW,
      padTop: 0,
      padLeft: 0,
      windowHeight: 1,
      windowWidth: 1,
      same: true,
      activation: "none",
    });
    assert.deepEqual(channels(n, n.filter(pooled, { unread: [0, 2] })), [2, 2, 2, 4]);
  });

  it("drops a channel of a sum only where it is constant in both operands", () => {
    const n = new Network();
    const sum = n.add(n.filter(n.x, { dead: [0, 1] }), n.filter(n.x, { dead: [1, 2] }));
    assert.deepEqual(channels(n, n.filter(sum)), [3, 3, 3, 4]);
  });

  it("keeps the channels of outputs, and of tensors with a reader that mixes them in its own way", () => {
    const n = new Network();
    const first = n.filter(n.x, { dead: [1] });
    assert.deepEqual(channels(n, n.filter(first), first), [4, 4]);
    const m = new Network();
    const softmax = m.operator(
      "softmax",
      [m.filter(m.x, { dead: [1] })],
      [m.tensor([1, 5, 5, 4], 1 / 256, -128)],
      {
        beta: 1,
      },
    );
    assert.deepEqual(channels(m, m.filter(softmax)), [4, 4, 4]);
  });

  it("keeps some channels where all are dead", () => {
    const n = new Network();
    assert.deepEqual(channels(n, n.filter(n.filter(n.x, { dead: [0, 1, 2, 3] }))), [2, 4]);
  });

  it("goes through joined channels and flattened maps", () => {
    const n = new Network();
    const parts = [n.filter(n.x, { dead: [3] }), n.filter(n.x, { dead: [0] })];
    const both = n.operator("concatenation", parts, [n.tensor([1, 5, 5, 8], 0.06, -6)], { axis: 3 });
    const flat = n.operator("reshape", [both], [n.tensor([1, 200], 0.06, -6)]);
    const weights = Int8Array.from({ length: 400 }, (_, at) => ((at * 31) % 255) - 127);
    const dense = (input: TensorId) =>
      n.operator(
        "fully_connected",
        [input, n.constant([2, 200], weights, [0.003]), n.constant([2], Int32Array.of(5, -5))],
        [n.tensor([1, 2], 0.3, 0)],
        { activation: "none" },
      );
    assert.deepEqual(channels(n, dense(flat), dense(both)), [3, 3, 6, 150, 2, 2]);
  });

  it("drops a constant that is joined to what varies", () => {
    const n = new Network();
    const two = n.constant([1, 5, 5, 2], new Int8Array(50).fill(7), [Math.fround(0.06)]);
    const joined = n.tensor([1, 5, 5, 6], 0.06, 0);
    const parts = [n.filter(n.x, { zeroPoint: 0 }), two];
    const y = n.filter(n.operator("concatenation", parts, [joined], { axis: 3 }));
    assert.deepEqual(channels(n, y), [4, 4, 4]);
    assert.equal(dropDeadChannels.run(n.graph([n.x], [y])).operators[1]?.inputs.length, 1);
  });

  it("leaves a channel in where the bias would leave int32", () => {
    const build = (bias: number) => {
      const n = new Network();
      const first = n.filter(n.x, { dead: [1], bias: [0, 30_000, 0, 0] });
      const full = n.filter(first, { bias: [bias, bias, bias, bias] });
      return channels(n, full);
    };
    assert.deepEqual(build(0), [3, 4]);
    // All weights of channel 1 are negative.
    assert.deepEqual(build(-(2 ** 31)), [4, 4]);
  });

  it("cuts shared constants for each reader alone", () => {
    const n = new Network();
    const operand = n.constant([4], Int8Array.of(10, 20, 30, 40), [0.06]);
    const first = n.add(n.filter(n.x, { dead: [1] }), operand);
    const second = n.add(n.filter(n.x), operand);
    const after = dropDeadChannels.run(n.graph([n.x], [n.filter(first), second]));
    const constants = after.operators
      .filter(({ kind }) => kind === "add")
      .map(({ inputs: [, id = -1] }) => valuesOf("int8", tensorAt(after, id).data ?? new Uint8Array()));
    assert.deepEqual(constants, [Int8Array.of(10, 30, 40), Int8Array.of(10, 20, 30, 40)]);
  });

  it("does not believe a flow that the shapes contradict", () => {
    const n = new NetworkBuilder();
    const x = n.tensor([1, 2, 2, 2], 0.05, 0);
    const weights = Int8Array.of(100, 20, 0, 0, 30, 40, 50, 60, -70, 80, 90, -10);
    const filter = n.constant([6, 1, 1, 2], weights, [0.01]);
    const map = n.operator("conv_2d", [x, filter], [n.tensor([1, 2, 2, 6], 0.05, 0)], VALID);
    // RELU is only checked for its number of elements.
    const bent = n.operator("relu", [map], [n.tensor([1, 8, 3], 0.05, 0)]);
    const dense = n.constant([1, 3], Int8Array.of(70, 90, 50), [0.01]);
    const y = n.operator("fully_connected", [bent, dense], [n.tensor([8, 1], 0.05, 0)], {
      activation: "none",
    });
    assertExact(dropDeadChannels, n.graph([x], [y]), "bent");
  });

  it("takes the carried model with dead channels from 70,800 to 50,208 multiply-accumulates", () => {
    assert.equal(macsOf(carriedModel("pruned")), 70_800);
    assert.equal(macsOf(dropDeadChannels.run(carriedModel("pruned"))), 50_208);
  });

  it("halves vww's multiply-accumulates and leaves 29 of 208 KB of weights", function () {
    if (conformanceCases().length === 0) this.skip();
    const graph = [...conformanceGraphs()].find(({ name }) => name === "vww_96_int8")?.graph;
    assert.ok(graph);
    const { graph: after } = runPasses(graph);
    const ids = new Set(after.operators.flatMap(({ inputs }) => inputs.filter((id) => id >= 0)));
    const weights = [...ids].reduce((sum, id) => {
      const { dtype, data } = tensorAt(after, id);
      return sum + (dtype === "int8" ? (data?.length ?? 0) : 0);
    }, 0);
    assert.ok(macsOf(after) <= 3_727_313, `${macsOf(after)} multiply-accumulates`);
    assert.ok(weights <= 29_066, `${weights} bytes of weights`);
  });
});
