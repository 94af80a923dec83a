/** The ratios that the project sets itself: time of a build of Mote over a peer's, in the same page; lower is better. */

export interface Target {
  /** Contestants. */
  readonly ours: string;
  readonly peer: string;
  /** By network. */
  readonly most: Readonly<Record<string, number>>;
}

export const TARGETS: readonly Target[] = [
  { ours: "mote-relaxed", peer: "litert", most: { ad01: 0.85, kws: 0.6, resnet: 0.95, vww: 0.4 } },
  { ours: "mote-simd", peer: "tfjs-tflite", most: { ad01: 0.85, kws: 0.65, resnet: 0.9, vww: 0.5 } },
  { ours: "mote-simd", peer: "onnxruntime", most: { ad01: 0.2, kws: 0.2, resnet: 0.5, vww: 0.15 } },
];

/** Most milliseconds from nothing to the first output of an MLPerf Tiny network in Chromium. */
export const MOST_START = 15;
