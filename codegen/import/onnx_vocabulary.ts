/** All names that Mote knows in ONNX files, from its descriptors and the format itself. */

import type { OperatorDescriptor } from "../ops/descriptor.ts";
import type { QuantizedSpelling } from "../ops/onnx_spelling.ts";
import { makerOf } from "./onnx_constants.ts";
import type { FileNode } from "./onnx_model.ts";
import type { Known } from "./onnx_net.ts";

export const QUANTIZE = "QuantizeLinear";
const DEQUANTIZE = "DequantizeLinear";
/** Domains that have both. */
const CODING_DOMAINS: readonly string[] = ["", "com.microsoft"];

/** Whether a node only says how integers stand for real numbers. */
export function isCoding({ domain, type }: Pick<FileNode, "domain" | "type">): boolean {
  return CODING_DOMAINS.includes(domain) && (type === QUANTIZE || type === DEQUANTIZE);
}

function keyOf(domain: string | undefined, name: string): string {
  return `${domain ?? ""}:${name}`;
}

/** All that descriptors say about ONNX, by domain and name. */
export class Vocabulary {
  readonly #plain = new Map<string, Known[]>();
  readonly #quantized = new Map<string, { readonly name: string; readonly quantized: QuantizedSpelling }>();

  constructor(operators: readonly OperatorDescriptor[]) {
    for (const descriptor of operators) {
      for (const spelling of descriptor.onnx ?? []) {
        const key = keyOf(spelling.domain, spelling.name);
        this.#plain.set(key, [...(this.#plain.get(key) ?? []), { descriptor, spelling }]);
        for (const entry of spelling.quantized ?? [])
          this.#quantized.set(keyOf(entry.domain, entry.name), { name: key, quantized: entry });
      }
    }
  }

  plain(node: Pick<FileNode, "domain" | "type">): readonly Known[] {
    return this.#plain.get(keyOf(node.domain, node.type)) ?? [];
  }

  /** The operators behind a name with its quantization spelled out. */
  quantized(
    node: Pick<FileNode, "domain" | "type">,
  ): { readonly known: readonly Known[]; readonly quantized: QuantizedSpelling } | undefined {
    const entry = this.#quantized.get(keyOf(node.domain, node.type));
    return entry && { known: this.#plain.get(entry.name) ?? [], quantized: entry.quantized };
  }

  /** The operators that files also spell out as several nodes. */
  spelledOut(): readonly Known[] {
    return [...this.#plain.values()].flat().filter(({ spelling }) => spelling.patterns);
  }

  /** The operator that does something linear to each channel. */
  affine(): Known | undefined {
    return [...this.#plain.values()].flat().find(({ spelling }) => spelling.affine);
  }

  has(node: Pick<FileNode, "domain" | "type">): boolean {
    const coding = isCoding(node);
    return (
      coding || this.plain(node).length > 0 || !!this.quantized(node) || !!makerOf(node.domain, node.type)
    );
  }
}
