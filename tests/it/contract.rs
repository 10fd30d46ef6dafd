//! The document, and that the product keeps it.

use caredesk::api::document::Document;

#[test]
fn dump() {
    let document = Document::generate();
    std::fs::create_dir_all("openapi").unwrap();
    std::fs::write("openapi/openapi.json", document.json).unwrap();
    std::fs::write("openapi/openapi-3.0.json", document.json_30).unwrap();
}
