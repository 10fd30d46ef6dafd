//! How it is known who asks (HD, "Identity").

words! {
    /// How it is known who asks. Never by questions of knowledge.
    Verification {
        /// Not at all.
        None = "none",
        /// A one-time code to the address or telephone number on file came back.
        ContactConfirmed = "contact_confirmed",
        /// They are signed in.
        SignedIn = "signed_in",
        /// An agent called the number on file.
        CalledBack = "called_back",
    }
}

impl Verification {
    /// What is known once there is a further proof: the better one of the two.
    #[must_use]
    pub fn with(self, proof: Self) -> Self {
        self.max(proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_further_proof_takes_nothing_away() {
        use Verification::{CalledBack, ContactConfirmed, None, SignedIn};
        assert_eq!(None.with(ContactConfirmed), ContactConfirmed);
        assert_eq!(SignedIn.with(ContactConfirmed), SignedIn);
        assert_eq!(ContactConfirmed.with(CalledBack), CalledBack);
    }
}
