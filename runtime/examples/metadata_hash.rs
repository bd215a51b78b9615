//! Prints the hash of the runtime's metadata (RFC 78) as hex: the same that the SDK's builder puts into a release.

use bcai_runtime::{Runtime, SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL, VERSION};
use codec::Decode;
use frame_metadata::RuntimeMetadataPrefixed;
use merkleized_metadata::{generate_metadata_digest, ExtraInfo};

fn main() {
    // The first nonce of an account, which metadata shows as its default, depends on the block.
    let metadata = sp_io::TestExternalities::new_empty()
        .execute_with(|| Runtime::metadata_at_version(15))
        .expect("version 15 is the one that is hashed");
    let metadata =
        RuntimeMetadataPrefixed::decode(&mut &metadata[..]).expect("the SDK's own encoding");
    let digest = generate_metadata_digest(
        &metadata.1,
        ExtraInfo {
            spec_version: VERSION.spec_version,
            spec_name: VERSION.spec_name.to_string(),
            base58_prefix: SS58_PREFIX,
            decimals: TOKEN_DECIMALS,
            token_symbol: TOKEN_SYMBOL.into(),
        },
    );
    println!(
        "0x{}",
        hex::encode(digest.expect("metadata of this version").hash())
    );
}
