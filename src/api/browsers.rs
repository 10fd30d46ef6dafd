//! Which browsers are supported, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::Day;
use caredesk_core::policy::browsers::{self, Browser, BrowserJudgement, BrowserSupport};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::answer::{self, KeptBy};
use super::extract::{Body, Held, Json, Visitor};
use super::problem::Problem;
use crate::service::House;

/// A browser, as somebody knows it.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"browser": "Chrome 131"}))]
pub(super) struct CheckBrowser {
    /// What somebody typed, or the user agent that it sends.
    #[schema(min_length = 1, max_length = 1000, pattern = "^[^\\x00]*$", example = "Chrome 131")]
    browser: String,
}
impl Body for CheckBrowser {}

/// Whether a browser is supported.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"browser": "chrome", "major": 131, "support": "outdated"}))]
pub(super) struct CheckedBrowser {
    /// Which it is; null if it is none of those that are known.
    browser: Option<Browser>,
    /// Its major release; null if none was named.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32", example = 131)]
    major: Option<i32>,
    /// Whether it is supported.
    support: BrowserSupport,
}

/// The browsers that are supported.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"as_of": "2026-11-22", "data": [{"browser": "chrome", "current": 158, "previous": 157}]}))]
pub(super) struct SupportedBrowsers {
    /// The day on which the releases were looked up.
    as_of: Day,
    /// The browsers.
    #[schema(max_items = 10)]
    data: Vec<SupportedBrowser>,
}

/// A browser of which two releases are supported, and whatever is newer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"browser": "chrome", "current": 158, "previous": 157}))]
pub(super) struct SupportedBrowser {
    /// Which.
    browser: Browser,
    /// The current major release.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32", example = 158)]
    current: i32,
    /// The major release before it.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32", example = 157)]
    previous: i32,
}

/// A major release as the contract says it.
fn major(major: u32) -> i32 {
    i32::try_from(major).unwrap_or(i32::MAX)
}

impl From<BrowserJudgement> for CheckedBrowser {
    fn from(judged: BrowserJudgement) -> Self {
        let BrowserJudgement { browser, major: release, support } = judged;
        Self { browser, major: release.map(major), support }
    }
}

impl From<&browsers::Release> for SupportedBrowser {
    fn from(release: &browsers::Release) -> Self {
        Self {
            browser: release.browser,
            current: major(release.current),
            previous: major(release.previous),
        }
    }
}

/// List the supported browsers
///
/// Shows of which browsers which releases are supported: the current major release, and the one before it.
/// Nobody needs to sign in for it.
#[utoipa::path(operation_id = "list_supported_browsers", tag = "policy", security(()), extensions(("x-action" = json!("browser.read")), ("x-cached" = json!(true))),
    responses((status = 200, description = "The browsers.", body = SupportedBrowsers)))]
#[get("/policy/browsers")]
async fn list_supported_browsers(
    _visitor: Visitor,
    held: Held,
    house: Data<House>,
) -> Result<HttpResponse, Problem> {
    let known = house.browsers()?;
    let shown = SupportedBrowsers {
        as_of: known.as_of().clone(),
        data: known.releases().map(SupportedBrowser::from).collect(),
    };
    answer::cached(&held, KeptBy::Anybody, 1, &shown)
}

/// Check a browser
///
/// Judges a browser by what somebody typed, or by its user agent. Nobody needs to sign in for it, and nothing is
/// kept.
#[utoipa::path(operation_id = "check_browser", tag = "policy", security(()), extensions(("x-action" = json!("browser.read")), ("x-reads" = json!(true))),
    request_body(content = CheckBrowser, description = "The browser."),
    responses((status = 200, description = "What it is, and whether it is supported.", body = CheckedBrowser)))]
#[post("/policy/browser-checks")]
async fn check_browser(
    _visitor: Visitor,
    house: Data<House>,
    Json(body): Json<CheckBrowser>,
) -> Result<HttpResponse, Problem> {
    Ok(answer::page(&CheckedBrowser::from(house.judge_browser(&body.browser)?)))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(list_supported_browsers).service(check_browser);
}
