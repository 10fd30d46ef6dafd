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
