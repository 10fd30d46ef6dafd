//! Files in a bucket of an S3 service.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::{ClientOptions, RetryConfig};
use secrecy::{ExposeSecret, SecretString};

use super::{BlobError, Blobs};
use crate::vault::{Entropy, Keyring};

/// Bytes that are sent at once: the least that S3 takes of a file in parts.
const PART: usize = 5 * 1024 * 1024;

/// How often a request is made again that the service could not answer.
const RETRIES: usize = 3;
/// For how long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A bucket, and our account there.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// What it is called.
    pub name: String,
    /// What the names of our files begin with; empty for nothing.
    pub prefix: String,
    /// Where the service is: scheme and host.
    pub endpoint: String,
    /// In which region.
    pub region: String,
    /// Which key we come with.
    pub key_id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// Hands our own client over, which believes whom we believe.
#[derive(Debug)]
struct Ours(reqwest::Client);

impl HttpConnector for Ours {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

impl Blobs {
    /// Keeps files in a bucket, which must be there. Nothing is asked of the service yet.
    ///
    /// # Errors
    /// What is said about the bucket makes no sense.
    pub fn bucket(
        bucket: &Bucket,
        client: reqwest::Client,
        keys: Keyring,
        entropy: Entropy,
    ) -> Result<Self, BlobError> {
        let usual = RetryConfig::default();
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: PATIENCE, ..usual };
        let store = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_endpoint(&bucket.endpoint)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.key_id)
            .with_secret_access_key(bucket.secret.expose_secret())
            // Which hosts may be reached without TLS was decided where the settings are read.
            .with_allow_http(bucket.endpoint.starts_with("http://"))
            .with_virtual_hosted_style_request(false)
            .with_retry(retry)
            .with_http_connector(Ours(client))
            .build()?;
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::from(bucket.prefix.as_str()),
            part: PART,
            folder: None,
            keys,
            entropy,
        })
    }
}
