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

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    // Numbers come here as well: with arbitrary precision they are objects of one member to serde.
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
    let member = |(name, value): (&String, &'a mut Value)| {
        let place = if place.is_empty() {
            name.clone()
        } else {
            format!("{place}.{name}")
        };
        (name.clone(), place, value)
    };
    let element = |(index, value): (usize, &'a mut Value)| {
        (index.to_string(), format!("{place}[{index}]"), value)
    };
    match value {
        Value::Object(members) => members.iter_mut().map(member).collect(),
        Value::Array(elements) => elements.iter_mut().enumerate().map(element).collect(),
        _ => Vec::new(),
    }
}

/// The place of what stands in this line, from 1, when serde_json writes `value` prettily.
pub fn place_of_line(mut value: Value, line: usize) -> Option<String> {
    find_line(&mut value, "", &mut line.checked_sub(1)?)
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
        let text = r#"{"a":[340282366920938463463374607431768211455,1e+21,1.5]}"#;
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
            "a",
            "b",
            "b.c",
            "b.c[0]",
            "b.c[1]",
            "b.c[1][0]",
            "b.c[1]",
            "b.c",
            "b.d",
            "b",
            "e",
            "",
        ];
        let lines = serde_json::to_string_pretty(&value)
            .unwrap()
            .lines()
            .count();
        assert_eq!(lines, places.len());
        for (index, place) in places.iter().enumerate() {
            assert_eq!(
                place_of_line(value.clone(), index + 1).as_deref(),
                Some(*place)
            );
        }
        assert_eq!(place_of_line(value.clone(), 0), None);
        assert_eq!(place_of_line(value, lines + 1), None);
    }
}
