//! A ticket from the help centre to its end, through everybody's hands.

use super::{Client, Failure, code_of, now, setting, signed_in, signed_in_to_tenant, types};

/// Everybody who has to do with a ticket.
struct Everybody {
    /// The Site Admin, who asks.
    office: Client,
    /// An agent of the first tier.
    tier1: Client,
    /// An agent of the second tier.
    tier2: Client,
    /// A developer.
    developer: Client,
}

/// A client of one of the desk's agents.
async fn signed_in_as_agent(role: &str) -> Result<Client, Failure> {
    let who = types::SignIn::builder()
        .realm(types::SignInRealm::Desk)
        .name(setting(&format!("CAREDESK_{role}_EMAIL"))?)
        .password(setting(&format!("CAREDESK_{role}_PASSWORD"))?);
    signed_in(who, &format!("CAREDESK_{role}_TOTP_SECRET")).await
}

/// A key that makes a request safe to repeat.
fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Searches the help centre and reads what it finds. Gives the search.
async fn walk_help(office: &Client) -> Result<types::HelpSearchId, Failure> {
    let body = types::SearchHelp::builder().query("invite a family");
    let search = office.search_help().body(body).send().await?;
    let result = search.results.first().ok_or("the help centre has nothing about that")?;
    let body = types::OpenHelpResult::builder().article_id(result.article_id.clone());
    office.open_help_result().help_search_id(search.id.clone()).body(body).send().await?;
    let article = office.read_article().article_id(result.article_id.clone()).send().await?;
    assert_eq!(article.state, types::ArticleState::Published);
    assert_eq!(article.title.to_string(), result.title.to_string());
    Ok(search.id.clone())
}

/// A ticket about a list, with the search that went before, if there was one.
fn new_ticket(word: &str, search: Option<uuid::Uuid>) -> types::builder::OpenTicket {
    types::OpenTicket::builder()
        .request_type("technical.error.report")
        .subject(format!("The list of families stays empty {word}"))
        .text("Since this morning the list stays empty, in Firefox 160.")
        .help_search_id(search)
}

/// Opens a ticket and adds to it; opens another one and takes it back. Gives the first.
async fn walk_ticket(office: &Client, word: &str) -> Result<types::TicketId, Failure> {
    let unsearched = office.open_ticket().idempotency_key(key()).body(new_ticket(word, None));
    assert_eq!(code_of(&unsearched.send().await), Some("ticket.help_search_required"));
    let search = walk_help(office).await?.to_string().parse::<uuid::Uuid>()?;
    let open = || office.open_ticket().idempotency_key(key()).body(new_ticket(word, Some(search)));
    let ticket = open().send().await?;
    assert_eq!(ticket.state, types::TicketState::New);
    assert_eq!(serde_json::to_value(&ticket.tier)?, 1);
    assert!(ticket.number.to_string().starts_with("C-"));
    let id = ticket.id.clone();
    let body = types::ReplyToTicket::builder()
        .text(types::TicketText::try_from("It is the same in Safari.")?);
    let said = office.reply_to_ticket().ticket_id(id.clone()).body(body).send().await?;
    assert_eq!(said.state, types::TicketState::New);
    let mistaken = open().send().await?.id.clone();
    let withdrawn = office.withdraw_ticket().ticket_id(mistaken).send().await?;
    assert_eq!(withdrawn.state, types::TicketState::Closed);
    let resolution = withdrawn.resolution.as_ref().map(|word| word.to_string());
    assert_eq!(resolution.as_deref(), Some("withdrawn"));
    Ok(id)
}

/// Takes it out of the queue, asks its requester, who answers, and escalates it.
async fn walk_first_tier(all: &Everybody, id: &types::TicketId) -> Result<(), Failure> {
    let (tier1, office) = (&all.tier1, &all.office);
    let queue = tier1.list_tickets().view(types::TicketListView::Unassigned).limit(100);
    assert!(queue.send().await?.data.iter().any(|row| row.id == *id));
    let body = types::AssignTicket::builder();
    let taken = tier1.assign_ticket().ticket_id(id.clone()).body(body).send().await?;
    assert_eq!(taken.state, types::TicketState::Open);
    let assignee = taken.assignee_name.as_ref().map(|name| name.to_string());
    assert_eq!(assignee.as_deref(), Some("Cora Haas"));
    let body =
        types::AskRequester::builder().text(types::TicketText::try_from("Which filter is set?")?);
    let asked = tier1.ask_requester().ticket_id(id.clone()).body(body).send().await?;
    assert_eq!(asked.state, types::TicketState::WaitingOnRequester);
    let body = types::ReplyToTicket::builder().text(types::TicketText::try_from("None.")?);
    let answered = office.reply_to_ticket().ticket_id(id.clone()).body(body).send().await?;
    assert_eq!(answered.state, types::TicketState::Open);
    let body = types::EscalateTicket::builder();
    let body = body.reason("The list stays empty without a filter.").tried("Tried two browsers.");
    let escalated = tier1.escalate_ticket().ticket_id(id.clone()).body(body).send().await?;
    assert_eq!(serde_json::to_value(&escalated.tier)?, 2);
    assert!(escalated.assignee_id.is_none());
    Ok(())
}

