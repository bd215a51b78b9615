// Matrices into a node's store and out of it.

import { bytesOf, fromHex, toHex } from './hex.mjs';

/** @import { Rpc } from './rpc.mjs' */

/**
 * What is uploaded: A and Bt have `rows`, C has `rows` and `cols`.
 *
 * @typedef {{ kind: 'a' | 'b' | 'c', paramSet: number, rows: number, cols?: number }} About
 */

/**
 * What a node says of a matrix that it stores.
 *
 * @typedef {{ root: string, kind: 'a' | 'b' | 'c', paramSet: number, leaves: number, length: number }} BlobInfo
 */

/** The node doesn't know an upload any more: it was restarted, or nothing came for long. */
const UNKNOWN_UPLOAD = 10_005;

/**
 * Uploads a matrix part by part and returns what the node says of it.
 *
 * @param {Rpc} rpc
 * @param {About} about
 * @param {ArrayBufferView} matrix `data` of A or Bt, or the bytes of the tiles of C
 * @returns {Promise<BlobInfo>}
 */
export async function upload(rpc, about, matrix, tries = 3) {
  try {
    return await uploadOnce(rpc, about, bytesOf(matrix));
  } catch (error) {
    if (/** @type {{ code?: number }} */ (error).code !== UNKNOWN_UPLOAD || tries <= 1) throw error;
    return upload(rpc, about, matrix, tries - 1);
  }
}

/**
 * @param {Rpc} rpc
 * @param {About} about
 * @param {Uint8Array} bytes
 */
async function uploadOnce(rpc, about, bytes) {
  const { uploadId, length, maxPartBytes } = await rpc('pouw_uploadStart', about);
  if (length !== bytes.length) throw new Error(`the node expects ${length} bytes, the matrix has ${bytes.length}`);
  for (let offset = 0; offset < length; offset += maxPartBytes) {
    await rpc('pouw_uploadPart', uploadId, offset, toHex(bytes.subarray(offset, offset + maxPartBytes)));
  }
  return rpc('pouw_uploadFinish', uploadId);
}

/**
 * All bytes of a blob, fetched part by part.
 *
 * @param {Rpc} rpc
 * @param {string} root
 * @returns {Promise<Uint8Array>}
 */
export async function fetchBlob(rpc, root, part = 1 << 20) {
  const info = await rpc('pouw_blobInfo', root);
  if (!info) throw new Error(`the node has no blob ${root}`);
  const bytes = new Uint8Array(info.length);
  for (let offset = 0; offset < info.length; offset += part) {
    bytes.set(fromHex(await rpc('pouw_fetch', root, offset, Math.min(part, info.length - offset))), offset);
  }
  return bytes;
}
