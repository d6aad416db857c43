//! Devices: a certificate in the place of a token.

use super::{
    AuthError, Bearer, ConnectFacts, Identity, Origin, check_account, check_conditions,
    check_connection_type, current_origin, identity_of, role_rights,
};
use crate::policy::AccountPolicy;
use crate::quotas::Quotas;
use crate::trust::Trust;

/// Decides the login of a device by the chain that it showed in its TLS handshake, its own
/// certificate first. `account` must be the policy of the account that the certificate names
/// ([`crate::devices::name_in`]). No auth callout is asked: the authority's word is enough.
///
/// # Errors
/// When the certificate is not one of the account's devices, is revoked, or its role does not let
/// the device in here and now.
pub fn admit_device(
    trust: &Trust,
    account: &AccountPolicy,
    chain: &[&[u8]],
    facts: &ConnectFacts<'_>,
) -> Result<Identity, AuthError> {
    check_account(trust, account, facts.now)?;
    let device = account.devices.verify(&account.key, chain, facts.now)?;
    let origin = current_origin(trust, account, &device.role)?;
    let Origin::Scoped { scope, .. } = &origin else {
        return Err(AuthError::DeviceWithoutRole);
    };
    let bearer = Bearer {
        user: device.user,
        issuer: device.role,
        name: &device.name,
        tags: &[],
        issued_at: device.not_before,
        // Good until the end of its last second.
        expires_at: Some(device.not_after + 1),
    };
    let mut rights = role_rights(scope, account, &bearer)?;
    rights.bearer_token = false;
    if rights.proxy_required && !facts.proxied {
        return Err(AuthError::ProxyRequired);
    }
    check_connection_type(&rights, facts.connection_type)?;
    if account.is_revoked(&device.user, device.not_before) {
        return Err(AuthError::Revoked);
    }
    let hours_end = check_conditions(&rights, facts)?;
    let quotas = Quotas::of_user(&scope.template.extra)?;
    let mut identity = identity_of(account, &bearer, origin.clone(), (rights, quotas))?;
    identity.expires_at = identity.expires_at.into_iter().chain(hours_end).min();
    identity.authority = Some(device.authority);
    Ok(identity)
}
