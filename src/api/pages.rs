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
    landing(ENROL)
}

/// Where the link for a new password lands, likewise.
#[get("/reset")]
async fn reset() -> impl Responder {
    landing(RESET)
}

/// Where the link of a family's invitation lands, likewise; its code can be typed there.
#[get("/join")]
async fn join() -> impl Responder {
    landing(JOIN)
}

/// Where the link to a ticket lands, likewise: whoever has no account is shown it once, everybody else is led to where
/// they sign in, with the ticket's id.
#[get("/ticket")]
async fn ticket() -> impl Responder {
    landing(TICKET)
}

/// Puts a page together: its form, and its script behind the one that all of them share.
macro_rules! page {
    ($name:literal) => {
        concat!(
            include_str!(concat!("pages/", $name, ".html")),
            "<script>\n",
            include_str!("pages/link.js"),
            include_str!(concat!("pages/", $name, ".js")),
            "</script>\n</html>\n",
        )
    };
}

/// The page that sets a first password and a second factor.
const ENROL: &str = page!("enrol");
/// The page that sets a new password.
const RESET: &str = page!("reset");
/// The page by which a family comes to the portal.
const JOIN: &str = page!("join");
/// The page that shows one ticket.
const TICKET: &str = page!("ticket");

/// Answers with a page that a link lands on.
fn landing(page: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("content-security-policy", policy(page)))
        .insert_header(("referrer-policy", "no-referrer"))
        .content_type(ContentType::html())
        .body(page)
}

/// Lets a page run its one script, known by its hash, call this server, and show a picture that it made
/// itself; nothing else.
fn policy(page: &str) -> String {
    let script = page.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>"));
    let hash = Sha256::digest(script.map_or("", |(script, _)| script).as_bytes());
    let hash = data_encoding::BASE64.encode(&hash);
    format!(
        "default-src 'none'; script-src 'sha256-{hash}'; connect-src 'self'; img-src data:; \
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
        .service(ticket)
        .service(reset)
        .service(join)
        .service(actix_web::web::redirect("/docs", "/docs/"))
        .service(swagger);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_script_and_its_policy_knows_it() {
        for page in [ENROL, RESET, JOIN, TICKET] {
            assert_eq!(
                (page.matches("<script").count(), page.matches("</script>").count()),
                (1, 1)
            );
            let start = page.find("<script>").unwrap() + "<script>".len();
            let script = &page[start..page.find("</script>").unwrap()];
            let hash = data_encoding::BASE64.encode(&Sha256::digest(script.as_bytes()));
            assert!(policy(page).contains(&format!("script-src 'sha256-{hash}';")));
            assert!(script.contains("location.hash") && page.ends_with("</script>\n</html>\n"));
        }
    }

    #[test]
    fn the_page_of_a_ticket_leads_whoever_has_an_account_to_the_portal_with_its_id() {
        let (form, script) = TICKET.split_once("<script>").unwrap();
        assert!(form.contains("<a id=\"portal\" hidden>"), "{form}");
        // The id of the link stays in the address, is shown, and goes to the portal behind the `#`.
        for said in [
            "history.replaceState(null, \"\", location.pathname + \"#\" + id)",
            "\"This is your case \" + id",
            "fetch(\"/v1/desk-contact\"",
            "ways.portal_url.split(\"#\")[0] + \"#\" + id",
        ] {
            assert!(script.contains(said), "{said}");
        }
        // What shows a ticket once is wiped first: that it is a secret is told by its form.
        let wiped = script.find("history.replaceState(null, \"\", location.pathname);").unwrap();
        assert!(wiped < script.find("function lead(id)").unwrap());
        let leads = script.find("lead(link)").unwrap();
        let is_an_id = script.find("{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(link)").unwrap();
        assert!(is_an_id < leads);
    }
}
