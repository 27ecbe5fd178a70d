//! Holds JSON against a schema of the description: as much of JSON Schema as the description uses.

use serde_json::Value;

/// What is different; nothing, if the value is as described. A field that is not described is a difference: it would be a
/// promise that nobody made.
pub(crate) fn difference(description: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    compare(description, schema, value, "$", &mut wrong);
    wrong
}

fn compare(description: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = description.pointer(reference.trim_start_matches('#'));
        let named = named.unwrap_or_else(|| panic!("{reference} is not in the description"));
        return compare(description, named, value, at, wrong);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().any(|choice| difference(description, choice, value).is_empty());
        if !fits {
            let reasons: Vec<_> = choices.iter().flat_map(|it| difference(description, it, value)).collect();
            wrong.push(format!("{at} fits none of its choices: {}", reasons.join(" / ")));
        }
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&is) {
        wrong.push(format!("{at} is {is}, described as {types:?}"));
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        wrong.push(format!("{at} is {value}, described as one of {allowed:?}"));
    }
    match value {
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                compare(description, &schema["items"], item, &format!("{at}[{position}]"), wrong);
            }
        }
        Value::Object(members) => {
            let Some(properties) = schema["properties"].as_object() else { return };
            for (name, member) in members {
                match properties.get(name) {
                    Some(property) => {
                        compare(description, property, member, &format!("{at}.{name}"), wrong);
                    }
                    None => wrong.push(format!("{at}.{name} is not described")),
                }
            }
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            wrong.extend(
                required
                    .filter(|name| !members.contains_key(*name))
                    .map(|name| format!("{at}.{name} is missing")),
            );
        }
        _ => {}
    }
}

#[test]
fn a_difference_is_found_wherever_it_is() {
    let description = serde_json::json!({ "components": { "schemas": { "Inner": {
        "type": "object", "properties": { "a": { "type": ["string", "null"] } }, "required": ["a"],
    } } } });
    let schema = serde_json::json!({
        "type": "object", "properties": { "list": { "type": "array", "items": { "$ref": "#/components/schemas/Inner" } } },
    });
    let found = |value| difference(&description, &schema, &value).len();
    assert_eq!(found(serde_json::json!({ "list": [{ "a": "x" }, { "a": null }] })), 0);
    assert_eq!(found(serde_json::json!({ "list": [{ "a": 1 }, {}, { "a": "x", "b": 1 }], "more": 1 })), 4);
}
