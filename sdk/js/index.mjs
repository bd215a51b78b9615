// The requester's side of BCAI. Nothing here connects: `api` is an ApiPromise of @polkadot/api, `rpc` a function
// (method, ...parameters) => result.

export { fetchBlob, upload } from './blobs.mjs';
export { levels, stripLeaves, stripsRoot, tileLeaves, tilesRoot } from './commitment.mjs';
export { fromHex, toHex } from './hex.mjs';
export { fromTiles, product, toTiles } from './matrix.mjs';
export { insist } from './rpc.mjs';
export { followTask, postTask } from './tasks.mjs';
export { CallError, submit } from './transaction.mjs';

// For TypeScript.
/** @typedef {import('./blobs.mjs').About} About */
/** @typedef {import('./blobs.mjs').BlobInfo} BlobInfo */
/** @typedef {import('./matrix.mjs').Matrix} Matrix */
/** @typedef {import('./rpc.mjs').Rpc} Rpc */
/** @typedef {import('./tasks.mjs').Order} Order */
/** @typedef {import('./tasks.mjs').Task} Task */
/** @typedef {import('./transaction.mjs').Included} Included */
/** @typedef {import('./transaction.mjs').Signer} Signer */
