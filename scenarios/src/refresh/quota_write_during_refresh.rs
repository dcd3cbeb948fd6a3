//! Tokens and a quota are stored as one account, and the quota is written during a refresh.

use std::sync::Arc;

use authloom::auth::{Event, TokenRefresher, UserId};
use authloom::property::{
    CALLERS_GET_LIVE_TOKENS, NO_CROSSED_PRINCIPALS, REFRESH_TOKEN_PRESENTED_ONCE, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

/// One caller wants a token that has ended, and asks again; meanwhile another writes the quota of
/// the same account.
///
/// # Panics
/// Unless there are two callers.
pub fn quota_write_during_refresh(callers: usize) -> Scenario<dyn TokenRefresher> {
    assert_eq!(callers, 2, "two callers");
    Scenario {
        name: "refresh/quota-write-during-refresh",
        summary: "the quota of an account is written while its tokens are refreshed",
        bounds: Bounds::callers(callers),
        properties: vec![
            CALLERS_GET_LIVE_TOKENS,
            REFRESH_TOKEN_PRESENTED_ONCE,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "the quota is written between the load and the store",
            shown: |moment| {
                let mut entries = moment.ledger.entries().iter().map(|entry| &entry.event);
                entries.any(|event| matches!(event, Event::TokensLoaded { .. }))
                    && entries.any(|event| matches!(event, Event::QuotaWritten { .. }))
                    && entries.any(|event| {
                        matches!(event, Event::TokensSaved { .. } | Event::AccountConflicted { .. })
                    })
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().log_in_expired(&user);
            let (world, refresher) = (stage.world().clone(), stage.instance());
            let (accounts, alice) = (world.account_store(), user.clone());
            stage.caller("request", async move {
                let _ = world.ask_for_token(&*refresher, &user).await;
                let _ = world.ask_for_token(&*refresher, &user).await;
            });
            stage.caller("gateway", async move {
                accounts.write_quota(&alice).await;
            });
        }),
    }
}
