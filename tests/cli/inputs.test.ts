/** Input files of every kind as a tensor's own values: shapes, types, pixels, sound, and what is refused. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import jpeg from "jpeg-js";
import type { PixelRange } from "../../codegen/cli/inputs/image.ts";
import { readSamples } from "../../codegen/cli/inputs/index.ts";
import { writeNpy } from "../../codegen/cli/inputs/npy.ts";
import type { ManifestTensor } from "../../codegen/compile_result.ts";
import { MoteError } from "../../codegen/error.ts";
import { bytesOf, type DType, tensorBytes, type Values } from "../../codegen/graph/tensor.ts";

function tensor(
  shape: readonly number[],
  dtype: DType = "int8",
  scale?: number,
  zeroPoint = 0,
): ManifestTensor {
  const bytes = tensorBytes({ shape, dtype });
  return {
    name: "in",
    shape,
    dtype,
    address: 0,
    bytes,
    ...(scale === undefined ? {} : { scale, zeroPoint }),
  };
}

const GREY = tensor([1, 2, 2, 1], "int8", Math.fround(1 / 255), -128);
const COLOUR = tensor([1, 2, 2, 3], "uint8", Math.fround(1 / 255), 0);

describe("input files", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-inputs-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function read(
    name: string,
    content: Uint8Array | string,
    into: ManifestTensor,
    pixels?: PixelRange,
  ): Promise<number[][]> {
    const path = join(folder, name);
    await writeFile(path, content);
    const samples: Values[] = await readSamples(path, into, pixels ? { pixels } : {});
    return samples.map((values) => Array.from(values, Number));
  }

  async function refused(
    name: string,
    content: Uint8Array | string,
    into: ManifestTensor,
    sentence: RegExp,
  ): Promise<void> {
    await assert.rejects(read(name, content, into), (error) => {
      assert.ok(error instanceof MoteError, String(error));
      assert.match(error.message, sentence);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  }

  describe("numbers", () => {
    const three = tensor([1, 3], "int8", 0.5, 1);

    it("takes integers as they are and quantizes real values, half away from zero", async () => {
      assert.deepEqual(await read("a.npy", writeNpy("int8", [1, 3], Int8Array.of(-128, 0, 127)), three), [
        [-128, 0, 127],
      ]);
      assert.deepEqual(
        await read("a.npy", writeNpy("float32", [3], Float32Array.of(0.25, -0.25, 1e9)), three),
        [[2, 0, 127]],
      );
      assert.deepEqual(await read("a.json", "[[0.25, -0.75, -1e9]]", three), [[2, -1, -128]]);
      assert.deepEqual(await read("a.bin", Uint8Array.of(1, 2, 255), three), [[1, 2, -1]]);
      assert.deepEqual(
        await read("a.npy", writeNpy("float32", [3], Float32Array.of(NaN, Infinity, -Infinity)), three),
        [[1, 127, -128]],
      );
    });

    it("takes several samples along the first dimension", async () => {
      const two = [
        [1, 2, 3],
        [4, 5, 6],
      ];
      assert.deepEqual(
        await read("a.npy", writeNpy("int8", [2, 3], Int8Array.of(1, 2, 3, 4, 5, 6)), three),
        two,
      );
      assert.deepEqual(await read("a.bin", Uint8Array.of(1, 2, 3, 4, 5, 6), three), two);
      assert.deepEqual(await read("a.json", "[[0, 0, 0], [1, 1, 1]]", three), [
        [1, 1, 1],
        [3, 3, 3],
      ]);
    });

    it("takes flat arrays and arrays without dimensions of 1", async () => {
      assert.deepEqual(await read("a.json", "[0, 1, 0, 1]", GREY), [[-128, 127, -128, 127]]);
      assert.deepEqual(await read("a.json", "[[0, 1], [0, 1]]", GREY), [[-128, 127, -128, 127]]);
    });

    it("refuses other shapes, types and damaged files", async () => {
      await refused(
        "a.npy",
        writeNpy("int8", [4], new Int8Array(4)),
        three,
        /input "in" \(int8 1×3\) needs shape 1×3, found 4\./,
      );
      await refused("a.npy", writeNpy("int8", [3, 2], new Int8Array(6)), three, /found 3×2/);
      await refused("a.npy", writeNpy("int8", [0, 3], new Int8Array(0)), three, /found 0×3/);
      await refused("a.npy", writeNpy("uint8", [3], new Uint8Array(3)), three, /takes int8 .* found uint8/);
      await refused(
        "a.npy",
        writeNpy("int8", [3], new Int8Array(3)).subarray(0, 129),
        three,
        /expected 3 bytes.*found 1/,
      );
      await refused("a.bin", new Uint8Array(4), three, /takes 3 bytes \(3 int8\).*found 4 bytes/);
      await refused("a.bin", new Uint8Array(0), three, /found 0 bytes/);
      await refused("a.json", "[1, 2", three, /not JSON/);
      await refused("a.json", '[1, "2", 3]', three, /expected numbers/);
      await refused("a.json", "[[1, 2], [3]]", three, /equally long/);
      await refused("a.json", "{}", three, /expected numbers/);
      await refused("a.json", "[1.5]", tensor([1], "int32"), /whole numbers .* found 1\.5/);
      await refused("a.txt", "1 2 3", three, /Formats are: \.npy/);
      await assert.rejects(readSamples(join(folder, "none.npy"), three), /none\.npy: does not exist/);
    });
  });

  describe("images", () => {
    const grey = encode({ width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 1, 128, 255) });
    const colours = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9);
    const colour = encode({ width: 2, height: 2, channels: 3, data: colours });

    it("reads pixels in every range", async () => {
      assert.deepEqual(await read("a.png", grey, GREY), [[-128, -127, 0, 127]]);
      assert.deepEqual(await read("a.png", grey, GREY, "raw"), [[-128, -127, 0, 127]]);
      const wide = tensor([2, 2], "float32");
      assert.deepEqual(await read("a.png", grey, wide, "0..255"), [[0, 1, 128, 255]]);
      assert.deepEqual(await read("a.png", grey, wide, "-1..1"), [
        [-1, 1 / 127.5 - 1, 128 / 127.5 - 1, 1].map(Math.fround),
      ]);
    });

    it("converts between grey and colour as Pillow does", async () => {
      assert.deepEqual(await read("a.png", grey, COLOUR), [[0, 0, 0, 1, 1, 1, 128, 128, 128, 255, 255, 255]]);
      assert.deepEqual(await read("a.png", colour, COLOUR), [[...colours]]);
      assert.deepEqual(await read("a.png", colour, tensor([1, 2, 2], "uint8"), "raw"), [[76, 150, 29, 9]]);
    });

    it("reads 16-bit, 1-bit, transparent and palette images", async () => {
      const deep = encode({
        width: 2,
        height: 2,
        channels: 1,
        depth: 16,
        data: Uint16Array.of(0, 257, 32896, 65535),
      });
      assert.deepEqual(await read("a.png", deep, GREY), [[-128, -127, 0, 127]]);
      const bits = encode({ width: 2, height: 2, channels: 1, depth: 1, data: Uint8Array.of(0x40, 0x80) });
      assert.deepEqual(await read("a.png", bits, GREY), [[-128, 127, 127, -128]]);
      const alpha = encode({
        width: 2,
        height: 2,
        channels: 2,
        data: Uint8Array.of(0, 255, 1, 0, 128, 9, 255, 255),
      });
      assert.deepEqual(await read("a.png", alpha, GREY), [[-128, -127, 0, 127]]);
    });

    it("reads the carried samples as the models' input says: pixel − 128", async () => {
      const bytes = await readFile("models/digits/samples/digit_3.png");
      const digits = tensor([1, 8, 8, 1], "int8", 0.003921568859368563, -128);
      assert.deepEqual(await read("d.png", bytes, digits), await read("d.png", bytes, digits, "raw"));
    });

    it("reads JPEG", async () => {
      const { data } = jpeg.encode({ width: 2, height: 2, data: new Uint8Array(16).fill(200) }, 100);
      const [pixels = []] = await read("a.jpg", data, COLOUR, "raw");
      assert.equal(pixels.length, 12);
      assert.ok(
        pixels.every((pixel) => Math.abs(pixel - 200) <= 2),
        pixels.join(),
      );
      await refused("a.jpg", data.subarray(0, 60), COLOUR, /not a whole JPEG/);
      await refused(
        "a.jpg",
        data,
        tensor([1, 4, 2, 3]),
        /takes an image of 2 by 4 pixels, found 2 by 2\. Resize it first\./,
      );
    });

    it("refuses other sizes, other tensors and every cut of a file", async () => {
      await refused("a.png", grey, tensor([1, 3, 2, 1]), /2 by 3 pixels, found 2 by 2/);
      await refused("a.png", grey, tensor([1, 2, 2, 4]), /not an image of 1 or 3 channels/);
      await refused("a.png", grey, tensor([4]), /not an image/);
      for (let length = 0; length < grey.length - 12; length += 3) {
        await refused("a.png", grey.subarray(0, length), GREY, /not a whole|takes an image/);
      }
      const damaged = grey.slice();
      damaged[45] = (damaged[45] ?? 0) ^ 0x55;
      await refused("a.png", damaged, GREY, /not a whole PNG/);
    });
  });

  describe("sound", () => {
    function wav(channels: number, tag: number, bits: number, data: Uint8Array): Uint8Array {
      const format = Uint8Array.from([tag, 0, channels, 0, 0x80, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0, bits, 0]);
      const chunk = (name: string, content: Uint8Array): number[] => [
        ...Buffer.from(name),
        ...new Uint8Array(Uint32Array.of(content.length).buffer),
        ...content,
      ];
      const list = chunk("LIST", Uint8Array.of(1, 2, 3, 0));
      const chunks = [...Buffer.from("WAVE"), ...chunk("fmt ", format), ...list, ...chunk("data", data)];
      return Uint8Array.from(chunk("RIFF", Uint8Array.from(chunks)));
    }
    const pcm16 = (...samples: number[]): Uint8Array => wav(1, 1, 16, bytesOf(Int16Array.from(samples)));

    it("reads PCM and float as real values from −1 to 1, and int16 as it is", async () => {
      const real = tensor([1, 4], "float32");
      const top = Math.fround(32767 / 32768);
      assert.deepEqual(await read("a.wav", pcm16(0, 16384, -32768, 32767), real), [[0, 0.5, -1, top]]);
      const pcm8 = wav(1, 1, 8, Uint8Array.of(128, 192, 0, 255));
      assert.deepEqual(await read("a.wav", pcm8, real), [[0, 0.5, -1, 127 / 128]]);
      const pcm24 = wav(1, 1, 24, Uint8Array.of(0, 0, 0, 0, 0, 0x40, 0, 0, 0x80, 0xff, 0xff, 0xff));
      assert.deepEqual(await read("a.wav", pcm24, real), [[0, 0.5, -1, -1 / 8388608]]);
      const float = wav(1, 3, 32, bytesOf(Float32Array.of(0, 0.5, -1, 0.25)));
      assert.deepEqual(await read("a.wav", float, real), [[0, 0.5, -1, 0.25]]);
      assert.deepEqual(await read("a.wav", pcm16(0, 5, -6, 7), tensor([4], "int16", 0.5)), [[0, 5, -6, 7]]);
    });

    it("refuses other lengths, stereo and damaged files", async () => {
      const four = tensor([4], "int16", 1);
      const good = pcm16(1, 2, 3, 4);
      await refused("a.wav", pcm16(1, 2), four, /takes 4 samples, found 2/);
      await refused("a.wav", wav(2, 1, 16, new Uint8Array(8)), four, /expected one channel, found 2/);
      await refused("a.wav", wav(1, 2, 4, new Uint8Array(8)), four, /found format 2, bits 4/);
      for (let length = 0; length < good.length; length++) {
        await refused("a.wav", good.subarray(0, length), four, /not a whole WAV file/);
      }
    });
  });
});
