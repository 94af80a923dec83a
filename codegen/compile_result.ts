/** What `compileModel` takes and gives: plain data. */

import type { Execution } from "./count/execution.ts";
import type { DType } from "./graph/tensor.ts";

export type Optimize = "size" | "balanced" | "speed";

export interface CompileOptions {
  /** Model name, made an identifier: names the files and the C symbols. Default: the file's name. */
  readonly name?: string;
  /** File name for messages; default `<name>.tflite` or `<name>.onnx`. */
  readonly file?: string;
  readonly target?: string;
  readonly simd?: string;
  readonly optimize?: string;
  /** Linear memory in pages of one byte: exactly as much as is used; for runtimes with custom page sizes. */
  readonly bytePages?: boolean;
  /** `false`: refuses a network that computes with floats. */
  readonly floats?: boolean;
  /** Whether weights stay in the module's bytes, from which layers copy what they need. Default: the target's own. */
  readonly flashWeights?: boolean;
  /** Leaves out the `mote` custom section. */
  readonly strip?: boolean;
  /** Exports `invoke_layer`. */
  readonly profile?: boolean;
  /** Most bytes the arena may take: layers run in bands of rows until it does; what still takes more is refused. */
  readonly maxRam?: number;
  /** Shapes of inputs by name, for models that leave dimensions open: `{ x: [1, 49, 10] }`. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Recurrent layers of an .onnx model keep their state from one inference to the next; the module exports `reset`. */
  readonly stateful?: boolean;
  /** Gives the bytes of a file beside an .onnx model that holds some of its constants; undefined: there is none. */
  readonly externalData?: (location: string) => Uint8Array | undefined;
  /** Names of passes to leave out; for tests and bug reports. */
  readonly skipPasses?: readonly string[];
}

/** An input or output in the manifest. */
export interface ManifestTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Absent for tensors without quantization (float32). */
  readonly scale?: number;
  readonly zeroPoint?: number;
  /** Byte address in linear memory: the value of the global `input_<i>` or `output_<i>`. */
  readonly address: number;
  readonly bytes: number;
}

/** The content of the custom section `mote`, and of the manifest inside `<name>.js`. */
export interface Manifest {
  readonly abi: 1;
  readonly name: string;
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  /** Bytes that the module keeps from one inference to the next; where there are any, it exports `reset`. */
  readonly stateBytes: number;
  /** Set where some layers compute with floats. */
  readonly floats?: true;
  /** `mote-nn 0.1.0` */
  readonly generator: string;
  /** SHA-256 of the model file, and of the files beside it that hold its constants in the order of their use; hex. */
  readonly source: string;
  readonly target: string;
  readonly simd: string;
  /**
   * Set where relaxed dot products are used, the value of the global `dot_bits`: outputs are right only on machines that
   * multiply second operands of so many bits exactly.
   */
  readonly dotBits?: 7 | 8;
  /** Set where weights stay in the module's bytes: the runtime must know passive segments and `memory.init`. */
  readonly flashWeights?: true;
  readonly optimize: Optimize;
}

export interface ReportLayer {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly operatorName: string;
  readonly kernel: string;
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShapes: readonly (readonly number[])[];
  readonly inline: boolean;
  /** Whether it computes with floats. */
  readonly floats: boolean;
  /** Of layers of products with constant weights: no sum lies outside, whatever the input, and the bits that it is kept in. */
  readonly sums?: { readonly low: number; readonly high: number; readonly bits: 32 | 64 };
  readonly macs: number;
  readonly weightBytes: number;
  readonly tableBytes: number;
  readonly ramBytes: number;
  /** Bytes of this layer's own function; shared kernels are in `report.shared`. */
  readonly codeBytes: number;
}

export interface Report {
  readonly name: string;
  readonly file: string;
  readonly target: string;
  readonly simd: string;
  readonly optimize: Optimize;
  readonly generator: string;
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  readonly bytes: {
    readonly model: number;
    readonly wasm: number;
    readonly code: number;
    readonly weights: number;
    readonly tables: number;
    readonly metadata: number;
  };
  readonly memory: {
    readonly arena: number;
    readonly bound: number;
    /** What the arena would take if no layers ran in bands of rows, where some do. */
    readonly withoutBands?: number;
    /** Bytes of the arena that keep their value from one inference to the next. */
    readonly state: number;
    /** Bytes of constants that memory holds for good, and of those that stay in the module's bytes until a layer needs them. */
    readonly weights: number;
    readonly flash: number;
    readonly total: number;
    readonly pages: number;
    /** Bytes of linear memory that the module takes on its target: whole pages, or what is used where that is possible. */
    readonly linear: number;
    /** Every block of the arena with its address, size and lifetime in layer indices (inclusive). */
    readonly blocks: readonly {
      name: string;
      address: number;
      bytes: number;
      first: number;
      last: number;
      /** Whether part of it is state. */
      state?: true;
    }[];
  };
  /** What one inference executes, where it was counted. */
  readonly execution?: Execution;
  readonly macs: number;
  /** Whether the module needs floats, because some layers do. */
  readonly floats: boolean;
  readonly layers: readonly ReportLayer[];
  /** Functions that several layers call. */
  readonly shared: readonly { readonly name: string; readonly codeBytes: number }[];
  /** What each pass changed, in order. */
  readonly passes: readonly PassReport[];
  /** All builds of a package that has several, this one among them. */
  readonly builds?: readonly ReportBuild[];
}

/** A module beside others of the same model: bytes of the module, of its arena and of its memory. */
export interface ReportBuild {
  readonly file: string;
  readonly simd: string;
  readonly wasm: number;
  readonly arena: number;
  readonly total: number;
}

export interface PassReport {
  readonly name: string;
  readonly operators: readonly [before: number, after: number];
  readonly macs: readonly [before: number, after: number];
  readonly weightBytes: readonly [before: number, after: number];
}

export interface CompileResult {
  readonly wasm: Uint8Array;
  readonly manifest: Manifest;
  /** Path to text: `model.ts` and the kernels it uses. */
  readonly source: Readonly<Record<string, string>>;
  /** The initial data of memory as one image, and the data that stays in flash, for `--emit as`. */
  readonly weights: Uint8Array;
  readonly flash: Uint8Array;
  readonly report: Report;
  /** What the module's functions were called in the source, by index; the module itself keeps no names. */
  readonly functionNames: readonly string[];
}
