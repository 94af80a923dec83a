/** Where the commands print: text, colours only on a terminal, and a progress line on standard error. */

import picocolors from "picocolors";

/** A place to print; tests pass their own. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colors: Colors;
  /** Whether standard error is a terminal, where a progress line can be redrawn. */
  readonly showsProgress: boolean;
}

export type Colors = ReturnType<typeof picocolors.createColors>;

/** The process's own streams. NO_COLOR and FORCE_COLOR are respected. */
export function processTerminal(): Terminal {
  const { env, stdout, stderr } = process;
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "";
  const colors = (env.NO_COLOR === undefined || env.NO_COLOR === "") && (forced || stdout.isTTY === true);
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    // Always told, never left to its own guess: it takes any CI for a terminal.
    colors: picocolors.createColors(colors && env.TERM !== "dumb"),
    showsProgress: stderr.isTTY && env.TERM !== "dumb",
  };
}

/** A line on standard error that says what is going on, and goes away. */
export interface Progress {
  update(text: string): void;
  done(): void;
}

const CLEAR_LINE = "\r\x1b[2K";

/**
 * Starts a progress line, drawn at once: the compiler blocks the event loop, so that a timer would come late.
 * Seconds are added from the first on.
 */
function startProgress(terminal: Terminal, text: string): Progress {
  if (!terminal.showsProgress) return { update: () => undefined, done: () => undefined };
  const start = Date.now();
  let shown = text;
  const draw = (): void => {
    const seconds = Math.floor((Date.now() - start) / 1000);
    terminal.err(`${CLEAR_LINE}mote: ${shown}${seconds > 0 ? ` (${seconds} s)` : ""} …`);
  };
  const timer = setInterval(draw, 250);
  timer.unref();
  draw();
  return {
    update: (next) => {
      shown = next;
      draw();
    },
    done: () => {
      clearInterval(timer);
      terminal.err(CLEAR_LINE);
    },
  };
}

/** Runs `task` under a progress line. */
export async function withProgress<T>(
  terminal: Terminal,
  text: string,
  task: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = startProgress(terminal, text);
  try {
    return await task(progress);
  } finally {
    progress.done();
  }
}
