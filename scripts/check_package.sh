#!/usr/bin/env bash
# Packs the package, installs the tarball in an empty folder, and uses it as a new user would: the command, and
# `import { compileModel } from "mote-nn"` from a small TypeScript program with its types.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

tarball=$(cd "$root" && npm pack --silent --ignore-scripts --pack-destination "$folder")
cd "$folder"
cat >package.json <<'EOF'
{ "name": "user", "private": true, "type": "module" }
EOF
npm install --silent --no-audit --no-fund "./$tarball" "typescript@$(node -p "require('$root/node_modules/typescript/package.json').version")" "@types/node@20"
cp "$root/models/digits/digits.tflite" .
cat >program.ts <<'EOF'
import { readFileSync } from "node:fs";
import { compileModel, type CompileResult, MoteError } from "mote-nn";

const bytes = readFileSync("digits.tflite");
const { wasm, report }: CompileResult = await compileModel(bytes, { name: "digits", target: "node" });
if (!WebAssembly.validate(new Uint8Array(wasm))) throw new Error("not a module");
console.log(report.bytes.wasm, report.layers.length);
try {
  await compileModel(bytes, { target: "esp32" });
} catch (error) {
  if (!(error instanceof MoteError) || error.code !== "bad-option") throw error;
}
EOF
npx tsc --strict --noEmit false --outDir out --module nodenext --target es2022 --types node program.ts
node out/program.js
npx mote --version
npx mote build digits.tflite -o built
npx mote verify built/digits.wasm "$root/models/digits"
echo "the packed package works"
