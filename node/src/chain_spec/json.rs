//! The JSON of a chain spec: what is wrong in it as text, and where in it something is.

use serde::{
    de::{Error, MapAccess, SeqAccess, Visitor},
    Deserialize, Deserializer,
};
use serde_json::Value;
use std::{collections::BTreeSet, fmt};

/// What some editors put before the first character of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The value that the file holds, its numbers with every digit.
/// Errors: what is no JSON, or a member that an object has twice, with line and column.
pub fn parse(file: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(file).map_err(|error| {
        let byte = error.valid_up_to();
        format!("byte {byte} is no text: save the file as UTF-8")
    })?;
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err("the file begins with a byte order mark: save it as UTF-8 without one".into());
    }
    let distinct = serde_json::from_str::<Distinct>(text);
    let value = distinct.and_then(|Distinct| serde_json::from_str(text));
    value.map_err(|error| {
        if is_at_comment(text, &error) {
            let (line, column) = (error.line(), error.column());
            return format!("JSON has no comments, and one begins at line {line} column {column}");
        }
        error.to_string()
    })
}

fn is_at_comment(text: &str, error: &serde_json::Error) -> bool {
    let line = text.lines().nth(error.line().saturating_sub(1));
    let character = line.and_then(|line| line.as_bytes().get(error.column().saturating_sub(1)));
    matches!(character, Some(b'/' | b'#'))
}

/// Any JSON whose objects have no member twice: of two, serde_json takes the last without a word.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Distinct)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    // Other numbers come here as well: with arbitrary precision they are objects of one member to serde.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!("`{name}` is there twice")));
            }
            members.next_value::<Self>()?;
            names.insert(name);
        }
        Ok(self)
    }
}

/// Has `act` look at every value that `pattern` names below `value`, with its place: names of members and numbers of
/// elements separated by dots, `*` for each. Errors: the first of `act`.
pub fn for_each(
    value: &mut Value,
    place: &str,
    pattern: &str,
    act: &mut dyn FnMut(&str, &mut Value) -> Result<(), String>,
) -> Result<(), String> {
    let (step, rest) = match pattern.split_once('.') {
        Some((step, rest)) => (step, Some(rest)),
        None => (pattern, None),
    };
    for (name, place, inner) in children(value, place) {
        if step == "*" || step == name {
            match rest {
                Some(rest) => for_each(inner, &place, rest, act)?,
                None => act(&place, inner)?,
            }
        }
    }
    Ok(())
}

/// Members or elements: name, place, value.
pub fn children<'a>(value: &'a mut Value, place: &str) -> Vec<(String, String, &'a mut Value)> {
    let member =
        |(name, value): (&String, &'a mut Value)| (name.clone(), format!("{place}.{name}"), value);
    let element = |(index, value): (usize, &'a mut Value)| {
        (index.to_string(), format!("{place}[{index}]"), value)
    };
    match value {
        Value::Object(members) => members.iter_mut().map(member).collect(),
        Value::Array(elements) => elements.iter_mut().enumerate().map(element).collect(),
        _ => Vec::new(),
    }
}

/// `reason`, with the place in `value` that it means, where it names a line of what serde_json writes of `value` prettily.
/// `root`: the place of `value` itself.
pub fn with_place(reason: &str, mut value: Value, root: &str) -> String {
    let placed = reason.rsplit_once(" at line ").and_then(|(reason, at)| {
        let line: usize = at.split(' ').next()?.parse().ok()?;
        let place = find_line(&mut value, root, &mut line.checked_sub(1)?)?;
        Some(format!("{place}: {reason}"))
    });
    placed.unwrap_or_else(|| reason.into())
}

// `before`: how many lines come before the one that is asked for.
fn find_line(value: &mut Value, place: &str, before: &mut usize) -> Option<String> {
    if *before == 0 {
        return Some(place.into());
    }
    *before -= 1;
    let children = children(value, place);
    if children.is_empty() {
        return None;
    }
    for (_, place, inner) in children {
        let found = find_line(inner, &place, before);
        if found.is_some() {
            return found;
        }
    }
    // The line of the closing bracket.
    if *before == 0 {
        return Some(place.into());
    }
    *before -= 1;
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_digit_of_a_number_is_kept() {
        let text = r#"{"a":[340282366920938463463374607431768211455,1e+21,1.5,3,-3,null,true]}"#;
        let value = parse(text.as_bytes()).unwrap();
        assert_eq!(value.to_string(), text);
    }

    #[test]
    fn what_is_no_json_is_named_with_its_line() {
        for (text, reason) in [
            ("{\n  \"a\": 1,\n}", "trailing comma at line 3 column 1"),
            (
                "{\n  // why\n  \"a\": 1}",
                "JSON has no comments, and one begins at line 2 column 3",
            ),
            (
                "{\n  \"a\": 1 # why\n}",
                "JSON has no comments, and one begins at line 2 column 10",
            ),
            (
                "{\"a\": 1, /* why */ \"b\": 2}",
                "JSON has no comments, and one begins at line 1 column 10",
            ),
            (
                "{\"a\": {\"b\": 1,\n \"b\": 2}}",
                "`b` is there twice at line 2 column 4",
            ),
            (
                "{\"a\": \"#\"",
                "EOF while parsing an object at line 1 column 9",
            ),
            ("\u{feff}{}", "byte order mark"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
        let error = parse(b"{\"a\": \"\xff\"}").unwrap_err();
        assert!(
            error.contains("byte 7") && error.contains("UTF-8"),
            "{error}"
        );
    }

    #[test]
    fn a_pattern_names_members_and_elements() {
        let mut value = json!({"a": [{"b": [1, 2]}, {"b": [3]}, "c"], "d": 4});
        let mut seen = Vec::new();
        for_each(&mut value, "x", "a.*.b.0", &mut |place, value| {
            seen.push(format!("{place} {value}"));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, ["x.a[0].b[0] 1", "x.a[1].b[0] 3"]);
    }

    #[test]
    fn a_line_of_pretty_json_has_a_place() {
        let value = json!({"a": [], "b": {"c": [1, [2]], "d": "{"}, "e": {}});
        let places = [
            "",
            ".a",
            ".b",
            ".b.c",
            ".b.c[0]",
            ".b.c[1]",
            ".b.c[1][0]",
            ".b.c[1]",
            ".b.c",
            ".b.d",
            ".b",
            ".e",
            "",
        ];
        let lines = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(lines.lines().count(), places.len());
        for (index, place) in places.iter().enumerate() {
            let reason = format!("wrong at line {} column 3", index + 1);
            let placed = with_place(&reason, value.clone(), "r");
            assert_eq!(placed, format!("r{place}: wrong"));
        }
        for reason in [
            "wrong at line 0 column 1",
            "wrong at line 99 column 1",
            "wrong",
        ] {
            assert_eq!(with_place(reason, value.clone(), "r"), reason);
        }
    }
}
