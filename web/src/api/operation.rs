//! The table of operations: each is served and described from the same line, so that the description cannot lag behind.

use std::collections::BTreeMap;

use axum::{
    extract::DefaultBodyLimit,
    handler::Handler,
    routing::{MethodFilter, MethodRouter, on},
};
use domain::identity::Capability;
use http::Method;
use serde_json::{Map, Value, json};
use utoipa::openapi::{
    HttpMethod, OpenApi, PathItem, PathsBuilder, RefOr, Response, Schema, path::Operation as Described,
};
use utoipa_axum::router::OpenApiRouter;

use super::{
    body::Told,
    wire::{Book, ProblemDocument, Wire},
};
use crate::{AppState, problem::Kind, routes::API};

/// One operation of the API.
pub(crate) struct Operation {
    id: &'static str,
    path: &'static str,
    method: Method,
    served: MethodRouter<AppState>,
    says: &'static str,
    tag: &'static str,
    needs: Capability,
    query: Vec<(&'static str, Value, bool, &'static str)>,
    body: Option<(&'static str, Value)>,
    body_of: Option<fn(&mut Book) -> Value>,
    body_needed: bool,
    example: Option<Value>,
    refuses: Vec<Kind>,
    answers: Answers,
    matches: Matches,
    list: bool,
}

enum Answers {
    Nothing,
    Json(u16, fn(&mut Book) -> Value),
    Other(&'static str),
}

#[derive(PartialEq)]
enum Matches {
    No,
    May,
    Must,
}

macro_rules! verbs {
    ($($verb:ident = $method:ident;)+) => {$(
        pub(crate) fn $verb<H, T>(id: &'static str, path: &'static str, handler: H) -> Operation
        where
            H: Handler<T, AppState>,
            T: 'static,
        {
            Operation::new(id, path, Method::$method, on(MethodFilter::$method, handler))
        }
    )+};
}

verbs! { get = GET; post = POST; put = PUT; patch = PATCH; delete = DELETE; }

impl Operation {
    fn new(id: &'static str, path: &'static str, method: Method, served: MethodRouter<AppState>) -> Self {
        Self {
            id,
            path,
            method,
            served,
            says: "",
            tag: "",
            needs: Capability::PortalUse,
            query: Vec::new(),
            body: None,
            body_of: None,
            body_needed: true,
            example: None,
            refuses: Vec::new(),
            answers: Answers::Nothing,
            matches: Matches::No,
            list: false,
        }
    }

    /// What it does, as a sentence.
    pub(crate) fn says(mut self, sentence: &'static str) -> Self {
        self.says = sentence;
        self
    }

    /// The capability that it needs.
    pub(crate) fn needs(mut self, capability: Capability) -> Self {
        self.needs = capability;
        self
    }

    /// Takes this body; `example` is one that could be sent.
    pub(crate) fn takes<T: Told>(mut self, example: Value) -> Self {
        self.body_of = Some(T::schema);
        self.example = Some(example);
        self
    }

    /// Takes this body, or none.
    pub(crate) fn may_take<T: Told>(mut self, example: Value) -> Self {
        self.body_needed = false;
        self.takes::<T>(example)
    }

    /// Refuses in a way of its own, beside those of every operation like it.
    pub(crate) fn refuses(mut self, kind: Kind) -> Self {
        self.refuses.push(kind);
        self
    }

    /// Takes a body that is not JSON.
    pub(crate) fn takes_other(mut self, media_type: &'static str, schema: Value) -> Self {
        self.body = Some((media_type, schema));
        self
    }

    /// Takes bodies of at most so many bytes instead of those of JSON.
    pub(crate) fn at_most(mut self, bytes: usize) -> Self {
        self.served = self.served.layer(DefaultBodyLimit::max(bytes));
        self
    }

    /// Answers with this.
    pub(crate) fn answers<T: Wire>(mut self) -> Self {
        self.answers = Answers::Json(200, T::schema);
        self
    }

    /// Creates something, and answers with it.
    pub(crate) fn creates<T: Wire>(mut self) -> Self {
        self.answers = Answers::Json(201, T::schema);
        self
    }

    /// Answers with something that is not JSON.
    pub(crate) fn answers_other(mut self, media_type: &'static str) -> Self {
        self.answers = Answers::Other(media_type);
        self
    }

    /// Answers with a page of these.
    pub(crate) fn lists<T: Wire>(mut self) -> Self {
        self.answers = Answers::Json(200, |book| {
            json!({
                "type": "object",
                "properties": {
                    "items": { "type": "array", "items": T::schema(book) },
                    "next": {
                        "type": ["string", "null"],
                        "description": "The `after` of the next page; null at the end.",
                    },
                },
                "required": ["items", "next"],
            })
        });
        self.list = true;
        self
    }

