//! Articles of the help centre (PM1, PM2, HD): by the desk for everybody, or an organisation's own.

use super::Line;
use super::account::Locale;
use super::ids::{AccountId, ArticleId, TenantId, TicketId};
use super::text::{LINE, LINES};
use super::time::Moment;

/// Most tags of an article.
pub const MAX_TAGS: usize = 20;
/// Most screens that an article is shown for.
pub const MAX_CONTEXT_KEYS: usize = 20;
/// Most users that an article is shared with by their ids.
pub const MAX_SHARED_WITH: usize = 50;

words! {
    /// What an article is.
    ArticleKind {
        /// A text.
        Article = "article",
        /// A question and its answer.
        Faq = "faq",
        /// A film elsewhere, with what it is about.
        Video = "video",
    }
}

words! {
    /// Whom an article is for.
    ArticleAudience {
        /// People of organisations.
        Staff = "staff",
        /// Parents and guardians.
        Family = "family",
        /// Everybody, also without signing in.
        Public = "public",
    }
}

words! {
    /// How far an article has come.
    ArticleState {
        /// It is being written.
        Draft = "draft",
        /// Its audience finds it.
        Published = "published",
        /// It is kept, and nobody finds it any more.
        Archived = "archived",
    }
}

words! {
    /// What a version of an article came by.
    ArticleChange {
        /// It was made.
        Created = "created",
        /// What it says was changed.
        Edited = "edited",
        /// It was published.
        Published = "published",
        /// It was archived.
        Archived = "archived",
        /// It was taken out of the archive.
        Restored = "restored",
    }
}

words! {
    /// Why the words of an old version were taken out. A word, so that nothing of them is repeated in the reason.
    RedactionReason {
        /// They told of a person.
        PersonalData = "personal_data",
        /// They held a password, a key or the like.
        Secret = "secret",
        /// They were somebody else's.
        Copyright = "copyright",
        /// Something else.
        Other = "other",
    }
}

/// What stands in the place of words that were taken out.
const REDACTED: &str = "[REDACTED]";

text! {
    /// What an article says in short.
    ArticleLead: 1..=500, LINES, example "Where to find the invitation, and what to do when its time is over."
}
text! {
    /// What an article says, in Markdown. It is kept and shown as text: whoever renders it has to clean it.
    ArticleBody: 1..=50_000, LINES, example "Open **Applications**, choose the family and press *Invite*."
}
text! {
    /// Where a film is: an https address.
    VideoUrl: 12..=500, r"^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,63}(:[0-9]{1,5})?([/?#][^\x00-\x20\x7F-\x9F\x22<>\\^`{|}]*)?$", example "https://video.example/invite-a-family", format "uri"
}
text! {
    /// The end of an article's address, for people to read. The id names it, not this.
    ArticleSlug: 2..=80, "^[a-z0-9]+(-[a-z0-9]+)*$", example "invite-a-family"
}
text! {
    /// A word that articles are sorted by; compared without case and accents.
    ArticleTag: 1..=40, LINE, example "invitations"
}
text! {
    /// What somebody looks for in the help centre.
    HelpQuery: 1..=200, LINE, example "invite a family"
}
text! {
    /// A screen of a frontend that articles are shown for.
    ContextKey: 3..=80, r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", example "screen.invitations"
}

impl ArticleTag {
    /// The form two tags are compared in.
    pub fn folded(&self) -> String {
        super::fold::plain(&self.0)
    }
}

/// What an article says. Kept whole with each of its versions.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ArticleContent {
    /// What it is.
    pub kind: ArticleKind,
    /// Whom it is for.
    pub audience: ArticleAudience,
    /// Its language.
    pub locale: Locale,
    /// Its title.
    pub title: Line,
    /// What it says in short.
    pub summary: Option<ArticleLead>,
    /// What it says.
    pub body: ArticleBody,
    /// Where its film is; one of the kind `video` has it.
    pub video_url: Option<VideoUrl>,
    /// The end of its address.
    pub slug: Option<ArticleSlug>,
    /// What it is sorted by, each once.
    pub tags: Vec<ArticleTag>,
    /// The screens it is shown for, each once.
    pub context_keys: Vec<ContextKey>,
}

/// An article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// The organisation that wrote it; none for the desk's, which are for all.
    pub tenant: Option<TenantId>,
    /// How far it has come.
    pub state: ArticleState,
    /// What it says.
    pub content: ArticleContent,
    /// The ticket whose answer it was made of.
    pub source_ticket: Option<TicketId>,
    /// How many said that it helped.
    pub helpful: i64,
    /// How many said that it did not.
    pub unhelpful: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// When it was last published; none if it never was.
    pub published_at: Option<Moment>,
    /// When it was archived; none while it is not.
    pub archived_at: Option<Moment>,
    /// Counts the changes; each of them is kept under its number.
    pub version: i64,
}

/// A version of an article, as it was left by a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleVersion {
    /// Which.
    pub version: i64,
    /// By what it came.
    pub change: ArticleChange,
    /// Who made it; none for the product itself.
    pub by: Option<AccountId>,
    /// When.
    pub at: Moment,
    /// What the article said from then on.
    pub content: ArticleContent,
}

