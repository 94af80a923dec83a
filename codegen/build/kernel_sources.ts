/** The text of the kernels: the files below `assembly/` of this package, by path. */

import { existsSync, readFileSync } from "node:fs";

const cache = new Map<string, string | undefined>();

/** Folder of this package: the nearest one above this file that has a package.json. */
export function packageFolder(): URL {
  let folder = new URL(".", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const parent = new URL("..", folder);
    if (parent.href === folder.href) throw new RangeError("mote-nn's package.json is missing");
    folder = parent;
  }
  return folder;
}

/** Source of `assembly/<path>.ts`; `undefined` where there is no such kernel file. */
export function kernelSource(path: string): string | undefined {
  if (!cache.has(path)) {
    const url = new URL(`assembly/${path}.ts`, packageFolder());
    cache.set(path, existsSync(url) ? readFileSync(url, "utf8") : undefined);
  }
  return cache.get(path);
}

/** Paths of the kernel files that `entry` imports, directly or not, itself included. */
export function kernelClosure(entries: Iterable<string>): string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, target = ""] of (kernelSource(path) ?? "").matchAll(/from "(\.{1,2}\/[^"]+)"/g)) {
      visit(new URL(target, `file:///${path}`).pathname.slice(1));
    }
  };
  for (const entry of entries) visit(entry);
  return [...found].sort();
}

/** The name and version of this package: `mote-nn 0.1.0`. */
export function generatorName(): string {
  const text = readFileSync(new URL("package.json", packageFolder()), "utf8");
  const { name, version }: { name: string; version: string } = JSON.parse(text);
  return `${name} ${version}`;
}
