//! Bytes as a JSON string of 0x and hex digits.

use super::MAX_PART_BYTES;
use serde::{de, Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// Raw bytes; refused before they are decoded when they are more than a part may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HexBytes(pub Vec<u8>);

impl Serialize for HexBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(self.0.len().saturating_mul(2).saturating_add(2));
        text.push_str("0x");
        text.push_str(&hex::encode(&self.0));
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for HexBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let digits = text
            .strip_prefix("0x")
            .ok_or_else(|| de::Error::custom("hex bytes must start with 0x"))?;
        // One byte above the limit is let through, so that the method answers with its own error.
        if digits.len() as u64 > (MAX_PART_BYTES + 1) * 2 {
            return Err(de::Error::custom(format!(
                "{} hex digits are more than the {} of one part",
                digits.len(),
                MAX_PART_BYTES * 2
            )));
        }
        hex::decode(digits).map(HexBytes).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<HexBytes, serde_json::Error> {
        serde_json::from_str(&format!("\"{text}\""))
    }

    #[test]
    fn bytes_go_out_and_come_in_as_hex() {
        let bytes = HexBytes(vec![0, 255, 16]);
        assert_eq!(serde_json::to_string(&bytes).unwrap(), "\"0x00ff10\"");
        assert_eq!(parse("0x00ff10").unwrap(), bytes);
        assert_eq!(parse("0x").unwrap(), HexBytes(vec![]));
    }

    #[test]
    fn what_is_not_hex_or_too_long_is_refused() {
        for wrong in ["", "00", "0x0", "0xzz"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let digits = (MAX_PART_BYTES as usize + 2) * 2;
        assert!(parse(&format!("0x{}", "0".repeat(digits))).is_err());
        let digits = MAX_PART_BYTES as usize * 2;
        assert!(parse(&format!("0x{}", "0".repeat(digits))).is_ok());
    }
}
