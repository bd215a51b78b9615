// How to connect with @polkadot/api.

/**
 * What `ApiPromise.create` should be given beside the provider. Without it every connection prints "Unknown signed extensions
 * AuthorizeCall": that extension adds no bytes to a transaction of an account. Methods that the library doesn't know, which it
 * lists as well, are called through the provider.
 */
export const apiOptions = {
  noInitWarn: true,
  signedExtensions: { AuthorizeCall: { extrinsic: {}, payload: {} } },
};
