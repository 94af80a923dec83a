/** Registers `plain_packages.mjs` after tsx: `node --import=tsx --import=./scripts/loader/register.mjs`. */

import { register } from "node:module";

register("./plain_packages.mjs", import.meta.url);
