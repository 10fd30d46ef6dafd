//! The tables, as both databases have them. `tests/it/schema_parity.rs` holds this against both.

#![expect(missing_docs, reason = "the macro writes items that cannot be documented")]

diesel::table! {
    use diesel::sql_types::{BigInt, Text, Nullable};
    use crate::store::columns::{Uid, Instant, Doc, Word};
    /// Organisations.
    tenants (id) {
        id -> Uid,
        slug -> Word,
        name -> Word,
        /// The name's plain form, to sort by.
        name_key -> Text,
        kind -> Word,
        status -> Word,
        notification_address -> Word,
        contacts -> Doc,
        points_changed_at -> Instant,
        hours -> Doc,
        settings -> Doc,
        created_at -> Instant,
        updated_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::store::columns::Uid;
    /// One row a tenant, locked by whoever changes what several rows must agree on.
    tenant_governance (tenant_id) {
        tenant_id -> Uid,
        /// The last number that was given to a user.
        users -> BigInt,
        /// The last number that was given to an application.
        applications -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::store::columns::Uid;
    /// The words a tenant is found by.
    tenant_terms (term, tenant_id) {
        term -> Text,
        tenant_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text, Nullable};
    use crate::store::columns::{Uid, Instant, Word};
    /// Owners on file.
    owners (id) {
        id -> Uid,
        tenant_id -> Uid,
        name -> Word,
        email -> Word,
        /// The address as it is compared.
        email_key -> Text,
        phone -> Nullable<Word>,
        changed_at -> Instant,
        confirmed_at -> Instant,
        created_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Nullable;
    use crate::store::columns::{Uid, Instant, Word};
    /// Why the root of trust was changed.
    evidence (id) {
        id -> Uid,
        tenant_id -> Uid,
        /// The owner it is about; none for the contact points.
        subject -> Nullable<Uid>,
        kind -> Word,
        reference -> Word,
        note -> Nullable<Word>,
        recorded_by -> Uid,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Text, Nullable};
    use crate::store::columns::{Uid, Instant, Word};
    /// Whoever signs in, in every realm.
    accounts (id) {
        id -> Uid,
        realm -> Word,
        tenant_id -> Nullable<Uid>,
        role -> Word,
        status -> Word,
        /// What they sign in with, as it is compared.
        sign_in_key -> Text,
        name -> Word,
        email -> Nullable<Word>,
        locale -> Word,
        password_hash -> Nullable<Text>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> BigInt,
        inactive_reason -> Nullable<Word>,
        /// A user's running number in its tenant.
        number -> Nullable<BigInt>,
        user_name -> Nullable<Word>,
        first_name -> Nullable<Word>,
        last_name -> Nullable<Word>,
        /// The address as it is compared.
        email_key -> Nullable<Text>,
        phone -> Nullable<Word>,
        first_used_at -> Nullable<Instant>,
        last_signed_in_at -> Nullable<Instant>,
        /// A user's last and first name in their plain form, to sort by.
        name_key -> Nullable<Text>,
        /// From when a user's idle days count: the last sign-in, or what counts as one.
        idle_since -> Nullable<Instant>,
        /// Whether dormancy passes the user over.
        kept_active -> Bool,
        /// When the user was warned of dormancy.
        dormancy_warned_at -> Nullable<Instant>,
        /// When the owners were warned that the last Site Admin is about to become dormant.
        owner_warned_at -> Nullable<Instant>,
        inactive_since -> Nullable<Instant>,
        /// Microseconds spent inactive before, which do not count towards tenure.
        inactive_for -> BigInt,
        /// Whether the user lost the role of Site Admin by becoming inactive.
        was_site_admin -> Bool,
        /// The evidence that the day of the first use was imported on.
        first_use_evidence -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable};
    use crate::store::columns::{Uid, Instant};
    /// One time-based second factor an account.
    second_factors (account_id) {
        account_id -> Uid,
        secret -> Binary,
        created_at -> Instant,
        confirmed_at -> Nullable<Instant>,
        /// The last time step whose code was taken; never taken again.
        last_step -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Text, Nullable};
    use crate::store::columns::{Uid, Instant};
    /// Sign-ins.
    sessions (id) {
        id -> Uid,
        account_id -> Uid,
        created_at -> Instant,
        last_used_at -> Instant,
        expires_at -> Instant,
        second_factor_at -> Nullable<Instant>,
        ended_at -> Nullable<Instant>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::store::columns::{Uid, Instant};
    /// Refresh tokens by their hash; a session's are one family.
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> Uid,
        issued_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::store::columns::{Uid, Instant};
    /// Secrets of second factors that wait for their first code.
    second_factor_enrolments (account_id) {
        account_id -> Uid,
        /// The session that began it, which alone can confirm it.
        session_id -> Uid,
        secret -> Binary,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::store::columns::{Uid, Instant};
    /// Recovery codes by their hash.
    recovery_codes (hash) {
        hash -> Binary,
        account_id -> Uid,
        created_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::store::columns::{Uid, Instant, Word};
    /// One-time links by their hash.
    links (hash) {
        hash -> Binary,
        purpose -> Word,
        account_id -> Uid,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::columns::{Uid, Instant, Word};
    /// Codes that were sent to a contact, by their hash.
    one_time_codes (id) {
        id -> Uid,
        purpose -> Word,
        /// What the code is for: the change of a contact, the session that it proves.
        subject -> Uid,
        account_id -> Uid,
        method -> Word,
        contact -> Text,
        hash -> Binary,
        attempts -> BigInt,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::store::columns::Instant;
    /// From where a name was signed in with, by a keyed hash of both.
    familiar_places (key) {
        key -> Binary,
        seen_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Text, Binary, Nullable};
    use crate::store::columns::{Uid, Instant};
    /// Keys that access tokens are signed with, sealed by the root key.
    signing_keys (id) {
        id -> Uid,
        kid -> Text,
        secret -> Binary,
        public -> Binary,
        created_at -> Instant,
        /// From then on nothing that it signed counts.
        retired_at -> Nullable<Instant>,
        /// From then on it signs, until a later one does.
        signs_from -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text, Binary, Nullable};
    use crate::store::columns::{Uid, Instant, Word};
    /// The audit. No row is ever changed or deleted.
    audit_entries (id) {
        id -> Uid,
        chain -> Text,
        tenant_id -> Nullable<Uid>,
        at -> Instant,
        actor_kind -> Text,
        actor -> Nullable<Uid>,
        session -> Nullable<Uid>,
        action -> Text,
        target -> Nullable<Uid>,
        outcome -> Word,
        rule -> Nullable<Text>,
        count -> BigInt,
        detail -> Nullable<Text>,
        address -> Nullable<Text>,
        request -> Text,
        mac -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::store::columns::Uid;
    /// Entries that the sealer has not linked yet.
    audit_pending (entry_id) {
        entry_id -> Uid,
        chain -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text, Binary};
    use crate::store::columns::Uid;
    /// The links: numbered without gaps, each over the one before. No row is ever changed or deleted.
    audit_seals (chain, seq) {
        chain -> Text,
        seq -> BigInt,
        entry_id -> Uid,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text, Binary};
    /// The last link of each chain; locked by the sealer alone.
    audit_chains (chain) {
        chain -> Text,
        seq -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::store::columns::{Instant, Doc};
    /// Repeated refusals of the current minute, written to the audit as one entry.
    denial_sums (key) {
        key -> Binary,
        opened_at -> Instant,
        repeats -> BigInt,
        entry -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Uid, Instant, Doc, Word};
    /// The outbox: messages that were decided and are not final yet, and what became of the others.
    notifications (id) {
        id -> Uid,
        tenant_id -> Nullable<Uid>,
        kind -> Word,
        method -> Word,
        recipient -> Text,
        locale -> Word,
        facts -> Doc,
        state -> Word,
        attempts -> Integer,
        due_at -> Instant,
        created_at -> Instant,
        finished_at -> Nullable<Instant>,
        /// A link's or a code's secret, sealed; wiped when the message is final.
        secret -> Nullable<Binary>,
        /// Why the last attempt did not succeed.
        failure -> Nullable<Text>,
        /// The recipient in the form in which contacts are compared; none for messages of before.
        contact_key -> Nullable<Text>,
        /// What the gateway calls it.
        gateway_id -> Nullable<Text>,
        /// What the gateway last said of it.
        gateway_status -> Nullable<Text>,
        /// When its last attempt began.
        last_attempt_at -> Nullable<Instant>,
        /// What it waits for, if it waits for more than its turn.
        waits_for -> Nullable<Word>,
        /// The message that it repeats.
        resent_from -> Nullable<Uid>,
        /// Whom or what it is about: the account whose link it holds, the application it invites to.
        subject -> Nullable<Uid>,
        /// Whether somebody waits for it.
        awaited -> Bool,
        /// Since when it waits for its contact's next day, if it does.
        capped_since -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::columns::{Instant, Uid, Word};
    /// Contacts that nothing is sent to.
    suppressions (id) {
        id -> Uid,
        method -> Word,
        contact_key -> Text,
        reason -> Word,
        /// The message that it came of, if it came of one.
        notification_id -> Nullable<Uid>,
        created_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text, Integer, Nullable};
    use crate::store::columns::Instant;
    /// Answers kept for repeated requests.
    idempotency_answers (key) {
        key -> Binary,
        fingerprint -> Binary,
        status -> Integer,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Nullable<Text>,
        /// When it may be forgotten.
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, BigInt};
    use crate::store::columns::Instant;
    /// Attempts counted against an account or contact, in windows, across instances.
    throttle_counters (key) {
        key -> Binary,
        opened_at -> Instant,
        attempts -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::store::columns::Uid;
    /// The words a user is found by.
    user_terms (tenant_id, term, account_id) {
        tenant_id -> Uid,
        term -> Text,
        account_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text, Nullable};
    use crate::store::columns::{Uid, Instant, Word};
    /// Roles that organisations made themselves.
    roles (id) {
        id -> Uid,
        tenant_id -> Uid,
        name -> Word,
        /// The name as it is compared.
        name_key -> Text,
        description -> Nullable<Word>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::store::columns::{Uid, Word};
    /// What a role permits.
    role_permissions (role_id, permission) {
        role_id -> Uid,
        permission -> Word,
        /// The permission's power of two: a sum of distinct ones is a set.
        bit -> BigInt,
    }
}

diesel::table! {
    use crate::store::columns::{Uid, Instant};
    /// Which of them users have.
    user_roles (account_id, role_id) {
        account_id -> Uid,
        role_id -> Uid,
        granted_by -> Uid,
        granted_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable};
    use crate::store::columns::{Uid, Instant, Word};
    /// Training that Site Admins recorded.
    training_records (id) {
        id -> Uid,
        tenant_id -> Uid,
        account_id -> Uid,
        course -> Word,
        completed_on -> Word,
        fully_trained -> Bool,
        recorded_by -> Uid,
        recorded_at -> Instant,
        withdrawn_by -> Nullable<Uid>,
        withdrawn_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable};
    use crate::store::columns::{Uid, Instant, Doc, Word};
    /// Work that is too long for a request.
    jobs (id) {
        id -> Uid,
        tenant_id -> Nullable<Uid>,
        kind -> Word,
        state -> Word,
        /// None if the product made it, or whoever has a shell.
        created_by -> Nullable<Uid>,
        /// The session that it was made in, for the audit.
        session_id -> Nullable<Uid>,
        params -> Doc,
        /// Where it goes on.
        cursor -> Doc,
        /// How many rows there are; null while nobody knows.
        total -> Nullable<BigInt>,
        done -> BigInt,
        failed -> BigInt,
        /// Attempts in a row that came to nothing.
        attempts -> Integer,
        lease_until -> Nullable<Instant>,
        /// Names a claim, not a process: who has lost it cannot take it for a later one.
        lease_holder -> Nullable<Uid>,
        due_at -> Instant,
        cancel_requested_at -> Nullable<Instant>,
        /// The code of the rule that ended it.
        failure -> Nullable<Word>,
        summary -> Doc,
        created_at -> Instant,
        started_at -> Nullable<Instant>,
        finished_at -> Nullable<Instant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::store::columns::{Uid, Doc, Word};
    /// What became of each row of a job.
    job_results (job_id, row_number) {
        job_id -> Uid,
        row_number -> BigInt,
        outcome -> Word,
        /// What the row is about, if it came to that.
        subject_id -> Nullable<Uid>,
        /// Columns and codes; never what stood there.
        faults -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::columns::{Uid, Instant, Word};
    /// Files that were announced; their content stands in `upload_pieces`.
    uploads (id) {
        id -> Uid,
        tenant_id -> Uid,
        created_by -> Uid,
        purpose -> Word,
        file_name -> Word,
        media_type -> Nullable<Word>,
        state -> Word,
        /// The sending whose pieces count.
        attempt -> Nullable<Uid>,
        size -> Nullable<BigInt>,
        sha256 -> Nullable<Text>,
        /// The job that uses it.
        job_id -> Nullable<Uid>,
        created_at -> Instant,
        completed_at -> Nullable<Instant>,
        expires_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer};
    use crate::store::columns::Uid;
    /// The content of uploads, in pieces.
    upload_pieces (upload_id, attempt, seq) {
        upload_id -> Uid,
        attempt -> Uid,
        seq -> Integer,
        bytes -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::store::columns::{Doc, Instant, Uid, Word};
    /// The decision log. No row is ever changed or deleted.
    decisions (id) {
        id -> Uid,
        tenant_id -> Nullable<Uid>,
        at -> Instant,
        /// The year times a hundred and the month, in UTC: what is counted by.
        month -> Integer,
        /// The ticket on which it was acted.
        ticket_id -> Nullable<Uid>,
        actor_kind -> Text,
        actor_id -> Nullable<Uid>,
        requester -> Word,
        requester_id -> Nullable<Uid>,
        verification -> Word,
        channel -> Word,
        request_type -> Text,
        rule -> Nullable<Word>,
        outcome -> Word,
        effects -> Doc,
        missing -> Doc,
        facts -> Doc,
        policy_version -> Text,
        locale -> Word,
        /// What the requester was told.
        said -> Text,
        request -> Text,
        audit_entry_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::columns::{Uid, Instant, Word};
    /// Applications of families.
    applications (id) {
        id -> Uid,
        tenant_id -> Uid,
        number -> Word,
        /// The number as it is compared.
        number_key -> Text,
        family_name -> Word,
        /// The name's plain form, to sort by.
        family_key -> Text,
        email -> Nullable<Word>,
        phone -> Nullable<Word>,
        preferred_method -> Word,
        locale -> Word,
        status -> Word,
        /// Never `expired`: that is an invitation whose time is over.
        online_account -> Word,
        /// Until when the one invitation counts that is under way.
        invited_until -> Nullable<Instant>,
        /// The family's account, while it is linked.
        account_id -> Nullable<Uid>,
        linked_at -> Nullable<Instant>,
        /// When a family's access was last taken away.
        unlinked_at -> Nullable<Instant>,
        submitted_at -> Nullable<Instant>,
        withdrawn_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::store::columns::{Uid, Word};
    /// The children of an application.
    application_children (application_id, seq) {
        application_id -> Uid,
        seq -> Integer,
        tenant_id -> Uid,
        child_id -> Word,
        /// The id as it is compared.
        child_key -> Text,
        name -> Nullable<Word>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::store::columns::Uid;
    /// The words an application is found by.
    application_terms (tenant_id, term, application_id) {
        tenant_id -> Uid,
        term -> Text,
        application_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::columns::{Uid, Instant, Word};
    /// Invitations of families.
    invitations (id) {
        id -> Uid,
        tenant_id -> Uid,
        application_id -> Uid,
        method -> Word,
        recipient -> Text,
        /// Never `expired`: that is a pending one whose time is over.
        state -> Word,
        link_hash -> Binary,
        /// The code's public part, by which a wrong one is counted.
        handle -> Text,
        code_hash -> Binary,
        attempts -> BigInt,
        notification_id -> Nullable<Uid>,
        created_by -> Nullable<Uid>,
        created_at -> Instant,
        expires_at -> Instant,
        ended_at -> Nullable<Instant>,
        /// When the family last asked for a new one.
        renewal_asked_at -> Nullable<Instant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::columns::{Uid, Instant, Word};
    /// Keys of programs. Each is an account, too.
    api_keys (id) {
        id -> Uid,
        tenant_id -> Uid,
        /// The part of its secret that everybody may see.
        handle -> Text,
        name -> Word,
        /// What it permits: a sum of distinct powers of two.
        scopes -> BigInt,
        hash -> Binary,
        /// The hash of the secret before, and until when that counts.
        previous_hash -> Nullable<Binary>,
        previous_until -> Nullable<Instant>,
        created_by -> Uid,
        created_at -> Instant,
        expires_at -> Instant,
        rotated_at -> Nullable<Instant>,
        last_used_at -> Nullable<Instant>,
        last_used_address -> Nullable<Text>,
        revoked_at -> Nullable<Instant>,
        revoked_by -> Nullable<Uid>,
        /// When those who look after it were warned of its end, or need not be.
        warned_at -> Nullable<Instant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::columns::{Uid, Instant, Word};
    /// Families with a code whose contact is being confirmed.
    acceptances (id) {
        id -> Uid,
        invitation_id -> Uid,
        method -> Word,
        contact -> Text,
        hash -> Binary,
        attempts -> BigInt,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable};
    use crate::store::columns::{Instant, Uid, Word};
    /// Tickets, which the desk calls cases.
    tickets (id) {
        id -> Uid,
        /// What people call it by: `C-` and this.
        number -> BigInt,
        tenant_id -> Uid,
        kind -> Word,
        state -> Word,
        tier -> BigInt,
        priority -> Word,
        resolution -> Nullable<Word>,
        assignee_id -> Nullable<Uid>,
        request_type -> Word,
        /// What the policy said at opening.
        outcome -> Word,
        decision_id -> Uid,
        /// As what the requester was judged.
        requester -> Word,
        /// Whose account that is; none of a caller who has none.
        requester_id -> Nullable<Uid>,
        channel -> Word,
        verification -> Word,
        locale -> Word,
        application_id -> Nullable<Uid>,
        help_search_id -> Nullable<Uid>,
        /// Whether an emergency was confirmed to be one.
        is_confirmed -> Bool,
        /// Whether the organisation sees it: one of its users asks, or it takes part.
        is_for_team -> Bool,
        /// Whether it was handed to the organisation, or the organisation gets a copy of what is said.
        organization_takes_part -> Bool,
        /// Masked.
        subject -> Word,
        first_answer_due_at -> Nullable<Instant>,
        first_answered_at -> Nullable<Instant>,
        resolution_due_at -> Nullable<Instant>,
        /// Since when somebody else than the desk is waited for.
        waiting_since -> Nullable<Instant>,
        closed_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
        version -> BigInt,
        /// When the desk has to do something next; none while it has nothing to do.
        next_due_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::store::columns::{Instant, Uid};
    /// What time has done to tickets so far.
    ticket_targets (ticket_id) {
        ticket_id -> Uid,
        /// Working time that is left while the target stands still, in microseconds.
        first_answer_left -> Nullable<BigInt>,
        /// As `first_answer_left`.
        resolution_left -> Nullable<BigInt>,
        /// Working time of all pauses that are over, in microseconds.
        paused -> BigInt,
        /// When it was written down that the target is missed.
        first_answer_missed_at -> Nullable<Instant>,
        /// As `first_answer_missed_at`.
        resolution_missed_at -> Nullable<Instant>,
        /// When the requester was reminded, in the present wait.
        reminded_at -> Nullable<Instant>,
        /// When time does something next.
        wakes_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::store::columns::Uid;
    /// What of a ticket is sealed.
    ticket_originals (ticket_id) {
        ticket_id -> Uid,
        subject -> Nullable<Binary>,
        /// Who a caller without an account is.
        caller -> Nullable<Binary>,
        /// The names that the case has met.
        names -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Nullable, Text};
    use crate::store::columns::{Doc, Instant, Uid, Word};
    /// What was said on tickets, and what happened to them.
    ticket_entries (id) {
        id -> Uid,
        ticket_id -> Uid,
        at -> Instant,
        kind -> Word,
        /// A role, or `system`, `public` or `caller`.
        author -> Text,
        author_id -> Nullable<Uid>,
        transition -> Nullable<Word>,
        /// Whether it is the desk's alone.
        is_internal -> Bool,
        /// Masked.
        text -> Nullable<Word>,
        /// What was written, sealed, where something was masked.
        original -> Nullable<Binary>,
        hints -> Doc,
        detail -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer};
    use crate::store::columns::Uid;
    /// The files of exports, in parts.
    ticket_export_parts (job_id, seq) {
        job_id -> Uid,
        seq -> Integer,
        /// Sealed.
        bytes -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Text};
    use crate::store::columns::{Instant, Uid};
    /// What tickets are found by.
    ticket_terms (ticket_id, term) {
        ticket_id -> Uid,
        /// A stem, or a word as it is written; of masked texts.
        term -> Text,
        tenant_id -> Uid,
        /// When the ticket was opened.
        created_at -> Instant,
        /// Whether it is said in what is the desk's alone, and nowhere else.
        is_internal -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::store::columns::{Doc, Uid, Word};
    /// What helps the desk beside the words of tickets.
    ticket_details (ticket_id) {
        ticket_id -> Uid,
        user_id -> Nullable<Text>,
        class_id -> Nullable<Text>,
        child_id -> Nullable<Text>,
        account_email -> Nullable<Text>,
        browser -> Nullable<Text>,
        error_message -> Nullable<Text>,
        steps -> Nullable<Text>,
        /// What was written where something was masked, sealed.
        original -> Nullable<Binary>,
        /// What is still to be told.
        asked_for -> Doc,
        browser_support -> Nullable<Word>,
        article_id -> Nullable<Uid>,
        /// Who told each and when, and what of it was masked.
        tellings -> Doc,
    }
}

diesel::table! {
    use crate::store::columns::{Instant, Uid, Word};
    /// Words that tickets are marked with.
    ticket_tags (ticket_id, tag) {
        tag -> Word,
        created_at -> Instant,
        ticket_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::store::columns::{Instant, Uid, Word};
    /// What shows one ticket to somebody without an account.
    ticket_passes (hash) {
        hash -> Binary,
        purpose -> Word,
        ticket_id -> Uid,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::store::columns::{Instant, Uid, Word};
    /// How tickets have to do with each other.
    ticket_links (id) {
        id -> Uid,
        ticket_id -> Uid,
        kind -> Word,
        other_id -> Uid,
        linked_at -> Instant,
    }
}

diesel::table! {
    use crate::store::columns::{Instant, Uid};
    /// Who is told of what is said on a ticket, beside its requester.
    ticket_watchers (ticket_id, account_id) {
        account_id -> Uid,
        opened_at -> Instant,
        ticket_id -> Uid,
        added_by -> Uid,
        added_at -> Instant,
    }
}

diesel::table! {
    use crate::store::columns::{Instant, Uid, Word};
    /// What the second tier did on tickets.
    ticket_actions (id) {
        id -> Uid,
        ticket_id -> Uid,
        kind -> Word,
        recorded_by -> Uid,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    /// The last number that was given to something of the desk's, by what it is.
    desk_numbers (name) {
        name -> Text,
        last -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::store::columns::{Uid, Instant, Word};
    /// What the desk raises for its developers, without personal data.
    internal_tickets (id) {
        id -> Uid,
        /// Its running number: shown as `T-000045`.
        number -> BigInt,
        kind -> Word,
        title -> Word,
        text -> Word,
        priority -> Word,
        state -> Word,
        raised_by -> Uid,
        created_at -> Instant,
        updated_at -> Instant,
        /// When it was shipped or declined.
        ended_at -> Nullable<Instant>,
        version -> BigInt,
    }
}

diesel::table! {
    use crate::store::columns::{Uid, Instant};
    /// The tickets that wait for an internal one.
    internal_ticket_links (internal_ticket_id, ticket_id) {
        internal_ticket_id -> Uid,
        ticket_id -> Uid,
        linked_by -> Uid,
        linked_at -> Instant,
    }
}

diesel::table! {
    use crate::store::columns::{Uid, Instant, Word};
    /// What agents and developers say to each other about an internal ticket.
    internal_ticket_comments (id) {
        id -> Uid,
        internal_ticket_id -> Uid,
        author_id -> Uid,
        /// What the author was when it was written.
        author_role -> Word,
        text -> Word,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::columns::{Uid, Instant, Doc, Word};
    /// Texts that agents answer with.
    canned_replies (id) {
        id -> Uid,
        title -> Word,
        /// The title's plain form, to sort by.
        title_key -> Text,
        text -> Word,
        locale -> Word,
        tags -> Doc,
        created_by -> Uid,
        updated_by -> Uid,
        created_at -> Instant,
        updated_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::store::columns::{Uid, Word};
    /// The tags of a canned reply, each with what the list is ordered by.
    canned_reply_tags (tag, canned_reply_id) {
        tag -> Word,
        title_key -> Text,
        canned_reply_id -> Uid,
        locale -> Word,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::columns::{Doc, Instant, Uid, Word};
    /// Articles of the help centre.
    articles (id) {
        id -> Uid,
        /// None for the desk's.
        tenant_id -> Nullable<Uid>,
        /// The same without a null: the tenant's id, or `desk`.
        owner -> Text,
        kind -> Word,
        audience -> Word,
        state -> Word,
        locale -> Word,
        title -> Word,
        summary -> Nullable<Word>,
        body -> Word,
        video_url -> Nullable<Word>,
        slug -> Nullable<Word>,
        /// As they are shown.
        tags -> Doc,
        /// As they are shown.
        context_keys -> Doc,
        /// The ticket whose answer it was made of.
        source_ticket_id -> Nullable<Uid>,
        helpful -> BigInt,
        unhelpful -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
        published_at -> Nullable<Instant>,
        archived_at -> Nullable<Instant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::store::columns::{Doc, Instant, Uid, Word};
    /// What an article said after each change.
    article_versions (article_id, version) {
        article_id -> Uid,
        version -> BigInt,
        change -> Word,
        content -> Doc,
        account_id -> Nullable<Uid>,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::store::columns::Uid;
    /// What articles are sorted by.
    article_tags (tag, article_id) {
        tag -> Text,
        article_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::store::columns::Uid;
    /// The screens that articles are shown for.
    article_contexts (context_key, article_id) {
        context_key -> Text,
        article_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::store::columns::{Uid, Word};
    /// The stems that published articles are found by.
    article_terms (locale, shelf, term, article_id) {
        locale -> Word,
        /// An owner and an audience.
        shelf -> Text,
        term -> Text,
        article_id -> Uid,
        impact -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::store::columns::Word;
    /// Words that articles were ever found by.
    help_words (locale, word) {
        locale -> Word,
        word -> Text,
        /// The word from its end to its beginning.
        mirror -> Text,
        letters -> Integer,
        term -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::store::columns::{Instant, Uid, Word};
    /// Searches of the help centre.
    help_searches (id) {
        id -> Uid,
        /// None for somebody unknown.
        account_id -> Nullable<Uid>,
        tenant_id -> Nullable<Uid>,
        at -> Instant,
        locale -> Nullable<Word>,
        /// What was looked for, without personal data.
        query -> Text,
        hits -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable};
    use crate::store::columns::{Instant, Uid};
    /// What a search showed.
    help_search_shown (search_id, place) {
        search_id -> Uid,
        place -> Integer,
        article_id -> Uid,
        opened_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::store::columns::{Instant, Uid};
    /// Whether articles helped.
    article_feedback (id) {
        id -> Uid,
        article_id -> Uid,
        account_id -> Nullable<Uid>,
        /// The search of somebody unknown.
        search_id -> Nullable<Uid>,
        helpful -> Bool,
        /// Without personal data.
        comment -> Nullable<Text>,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::columns::{Doc, Uid, Instant, Word};
    /// Attachments of tickets; their bytes stand in the room for files.
    attachments (id) {
        id -> Uid,
        ticket_id -> Uid,
        tenant_id -> Uid,
        author_id -> Uid,
        /// Masked.
        file_name -> Word,
        /// As it was written, sealed, if something of it was masked.
        original_name -> Nullable<Binary>,
        media_type -> Word,
        size -> BigInt,
        sha256 -> Nullable<Text>,
        state -> Word,
        /// The sending whose bytes count.
        object_id -> Nullable<Uid>,
        created_at -> Instant,
        completed_at -> Nullable<Instant>,
        /// When it is forgotten, if its content has not come until then.
        expires_at -> Instant,
        /// Who cleared it or threw it away; none of what a scan cleared.
        settled_by -> Nullable<Uid>,
        settled_at -> Nullable<Instant>,
        version -> BigInt,
        /// What of the name was masked.
        name_hints -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::Nullable;
    use crate::store::columns::{Uid, Instant};
    /// Files in the room for files.
    attachment_objects (id) {
        id -> Uid,
        /// From when on it is deleted; none while it is somebody's.
        wipe_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::store::columns::Instant;
    /// Emails that were taken as answers, by a keyed hash.
    taken_emails (key) {
        key -> Binary,
        taken_at -> Instant,
    }
}

diesel::joinable!(attachments -> accounts (author_id));
diesel::joinable!(sessions -> accounts (account_id));
diesel::joinable!(second_factors -> accounts (account_id));
diesel::joinable!(accounts -> tenants (tenant_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::table! {
    use crate::store::columns::{Instant, Uid};
    /// Whose account the caller of a ticket says is theirs, as an agent named it.
    ticket_claims (ticket_id) {
        ticket_id -> Uid,
        account_id -> Uid,
        named_by -> Uid,
        named_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable};
    use crate::store::columns::{Instant, Uid, Word};
    /// Codes that callers read out, each to the contact on file and for one ticket.
    ticket_codes (id) {
        id -> Uid,
        ticket_id -> Uid,
        /// By which way it was sent.
        method -> Word,
        hash -> Binary,
        attempts -> BigInt,
        created_by -> Uid,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Nullable;
    use crate::store::columns::{Instant, Uid, Word};
    /// What authors said against the masking of their words.
    ticket_objections (id) {
        id -> Uid,
        ticket_id -> Uid,
        /// What it is about; a detail or the subject without one.
        entry_id -> Nullable<Uid>,
        /// Why: an entry of the timeline.
        reason_id -> Uid,
        author_id -> Uid,
        state -> Word,
        created_at -> Instant,
        decided_by -> Nullable<Uid>,
        decided_at -> Nullable<Instant>,
        /// The detail that it is about.
        detail -> Nullable<Word>,
    }
}

diesel::joinable!(owners -> tenants (tenant_id));
diesel::joinable!(links -> accounts (account_id));
diesel::joinable!(role_permissions -> roles (role_id));
diesel::joinable!(user_roles -> roles (role_id));
diesel::joinable!(user_roles -> accounts (account_id));
diesel::joinable!(job_results -> jobs (job_id));
diesel::joinable!(upload_pieces -> uploads (upload_id));
diesel::joinable!(ticket_export_parts -> jobs (job_id));
diesel::joinable!(applications -> accounts (account_id));
diesel::joinable!(applications -> tenants (tenant_id));
diesel::joinable!(application_children -> applications (application_id));
diesel::joinable!(invitations -> applications (application_id));
diesel::joinable!(invitations -> tenants (tenant_id));
diesel::joinable!(acceptances -> invitations (invitation_id));
diesel::joinable!(tickets -> accounts (requester_id));
diesel::joinable!(ticket_entries -> accounts (author_id));
diesel::joinable!(ticket_originals -> tickets (ticket_id));
diesel::joinable!(ticket_targets -> tickets (ticket_id));
diesel::joinable!(ticket_entries -> tickets (ticket_id));
diesel::joinable!(internal_ticket_links -> internal_tickets (internal_ticket_id));
diesel::joinable!(canned_reply_tags -> canned_replies (canned_reply_id));
diesel::joinable!(help_search_shown -> help_searches (search_id));
diesel::joinable!(help_search_shown -> articles (article_id));
diesel::allow_tables_to_appear_in_same_query!(
    acceptances,
    accounts,
    api_keys,
    application_children,
    application_terms,
    applications,
    article_contexts,
    article_feedback,
    article_tags,
    article_terms,
    article_versions,
    articles,
    attachment_objects,
    attachments,
    audit_chains,
    audit_entries,
    audit_pending,
    audit_seals,
    canned_replies,
    canned_reply_tags,
    decisions,
    denial_sums,
    desk_numbers,
    evidence,
    familiar_places,
    help_search_shown,
    help_searches,
    help_words,
    idempotency_answers,
    internal_ticket_comments,
    internal_ticket_links,
    internal_tickets,
    invitations,
    job_results,
    jobs,
    links,
    notifications,
    one_time_codes,
    owners,
    recovery_codes,
    refresh_tokens,
    role_permissions,
    roles,
    second_factor_enrolments,
    second_factors,
    sessions,
    signing_keys,
    suppressions,
    taken_emails,
    tenant_governance,
    tenant_terms,
    tenants,
    throttle_counters,
    ticket_actions,
    ticket_claims,
    ticket_codes,
    ticket_details,
    ticket_entries,
    ticket_export_parts,
    ticket_links,
    ticket_objections,
    ticket_originals,
    ticket_terms,
    ticket_passes,
    ticket_tags,
    ticket_watchers,
    ticket_targets,
    tickets,
    training_records,
    upload_pieces,
    uploads,
    user_roles,
    user_terms,
);

/// The set of what an account's given roles permit, as a number: a sum of distinct powers of two. None
/// without a role.
pub(super) const PERMISSION_BITS: &str = "CAST((SELECT SUM(DISTINCT role_permissions.bit) \
    FROM user_roles JOIN role_permissions ON role_permissions.role_id = user_roles.role_id \
    WHERE user_roles.account_id = accounts.id) AS bigint)";