    /// Takes pages of a list.
    pub(crate) fn paged(self) -> Self {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
        self.asks("after", json!({ "type": "string" }), "The `next` of the page before.").asks(
            "limit",
            limit,
            "At most so many.",
        )
    }

    /// Takes a query parameter.
    pub(crate) fn asks(mut self, name: &'static str, schema: Value, sentence: &'static str) -> Self {
        self.query.push((name, schema, false, sentence));
        self
    }

    /// Takes a query parameter that must be there.
    pub(crate) fn must_ask(mut self, name: &'static str, schema: Value, sentence: &'static str) -> Self {
        self.query.push((name, schema, true, sentence));
        self
    }

    /// Takes `If-Match`.
    pub(crate) fn may_match(mut self) -> Self {
        self.matches = Matches::May;
        self
    }

    /// Must have `If-Match`.
    pub(crate) fn must_match(mut self) -> Self {
        self.matches = Matches::Must;
        self
    }

    fn describe(&self, book: &mut Book) -> Value {
        let mut parameters: Vec<Value> = self
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| name.trim_start_matches('*'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        for (name, schema, required, sentence) in &self.query {
            parameters.push(json!({
                "name": name, "in": "query", "required": required, "schema": schema, "description": sentence,
            }));
        }
        let mut header = |name: &str, required: bool, sentence: &str| {
            parameters.push(json!({
                "name": name, "in": "header", "required": required, "schema": { "type": "string" },
                "description": sentence,
            }));
        };
        if self.matches != Matches::No {
            header(
                "If-Match",
                self.matches == Matches::Must,
                "The ETag of what you looked at; 412 if it is old.",
            );
        }
        if self.method == Method::POST {
            header("Idempotency-Key", false, "Sent again with the same key, the same request is done once.");
        }
        header(
            "From",
            false,
            "For whom a service account acts: an e-mail address. `X-On-Behalf-Of` says the same.",
        );

        let needs = match self.needs {
            Capability::PortalUse => String::new(),
            capability => format!("\n\nNeeds the capability `{capability}`."),
        };
        let mut described = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.says.split(". ").next().unwrap_or_default().trim_end_matches('.'),
            "description": format!("{}{needs}", self.says),
            "parameters": parameters,
            "responses": self.responses(book),
            "x-capability": self.needs,
        });
        let body = match (self.body_of, &self.body) {
            (Some(schema), _) => {
                let mut content = json!({ "schema": schema(book) });
                if let (Some(example), Some(content)) = (&self.example, content.as_object_mut()) {
                    content.insert("example".to_owned(), example.clone());
                }
                Some(json!({ "application/json": content }))
            }
            (None, Some((media_type, schema))) => Some(json!({ (*media_type): { "schema": schema } })),
            (None, None) => None,
        };
        if let (Some(content), Some(described)) = (body, described.as_object_mut()) {
            described.insert(
                "requestBody".to_owned(),
                json!({ "required": self.body_needed, "content": content }),
            );
        }
        described
    }

    fn responses(&self, book: &mut Book) -> Value {
        let mut responses = Map::new();
        match &self.answers {
            Answers::Nothing => {
                responses.insert("204".to_owned(), json!({ "description": "Done." }));
            }
            Answers::Json(status, schema) => {
                let mut response = json!({
                    "description": if *status == 201 { "Created." } else { "Here it is." },
                    "content": { "application/json": { "schema": schema(book) } },
                });
                if *status == 201 {
                    let location = json!({ "Location": {
                        "description": "Where it is.", "schema": { "type": "string" },
                    } });
                    response["headers"] = location;
                }
                responses.insert(status.to_string(), response);
            }
            Answers::Other(media_type) => {
                let content = json!({ (*media_type): { "schema": { "type": "string" } } });
                responses
                    .insert("200".to_owned(), json!({ "description": "Here it is.", "content": content }));
            }
        }
        let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
        for kind in self.problems() {
            by_status.entry(kind.status().as_u16()).or_default().push(kind);
        }
        for (status, kinds) in by_status {
            responses.insert(status.to_string(), problem_response(book, &kinds));
        }
        Value::Object(responses)
    }

