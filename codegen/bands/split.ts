/**
 * Rewrites operators that follow each other to run band by band. What only they need of a tensor between them is kept in a
 * ring of a few rows: before a band, the rows of it that are still needed move to the front.
 */

import { ABSENT, type Graph, type Operator, tensorAt } from "../graph/graph.ts";
import { type Tensor, type TensorId, tensorBytes } from "../graph/tensor.ts";
import { OPERATORS } from "../ops/index.ts";
import { flowOf, rowsNeeded, rowsOf } from "./flow.ts";
import { type Member, type Part, schedule } from "./schedule.ts";

/** Operators `first` to `first` + `count` − 1 of a graph, and the rows of their last output that are computed at a time. */
export interface Group {
  readonly first: number;
  readonly count: number;
  readonly height: number;
}

/** A graph with some operators in bands, and for each of its operators the position of the one that it comes from. */
export interface Banded {
  readonly graph: Graph;
  readonly origins: readonly number[];
}

/** The operators as members of a group; `undefined` where one has to run as a whole, or needs all of what another gives. */
export function membersOf(graph: Graph, first: number, count: number): readonly Member[] | undefined {
  const operators = graph.operators.slice(first, first + count);
  const inside = new Set(operators);
  const viewed = new Set(graph.tensors.flatMap(({ view }) => (view ? [view.of] : [])));
  const outside = new Set([
    ...graph.outputs,
    ...graph.operators.flatMap((operator) => (inside.has(operator) ? [] : operator.inputs)),
  ]);
  const members = operators.flatMap((operator): Member[] => {
    const flow = flowOf(graph, operator);
    const [output = ABSENT] = operator.outputs;
    if (!flow || output === ABSENT) return [];
    const tensor = tensorAt(graph, output);
    const kept = outside.has(output) || viewed.has(output) || tensor.view !== undefined;
    return [{ operator, flow, output, rows: rowsOf(tensor), kept }];
  });
  const written = new Set(members.map(({ output }) => output));
  const whole = members.some(({ operator, flow }) =>
    operator.inputs.some((id, position) => written.has(id) && !flow.sliced.includes(position)),
  );
  // Operators that need nothing of each other gain nothing.
  const linked = members
    .slice(0, -1)
    .every(({ output }) => members.some(({ operator }) => operator.inputs.includes(output)));
  const ends = members.at(-1)?.kept === true;
  return members.length === count && !whole && linked && ends ? members : undefined;
}

/** The graph with `groups`, in order and apart from each other, in bands. */
export function inBands(graph: Graph, groups: readonly Group[]): Banded {
  const tensors: Tensor[] = [...graph.tensors];
  const operators: Operator[] = [];
  const origins: number[] = [];
  let next = 0;
  for (const { first, count, height } of groups) {
    for (; next < first; next++) take(graph.operators[next], next);
    const members = membersOf(graph, first, count) ?? [];
    splitMembers(members, height, tensors).forEach(({ operator, member }) => {
      take(operator, first + member);
    });
    next = first + count;
  }
  for (; next < graph.operators.length; next++) take(graph.operators[next], next);
  return { graph: { ...graph, tensors, operators }, origins };

  function take(operator: Operator | undefined, origin: number): void {
    if (!operator) return;
    operators.push(operator);
    origins.push(origin);
  }
}

interface Split {
  readonly operator: Operator;
  /** Which of the members it comes from. */
  readonly member: number;
}

/** The operators of all bands, in order; adds their tensors to `tensors`. */
function splitMembers(members: readonly Member[], height: number, tensors: Tensor[]): Split[] {
  const bands = schedule(members, height);
  const rings = new Map<TensorId, TensorId>();
  const add = (tensor: Tensor): TensorId => tensors.push(tensor) - 1;
  members.forEach(({ output, kept }, k) => {
    if (kept) return;
    const rows = bands.reduce((most, band) => Math.max(most, (band[k]?.end ?? 0) - (band[k]?.start ?? 0)), 1);
    rings.set(output, add(withRows(tensorAt({ tensors }, output), rows)));
  });
  /** Rows [first, end) of a tensor, the ring of which starts with row `start`. */
  const rowsOfTensor = (id: TensorId, [first, end]: readonly [number, number], start: number): TensorId => {
    const tensor = tensorAt({ tensors }, id);
    const ring = rings.get(id);
    const offset = (first - (ring === undefined ? 0 : start)) * rowBytes(tensor);
    return add({ ...withRows(tensor, end - first), view: { of: ring ?? id, offset } });
  };

  return bands.flatMap((band, number) =>
    members.flatMap((member, k): Split[] => {
      const [part, before] = [band[k], bands[number - 1]?.[k]];
      if (!part) return [];
      const moved = before && !member.kept && part.start > before.start && part.start < part.first;
      return [
        ...(moved ? [moveRows(member, part, before)] : []),
        ...(part.end > part.first ? [computeRows(member, part, band)] : []),
      ].map((operator) => ({ operator, member: k }));
    }),
  );

  /** Moves the rows that are still needed to the front of the ring. */
  function moveRows({ operator, output }: Member, part: Part, before: Part): Operator {
    const rows = [part.start, part.first] as const;
    const from = rowsOfTensor(output, rows, before.start);
    const to = rowsOfTensor(output, rows, part.start);
    const descriptor = OPERATORS.find(({ jobs }) => jobs?.view);
    if (!descriptor?.jobs?.view) throw new RangeError("no operator copies a tensor");
    return {
      kind: descriptor.kind,
      spelling: descriptor.kind.toUpperCase(),
      name: `${operator.name}, ${rowText(rows)} again`,
      index: operator.index,
      inputs: [from],
      outputs: [to],
      attributes: descriptor.jobs.view(tensorAt({ tensors }, to).shape),
      band: rows,
    };
  }

  function computeRows(
    { operator, flow, output, rows }: Member,
    part: Part,
    band: readonly Part[],
  ): Operator {
    const computed = [part.first, part.end] as const;
    const { stride, padding, reach } = flow;
    const inputs = operator.inputs.map((id, position) => {
      if (!flow.sliced.includes(position)) return id;
      const producer = members.findIndex((member) => member.output === id);
      const needed = rowsNeeded(flow, computed, rowsOf(tensorAt({ tensors }, id)));
      return rowsOfTensor(id, needed, band[producer]?.start ?? 0);
    });
    const [input = ABSENT] = operator.inputs;
    const inputRows = input === ABSENT ? rows : rowsOf(tensorAt({ tensors }, input));
    return {
      ...operator,
      name: `${operator.name}, ${rowText(computed)}`,
      inputs,
      outputs: [rowsOfTensor(output, computed, part.start)],
      attributes: flow.attributes(
        Math.max(0, padding - part.first * stride),
        Math.max(0, (part.end - 1) * stride - padding + reach - inputRows),
      ),
      band: computed,
    };
  }
}

function rowText([first, end]: readonly [number, number]): string {
  return end - first === 1 ? `row ${first}` : `rows ${first} to ${end - 1}`;
}

function rowBytes(tensor: Tensor): number {
  return tensorBytes(tensor) / rowsOf(tensor);
}

/** A tensor of other rows, with memory of its own. */
function withRows({ view: _, ...tensor }: Tensor, rows: number): Tensor {
  const [batch = 1, , ...rest] = tensor.shape;
  return { ...tensor, shape: [batch, rows, ...rest] };
}
