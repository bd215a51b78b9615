//! How values look in JSON: numbers that a JavaScript number can't hold as decimal text, bytes as `0x` and hex digits.

/// An amount or an amount of work.
pub(crate) mod decimal {
    use alloc::string::String;
    use core::{fmt::Display, str::FromStr};
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        text.parse()
            .map_err(|_| D::Error::custom(format_args!("{text:?} is not a decimal number")))
    }
}

/// A hash or a root.
pub(crate) mod hash {
    use crate::Hash32;
    use alloc::string::String;
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(hash: &Hash32, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("0x{}", hex::encode(hash)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash32, D::Error> {
        let text = String::deserialize(from)?;
        let digits = text.strip_prefix("0x").unwrap_or_default();
        let mut hash = Hash32::default();
        hex::decode_to_slice(digits, &mut hash)
            .map_err(|_| D::Error::custom(format_args!("{text:?} is not 0x and 64 hex digits")))?;
        Ok(hash)
    }
}

/// A hash that may not be known yet.
pub(crate) mod known_hash {
    use crate::Hash32;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Hash(#[serde(with = "super::hash")] Hash32);

    pub fn serialize<S: Serializer>(hash: &Option<Hash32>, to: S) -> Result<S::Ok, S::Error> {
        hash.map(Hash).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Hash32>, D::Error> {
        Ok(Option::<Hash>::deserialize(from)?.map(|hash| hash.0))
    }
}

/// A target: 64 hex digits, the highest first.
pub(crate) mod target {
    use primitive_types::U256;
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(target: &U256, to: S) -> Result<S::Ok, S::Error> {
        super::hash::serialize(&target.to_big_endian(), to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<U256, D::Error> {
        super::hash::deserialize(from).map(|digits| U256::from_big_endian(&digits))
    }
}

/// A parameter set: its number.
pub(crate) mod set {
    use crate::ParamSet;
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(set: &ParamSet, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(set.index())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ParamSet, D::Error> {
        let index = u8::deserialize(from)?;
        ParamSet::from_index(index)
            .ok_or_else(|| D::Error::custom(format_args!("there is no parameter set {index}")))
    }
}
