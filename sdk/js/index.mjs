// The requester's side of BCAI. Nothing here connects: `api` is an ApiPromise of @polkadot/api, `rpc` a function
// (method, ...parameters) => result.

export { apiOptions } from './api-options.mjs';
export { fetchBlob, limits, upload } from './blobs.mjs';
export { levels, pieceLeaves, stripRoots, stripsRoot, tileLeaves, tilesRoot } from './commitment.mjs';
export { fromHex, toHex } from './hex.mjs';
export { fromTiles, inSlabs, product, slabsOf, toTiles } from './matrix.mjs';
export { CallError } from './outcome.mjs';
export { insist, rpcOf, RpcTimeout, timed } from './rpc.mjs';
export { refusal, runtimeOf, SignedForOtherRuntime } from './runtime.mjs';
export { followTask, postingQuote, PostingFeeTooHigh, postTask } from './tasks.mjs';
export { MayStillBeIncluded, NotIncluded, outcomeOf, submit } from './transaction.mjs';

// For TypeScript.
/** @typedef {import('./blobs.mjs').About} About */
/** @typedef {import('./blobs.mjs').BlobInfo} BlobInfo */
/** @typedef {import('./matrix.mjs').Matrix} Matrix */
/** @typedef {import('./outcome.mjs').Failure} Failure */
/** @typedef {import('./rpc.mjs').Rpc} Rpc */
/** @typedef {import('./runtime.mjs').Runtime} Runtime */
/** @typedef {import('./tasks.mjs').Order} Order */
/** @typedef {import('./tasks.mjs').Task} Task */
/** @typedef {import('./transaction.mjs').Included} Included */
/** @typedef {import('./transaction.mjs').Signer} Signer */
/** @typedef {import('./transaction.mjs').SubmitOptions} SubmitOptions */
/** @typedef {import('./transaction.mjs').Transaction} Transaction */
