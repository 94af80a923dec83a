/** A network of float layers, as `convert/float_layers.ts` writes it. */

/** A constant's shape, and where its float32 values start, counted in values. */
export interface Constant {
  readonly shape: readonly number[];
  readonly offset: number;
}

export interface FloatLayer {
  readonly kind: string;
  /** Tensors by number. */
  readonly inputs: readonly number[];
  readonly output: number;
  readonly activation: string;
  readonly filter?: Constant;
  readonly bias?: Constant;
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  /** Before and after, by dimension of NHWC. */
  readonly pads?: readonly (readonly number[])[];
  readonly window?: readonly number[];
  /** Of a reshape. */
  readonly shape?: readonly number[];
}

export interface FloatNetwork {
  readonly input: number;
  readonly output: number;
  readonly layers: readonly FloatLayer[];
}
