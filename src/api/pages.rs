//! What stands beside the API: health, keys, the document, Swagger UI, and a page for every problem.

use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpResponse, Responder, get};
use caredesk_core::domain::code::Code;
use sha2::{Digest, Sha256};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::codes;
use super::document::Document;
use super::problem::Problem;
use crate::service::House;
use crate::store::StoreError;
use crate::store::db::migrate;

/// The process runs.
#[get("/healthz")]
async fn healthz() -> impl Responder {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// The process can serve: its database answers and has the shape it knows.
#[get("/readyz")]
async fn readyz(house: Data<House>) -> Result<HttpResponse, Problem> {
    let current = house.db.read::<_, StoreError, _>(migrate::is_current).await;
    match current {
        Ok(true) => Ok(HttpResponse::Ok().content_type("text/plain").body("ready\n")),
        Ok(false) | Err(_) => Err(Problem::of(Code::Busy)),
    }
}

/// The public halves of the signing keys (RFC 7517).
#[get("/.well-known/jwks.json")]
async fn jwks(house: Data<House>) -> impl Responder {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(house.fresh_signer().await.jwks(house.clock.now()))
}

/// The document.
#[get("/openapi.json")]
async fn openapi(document: Data<Document>) -> impl Responder {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .content_type(ContentType::json())
        .body(document.json.clone())
}

/// The document for tools that read OpenAPI 3.0 only.
#[get("/openapi-3.0.json")]
async fn openapi_30(document: Data<Document>) -> impl Responder {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .content_type(ContentType::json())
        .body(document.json_30.clone())
}

/// What a code means.
#[get("/problems/{code}")]
async fn problem(code: Path<String>) -> Result<HttpResponse, Problem> {
    let code: Code = code.parse().map_err(|_unknown| Problem::of(Code::NotFound))?;
    let row = codes::describe(code);
    // Everything here is a constant of the program: nothing needs escaping.
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{code}</title>\n\
         <h1>{title}</h1>\n<p><code>{code}</code>, status {status}</p>\n<p>{remedy}</p>\n</html>\n",
        title = row.title,
        status = row.status,
        remedy = row.remedy,
    );
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header(("content-security-policy", "default-src 'none'"))
        .content_type(ContentType::html())
        .body(page))
}

/// Where an enrolment link lands when the vendor has no page of its own for it. A GET changes nothing;
/// the link's secret stands behind the `#` and is posted by the page.
#[get("/enrol")]
async fn enrol() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("content-security-policy", enrol_policy()))
        .insert_header(("referrer-policy", "no-referrer"))
        .content_type(ContentType::html())
        .body(ENROL)
}

/// The page.
const ENROL: &str = include_str!("pages/enrol.html");

/// Lets the page run its one script, known by its hash, and call this server; nothing else.
fn enrol_policy() -> String {
    let script = ENROL.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>"));
    let hash = Sha256::digest(script.map_or("", |(script, _)| script).as_bytes());
    let hash = data_encoding::BASE64.encode(&hash);
    format!(
        "default-src 'none'; script-src 'sha256-{hash}'; connect-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
}

/// The pages of this file.
pub fn routes(config: &mut ServiceConfig) {
    let swagger = SwaggerUi::new("/docs/{_:.*}")
        .config(Config::from("/openapi.json").persist_authorization(false));
    config
        .service(healthz)
        .service(readyz)
        .service(jwks)
        .service(openapi)
        .service(openapi_30)
        .service(problem)
        .service(enrol)
        .service(actix_web::web::redirect("/docs", "/docs/"))
        .service(swagger);
}
