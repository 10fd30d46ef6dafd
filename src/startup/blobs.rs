//! Where the files of tickets are kept, as the settings say.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use super::Failure;
use super::post::authorities;
use crate::blobs::Blobs;
use crate::config::{Attachments, Settings};
use crate::vault::{Entropy, Keyring};

/// Longest that one request to the S3 service may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the folder or the bucket. Nothing is asked of the bucket's service yet: the desk works without files.
pub(super) fn open(
    settings: &Settings,
    keys: &Keyring,
    entropy: &Entropy,
) -> Result<Blobs, Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::of("attachments_url", why);
    let (keys, entropy) = (keys.clone(), entropy.clone());
    let opened = match &settings.attachments {
        Attachments::Folder(folder) => Blobs::folder(folder, keys, entropy),
        Attachments::Bucket(bucket) => {
            let tls = authorities(&settings.mail)?.tls().map_err(|why| failed(&why))?;
            let client = Client::builder()
                .tls_backend_preconfigured(tls)
                .no_proxy()
                .redirect(Policy::none())
                .timeout(PATIENCE)
                .build()
                .map_err(|error| failed(&error.without_url()))?;
            Blobs::bucket(bucket, client, keys, entropy)
        }
    };
    opened.map_err(|error| failed(&error))
}
