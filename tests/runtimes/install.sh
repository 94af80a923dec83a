#!/usr/bin/env bash
# Builds the runners into .cache/runtimes, those that aren't there yet or are older than their source; names on the command line choose some:
# wasm3 wasm3-bare wasmi wamr-fast wamr-classic wasm2c. Sources come from PyPI, crates.io and Debian.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
cache=$(cd ../.. && pwd)/.cache/runtimes
mkdir -p "$cache"

# The sources of wasm3 0.5.0, from the sdist that PyPI has.
wasm3_sources() {
  [ -d "$cache/pywasm3-0.5.0/wasm3" ] && return
  pip download -q --no-deps --no-binary :all: pywasm3==0.5.0 -d "$cache"
  tar -xzf "$cache/pywasm3-0.5.0.tar.gz" -C "$cache"
}

# wasm3 NAME FLAG...: a runner called NAME.
wasm3() {
  wasm3_sources
  local name=$1 sources=$cache/pywasm3-0.5.0/wasm3
  shift
  gcc -O3 -w -DNDEBUG -Dd_m3MaxConstantTableSize=64 "$@" -I"$sources" -I"$here" "$here/run.c" "$here/wasm3.c" "$sources"/*.c -lm -o "$cache/$name"
}

wamr() {
  cargo fetch -q --manifest-path "$here/wamr/Cargo.toml"
  local root
  root=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/wamr-sys-0.1.1/wasm-micro-runtime | head -n 1)
  cmake -S "$here/wamr" -B "$cache/$1.build" -DWAMR_ROOT_DIR="$root" -DWAMR_BUILD_FAST_INTERP="$2" >/dev/null
  cmake --build "$cache/$1.build" -j 2 >/dev/null
  cp "$cache/$1.build/run" "$cache/$1"
}

# How a runner is built.
build() {
  case $1 in
  wasm3) wasm3 wasm3 ;;
  wasm3-bare) wasm3 wasm3-bare -Dd_m3HasFloat=0 ;;
  wasmi)
    cargo build -q --release --manifest-path "$here/wasmi/Cargo.toml" --target-dir "$cache/wasmi.build"
    cp "$cache/wasmi.build/release/run_wasmi" "$cache/wasmi"
    ;;
  wamr-fast) wamr wamr-fast 1 ;;
  wamr-classic) wamr wamr-classic 0 ;;
  wasm2c) command -v wasm2c >/dev/null && ln -sf "$(command -v wasm2c)" "$cache/wasm2c" ;;
  *)
    echo "install.sh: unknown runtime \"$1\"" >&2
    return 1
    ;;
  esac
}

[ $# -gt 0 ] || set -- wasm3 wasm3-bare wasmi wamr-fast wamr-classic wasm2c
for name in "$@"; do
  # Runners share sources, so whatever is newer makes all old.
  [ -e "$cache/$name" ] && [ -z "$(find "$here" -type f ! -name '*.ts' -newer "$cache/$name")" ] && continue
  echo "building $name"
  build "$name"
done
