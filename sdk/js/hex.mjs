// Bytes as 0x-hex and back, with what browsers and Node.js both have; a matrix is megabytes of it.

const DIGITS = new TextEncoder().encode('0123456789abcdef');
const ascii = new TextDecoder('latin1');
/** @type {Record<number, number>} */
const VALUE = Object.fromEntries([...'0123456789abcdefABCDEF'].map((digit) => [digit.charCodeAt(0), parseInt(digit, 16)]));

/**
 * The bytes that an array or a view of any element type has in memory.
 *
 * @param {ArrayBufferView} view
 */
export const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/**
 * @param {ArrayBufferView} view
 * @returns {string} "0x" and two digits a byte
 */
export function toHex(view) {
  const bytes = bytesOf(view);
  const text = new Uint8Array(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) {
    text[2 * index] = DIGITS[bytes[index] >> 4];
    text[2 * index + 1] = DIGITS[bytes[index] & 15];
  }
  return `0x${ascii.decode(text)}`;
}

/**
 * @param {string} hex "0x" and two digits a byte
 * @returns {Uint8Array}
 */
export function fromHex(hex) {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(hex)) throw new Error(`"${hex.slice(0, 20)}" is not 0x and pairs of hex digits`);
  const bytes = new Uint8Array(hex.length / 2 - 1);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = (VALUE[hex.charCodeAt(2 * index + 2)] << 4) | VALUE[hex.charCodeAt(2 * index + 3)];
  }
  return bytes;
}
