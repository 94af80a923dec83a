/** CRC-32 as in Ethernet, gzip and PNG: polynomial 0xEDB88320 reflected, initial value and final xor all ones. */

/** What `mote_crc32` of host/mcu gives for the same bytes, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
