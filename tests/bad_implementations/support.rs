//! What these tests share: refreshers made of closures.

use std::sync::Arc;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpointDouble, TokenRefresher, TokenStoreDouble, UserId, World,
};
use authloom::prove::{Options, Verdict};
use authloom::world::WorldClock;
use authloom_models::refresh::SerializedWithRecheck;
use authloom_scenarios::refresh;

/// A refresher that is a closure's future.
pub struct Refresher<F>(pub F);

#[async_trait]
impl<F, Fut> TokenRefresher for Refresher<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<AccessToken, AuthError>> + Send,
{
    async fn access_token(&self, _user: &UserId) -> Result<AccessToken, AuthError> {
        (self.0)().await
    }
}

/// Explores with two callers and asks for one property: these refreshers hand out no tokens, which
/// is a finding too.
pub fn explore_for<F, Fut>(property: &'static str, build: fn() -> Refresher<F>) -> Verdict
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<AccessToken, AuthError>> + Send + 'static,
{
    let options = Options { focus: Some(property), ..Options::default() };
    let build = move |_: &World| -> Arc<dyn TokenRefresher> { Arc::new(build()) };
    refresh::concurrent_callers(2).explore(build, &options, &mut |_| {})
}

pub fn violated_property(verdict: &Verdict) -> Option<&'static str> {
    verdict.conclusion.violation().map(|violation| violation.property.name)
}

/// A refresher that is right.
pub fn serialized(
    world: &World,
) -> SerializedWithRecheck<TokenEndpointDouble, TokenStoreDouble, WorldClock> {
    SerializedWithRecheck::new(world.token_endpoint(), world.token_store(), world.clock())
}
