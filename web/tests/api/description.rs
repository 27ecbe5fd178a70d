//! The description that others generate clients from.

use serde_json::Value;

/// Where the description is kept for people to read, and for reviews to see it change.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

#[test]
fn the_description_that_is_kept_is_the_one_that_is_served() {
    let served = serde_json::to_string_pretty(&web::api::description()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(KEPT, &served).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    assert!(
        kept == served,
        "the API changed: run the tests with UPDATE=1 and look at the difference in docs/openapi.json"
    );
}

#[test]
fn every_operation_has_a_name_a_sentence_and_its_errors() {
    let description = serde_json::to_value(web::api::description()).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(_, it)| it.is_object()) {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is the name of two operations");
            let says = operation["description"].as_str().unwrap();
            assert!(says.ends_with('.') && says.len() > 10, "{method} {path}: {says}");
            for status in ["401", "429", "500"] {
                assert!(
                    operation["responses"][status].is_object(),
                    "{method} {path} does not describe {status}"
                );
            }
        }
    }
    for name in references(&description) {
        assert!(description.pointer(name.trim_start_matches('#')).is_some(), "{name} leads nowhere");
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| match member {
                Value::String(place) if name == "$ref" => vec![place.clone()],
                member => references(member),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
