/**
 * @param {ArrayBufferView} view
 * @returns {string} "0x" and two digits a byte
 */
export function toHex(view: ArrayBufferView): string;
/**
 * @param {string} hex "0x" and two digits a byte
 * @returns {Uint8Array}
 */
export function fromHex(hex: string): Uint8Array;
export function bytesOf(view: ArrayBufferView): Uint8Array<ArrayBufferLike>;