/// What changes about an article; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArticleChanges {
    /// What it is.
    pub kind: Option<ArticleKind>,
    /// Whom it is for.
    pub audience: Option<ArticleAudience>,
    /// Its language.
    pub locale: Option<Locale>,
    /// Its title.
    pub title: Option<Line>,
    /// What it says in short.
    pub summary: Option<Option<ArticleLead>>,
    /// What it says.
    pub body: Option<ArticleBody>,
    /// Where its film is.
    pub video_url: Option<Option<VideoUrl>>,
    /// The end of its address.
    pub slug: Option<Option<ArticleSlug>>,
    /// All that it is sorted by.
    pub tags: Option<Vec<ArticleTag>>,
    /// All the screens it is shown for.
    pub context_keys: Option<Vec<ContextKey>>,
}

impl ArticleContent {
    /// Whether it is a film without an address.
    pub fn lacks_its_film(&self) -> bool {
        self.kind == ArticleKind::Video && self.video_url.is_none()
    }

    /// Whether it has the words of another one.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        (&self.title, &self.summary, &self.body) == (&other.title, &other.summary, &other.body)
    }

    /// What is left of it when its words are taken out: what it was, and for whom.
    ///
    /// # Panics
    /// Never: a test makes one.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "what stands there instead is a title, and a test makes one"
    )]
    pub fn redacted(&self) -> Self {
        Self {
            kind: self.kind,
            audience: self.audience,
            locale: self.locale,
            title: Line::parse(REDACTED).expect("a title"),
            summary: None,
            body: ArticleBody(REDACTED.to_owned()),
            video_url: None,
            slug: None,
            tags: Vec::new(),
            context_keys: Vec::new(),
        }
    }

    /// What it is after a change, and the names of the fields that differ.
    pub fn changed(&self, changes: &ArticleChanges) -> (Vec<&'static str>, Self) {
        let mut after = self.clone();
        let mut fields = Vec::new();
        let mut set = |name: &'static str, differs: bool| {
            if differs {
                fields.push(name);
            }
        };
        set("kind", put(&mut after.kind, changes.kind.as_ref()));
        set("audience", put(&mut after.audience, changes.audience.as_ref()));
        set("locale", put(&mut after.locale, changes.locale.as_ref()));
        set("title", put(&mut after.title, changes.title.as_ref()));
        set("summary", put(&mut after.summary, changes.summary.as_ref()));
        set("body", put(&mut after.body, changes.body.as_ref()));
        set("video_url", put(&mut after.video_url, changes.video_url.as_ref()));
        set("slug", put(&mut after.slug, changes.slug.as_ref()));
        set("tags", put(&mut after.tags, changes.tags.as_ref()));
        set("context_keys", put(&mut after.context_keys, changes.context_keys.as_ref()));
        (fields, after)
    }
}

/// Whose an article is, as a word that is never null: an organisation's id, or the desk.
pub fn owner(tenant: Option<TenantId>) -> String {
    tenant.map_or_else(|| "desk".to_owned(), |tenant| tenant.uuid().simple().to_string())
}

/// The shelf that published articles of an owner and an audience stand on: a search reads whole shelves.
pub fn shelf(tenant: Option<TenantId>, audience: ArticleAudience) -> String {
    format!("{}.{audience}", owner(tenant))
}

/// Puts a value into its place; says whether it was another one.
fn put<T: Clone + PartialEq>(place: &mut T, value: Option<&T>) -> bool {
    match value {
        Some(value) if value != place => {
            place.clone_from(value);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_is_behind_https_and_nothing_else() {
        for good in [
            "https://video.example/invite",
            "https://www.video.example:8443/watch?v=a1-_%20#t=3",
            "https://v.example",
        ] {
            assert!(VideoUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://video.example/invite",
            "javascript:alert(1)//https://video.example",
            "https://user@video.example/",
            "https://video.example/\"onload=",
            "https://video.example/<b>",
            "https://localhost/invite",
            "HTTPS://video.example/",
            "https://",
        ] {
            assert!(VideoUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_of_the_words_is_left_when_they_are_taken_out() {
        let content = ArticleContent {
            kind: ArticleKind::Video,
            audience: ArticleAudience::Staff,
            locale: Locale::English,
            title: Line::parse("Quetzal").unwrap(),
            summary: Some(ArticleLead::parse("Quetzal").unwrap()),
            body: ArticleBody::parse("Quetzal").unwrap(),
            video_url: Some(VideoUrl::parse("https://quetzal.example").unwrap()),
            slug: Some(ArticleSlug::parse("quetzal").unwrap()),
            tags: vec![ArticleTag::parse("quetzal").unwrap()],
            context_keys: vec![ContextKey::parse("screen.quetzal").unwrap()],
        };
        let left = serde_json::to_string(&content.redacted()).unwrap();
        assert!(!left.to_lowercase().contains("quetzal"), "{left}");
        assert!(left.contains("video") && left.contains("staff"), "{left}");
        assert!(
            content.says_the_same_as(&content) && !content.says_the_same_as(&content.redacted())
        );
    }

    #[test]
    fn a_screen_has_parts() {
        assert!(ContextKey::parse("screen.invitations").is_ok());
        for bad in ["invitations", "screen.", "Screen.invitations", "screen invitations"] {
            assert!(ContextKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_body_is_as_long_as_it_may_be() {
        assert!(ArticleBody::parse(&"ñ".repeat(50_000)).is_ok());
        assert!(ArticleBody::parse(&"ñ".repeat(50_001)).is_err());
    }
}
