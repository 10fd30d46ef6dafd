//! Evidence for changes to the root of trust.

use caredesk_core::domain::evidence::{Evidence, EvidenceKind};
use caredesk_core::domain::ids::{EvidenceId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{Line, Paragraph};
use caredesk_core::policy::{Action, OfOneTenant, Permit};
use diesel::prelude::*;
use uuid::Uuid;

use super::columns::AnyId;
use super::error::StoreResult;
use super::schema::evidence;
use super::tx::Tx;

/// A row of the table.
#[derive(Insertable)]
#[diesel(table_name = evidence, treat_none_as_default_value = false)]
struct Row {
    id: EvidenceId,
    tenant_id: TenantId,
    subject: Option<AnyId>,
    kind: EvidenceKind,
    reference: Line,
    note: Option<Paragraph>,
    recorded_by: AnyId,
    recorded_at: Moment,
}

/// Keeps why a tenant's root of trust may be changed, and says under which id.
pub fn record<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    subject: Option<Uuid>,
    evidence: &Evidence,
) -> StoreResult<EvidenceId>
where
    A: Action,
    A::Target: OfOneTenant,
{
    let id = EvidenceId::of(tx.new_uuid());
    let by = permit.actor().person().map_or(Uuid::nil(), |person| person.account.uuid());
    let row = Row {
        id,
        tenant_id: permit.target().tenant(),
        subject: subject.map(AnyId),
        kind: evidence.kind,
        reference: evidence.reference.clone(),
        note: evidence.note.clone(),
        recorded_by: AnyId(by),
        recorded_at: tx.now,
    };
    diesel::insert_into(evidence::table).values(row).execute(tx.conn)?;
    Ok(id)
}
