//! Who asks, by which way, and what may come of it; and the names of rules and request types.

words! {
    /// Who asks, as the policy sees them. Somebody who files for another is judged as the other.
    RequesterKind {
        /// A guardian, or somebody who says so.
        Family = "family",
        /// Somebody who says that the address in question is theirs.
        EmailOwner = "email_owner",
        /// Somebody who gets mail that is meant for others.
        ThirdPartyRecipient = "third_party_recipient",
        /// A nurse or a doctor who asks about their own access.
        Provider = "provider",
        /// A user of an organisation who is neither Support User nor Site Admin.
        OrgStaff = "org_staff",
        /// A user who may log tickets.
        SupportUser = "support_user",
        /// A user who manages the organisation's users; also one who was deactivated as such.
        SiteAdmin = "site_admin",
        /// The owner on file.
        BusinessOwner = "business_owner",
        /// An agent of the first tier who asks for themselves.
        AgentTier1 = "agent_tier1",
        /// An agent of the second tier who asks for themselves.
        AgentTier2 = "agent_tier2",
        /// The product itself.
        System = "system",
        /// Nobody knows.
        Unknown = "unknown",
    }
}

impl RequesterKind {
    /// Whether they are the organisation: its users and its owner on file.
    pub const fn is_of_organization(self) -> bool {
        matches!(self, Self::OrgStaff | Self::SupportUser | Self::SiteAdmin | Self::BusinessOwner)
    }

    /// Whether they work at the desk.
    pub const fn is_agent(self) -> bool {
        matches!(self, Self::AgentTier1 | Self::AgentTier2)
    }
}

words! {
    /// The way in which a request comes.
    Channel {
        /// The portal with a session: whoever asks has signed in.
        Portal = "portal",
        /// The portal without a session, for emergencies.
        Form = "form",
        /// A message by email.
        Email = "email",
        /// A call.
        Phone = "phone",
        /// A chat.
        Chat = "chat",
        /// Paper.
        Mail = "mail",
    }
}

words! {
    /// What comes of a request.
    Outcome {
        /// Done, through a desk action or by the product for the one who asks.
        Perform = "perform",
        /// Explained and walked through; nothing is changed for them.
        Assist = "assist",
        /// Not the desk's to answer: the organisation's contact details are given.
        ProvideContact = "provide_contact",
        /// Nobody at the desk does this, and there is nobody better to send them to; or the organisation does it
        /// in the product.
        Refuse = "refuse",
        /// The desk must not; the organisation decides.
        ReferToOrganization = "refer_to_organization",
        /// A matter of the organisation's Site Admins and Support Users.
        ReferToSiteAdmin = "refer_to_site_admin",
        /// Who asks is not known well enough yet.
        VerifyFirst = "verify_first",
        /// Who asks is known; somebody else has to authorise it.
        AuthorizeFirst = "authorize_first",
        /// The second tier's.
        Escalate = "escalate",
    }
}

impl Outcome {
    /// Whether something is done for the requester, or they are shown how.
    pub const fn helps(self) -> bool {
        matches!(self, Self::Perform | Self::Assist)
    }

    /// Whether it sends the requester away: nothing of what was asked is done.
    pub const fn sends_away(self) -> bool {
        matches!(self, Self::Refuse | Self::ReferToOrganization | Self::ReferToSiteAdmin)
    }
}

words! {
    /// What a rule is for.
    RuleKind {
        /// Answers a request.
        Decision = "decision",
        /// Stands at a door of the product; asked for as a request, it is a wish to get round it.
        Gate = "gate",
        /// Something that the product does by itself.
        Duty = "duty",
        /// A recommendation, never a bar.
        Advice = "advice",
    }
}

text! {
    /// What is asked for: the code of a rule. One that no rule has is refused.
    RequestType: 1..=80, "^[A-Za-z0-9_.-]+$", example "notifications.resend"
}

text! {
    /// The stable name of a rule: dotted, lower case.
    RuleCode: 3..=80, r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", example "notifications.resend"
}

/// Declares a small set of words as the bits of a number.
macro_rules! word_set {
    ($(#[$meta:meta])* $set:ident of $word:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $set(u16);

        impl $set {
            /// No word.
            pub const NONE: Self = Self(0);

            /// Every word.
            pub fn all() -> Self {
                $word::ALL.iter().copied().collect()
            }

            /// Whether a word is in it.
            pub fn has(self, word: $word) -> bool {
                self.0 & Self::bit(word) != 0
            }

            /// Whether none is.
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The words in it, in the order of their declaration.
            pub fn iter(self) -> impl Iterator<Item = $word> {
                $word::ALL.iter().copied().filter(move |word| self.has(*word))
            }

            fn bit(word: $word) -> u16 {
                $word::ALL.iter().position(|other| *other == word).map_or(0, |place| 1 << place)
            }
        }

        impl FromIterator<$word> for $set {
            fn from_iter<I: IntoIterator<Item = $word>>(words: I) -> Self {
                Self(words.into_iter().fold(0, |bits, word| bits | Self::bit(word)))
            }
        }
    };
}

word_set! {
    /// A set of kinds of requesters.
    KindSet of RequesterKind
}
word_set! {
    /// A set of channels.
    ChannelSet of Channel
}

impl From<&RuleCode> for RequestType {
    fn from(code: &RuleCode) -> Self {
        Self(code.0.clone())
    }
}

impl std::borrow::Borrow<str> for RuleCode {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}
