//! Where attachments are kept.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::source::{ConfigError, Parse, Values};
use super::transport::{leads_here, names};
use super::{BaseUrl, Database};
use crate::blobs::Bucket;
use crate::store::db::Engine;

/// Where attachments are kept. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub enum Attachments {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// In a bucket of an S3 service.
    Bucket(Bucket),
}

impl Attachments {
    /// Takes the settings of attachments.
    pub(super) fn of(values: &mut Values, database: &Database) -> Result<Self, ConfigError> {
        let url: Option<PlaceUrl> = values.maybe("attachments_url")?;
        let endpoint: Option<BaseUrl> = values.maybe("attachments_s3_endpoint")?;
        let region: String = values.get("attachments_s3_region")?;
        let key_id: Option<String> = values.maybe("attachments_s3_key_id")?;
        let secret: Option<SecretString> = values.maybe("attachments_s3_secret")?;
        let (name, prefix) = match url {
            None => return Ok(Self::Folder(beside(database))),
            Some(PlaceUrl::Folder(folder)) => return Ok(Self::Folder(folder)),
            Some(PlaceUrl::Bucket(name, prefix)) => (name, prefix),
        };
        let (Some(key_id), Some(secret)) = (key_id, secret) else {
            let says = "`attachments_url` is a bucket, and `attachments_s3_key_id` and \
                        `attachments_s3_secret` are not both set";
            return Err(ConfigError::Together(says.to_owned()));
        };
        let usual = || format!("https://s3.{region}.amazonaws.com");
        let endpoint = endpoint.map_or_else(usual, |BaseUrl(url)| url);
        if is_in_clear(&endpoint) {
            let says = "`attachments_s3_endpoint` is on another machine and not https://";
            return Err(ConfigError::Together(says.to_owned()));
        }
        Ok(Self::Bucket(Bucket { name, prefix, endpoint, region, key_id, secret }))
    }
}

/// The folder beside the database.
fn beside(database: &Database) -> PathBuf {
    let url = database.url.expose_secret();
    let file = (Engine::of(url) == Engine::Sqlite).then(|| Path::new(url));
    let folder = file.and_then(Path::parent).unwrap_or(Path::new("var"));
    folder.join("attachments")
}

/// Whether an endpoint would be sent files over a network without TLS.
fn is_in_clear(endpoint: &str) -> bool {
    endpoint.strip_prefix("http://").is_some_and(|host| !leads_here(&names(host)))
}

/// What may stand as a place: a folder, or a bucket and what names begin with there.
enum PlaceUrl {
    /// `file:` and a path.
    Folder(PathBuf),
    /// `s3://` and a name, perhaps with a path behind it.
    Bucket(String, String),
}

impl Parse for PlaceUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let says = || "must be file: and a folder, or s3://bucket, perhaps with a path".to_owned();
        if let Some(path) = text.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(says()) } else { Ok(Self::Folder(path.into())) };
        }
        let rest = text.strip_prefix("s3://").ok_or_else(says)?;
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        let is_name = !name.is_empty() && name.chars().all(|c| is_plain(c) && c != '/');
        if !is_name || !prefix.chars().all(is_plain) || prefix.contains("..") {
            return Err(says());
        }
        Ok(Self::Bucket(name.to_owned(), prefix.trim_matches('/').to_owned()))
    }
}
