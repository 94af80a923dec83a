/** A web server for one page on this machine: files of folders and of memory, TypeScript as JavaScript. */

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** What a server gives: the first that has a path's content wins. */
export interface Content {
  /** Contents by path, as `/models/kws.tflite`. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  /** Folders by the path that they appear under, as `/repo/`. */
  readonly folders: ReadonlyMap<string, URL>;
}

const MIME: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".ts": "text/javascript",
  ".wasm": "application/wasm",
};

/** Where a server listens, and how it ends. */
export interface Site {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Serves `content` on a free port of this machine. The headers isolate the page, so that `performance.now` counts in
 * steps of 5 µs instead of 100 (HTML standard, "cross-origin isolated").
 */
export async function serve(content: Content): Promise<Site> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://127.0.0.1").pathname);
    const body = contentAt(content, path);
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": MIME[extname(path)] ?? "application/octet-stream",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cache-control": "no-store",
    });
    response.end(body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function contentAt({ files, folders }: Content, path: string): Uint8Array | string | undefined {
  const file = files.get(path);
  if (file !== undefined) return file;
  for (const [prefix, folder] of folders) {
    if (!path.startsWith(prefix)) continue;
    const place = new URL(path.slice(prefix.length), folder);
    // A path with ".." in it must not lead out of its folder.
    if (!place.href.startsWith(folder.href)) return undefined;
    try {
      const bytes = readFileSync(place);
      return extname(path) === ".ts" ? asJavaScript(bytes.toString(), fileURLToPath(place)) : bytes;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Types taken out, all else as it is: imports keep their `.ts`, which this server answers. */
function asJavaScript(text: string, fileName: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  return ts.transpileModule(text, { fileName, compilerOptions }).outputText;
}
