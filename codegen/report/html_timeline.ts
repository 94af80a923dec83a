/** The arena as inline SVG: blocks over layers and addresses, what is in use, and the lower bound. */

import type { ReportFigures } from "./figures.ts";
import { integer, shortName } from "./format.ts";
import { escapeHtml } from "./html_escape.ts";
import type { Block } from "./occupancy.ts";

const WIDTH = 1160;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 88;
const TOP = 14;
const BOTTOM = 40;

export function timelineSvg({ layers, memory, inputs, outputs }: ReportFigures): string {
  const count = Math.max(1, layers.length);
  const base = Math.min(...memory.blocks.map((block) => block.address));
  const top = Math.max(1, memory.arena, memory.bound);
  const x = (layer: number): number => round(LEFT + ((WIDTH - LEFT - RIGHT) * layer) / count);
  const y = (bytes: number): number => round(HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * bytes) / top);

  const ports = new Set([...inputs, ...outputs].map(({ name }) => name));
  const blocks = memory.blocks.map((block) => {
    // Inputs begin before the first layer and outputs stay after the last one: both end at the chart's edge.
    const first = Math.max(0, block.first);
    const last = Math.min(count - 1, Math.max(first, block.last));
    const offset = block.address - base;
    const height = round(y(offset) - y(offset + block.bytes));
    return (
      `<rect class="block ${blockClass(block, ports)}" x="${x(first)}" y="${y(offset + block.bytes)}" ` +
      `width="${round(x(last + 1) - x(first))}" height="${height}">` +
      `<title>${escapeHtml(`${shortName(block.name)}: ${integer(block.bytes)} bytes at ${integer(block.address)}, layers ${first} to ${last}`)}</title></rect>`
    );
  });
  const use = layers.map(
    ({ ramBytes }, index) => `${x(index)},${y(ramBytes)} ${x(index + 1)},${y(ramBytes)}`,
  );
  const ticks = tickValues(top).map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${integer(value)}</text>`,
  );
  const every = Math.ceil(count / 30);
  const marks = layers
    .filter((_, index) => index % every === 0)
    .map(
      ({ index }) =>
        `<text x="${round((x(index) + x(index + 1)) / 2)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${index}</text>`,
    );
  const labelX = WIDTH - RIGHT + 8;
  // Two labels of one line each: the lower one is moved down where they would touch.
  const boundY = Math.max(y(memory.bound), y(memory.arena) + 28);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Arena over layers: ${integer(memory.arena)} bytes, lower bound ${integer(memory.bound)}">`,
    ...ticks,
    ...blocks,
    `<polyline class="use" points="${use.join(" ")}"/>`,
    `<line class="bound" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(memory.bound)}" y2="${y(memory.bound)}"/>`,
    `<text x="${labelX}" y="${y(memory.arena) + 4}">arena</text>`,
    `<text x="${labelX}" y="${y(memory.arena) + 17}">${integer(memory.arena)}</text>`,
    `<text class="bound-label" x="${labelX}" y="${boundY + 6}">bound</text>`,
    `<text class="bound-label" x="${labelX}" y="${boundY + 19}">${integer(memory.bound)}</text>`,
    ...marks,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">layer</text>`,
    "</svg>",
  ].join("\n");
}

function blockClass({ name, state }: Block, ports: ReadonlySet<string>): string {
  if (state) return "state";
  if (ports.has(name)) return "port";
  return name.startsWith("scratch") ? "scratch" : "activation";
}

/** Multiples of 1, 2 or 5 · 10ⁿ below `top`, from 0, at most seven. */
function tickValues(top: number): number[] {
  const power = 10 ** Math.floor(Math.log10(top / 6));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((factor) => factor * power).find((size) => top / size <= 6) ?? top,
  );
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
