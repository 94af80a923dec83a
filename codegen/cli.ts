#!/usr/bin/env node
/** Entry of the command `mote`. */

import { main } from "./cli/program.ts";

// A reader that goes away early, such as `head`, is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

process.exitCode = await main(process.argv.slice(2));
