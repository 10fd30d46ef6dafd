//! The database's file and its keys.

use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::Failure;
use crate::config::Settings;
use crate::store::db::Engine;
use crate::vault::{Entropy, Keyring, RootKey, load_or_make_root};

/// Whether a root key may be made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// A new database gets a new key.
    Make,
    /// Without its key nothing can be said about a database.
    Refuse,
}

/// The file of a SQLite database.
pub(crate) fn sqlite_path(settings: &Settings) -> Option<PathBuf> {
    let path = || PathBuf::from(settings.database.url.expose_secret());
    (settings.engine() == Engine::Sqlite).then(path)
}

/// Makes the file of a SQLite database, if it is not there, and its folder: for its owner only, since
/// names and addresses stand in it.
pub(crate) fn prepare_file(path: &Path) -> Result<(), Failure> {
    let prepare = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
    };
    prepare().map_err(|error: io::Error| Failure::of(path.display(), error))
}

/// The keys, and the file that a root key was made in just now, if it was.
pub(crate) fn keyring(
    settings: &Settings,
    entropy: &Entropy,
    missing: Missing,
) -> Result<(Keyring, Option<PathBuf>), Failure> {
    let given = &settings.keys;
    let parse = |name: &str, text: &secrecy::SecretString| {
        RootKey::parse(text.expose_secret()).map_err(|error| Failure::of(name, error))
    };
    let old =
        given.old.iter().map(|key| parse("root_keys_old", key)).collect::<Result<Vec<_>, _>>()?;
    let (root, made) = match (&given.root, &given.root_file, sqlite_path(settings)) {
        (Some(root), ..) => (parse("root_key", root)?, None),
        (None, Some(file), _) => key_file(file, entropy, Missing::Refuse)?,
        (None, None, Some(database)) => {
            let mut file = database.into_os_string();
            file.push(".key");
            key_file(Path::new(&file), entropy, missing)?
        }
        (None, None, None) => {
            let says = "PostgreSQL needs a root key: set CAREDESK_ROOT_KEY, or root_key_file \
                        (`openssl rand -base64 32` makes a key)";
            return Err(Failure(says.to_owned()));
        }
    };
    Ok((Keyring::new(&root, &old), made))
}

/// The root key in a file, and the file's path if it was made now.
fn key_file(
    file: &Path,
    entropy: &Entropy,
    missing: Missing,
) -> Result<(RootKey, Option<PathBuf>), Failure> {
    if missing == Missing::Refuse && !file.exists() {
        return Err(Failure(format!("there is no root key at {}", file.display())));
    }
    let (root, made) = load_or_make_root(file, entropy)
        .map_err(|error| Failure::of(format!("the root key in {}", file.display()), error))?;
    Ok((root, made.then(|| file.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn postgresql_has_no_key_of_its_own_making() {
        let url = ("DATABASE_URL".into(), "postgres://localhost/desk".into());
        let settings = Settings::load(None, &Environment::from([url])).unwrap();
        let refusal = keyring(&settings, &Entropy::seeded(1), Missing::Make).unwrap_err();
        assert!(refusal.to_string().contains("CAREDESK_ROOT_KEY"), "{refusal}");
    }
}
