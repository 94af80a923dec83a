/** How a report writes numbers, shapes and names; the same in every locale. */

import { dimensions } from "../graph/tensor.ts";

/** `12,345` */
export function integer(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Two decimals, thousands grouped: `1,234.50`. */
export function decimal(value: number): string {
  const [whole = "0", fraction = "00"] = value.toFixed(2).split(".");
  return `${integer(Number(whole))}.${fraction}`;
}

/** A share in [0, 1] as a percentage with one decimal: `12.3`. */
export function percent(share: number): string {
  return (share * 100).toFixed(1);
}

export function shapesText(shapes: readonly (readonly number[])[]): string {
  return shapes.map(dimensions).join(", ") || "–";
}

/** `1 page`, `2 pages` */
export function counted(count: number, noun: string): string {
  return `${integer(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A name from a model file without control characters, which a terminal would obey. */
export function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, "�");
}

const LONGEST_NAME = 28;

/**
 * The end of the first of the names that converters join by `;`, at most 28 characters: exporters name an
 * operator after all the ones they fused into it, each with its whole path.
 */
export function shortName(name: string): string {
  const first = name.split(";")[0] ?? "";
  const short = printable(first).split("/").filter(Boolean).slice(-2).join("/");
  return short.length <= LONGEST_NAME ? short : `…${short.slice(1 - LONGEST_NAME)}`;
}