    /// What can go wrong.
    fn problems(&self) -> Vec<Kind> {
        let writes = self.method != Method::GET;
        let mut kinds = vec![Kind::Unauthenticated];
        if writes {
            kinds.extend([Kind::Malformed, Kind::LicenceRequired, Kind::Conflict]);
            if self.body_of.is_some() || self.body.is_some() {
                kinds.extend([Kind::TooLarge, Kind::MediaType]);
            }
        }
        if self.needs == Capability::TicketWork {
            kinds.push(Kind::SeatQueued);
        }
        if self.method == Method::POST {
            kinds.push(Kind::KeyReused);
        }
        if self.matches != Matches::No {
            kinds.push(Kind::Stale);
        }
        if self.matches == Matches::Must {
            kinds.push(Kind::PreconditionRequired);
        }
        kinds.extend([Kind::Invalid, Kind::AttributionRequired]);
        if self.path.contains('{') || self.needs != Capability::PortalUse {
            kinds.push(Kind::NotFound);
        }
        kinds.extend([Kind::TooManyRequests, Kind::Internal, Kind::Busy]);
        kinds.extend(&self.refuses);
        kinds
    }
}

/// What one status may mean, as a named part of the description.
fn problem_response(book: &mut Book, kinds: &[Kind]) -> Value {
    let name: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
    let name = name.join("Or");
    if !book.responses.contains_key(&name) {
        let lines: Vec<String> =
            kinds.iter().map(|kind| format!("`{}`: {}.", kind.address(), kind.title())).collect();
        let schema = ProblemDocument::schema(book);
        let content = json!({ "application/problem+json": { "schema": schema } });
        book.responses.insert(name.clone(), json!({ "description": lines.join(" "), "content": content }));
    }
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// The operations of one subject.
pub(crate) struct Subject {
    pub(crate) tag: &'static str,
    pub(crate) about: &'static str,
    pub(crate) operations: Vec<Operation>,
}

/// Serves and describes the operations.
///
/// # Panics
///
/// Where an operation describes itself in a way that is not `OpenAPI`; every test that makes a router would tell.
pub(crate) fn assemble(subjects: Vec<Subject>) -> (axum::Router<AppState>, OpenApi) {
    let mut book = Book::default();
    let mut router = OpenApiRouter::new();
    let mut tags = Vec::new();
    for Subject { tag, about, operations } in subjects {
        tags.push(json!({ "name": tag, "description": about }));
        for mut operation in operations {
            operation.tag = tag;
            let described: Described = typed(operation.describe(&mut book));
            let method = match operation.method {
                Method::POST => HttpMethod::Post,
                Method::PUT => HttpMethod::Put,
                Method::PATCH => HttpMethod::Patch,
                Method::DELETE => HttpMethod::Delete,
                _ => HttpMethod::Get,
            };
            let path = format!("{API}{}", operation.path);
            let paths = PathsBuilder::new().path(&path, PathItem::new(method, described)).build();
            router = router.routes((Vec::new(), paths, operation.served));
        }
    }
    let schemas: Vec<(String, RefOr<Schema>)> =
        book.schemas.into_iter().map(|(name, schema)| (name.to_owned(), typed(schema))).collect();
    let responses: Vec<(String, RefOr<Response>)> =
        book.responses.into_iter().map(|(name, response)| (name, typed(response))).collect();
    let (router, paths) = router.split_for_parts();
    let mut api: OpenApi = typed(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Freehold",
            "version": "1",
            "description": ABOUT,
            "license": { "name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only" },
        },
        "tags": tags,
        "paths": {},
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
        "security": [{ "token": [] }],
    }));
    api.paths = paths.paths;
    // What the router calls a tail is a name like any other in a description.
    let tails: Vec<String> = api.paths.paths.keys().filter(|path| path.contains("{*")).cloned().collect();
    for path in tails {
        if let Some(item) = api.paths.paths.remove(&path) {
            api.paths.paths.insert(path.replace("{*", "{"), item);
        }
    }
    if let Some(components) = &mut api.components {
        components.schemas.extend(schemas);
        components.responses.extend(responses);
    }
    (router, api)
}

const ABOUT: &str = "Everything that can be done with a desk. Send `Authorization: Bearer TOKEN`. Lists are \
    `{\"items\": […], \"next\": …}`: send `next` as `after`. Times are RFC 3339 in UTC, ids are opaque strings, and a \
    ticket also answers to its number. Whatever goes wrong is a problem document (RFC 9457).";

fn typed<T: serde::de::DeserializeOwned>(value: Value) -> T {
    let text = value.to_string();
    match serde_json::from_value(value) {
        Ok(typed) => typed,
        Err(error) => panic!("this is not OpenAPI: {error}: {text}"),
    }
}
