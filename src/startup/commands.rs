//! What an operator does from a shell, one command each.

use std::io::Write;
use std::path::Path;

use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::{EmailAddress, PersonName};
use secrecy::ExposeSecret;

use super::{
    Failure, Missing, keyring, open_database, open_house, operator, prepare_file, sqlite_path,
};
use crate::api::document::Document;
use crate::config::Settings;
use crate::jobs::checkpoint;
use crate::service::audit::{self, Verified};
use crate::service::desk_accounts::NewStaff;
use crate::service::keys::{Rotated, When};
use crate::store::StoreError;
use crate::store::db::migrate::migrate;
use crate::store::seals::{self, Head};
use crate::vault::{Clock, Entropy};

/// Brings the database to the shape of this version; says which migrations it ran.
///
/// # Errors
/// The database cannot be reached, or a migration fails; those before it stay.
pub async fn migrate_database(settings: &Settings) -> Result<Vec<String>, Failure> {
    if let Some(path) = sqlite_path(settings) {
        prepare_file(&path)?;
    }
    let database = &settings.database;
    let url = database.migration_url.as_ref().unwrap_or(&database.url).clone();
    let role = database.role.clone();
    let run = move || migrate(url.expose_secret(), role.as_deref());
    let done = tokio::task::spawn_blocking(run)
        .await
        .map_err(|error| Failure::of("the migration was cut off", error))??;
    for name in &done {
        tracing::info!(name, "a migration was run");
    }
    Ok(done)
}

/// Creates a platform admin; says with which link they set their password.
///
/// # Errors
/// Somebody signs in with this address already, or the database is not ready.
pub async fn create_platform_admin(
    settings: &Settings,
    name: PersonName,
    email: EmailAddress,
) -> Result<String, Failure> {
    let house = open_house(settings).await?;
    let ask = operator("admin create-platform-admin");
    let (role, locale) = (Role::PlatformAdmin, Locale::English);
    let new = NewStaff { role, name, email, locale };
    let (_, link) = house.create_desk_account(&ask, new).await?;
    // Behind the `#` it stays in the browser: no server and no proxy logs it.
    Ok(settings.mail.link_enrolment.fill(link.expose()))
}

/// Makes the key that signs access tokens next, after notice or now; says in words what happens when.
///
/// # Errors
/// The database is not ready.
pub async fn rotate_signing_key(settings: &Settings, now: bool) -> Result<String, Failure> {
    let house = open_house(settings).await?;
    let when = if now { When::AtOnce } else { When::AfterNotice };
    let rotated = house.rotate_signing_key(&operator("admin rotate-key"), when).await?;
    Ok(words(when, &rotated))
}

/// What a rotation means, for the operator.
fn words(when: When, rotated: &Rotated) -> String {
    let Rotated { kid, signs_from, old_until, is_new } = rotated;
    if when == When::AtOnce {
        return format!(
            "Key {kid} signs access tokens from now on. Whatever another key signed is refused.\n\
             Everybody who is signed in needs a new access token: clients get it with their refresh \
             token, which still counts.\n"
        );
    }
    let begins = format!("Key {kid} is published, and signs access tokens from {signs_from} on.\n");
    let old = old_until.map(|until| format!("The key of before counts until {until}.\n"));
    let known = (!is_new).then_some("It was on its way already; nothing was changed.\n");
    [Some(begins.as_str()), old.as_deref(), known].into_iter().flatten().collect()
}

/// Writes a checkpoint of the audit now; says how many chains it holds.
///
/// # Errors
/// The database or the folder of the checkpoints fails.
pub async fn write_checkpoint(settings: &Settings) -> Result<usize, Failure> {
    let house = open_house(settings).await?;
    let written = checkpoint::write(&house, &settings.jobs.checkpoint_dir).await;
    written.map_err(|error| Failure(error.to_string()))
}

/// Checks every chain of the audit and writes a line about each; says whether all are whole.
///
/// # Errors
/// The audit cannot be read, or the answer not be written.
pub async fn verify_audit(settings: &Settings, out: &mut impl Write) -> Result<bool, Failure> {
    let db = open_database(settings).await?;
    let (keys, _) = keyring(settings, &Entropy::system(), Missing::Refuse)?;
    let noted = checkpoint::heads(&settings.jobs.checkpoint_dir, &keys);
    let (marks, damage) = match noted {
        Ok(marks) => (marks, None),
        Err(damage) => (Vec::new(), Some(damage)),
    };
    let (count, now) = (marks.len(), Clock::system().now());
    let (heads, verified) = db
        .read::<_, StoreError, _>(move |conn| {
            let heads = seals::heads(conn)?;
            Ok((heads, audit::verify(conn, &keys, &marks, now)?))
        })
        .await?;
    let mut lines = lines(&heads, &verified);
    match &damage {
        Some(damage) => lines.push(format!("BROKEN  {damage}")),
        None => lines.push(format!("{count} links noted in checkpoints")),
    }
    for line in lines {
        writeln!(out, "{line}").map_err(|error| Failure::of("standard output", error))?;
    }
    Ok(verified.broken.is_empty() && damage.is_none())
}

/// A line for each chain, the broken ones first, and the sum.
fn lines(heads: &[Head], verified: &Verified) -> Vec<String> {
    let broken = verified.broken.iter().map(|broken| {
        let entry = broken.entry.map(|entry| format!(", entry {entry}")).unwrap_or_default();
        format!("BROKEN  {}, link {}{entry}: {}", broken.chain, broken.seq, broken.why)
    });
    let whole = heads
        .iter()
        .filter(|head| !verified.broken.iter().any(|broken| broken.chain == head.chain))
        .map(|head| format!("whole   {}, {} links", head.chain, head.seq));
    let sum = format!("{} links checked in {} chains", verified.links, verified.chains);
    broken.chain(whole).chain([sum]).collect()
}

/// Writes the API's documents into a folder.
///
/// # Errors
/// A file cannot be written.
pub fn write_documents(folder: &Path) -> Result<(), Failure> {
    let Document { json, json_30, .. } = Document::generate();
    for (name, text) in [("openapi.json", json), ("openapi-3.0.json", json_30)] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| Failure::of(path.display(), error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_is_told_with_its_times_and_what_it_costs() {
        let rotated = Rotated {
            kid: "abc".into(),
            signs_from: "2026-11-21T09:06:00Z".parse().unwrap(),
            old_until: Some("2026-11-21T09:17:00Z".parse().unwrap()),
            is_new: true,
        };
        let published = "Key abc is published, and signs access tokens from 2026-11-21T09:06:00Z on.\n\
                         The key of before counts until 2026-11-21T09:17:00Z.\n";
        assert_eq!(words(When::AfterNotice, &rotated), published);
        let again = Rotated { is_new: false, ..rotated.clone() };
        let known = format!("{published}It was on its way already; nothing was changed.\n");
        assert_eq!(words(When::AfterNotice, &again), known);
        assert!(words(When::AtOnce, &rotated).contains("Everybody who is signed in needs a new"));
    }
}
