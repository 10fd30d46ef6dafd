//! An S3 server on this machine, with a bucket in a folder.

use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

/// The bucket.
pub(crate) const BUCKET: &str = "attachments";
/// Which key the server knows.
pub(crate) const KEY_ID: &str = "AKIDCAREDESKTEST";
/// Its secret.
pub(crate) const SECRET: &str = "a-secret-of-the-tests-zq9";

/// Serves a folder as long as the runtime of the test lasts; says where.
pub(crate) async fn serve(root: &Path) -> String {
    std::fs::create_dir_all(root.join(BUCKET)).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
    builder.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let served = Builder::new(TokioExecutor::new());
                drop(served.serve_connection(TokioIo::new(socket), service).await);
            });
        }
    });
    endpoint
}