/// Takes it at the second tier, records what was done, and resolves it.
async fn walk_second_tier(all: &Everybody, id: &types::TicketId) -> Result<(), Failure> {
    let tier2 = &all.tier2;
    let body = types::AssignTicket::builder();
    let taken = tier2.assign_ticket().ticket_id(id.clone()).body(body).send().await?;
    assert_eq!(taken.state, types::TicketState::Open);
    let mended = types::TicketText::try_from("The list was mended; please load it again.")?;
    let resolve = || {
        let body = types::ResolveTicket::builder()
            .resolution(types::AgentResolution::Solved)
            .text(mended.clone());
        tier2.resolve_ticket().ticket_id(id.clone()).body(body)
    };
    assert_eq!(code_of(&resolve().send().await), Some("ticket.action_required"));
    let action = types::TierTwoAction::ContactedRequester;
    let body = types::RecordTicketAction::builder().action(action);
    let acted = tier2.record_ticket_action().ticket_id(id.clone()).body(body).send().await?;
    let mut actions = acted.entries.iter().filter_map(|entry| entry.tier2_action.as_ref());
    assert!(actions.any(|done| done.to_string() == "contacted_requester"));
    let resolved = resolve().send().await?;
    assert_eq!(resolved.state, types::TicketState::Closed);
    let resolution = resolved.resolution.as_ref().map(|word| word.to_string());
    assert_eq!(resolution.as_deref(), Some("solved"));
    let seen = all.office.read_ticket().ticket_id(id.clone()).send().await?;
    assert_eq!(seen.state, types::TicketState::Closed);
    assert!(!seen.entries.iter().any(|entry| entry.is_internal));
    Ok(())
}

/// Writes a canned reply, and raises an internal ticket that a developer accepts.
async fn walk_development(all: &Everybody, word: &str) -> Result<(), Failure> {
    let text = "Hello {requester_name}, {case_number} is mended.";
    let new = types::CreateCannedReply::builder()
        .title(format!("An empty list {word}"))
        .locale(types::Locale::En)
        .text(text);
    let made = all.tier2.create_canned_reply().idempotency_key(key()).body(new).send().await?;
    assert_eq!(made.text.to_string(), text);
    let bug = types::CreateInternalTicket::builder()
        .kind(types::InternalTicketKind::Bug)
        .title("The list stays empty")
        .text("After a filter was removed the list stays empty.");
    let raised = all.tier2.create_internal_ticket().idempotency_key(key()).body(bug).send().await?;
    assert_eq!(raised.state, types::InternalTicketState::Reported);
    assert_eq!(raised.priority, types::InternalTicketPriority::High);
    let accept = all.developer.accept_internal_ticket().internal_ticket_id(raised.id.clone());
    assert_eq!(accept.send().await?.state, types::InternalTicketState::Accepted);
    Ok(())
}

/// Signs everybody in, walks, and signs everybody out.
pub(super) async fn walk() -> Result<(), Failure> {
    let all = Everybody {
        office: signed_in_to_tenant().await?,
        tier1: signed_in_as_agent("TIER1").await?,
        tier2: signed_in_as_agent("TIER2").await?,
        developer: signed_in_as_agent("DEVELOPER").await?,
    };
    let word = format!("rust{}", now());
    let ticket = walk_ticket(&all.office, &word).await?;
    walk_first_tier(&all, &ticket).await?;
    walk_second_tier(&all, &ticket).await?;
    walk_development(&all, &word).await?;
    for client in [&all.office, &all.tier1, &all.tier2, &all.developer] {
        client.sign_out().send().await?;
    }
    println!(
        "progenitor: a search, an article, a ticket through both tiers, a canned reply, an internal \
         ticket"
    );
    Ok(())
}
