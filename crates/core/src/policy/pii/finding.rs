//! What the detector found: where, what kind, how sure, and why; never the words themselves.

words! {
    /// A kind of personal data.
    Label {
        /// A name of a person, whole or in part.
        PersonName = "PERSON_NAME",
        /// A day, month or year of birth.
        DateOfBirth = "DATE_OF_BIRTH",
        /// A person's sex or gender.
        Gender = "GENDER",
        /// Where somebody lives.
        Address = "ADDRESS",
        /// A telephone number.
        Phone = "PHONE",
        /// An email address.
        Email = "EMAIL",
        /// A social security number.
        Ssn = "SSN",
        /// A number of a patient, an insured person or a policy.
        MedicalId = "MEDICAL_ID",
        /// A payment card's number.
        CreditCard = "CREDIT_CARD",
        /// A password.
        Password = "PASSWORD",
    }
}

impl Label {
    /// The word in a placeholder: `[NAME-1]`.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::PersonName => "NAME",
            Self::DateOfBirth => "DOB",
            Self::Gender => "GENDER",
            Self::Address => "ADDRESS",
            Self::Phone => "PHONE",
            Self::Email => "EMAIL",
            Self::Ssn => "SSN",
            Self::MedicalId => "MEDICAL-ID",
            Self::CreditCard => "CARD",
            Self::Password => "PASSWORD",
        }
    }
}

words! {
    /// What recognised a finding.
    Recognizer {
        /// The form alone tells: an email address, a card's check digit.
        Pattern = "pattern",
        /// A form with a word beside it that says what it is.
        PatternWithCue = "pattern_with_cue",
        /// A word of the lists of names.
        NameList = "name_list",
        /// A word beside it says that it is a name.
        NameCue = "name_cue",
        /// One of several names in a row.
        NameRow = "name_row",
        /// The closing of a letter.
        Signature = "signature",
        /// Found elsewhere in the text or the case, and here again.
        Again = "again",
    }
}

words! {
    /// What stood beside a finding and spoke for it.
    Cue {
        /// "my son", "mi hija".
        Relation = "relation",
        /// "nurse", "counselor".
        Role = "role",
        /// "Mrs.", "Dra.".
        Title = "title",
        /// "her name is", "se llama".
        Naming = "naming",
        /// "this is", "soy".
        Introduction = "introduction",
        /// "Hi", "Estimada".
        Greeting = "greeting",
        /// "Thanks,", "Saludos,".
        Closing = "closing",
        /// The label of a form's field.
        Field = "field",
        /// "for", "con", "ask".
        Towards = "towards",
        /// Somebody does something: "can't", "is", "puede".
        Action = "action",
        /// Another name stands beside it.
        Name = "name",
        /// "born", "DOB", "nació".
        Birth = "birth",
        /// "sex", "género", "listed as".
        Sex = "sex",
        /// "lives at", "domicilio".
        Home = "home",
        /// "call", "celular".
        Phone = "phone",
        /// "card", "tarjeta".
        Card = "card",
        /// "SSN", "seguro social".
        Ssn = "ssn",
        /// "member id", "póliza".
        Insurance = "insurance",
        /// "password is", "contraseña:".
        Password = "password",
        /// The check digit is right.
        CheckDigit = "check_digit",
    }
}

/// A place in a text that is, or may be, personal data. It says where and why, and never what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// First byte, on a character's boundary.
    pub start: usize,
    /// Behind the last byte, on a character's boundary.
    pub end: usize,
    /// What it is.
    pub label: Label,
    /// How sure, 0 to 1 000.
    pub score: u16,
    /// What recognised it.
    pub recognizer: Recognizer,
    /// What spoke for it, sorted.
    pub cues: Vec<Cue>,
}
