//! Whole numbers as people and JSON editors write them.

use bcai_runtime::TOKEN_DECIMALS;
use serde_json::{Number, Value};

/// Digits of the greatest number that a runtime takes, 2^128 - 1.
const MAX_DIGITS: usize = 39;

/// Writes every number at and below `value` in digits, as the runtime reads them: `1e+21`, which is what JavaScript makes
/// of a billion BCAI, is a whole number, and `1.5` isn't. Errors: place, number and reason of the first that is none.
pub fn write_in_digits(value: &mut Value, place: &str) -> Result<(), String> {
    if let Value::Number(number) = value {
        let typed = number.to_string();
        *number = in_digits(&typed).map_err(|reason| format!("{place}: {typed} {reason}"))?;
    }
    for (_, place, inner) in super::json::children(value, place) {
        write_in_digits(inner, &place)?;
    }
    Ok(())
}

/// The amount that is meant, in the smallest unit. In quotes as well: that is how programs write numbers that JSON
/// editors would round. Errors: what was written, and why it is none.
pub fn amount(value: &Value) -> Result<u128, String> {
    let typed = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let number = typed.parse::<Number>().map_err(|_| NO_NUMBER);
    let number = number.and_then(|number| in_digits(&number.to_string()));
    let amount = number.and_then(|number| number.to_string().parse().map_err(|_| "is negative"));
    amount.map_err(|reason| format!("{value} {reason}: write digits alone, in the smallest unit"))
}

/// An amount in the smallest unit, of one in tokens: digits, a point and more digits, `_` between digits of the whole.
/// Errors: what was written, and why it is none.
pub fn tokens(typed: &str) -> Result<u128, String> {
    let refused = |reason: &str| format!("`{typed}` {reason}");
    let (whole, fraction) = typed.split_once('.').unwrap_or((typed, "0"));
    let whole = whole.replace('_', "");
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(&whole) || !is_digits(fraction) {
        return Err(refused("is no amount: write digits, as 1000 or \"0.5\""));
    }
    let decimals = usize::from(TOKEN_DECIMALS);
    if fraction.len() > decimals {
        return Err(refused(&format!(
            "has more than {decimals} digits after the point"
        )));
    }
    format!("{whole}{fraction:0<decimals$}")
        .parse()
        .map_err(|_| refused("is more than 2^128 - 1 of the smallest unit"))
}

const NO_NUMBER: &str = "is no number";
const NOT_WHOLE: &str = "is no whole number";
const TOO_GREAT: &str = "is more than 2^128 - 1";

/// `typed`, a number of JSON's grammar, in digits alone, with a minus where it is negative.
fn in_digits(typed: &str) -> Result<Number, &'static str> {
    let (sign, unsigned) = match typed.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", typed),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0.into());
    }
    // An exponent that i64 can't hold is as good as its bound.
    let exponent = exponent.parse().unwrap_or(match exponent.starts_with('-') {
        true => i64::MIN,
        false => i64::MAX,
    });
    let zeros = exponent.saturating_add((digits.len() - significant.len()) as i64);
    let zeros = zeros.saturating_sub(fraction.len() as i64);
    let zeros = usize::try_from(zeros).map_err(|_| NOT_WHOLE)?;
    if significant.len().saturating_add(zeros) > MAX_DIGITS {
        return Err(TOO_GREAT);
    }
    let digits = format!("{significant}{}", "0".repeat(zeros));
    digits.parse::<u128>().map_err(|_| TOO_GREAT)?;
    format!("{sign}{digits}").parse().map_err(|_| NOT_WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_whole_number_is_taken_however_it_is_written() {
        for (typed, digits) in [
            ("0", "0"),
            ("-0.0e5", "0"),
            ("1000", "1000"),
            ("1e+21", "1000000000000000000000"),
            ("1E21", "1000000000000000000000"),
            ("1.5e3", "1500"),
            ("1000.00", "1000"),
            ("1200e-2", "12"),
            ("-30", "-30"),
            ("0e999999999999999999999", "0"),
            ("1000000000000000000001", "1000000000000000000001"),
            (
                "340282366920938463463374607431768211455",
                "340282366920938463463374607431768211455",
            ),
        ] {
            assert_eq!(in_digits(typed).unwrap().to_string(), digits, "{typed}");
        }
    }

    #[test]
    fn what_is_no_whole_number_or_too_great_is_refused() {
        for typed in ["1.5", "1e-1", "123e-2", "-0.5", "1e-99999999999999999999"] {
            assert_eq!(in_digits(typed), Err(NOT_WHOLE), "{typed}");
        }
        for typed in [
            "340282366920938463463374607431768211456",
            "1e39",
            "1e99999999999999999999",
        ] {
            assert_eq!(in_digits(typed), Err(TOO_GREAT), "{typed}");
        }
    }

    #[test]
    fn an_amount_may_stand_in_quotes() {
        assert_eq!(
            amount(&json!("1000000000000000000001")),
            Ok(1_000_000_000_000_000_000_001)
        );
        assert_eq!(amount(&json!("1e+21")), Ok(1_000_000_000_000_000_000_000));
        assert_eq!(amount(&json!(7)), Ok(7));
        for typed in [
            json!("1,000"),
            json!("1_000"),
            json!("0x10"),
            json!(" 1"),
            json!(""),
            json!("1 BCAI"),
            json!(-5),
            json!(null),
            json!([1]),
        ] {
            let error = amount(&typed).unwrap_err();
            assert!(error.starts_with(&typed.to_string()), "{error}");
        }
    }

    #[test]
    fn tokens_are_counted_in_the_smallest_unit() {
        for (typed, amount) in [
            ("1", 1_000_000_000_000),
            ("1_000.5", 1_000_500_000_000_000),
            ("0.000000000001", 1),
            ("340282366920938463463374607.431768211455", u128::MAX),
        ] {
            assert_eq!(tokens(typed), Ok(amount), "{typed}");
        }
        for typed in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "1,5",
            "1e3",
            "0.1_0",
            "1.0000000000000",
            "340282366920938463463374607.431768211456",
        ] {
            let error = tokens(typed).unwrap_err();
            assert!(error.starts_with(&format!("`{typed}` ")), "{error}");
        }
    }

    #[test]
    fn a_number_that_is_none_is_named_with_its_place() {
        let mut value: Value =
            serde_json::from_str(r#"{"a": [1e3, {"b": 2.0}], "c": "1.5"}"#).unwrap();
        write_in_digits(&mut value, "x").unwrap();
        assert_eq!(value.to_string(), r#"{"a":[1000,{"b":2}],"c":"1.5"}"#);
        let mut value = json!({"a": [1, 1.5]});
        let error = write_in_digits(&mut value, "x").unwrap_err();
        assert_eq!(error, format!("x.a[1]: 1.5 {NOT_WHOLE}"));
    }
}
