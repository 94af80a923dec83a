/** Installs the packages of a folder from its lockfile, unless just these are there: `node bench/install.mjs bench`. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const folder = process.argv[2];
if (folder === undefined) throw new Error("install.mjs needs a folder with a package-lock.json");

/** Version by place, of packages that every machine gets. */
function packagesOf(lockfile) {
  if (!existsSync(lockfile)) return undefined;
  const { packages } = JSON.parse(readFileSync(lockfile, "utf8"));
  return Object.entries(packages).filter(([place, { optional }]) => place !== "" && !optional);
}

const wanted = packagesOf(`${folder}/package-lock.json`) ?? [];
// npm keeps a lockfile of what it has installed.
const installed = Object.fromEntries(packagesOf(`${folder}/node_modules/.package-lock.json`) ?? []);
if (wanted.some(([place, { version }]) => installed[place]?.version !== version)) {
  console.error(`installing the packages of ${folder}/`);
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"], {
    cwd: folder,
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}
