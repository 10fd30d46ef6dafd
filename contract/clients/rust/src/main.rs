mod api {
    progenitor::generate_api!(spec = "../../../openapi/openapi-3.0.json", interface = Builder);
}
fn main() {}
