//! The demo's help centre: a few articles for all organisations, out of `policy/articles.toml`.

use caredesk_core::domain::article::ArticleContent;
use serde::Deserialize;

use crate::guard::Refusal;
use crate::service::{House, articles};
use crate::startup::{self, Failure};

/// The file.
const ARTICLES: &str = include_str!("../../policy/articles.toml");

/// What stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shelf {
    article: Vec<ArticleContent>,
}

/// The articles of the file.
fn read() -> Result<Vec<ArticleContent>, Failure> {
    let shelf: Result<Shelf, _> = toml::from_str(ARTICLES);
    Ok(shelf.map_err(|error| Failure::of("policy/articles.toml", error))?.article)
}

/// Writes and publishes them.
pub(super) async fn publish(house: &House) -> Result<(), Failure> {
    let (all, inner) = (read()?, house.clone());
    house
        .transact(&startup::operator("demo"), move |tx, who| {
            for content in &all {
                let made = articles::create(tx, who, content)?;
                articles::publish(tx, who, &inner, (made.id, Some(made.version)))?;
            }
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use caredesk_core::domain::account::Locale;

    use super::*;

    #[test]
    fn the_articles_keep_their_limits_and_stand_there_in_both_languages() {
        let all = read().unwrap();
        for locale in Locale::ALL {
            assert!(all.iter().filter(|article| article.locale == *locale).count() > 3);
        }
    }
}
