import { strict as assert } from "node:assert";
import {
  isRowMajor,
  memoryOrder,
  permuted,
  reshaped,
  rowMajor,
  type Strided,
  spread,
  transposed,
} from "../../codegen/graph/strides.ts";
import { elementCount } from "../../codegen/graph/tensor.ts";
import { type Random, randomOf } from "../ops/random_values.ts";

/** Where element number `flat` in the order of the indices lies. */
function placeOf({ shape, strides }: Strided, flat: number): number {
  let rest = flat;
  let place = 0;
  for (let d = shape.length - 1; d >= 0; d--) {
    place += (rest % (shape[d] ?? 1)) * (strides[d] ?? 0);
    rest = Math.floor(rest / (shape[d] ?? 1));
  }
  return place;
}

const places = (layout: Strided) =>
  Array.from({ length: elementCount(layout.shape) }, (_, flat) => placeOf(layout, flat));

function shuffled(random: Random, count: number): number[] {
  const left = Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: count }, () => left.splice(random.int(0, left.length - 1), 1)[0] ?? 0);
}

describe("strides", () => {
  it("are the elements from one index to the next", () => {
    assert.deepEqual(rowMajor([2, 3, 4]).strides, [12, 4, 1]);
    assert.deepEqual(rowMajor([]), { shape: [], strides: [] });
    assert.deepEqual(permuted(rowMajor([2, 3, 4]), [2, 0, 1]), { shape: [4, 2, 3], strides: [1, 12, 4] });
    assert.deepEqual(transposed(rowMajor([2, 3, 4])), { shape: [2, 4, 3], strides: [12, 1, 4] });
  });

  it("are in order whatever dimensions of 1 say", () => {
    assert.ok(isRowMajor({ shape: [1, 3, 1, 2], strides: [99, 2, 5, 1] }));
    assert.ok(!isRowMajor({ shape: [3, 2], strides: [1, 3] }));
  });

  it("give the dimensions as they lie in memory, where these leave no gaps", () => {
    assert.deepEqual(memoryOrder(permuted(rowMajor([2, 3, 4]), [2, 0, 1])), [1, 2, 0]);
    assert.deepEqual(memoryOrder({ shape: [2, 1, 3], strides: [1, 7, 2] }), [1, 2, 0]);
    assert.equal(memoryOrder({ shape: [2, 3], strides: [4, 1] }), undefined);
    assert.equal(memoryOrder({ shape: [2, 3], strides: [0, 1] }), undefined);
  });

  it("spread dimensions over a memory of another order", () => {
    const layout = spread([2, 1, 3], [2, 0]);
    assert.deepEqual(places(layout), [0, 2, 4, 1, 3, 5]);
    assert.deepEqual(memoryOrder(layout), [1, 2, 0]);
  });

  it("say a new shape exactly where strides can", () => {
    const random = randomOf(3);
    let none = 0;
    for (let round = 0; round < 3000; round++) {
      const shape = Array.from({ length: random.int(0, 4) }, () => random.pick([1, 2, 3, 4, 6]));
      const layout = permuted(rowMajor(shape), shuffled(random, shape.length));
      const to: number[] = [];
      for (let left = elementCount(shape); left > 1; left /= to.at(-1) ?? 1)
        to.push(random.pick([left, ...[1, 2, 3, 4].filter((size) => left % size === 0)]));
      const found = reshaped(layout, to);
      const want = places(layout);
      if (found) assert.deepEqual(places(found), want);
      else {
        // Strides that say it would be these: from the first element to the second of each dimension.
        const { strides } = rowMajor(to);
        const only = { shape: to, strides: strides.map((step, d) => (to[d] === 1 ? 0 : (want[step] ?? 0))) };
        assert.notDeepEqual(places(only), want);
        none++;
      }
    }
    assert.ok(none > 100, `only ${none} shapes without strides`);
  });
});
