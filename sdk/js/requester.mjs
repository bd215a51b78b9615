// What a requester says to the chain and to a node: send a call, upload and fetch matrices, follow a task.
// Nothing here connects: `api` is an ApiPromise of @polkadot/api, `rpc` a function (method, ...parameters) => result.

const hex = (bytes) => `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;

/** A call that the chain refused; `name` is the error's name in the runtime. */
export class CallError extends Error {
  constructor(pallet, name, docs) {
    super(`${pallet}.${name}: ${docs}`);
    Object.assign(this, { pallet, name, docs });
  }
}

function callError(api, error) {
  if (!error.isModule) return new CallError('runtime', error.toString(), 'refused by the runtime itself');
  const { section, name, docs } = api.registry.findMetaError(error.asModule);
  return new CallError(section, name, docs.join(' '));
}

/**
 * Signs a call, sends it and waits for its block: { block, events }. Throws a CallError where the call failed, and an
 * Error where the transaction is in no block after `patience` milliseconds, or the connection is lost before.
 */
export function submit(api, call, signer, patience = 120_000) {
  return new Promise((resolve, reject) => {
    let ended = false;
    let stop = () => {};
    const end = (settle, value) => {
      if (ended) return;
      ended = true;
      clearTimeout(deadline);
      api.off('disconnected', lost);
      stop();
      settle(value);
    };
    const lost = () => end(reject, new Error('the connection to the node was lost before the transaction was in a block'));
    const deadline = setTimeout(() => end(reject, new Error(`the transaction is in no block after ${patience / 1000} s`)), patience);
    api.on('disconnected', lost);
    call
      .signAndSend(signer, { nonce: -1 }, ({ status, events, dispatchError, isError }) => {
        if (dispatchError && status.isInBlock) end(reject, callError(api, dispatchError));
        else if (isError) end(reject, new Error(`the transaction was dropped: ${status.type}`));
        else if (status.isInBlock) end(resolve, { block: status.asInBlock.toHex(), events: events.map(({ event }) => event) });
      })
      .then(
        (unsubscribe) => {
          stop = unsubscribe;
          if (ended) stop();
        },
        (error) => end(reject, error),
      );
  });
}

/**
 * Does something again until the connection holds: a node that is restarted is no failure. `action` only asks, or may be
 * done twice; the provider connects anew by itself. Fails after `patience` milliseconds without a node.
 */
export async function insist(action, patience = 120_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      const lost = /WebSocket is not connected|disconnected from ws/.test(error.message);
      if (!lost || Date.now() > deadline) throw error;
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

/** The node doesn't know an upload any more: it was restarted, or nothing came for long. */
const UNKNOWN_UPLOAD = 10_005;

/** Uploads a matrix part by part and returns what the node says of it. `about` is { kind, paramSet, rows, cols? }. */
export async function upload(rpc, about, bytes, tries = 3) {
  try {
    return await uploadOnce(rpc, about, bytes);
  } catch (error) {
    if (error.code !== UNKNOWN_UPLOAD || tries <= 1) throw error;
    return upload(rpc, about, bytes, tries - 1);
  }
}

async function uploadOnce(rpc, about, bytes) {
  const { uploadId, length, maxPartBytes } = await rpc('pouw_uploadStart', about);
  if (length !== bytes.byteLength) throw new Error(`the node expects ${length} bytes, the matrix has ${bytes.byteLength}`);
  for (let offset = 0; offset < length; offset += maxPartBytes) {
    await rpc('pouw_uploadPart', uploadId, offset, hex(bytes.subarray(offset, offset + maxPartBytes)));
  }
  return rpc('pouw_uploadFinish', uploadId);
}

/** All bytes of a blob, fetched part by part. */
export async function fetchBlob(rpc, root, part = 1 << 20) {
  const info = await rpc('pouw_blobInfo', root);
  if (!info) throw new Error(`the node has no blob ${root}`);
  const bytes = new Uint8Array(info.length);
  for (let offset = 0; offset < info.length; offset += part) {
    const data = await rpc('pouw_fetch', root, offset, Math.min(part, info.length - offset));
    bytes.set(Buffer.from(data.slice(2), 'hex'), offset);
  }
  return bytes;
}

/** Posts a task for two matrices that the node has; resolves to its number and block. */
export async function postTask(api, signer, { paramSet, m, n, rootA, rootB, bounty, deadline }) {
  const { block, events } = await submit(api, api.tx.pouw.postTask(paramSet, m, n, rootA, rootB, bounty, deadline), signer);
  const posted = events.find((event) => api.events.pouw.TaskPosted.is(event));
  return { task: posted.data.task.toNumber(), block };
}

/**
 * Looks at a task until it is finalised, and tells `onChange` of every state that differs from the one before.
 * Fails where nothing changes for `patience` milliseconds, or where the task is gone.
 */
export async function followTask(rpc, id, onChange, patience = 120_000) {
  let last = '';
  let since = Date.now();
  for (;;) {
    const task = await rpc('pouw_task', id);
    if (!task) throw new Error(`task ${id} is gone: it expired or was cancelled`);
    const now = JSON.stringify(task.state);
    if (now !== last) {
      [last, since] = [now, Date.now()];
      await onChange(task);
    }
    if (task.state.status === 'finalized') return task;
    if (Date.now() - since > patience) {
      throw new Error(`task ${id} stayed "${task.state.status}" for ${patience / 1000} seconds`);
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
}
