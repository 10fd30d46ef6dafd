//! What every test stands on: [`app::App`] is a running product, [`actor::Actor`] somebody who uses it.

pub(crate) mod actor;
pub(crate) mod answer;
pub(crate) mod app;
pub(crate) mod articles;
pub(crate) mod attachments;
pub(crate) mod batch;
pub(crate) mod bucket;
pub(crate) mod burglar;
pub(crate) mod cluster;
pub(crate) mod db;
pub(crate) mod decisions;
pub(crate) mod desk;
pub(crate) mod families;
pub(crate) mod gateway;
pub(crate) mod holders;
pub(crate) mod internal;
pub(crate) mod make;
pub(crate) mod moment;
pub(crate) mod operations;
pub(crate) mod people;
pub(crate) mod post;
pub(crate) mod program;
pub(crate) mod scene;
pub(crate) mod sender;
pub(crate) mod staff;
pub(crate) mod tickets;
pub(crate) mod wire;
pub(crate) mod work;

/// Declares tests that run on both databases: `async fn name(app) { .. }`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        async fn $name($app: crate::support::app::App) $body

        mod $name {
            use crate::support::{app::App, db::Database};

            $(#[$meta])*
            #[actix_web::test]
            async fn on_sqlite() {
                super::$name(App::start(Database::sqlite()).await).await;
            }

            $(#[$meta])*
            #[actix_web::test]
            async fn on_postgres() {
                super::$name(App::start(Database::postgres()).await).await;
            }
        }
    )+};
}
