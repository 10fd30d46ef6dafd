//! Tenants: created, read, listed, changed, suspended and resumed.

use crate::support::make;
use serde_json::json;

on_both! {
    async fn a_platform_admin_creates_a_tenant(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", make::tenant("pine-lodge")).await.is(201);
        assert_eq!(made.header("location"), format!("/v1/tenants/{}", made.text("/id")));
        assert_eq!(made.body["status"], "active");
        assert_eq!(made.body["owners_on_file"], 1);
        assert_eq!(made.body["advisories"], json!(["no_access_procedure"]));
        let read = admin.get(&made.header("location")).await.is(200);
        assert_eq!(read.body, made.body);
        assert_eq!(read.etag(), made.etag());
    }
}
