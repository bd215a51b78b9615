//! What this node no longer has.

use jsonrpsee::{
    types::{ErrorObject, ErrorObjectOwned, Id},
    MethodResponse,
};

/// The code of [`Pruned`]; see `docs/rpc.md`.
pub const PRUNED_CODE: i32 = 10_901;

/// How the database says that a block's state is gone, before the block's hash. It comes as text alone, within that of
/// whatever method asked.
const DISCARDED: &str = "State already discarded for ";

/// `0x` and 64 digits.
const HASH_LENGTH: usize = 66;

/// Why there is no answer about a block that the chain has. Of the state in the database's own words, which clients know.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Pruned {
    /// Its state is gone.
    #[error("State already discarded for {0}: pruned; ask an archive node")]
    State(String),
    /// Its body is gone.
    #[error("Block {0} is pruned; ask an archive node")]
    Block(String),
}

impl From<Pruned> for ErrorObjectOwned {
    fn from(error: Pruned) -> Self {
        ErrorObject::owned(PRUNED_CODE, error.to_string(), None::<()>)
    }
}

/// The answer, or [`Pruned`] in place of an error that says so in the database's words.
pub(crate) fn explain(id: Id<'_>, answer: MethodResponse) -> MethodResponse {
    match answer
        .as_error_code()
        .and_then(|_| discarded(answer.as_result()))
    {
        Some(hash) => MethodResponse::error(id, ErrorObjectOwned::from(Pruned::State(hash))),
        None => answer,
    }
}

/// The block whose state is gone.
fn discarded(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(DISCARDED)?;
    rest.get(..HASH_LENGTH).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(message: &str) -> MethodResponse {
        let error = ErrorObject::owned(4003, message, None::<()>);
        explain(Id::Number(1), MethodResponse::error(Id::Number(1), error))
    }

    #[test]
    fn a_discarded_state_is_told_with_the_block_and_the_way_out() {
        let hash = format!("0x{}", "ab".repeat(32));
        let told = answered(&format!("Client error: UnknownBlock: {DISCARDED}{hash}"));
        assert_eq!(told.as_error_code(), Some(PRUNED_CODE));
        let wanted = format!("{DISCARDED}{hash}: pruned; ask an archive node");
        assert!(told.as_result().contains(&wanted), "{}", told.as_result());
    }

    #[test]
    fn other_answers_stay_as_they_are() {
        for text in ["UnknownBlock: Header was not found", DISCARDED] {
            assert_eq!(answered(text).as_error_code(), Some(4003));
        }
        let data = jsonrpsee::ResponsePayload::success(format!("{DISCARDED}0x{}", "ab".repeat(32)));
        let answer = MethodResponse::response(Id::Number(1), data, 1_000);
        assert!(explain(Id::Number(1), answer).is_success());
    }
}
