/** Instructions that touch memory, may trap or take floats, by opcode (WebAssembly 2.0, binary format, section 5.4). */

import type { Instruction } from "./instructions.ts";

/** Loads and stores of anything but vectors. */
export function isAccess(opcode: number): boolean {
  return opcode >= 0x28 && opcode <= 0x3e;
}

export function isLoad(opcode: number): boolean {
  return isAccess(opcode) && opcode <= 0x35;
}

/** Bytes that a load or store of anything but vectors touches. */
export function accessBytes(opcode: number): number {
  switch (opcode) {
    case 0x2c:
    case 0x2d:
    case 0x30:
    case 0x31:
    case 0x3a:
    case 0x3c:
      return 1;
    case 0x2e:
    case 0x2f:
    case 0x32:
    case 0x33:
    case 0x3b:
    case 0x3d:
      return 2;
    case 0x29:
    case 0x2b:
    case 0x37:
    case 0x39:
      return 8;
    default:
      return 4;
  }
}

/** Whether an instruction other than a load or store traps on some operands: division, and truncating floats. */
export function mayTrap(opcode: number): boolean {
  const within = (first: number, last: number) => opcode >= first && opcode <= last;
  return within(0x6d, 0x70) || within(0x7f, 0x82) || within(0xa8, 0xab) || within(0xae, 0xb1);
}

/** Whether an instruction computes with floats, or loads, stores or gives one. */
export function isFloat({ opcode, class: class_ }: Instruction): boolean {
  if (class_ === "float") return true;
  return [0x2a, 0x2b, 0x38, 0x39, 0x43, 0x44].includes(opcode);
}
