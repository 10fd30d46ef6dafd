//! Where a one-time link leads: the frontend's page, with the secret behind the `#`, so that it stands
//! in no request and in no log until the page posts it.

/// Stands for the secret.
const SECRET: &str = "{secret}";

/// An address with a place for the secret in its fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTemplate(String);

/// What is wrong with a link's template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALink {
    /// It leads nowhere that a browser would open.
    #[error("must begin with https:// or http:// and a host, and hold no spaces")]
    Address,
    /// The secret would be in the request, or is missing, or is there twice.
    #[error("must hold {{secret}} once, behind a #")]
    Secret,
}

impl LinkTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// [`NotALink`].
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let (page, fragment) = rest.ok_or(NotALink::Address)?.split_once('#').unwrap_or_default();
        let is_strange = |c: char| c.is_whitespace() || c.is_control() || "\"<>\\".contains(c);
        if !fragment.contains(SECRET) || text.matches(SECRET).count() != 1 {
            return Err(NotALink::Secret);
        }
        if page.starts_with(['/', '?', ':']) || page.is_empty() || text.contains(is_strange) {
            return Err(NotALink::Address);
        }
        Ok(Self(text.to_owned()))
    }

    /// The link of one secret.
    pub fn fill(&self, secret: &str) -> String {
        self.0.replace(SECRET, secret)
    }
}

impl std::fmt::Display for LinkTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_takes_its_place() {
        let template = LinkTemplate::parse("https://desk.example/app?x=1#/enrol/{secret}").unwrap();
        assert_eq!(template.fill("abc"), "https://desk.example/app?x=1#/enrol/abc");
        assert_eq!(template.to_string(), "https://desk.example/app?x=1#/enrol/{secret}");
    }

    #[test]
    fn a_secret_outside_the_fragment_is_refused() {
        for bad in [
            "https://desk.example/enrol",
            "https://desk.example/enrol#",
            "https://desk.example/enrol?token={secret}",
            "https://desk.example/{secret}#x",
            "https://desk.example/{secret}#{secret}",
            "https://desk.example/#{secret}{secret}",
        ] {
            assert_eq!(LinkTemplate::parse(bad), Err(NotALink::Secret), "{bad}");
        }
    }

    #[test]
    fn only_addresses_that_a_browser_opens() {
        for bad in ["javascript:x#{secret}", "desk.example/#{secret}", "ftp://a/#{secret}", "text"]
        {
            assert_eq!(LinkTemplate::parse(bad), Err(NotALink::Address), "{bad}");
        }
        for bad in ["https:///#{secret}", "https://#{secret}", "https://a b/#{secret}"] {
            assert_eq!(LinkTemplate::parse(bad), Err(NotALink::Address), "{bad}");
        }
    }
}
