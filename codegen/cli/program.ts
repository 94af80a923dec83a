/** The command `mote`: its subcommands, its exit codes (0 done, 1 refused or different, 2 bad usage), its errors. */

import { Command, CommanderError } from "commander";
import { generatorName } from "../build/kernel_sources.ts";
import type { MoteError } from "../error.ts";
import { benchCommand } from "./bench.ts";
import { buildCommand } from "./build.ts";
import { inspectCommand } from "./inspect.ts";
import { reportCommand } from "./report.ts";
import { runCommand } from "./run.ts";
import { processTerminal, type Terminal } from "./terminal.ts";
import { verifyCommand } from "./verify.ts";

const DONE = 0;
export const REFUSED = 1;
const BAD_USAGE = 2;

/** What a subcommand's action gets from the program: where to print, and how to say that it did not go well. */
export interface Session {
  readonly terminal: Terminal;
  /** The exit code of a command that has done its work: `REFUSED` for a mismatch. */
  exitCode: number;
}

/**
 * Runs one command line.
 * @param words the arguments after `node cli.js`
 * @returns the exit code
 */
export async function main(
  words: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const session: Session = { terminal, exitCode: DONE };
  const program = makeProgram(session);
  try {
    await program.parseAsync(words, { from: "user" });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_USAGE;
    const red = terminal.colors.red;
    if (isMoteError(error)) {
      terminal.err(`${red(error.where)}: ${error.sentence}\n`);
      return error.code === "bad-option" ? BAD_USAGE : REFUSED;
    }
    const reason = error instanceof Error ? error.message : String(error);
    terminal.err(`${red("mote")}: this should not happen, please report it: ${oneLine(reason)}\n`);
    if (process.env.MOTE_DEBUG && error instanceof Error) terminal.err(`${error.stack ?? ""}\n`);
    return REFUSED;
  }
}

function makeProgram(session: Session): Command {
  const { terminal } = session;
  const program = new Command("mote")
    .description("Turns a small trained network into one tiny, exact WebAssembly module without imports.")
    .version(generatorName().replace(/^\S+ /, ""), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .usage("COMMAND [options]")
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 refused or different, 2 bad usage.

Example:
  mote build kws.tflite -o kws --target node
  mote run kws.tflite yes.npy --labels labels.txt`,
    );
  const commands = [buildCommand, runCommand, reportCommand, inspectCommand, benchCommand, verifyCommand];
  for (const makeCommand of commands) program.addCommand(makeCommand(session));
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) =>
        write(`${terminal.colors.red("mote")}: ${usageSentence(text, command)}\n`),
    });
    command.helpOption("-h, --help", "print help");
  }
  return program;
}

/** Commander's message in the form of our own: one sentence, the suggestion, else where to look. */
function usageSentence(text: string, command: Command): string {
  const [message = "", suggestion] = text
    .trim()
    .replace(/^error: /, "")
    .split("\n");
  const path = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
  const advice = suggestion?.replace(/^\(|\)$/g, "") ?? `See ${path} --help.`;
  return `${message.replaceAll("'", '"').replace(/\.$/, "")}. ${advice}`;
}

/** By name, because the compiler may be loaded as another copy of the module (as tsx does under mocha). */
function isMoteError(error: unknown): error is MoteError {
  return error instanceof Error && error.name === "MoteError" && "sentence" in error;
}

function oneLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
