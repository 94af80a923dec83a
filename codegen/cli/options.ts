/** Options that several commands share, and how their values are read. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { CompileOptions, Optimize } from "../compile_result.ts";
import { MoteError } from "../error.ts";
import { TARGET_NAMES, targetNamed } from "../plan/target.ts";

/** How a model file is built before a command runs it. */
export interface BuildFlags {
  readonly name?: string;
  readonly target?: string;
  readonly simd?: string;
  readonly optimize?: string;
  readonly maxRam?: number;
  readonly bytePages?: boolean;
  readonly floats?: boolean;
  readonly flashWeights?: boolean;
  readonly stateful?: boolean;
  readonly shape?: Readonly<Record<string, readonly number[]>>;
}

const OPTIMIZE: readonly Optimize[] = ["size", "balanced", "speed"];

/** Adds --target, --simd, --optimize and what else makes another module of a model; `simd` says what --simd takes. */
export function withBuildFlags(
  command: Command,
  simd = "relaxed, 128 or none (default: 128 for web and node)",
): Command {
  return command
    .option("--target <target>", `${TARGET_NAMES} (default: portable)`)
    .option("--simd <level>", simd)
    .option("--optimize <goal>", "size, balanced or speed (default: balanced)")
    .option(
      "--max-ram <bytes>",
      "run layers in bands of rows until the arena takes no more, or refuse the model",
      parseBytes,
    )
    .option("--stateful", "recurrent layers of an .onnx model keep their state between inferences")
    .addOption(shapeOption());
}

/** --shape. */
export function shapeOption(): Option {
  return new Option(
    "--shape <name=1x49x10>",
    "shape of an input that the model leaves open; may be repeated",
  ).argParser(inputShape);
}

/**
 * Checks the flags before any file is read, so that bad usage is told first.
 * Throws a `MoteError` with code `bad-option`.
 */
export function compileOptions(flags: BuildFlags): CompileOptions {
  const target = targetNamed(flags.target ?? "portable", flags);
  const optimize = flags.optimize ?? "balanced";
  if (!OPTIMIZE.some((goal) => goal === optimize)) {
    throw new MoteError(
      "bad-option",
      "mote",
      `unknown --optimize "${optimize}". Choices are: ${OPTIMIZE.join(", ")}.`,
    );
  }
  return {
    target: target.name,
    simd: target.simd,
    optimize,
    ...(flags.bytePages === undefined ? {} : { bytePages: flags.bytePages }),
    ...(flags.maxRam === undefined ? {} : { maxRam: flags.maxRam }),
    ...(flags.floats === undefined ? {} : { floats: flags.floats }),
    ...(flags.flashWeights === undefined ? {} : { flashWeights: flags.flashWeights }),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.shape === undefined ? {} : { shapes: flags.shape }),
    ...(flags.stateful === undefined ? {} : { stateful: flags.stateful }),
  };
}

/** Whether any of the flags that only model files know was given. */
export function givenFlags(flags: BuildFlags): string[] {
  return (["target", "simd", "optimize", "name", "shape", "stateful", "maxRam"] as const)
    .filter((flag) => flags[flag] !== undefined)
    .map((flag) => `--${flag === "maxRam" ? "max-ram" : flag}`);
}

/** Bytes, such as `65536`, `64KiB` or `64KB` (1,000 bytes each). */
export function parseBytes(text: string): number {
  const match = /^(\d+)\s*(B|KB|KiB)?$/i.exec(text);
  const unit = match?.[2]?.toLowerCase();
  const bytes = Number(match?.[1]) * (unit === "kb" ? 1000 : unit === "kib" ? 1024 : 1);
  if (!match || !Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError("Expected a number of bytes, such as 65536, 64KB or 64KiB.");
  }
  return bytes;
}

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Reads a list separated by commas. */
export function list(text: string): string[] {
  return text.split(",").map((word) => word.trim());
}

/** Reads `name=1x49x10` and adds it to the shapes given before. */
export function inputShape(
  text: string,
  given: Readonly<Record<string, readonly number[]>> = {},
): Readonly<Record<string, readonly number[]>> {
  const [, name, sizes] = /^(.+)=(\d+(?:[x×]\d+)*)$/.exec(text) ?? [];
  if (!name || !sizes) {
    throw new InvalidArgumentError("Expected an input's name and its dimensions, such as x=1x49x10.");
  }
  return { ...given, [name]: sizes.split(/[x×]/).map(Number) };
}
