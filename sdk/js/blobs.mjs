// Matrices into a node's store and out of it.

import { bytesOf, fromHex, toHex } from './hex.mjs';
import { timed } from './rpc.mjs';

/** @import { Rpc } from './rpc.mjs' */

/**
 * What is uploaded: A and Bt have `rows` and `slabs` (1 where that is left out), C has `rows` and `cols`.
 *
 * @typedef {{ kind: 'a' | 'b' | 'c', paramSet: number, rows: number, slabs?: number, cols?: number }} About
 */

/**
 * What a node says of a matrix that it stores; `slabs` of A and Bt alone.
 *
 * @typedef {{ root: string, kind: 'a' | 'b' | 'c', paramSet: number, slabs?: number, leaves: number, length: number }} BlobInfo
 */

/** The node doesn't know an upload any more: it was restarted, or nothing came for long. */
const UNKNOWN_UPLOAD = 10_005;
/** No such method: an older node, or one that doesn't give it to everybody. */
const UNKNOWN_METHOD = -32_601;
/** Answers to a message that is too long: the node's for a part and for what is fetched, the server's for a request and an answer. */
const TOO_LARGE = [10_006, 10_012, -32_007, -32_008];
/** Bytes of a part, where no node says how many; and the fewest that are worth a message. */
const PART = 1 << 20;
const LEAST_PART = 1 << 10;

/** @param {unknown} error */
const codeOf = (error) => /** @type {{ code?: number }} */ (error).code ?? 0;

/**
 * How much a node takes and gives in one message: bytes of a part of an upload, bytes of a fetch, ids of a look at tasks.
 *
 * @param {Rpc} rpc
 * @returns {Promise<{ maxPartBytes?: number, maxFetchBytes?: number, maxTasks?: number }>}
 */
export async function limits(rpc) {
  try {
    return await timed(rpc)('pouw_limits');
  } catch (error) {
    if (codeOf(error) === UNKNOWN_METHOD) return {};
    throw error;
  }
}

/**
 * Uploads a matrix part by part and returns what the node says of it. The miner must be of this node: matrices don't travel.
 *
 * @param {Rpc} rpc
 * @param {About} about
 * @param {ArrayBufferView} matrix `data` of A or Bt, or the bytes of the tiles of C
 * @returns {Promise<BlobInfo>}
 */
export async function upload(rpc, about, matrix, tries = 3) {
  try {
    return await uploadOnce(timed(rpc), about, bytesOf(matrix));
  } catch (error) {
    if (codeOf(error) !== UNKNOWN_UPLOAD || tries <= 1) throw error;
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
  await inParts(length, maxPartBytes, (offset, size) => rpc('pouw_uploadPart', uploadId, offset, toHex(bytes.subarray(offset, offset + size))));
  return rpc('pouw_uploadFinish', uploadId);
}

/**
 * All bytes of a matrix that the node stores, fetched part by part.
 *
 * @param {Rpc} rpc
 * @param {string} root
 * @returns {Promise<Uint8Array>}
 */
export async function fetchBlob(rpc, root) {
  const ask = timed(rpc);
  const info = await ask('pouw_blobInfo', root);
  if (!info) throw new Error(`the node has no blob ${root}`);
  const bytes = new Uint8Array(info.length);
  const { maxFetchBytes = PART } = await limits(ask);
  await inParts(info.length, maxFetchBytes, async (offset, size) => bytes.set(fromHex(await ask('pouw_fetch', root, offset, size)), offset));
  return bytes;
}

/**
 * Moves `length` bytes in parts of `most`, and in smaller ones where the node or its server says that those are too large.
 *
 * @param {number} length
 * @param {number} most
 * @param {(offset: number, size: number) => Promise<unknown>} move
 */
async function inParts(length, most, move) {
  let part = most;
  for (let offset = 0; offset < length; ) {
    const size = Math.min(part, length - offset);
    try {
      await move(offset, size);
      offset += size;
    } catch (error) {
      if (!TOO_LARGE.includes(codeOf(error)) || size <= LEAST_PART) throw error;
      part = Math.ceil(size / 2);
    }
  }
}
