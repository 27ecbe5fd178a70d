//! The addresses of things, written once.

use domain::{AttachmentId, ContractDocumentId, ContractId, OrderLineId, TicketId};

/// Where the API begins.
pub const API: &str = "/api/v1";

/// The sign-in page, and where to go from there.
pub fn sign_in(back: Option<&str>) -> String {
    match back.filter(|back| *back != "/" && is_here(back)) {
        Some(back) => format!("/sign-in?next={}", query_value(back)),
        None => "/sign-in".to_owned(),
    }
}

/// Where a sign-in link leads; the secret stands in the path, which no log line has.
pub fn sign_in_link(secret: &str) -> String {
    format!("/sign-in/{secret}")
}

/// Where the set-up link of a desk that nobody runs yet leads.
pub fn set_up(secret: &str) -> String {
    format!("/set-up/{secret}")
}

/// Whether an address that came from outside leads to a page of this desk: a path, and neither another host
/// (`//elsewhere`) nor what a browser reads as one (`/\elsewhere`, or with a tab or line break in between).
pub fn is_here(address: &str) -> bool {
    address.starts_with('/')
        && !address[1..].starts_with(['/', '\\'])
        && !address.chars().any(|c| c.is_control() || c == '\\')
}

/// Text as the value of a query parameter (RFC 3986 §2.1, §3.4).
pub fn query_value(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            value.push(char::from(byte));
        } else {
            value.push('%');
            for digit in [byte >> 4, byte & 15] {
                value.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    value
}

/// The page of a contract.
pub fn contract(id: ContractId) -> String {
    format!("/licences/contracts/{id}")
}

/// The page on which an order line is changed or ended.
pub fn order_line(contract: ContractId, line: OrderLineId) -> String {
    format!("/licences/contracts/{contract}/lines/{line}")
}

/// The content of a contract's document.
pub fn contract_document(contract: ContractId, document: ContractDocumentId) -> String {
    format!("/licences/contracts/{contract}/documents/{document}")
}

/// A ticket in the API.
pub fn api_ticket(id: TicketId) -> String {
    format!("{API}/tickets/{id}")
}

/// The content of a file in the API.
pub fn api_attachment(id: AttachmentId) -> String {
    format!("{API}/attachments/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_from_signing_in_never_leads_elsewhere() {
        assert_eq!(sign_in(Some("/desk?queue=mine&x=1")), "/sign-in?next=/desk%3Fqueue%3Dmine%26x%3D1");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", ""]
        {
            assert_eq!(sign_in(Some(elsewhere)), "/sign-in", "{elsewhere}");
        }
    }
}
