//! The path of everything that belongs to a tenant.

use caredesk_core::domain::ids::TenantId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which tenant.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TenantPath {
    /// The tenant's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    pub tenant_id: TenantId,
}
