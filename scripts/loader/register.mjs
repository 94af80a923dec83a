/** Runs TypeScript, and packages as they are: `node --import=./scripts/loader/register.mjs file.ts`. */

import { register } from "node:module";
import "tsx";

// The last one to be registered is asked first.
register("./plain_packages.mjs", import.meta.url);
