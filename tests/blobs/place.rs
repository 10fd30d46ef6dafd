//! A folder or a bucket, with a look behind the product's back.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use caredesk::blobs::{BlobError, Blobs, Bucket, Reading, Writing};
use caredesk::vault::{Entropy, Keyring, Place, RootKey};
use caredesk_core::domain::ids::TenantId;
use uuid::Uuid;

use crate::bucket::{BUCKET, KEY_ID, SECRET, serve};

/// Numbers the folders, so that no two tests share one.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// Where files are kept, and the folder that they end up in.
pub(crate) struct World {
    pub(crate) blobs: Blobs,
    root: PathBuf,
}

/// A folder that is not there yet.
fn fresh() -> PathBuf {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("caredesk-blobs-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    drop(std::fs::remove_dir_all(&folder));
    folder
}

/// The keys of the tests.
fn keys() -> (Keyring, Entropy) {
    let entropy = Entropy::system();
    (Keyring::new(&RootKey::make(&entropy), &[]), entropy)
}

/// A bucket of a server.
fn bucket_at(endpoint: String) -> Blobs {
    let bucket = Bucket {
        name: BUCKET.to_owned(),
        prefix: "desk/files".to_owned(),
        endpoint,
        region: "eu-south-2".to_owned(),
        key_id: KEY_ID.to_owned(),
        secret: SECRET.into(),
    };
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let (keys, entropy) = keys();
    Blobs::bucket(&bucket, client, keys, entropy).unwrap()
}

impl World {
    /// A folder.
    pub(crate) fn folder() -> Self {
        let (root, (keys, entropy)) = (fresh(), keys());
        Self { blobs: Blobs::folder(&root, keys, entropy).unwrap(), root }
    }

    /// A bucket of a server that lasts as long as the test.
    pub(crate) async fn bucket() -> Self {
        let root = fresh();
        let endpoint = serve(&root).await;
        Self { blobs: bucket_at(endpoint), root: root.join(BUCKET) }
    }

    /// A bucket of a server that nobody runs.
    pub(crate) fn nowhere() -> Self {
        // The port is free: it was given out a moment ago, and given back.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        Self { blobs: bucket_at(endpoint), root: fresh() }
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Puts a file in, in bites of an odd length.
    pub(crate) async fn put(&self, place: &Place, content: &[u8]) {
        let mut writing = self.blobs.begin(place, place.row);
        for bite in content.chunks(77_777) {
            writing.add(bite).await.unwrap();
        }
        writing.end().await.unwrap();
    }

    /// Begins to put a file in.
    pub(crate) fn begin(&self, number: usize) -> Writing {
        let place = place(number);
        self.blobs.begin(&place, place.row)
    }

    /// Begins to take a file out.
    pub(crate) async fn read(&self, number: usize) -> Result<Reading, BlobError> {
        let place = place(number);
        self.blobs.read(&place, place.row).await
    }

    /// Takes a whole file out.
    pub(crate) async fn all_of(&self, place: &Place) -> Result<Vec<u8>, BlobError> {
        self.blobs.read(place, place.row).await?.whole().await
    }

    /// Every file of the folder, unfinished ones too.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![self.root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }

    /// Every file that can be read, with its content. The server keeps notes of its own beside.
    pub(crate) fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let is_one = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            Uuid::try_parse(name).is_ok()
        };
        let files = self.files().into_iter().filter(is_one);
        files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    /// Where a file was put.
    pub(crate) fn file_of(&self, place: &Place) -> PathBuf {
        let name = place.row.simple().to_string();
        let found = self.files().into_iter().find(|path| path.ends_with(&name));
        found.expect("the file is there")
    }

    /// What is there.
    pub(crate) fn content(file: &Path) -> Vec<u8> {
        std::fs::read(file).unwrap()
    }

    /// Puts something else there.
    pub(crate) fn write(file: &Path, content: &[u8]) {
        std::fs::write(file, content).unwrap();
    }

    /// Puts each of two in the place of the other.
    pub(crate) fn swap(a: &Path, b: &Path) {
        let (of_a, of_b) = (Self::content(a), Self::content(b));
        Self::write(a, &of_b);
        Self::write(b, &of_a);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.root));
    }
}

/// A place of its own for each number.
pub(crate) fn place(number: usize) -> Place {
    let row = Uuid::from_u128((7 << 64) + u128::try_from(number).unwrap());
    let tenant = Some(TenantId::of(Uuid::from_u128(1)));
    Place { tenant, table: "attachments", row, column: "content" }
}

/// So many bytes that look like nothing.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
