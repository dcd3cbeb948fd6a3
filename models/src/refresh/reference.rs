//! The reference: the design to copy, for several processes with one store at a server that rotates
//! refresh tokens.
//!
//! ```text
//! caller   joins the flight of its user, or starts one; waits    cancelled: the flight goes on
//! flight   load: still good? done
//!          lease, longer than what is done under it              taken: try again later
//!            load again: renewed meanwhile? done
//!            exchange                                            no answer: try again later
//!            store the answer in place of what was presented     changed: drop the answer
//!          give the lease back, tell those who wait
//! ```
//!
//! What it needs: a store that compares and swaps, leases, clocks that agree, an HTTP client with a
//! deadline, and **a server that takes a spent token back for longer than lease and deadline
//! together**. What a crash after the server's commit takes along, no client can bring back: the
//! successor of the spent token was in that answer alone. The next process finds the spent token,
//! and presents it; where that is not forgiven, the user has to log in again
//! (`refresh/loss-without-grace` shows the schedule). A lost answer is the same loss.
//!
//! A mark "presented, not acknowledged" that is written ahead (damianvtran/local-operator#945) is
//! left out: it changes no outcome here. Whether the token was spent it does not say, so the only
//! thing to do with it is not to present that token, and to have the user log in; also where it
//! never arrived, and would have worked. Write one if a token that comes back ends more at your
//! server than its own session.
//!
//! Where the server does not rotate, a late write of a process that is gone cannot be told from
//! another: what is presented is the same for ever, and an older access token may come back.
//!
//! What it does not do: renew ahead of the token's end, or wait for a lease. Who is told to try
//! again does so in the caller, with a delay.
//!
//! Source: the fixes of the public reports that each line names.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, LeaseStore, OAuthErrorCode, TokenEndpoint, TokenError, TokenRefresher,
    TokenStore, Tokens, UserId,
};
use authloom::sync::blocking::{Mutex, MutexGuard};
use authloom::sync::watch;
use authloom::world::{Clock, Spawner, Timestamp};

/// How long an exchange may take: the HTTP client gives up by then.
const DEADLINE: Duration = Duration::from_secs(4);

/// How long the lease lives: longer than what is done under it, or a second process presents the
/// same token while the first one's answer is on its way (oauth2-proxy/oauth2-proxy#1992).
const LEASE_TTL: Duration = Duration::from_secs(5);

/// The design to copy.
pub struct Reference<E, S, C, L, P> {
    shared: Arc<Shared<E, S, C, L>>,
    spawner: P,
}

struct Shared<E, S, C, L> {
    endpoint: E,
    store: S,
    clock: C,
    leases: L,
    flights: Mutex<BTreeMap<UserId, Flight>>,
}

/// Where the result of an exchange under way will be.
type Flight = watch::Receiver<Option<Result<Tokens, AuthError>>>;

impl<E, S, C, L, P> Reference<E, S, C, L, P> {
    /// A refresher on an endpoint, a store, a clock, a place to get leases from and a place to
    /// start tasks.
    pub fn new(endpoint: E, store: S, clock: C, leases: L, spawner: P) -> Self {
        let flights = Mutex::new(BTreeMap::new());
        let shared = Shared { endpoint, store, clock, leases, flights };
        Reference { shared: Arc::new(shared), spawner }
    }
}

impl<E: TokenEndpoint, S: TokenStore, C: Clock, L: LeaseStore> Shared<E, S, C, L> {
    fn flights(&self) -> MutexGuard<'_, BTreeMap<UserId, Flight>> {
        self.flights.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    async fn current(&self, user: &UserId) -> Result<Tokens, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let now = self.clock.now();
        if !tokens.is_expired(now) {
            return Ok(tokens);
        }
        // One process at a time for each user. Who finds the lease taken does not refresh without
        // it (railwayapp/cli#1021).
        let Some(lease) = self.leases.try_acquire(user.as_str(), LEASE_TTL).await else {
            return Err(AuthError::Unavailable);
        };
        // It was asked for at `now` or later, so that it does not end before.
        let result = self.refresh(user, now.plus(LEASE_TTL)).await;
        // It names the lease that is meant: not one that another has got since
        // (BerriAI/litellm#31493).
        self.leases.release(lease).await;
        result
    }

    async fn refresh(&self, user: &UserId, lease_end: Timestamp) -> Result<Tokens, AuthError> {
        // Look again: whoever had the lease before has perhaps refreshed
        // (matrix-org/matrix-rust-sdk#2418, akash-network/console#3581).
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        let now = self.clock.now();
        if !tokens.is_expired(now) {
            return Ok(tokens);
        }
        // The lease must outlast what follows: a process that was paused begins nothing
        // (oauth2-proxy/oauth2-proxy#1992).
        if now.plus(DEADLINE) > lease_end {
            return Err(AuthError::Unavailable);
        }
        match self.endpoint.refresh(&tokens.refresh_token).await {
            Ok(response) => {
                // Stored before anybody hears of it (agntcy/slim#1967); and only in place of what
                // was presented, or a sign-out, a new login or a newer token would be undone
                // (logto-io/kotlin#253, thomhurst/Dekaf#3060).
                // It lives from when the server made the answer (RFC 6749, section 5.1), not from
                // when that came; and that was no earlier than `now`.
                let renewed = tokens.renewed(response, now);
                let renewal = Some(renewed.clone());
                if self.store.replace(user, &tokens.refresh_token, renewal).await {
                    return Ok(renewed);
                }
                self.stored(user).await
            }
            Err(TokenError::Refused(OAuthErrorCode::InvalidGrant)) => {
                // It says that this token is dead, and nothing of any other
                // (supabase/supabase-swift#703, 9thLevelSoftware/Project-Phoenix-MP#805).
                if self.store.replace(user, &tokens.refresh_token, None).await {
                    return Err(AuthError::NotSignedIn);
                }
                self.stored(user).await
            }
            // No failure of the network says anything of the session. Spent or not, the token is
            // all there is: whoever asks next presents it again, within the server's grace period
            // (bluesky-social/atproto#5411, kurrent-io/kcap-cli#946).
            Err(error) => Err(error.into()),
        }
    }

    /// What somebody else has stored meanwhile.
    async fn stored(&self, user: &UserId) -> Result<Tokens, AuthError> {
        let tokens = self.store.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if tokens.is_expired(self.clock.now()) {
            return Err(AuthError::Unavailable);
        }
        Ok(tokens)
    }
}

impl<E, S, C, L, P> Reference<E, S, C, L, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    L: LeaseStore + 'static,
    P: Spawner,
{
    /// The flight under way, or a new one, in one hold of the lock: else two callers would each
    /// find none. A flight for each user: no user waits for another, or gets another's token
    /// (lelylan/simple-oauth2#88).
    fn flight(&self, user: &UserId) -> Flight {
        let mut flights = self.shared.flights();
        if let Some(flight) = flights.get(user) {
            return flight.clone();
        }
        let (landed, flight) = watch::channel(None);
        flights.insert(user.clone(), flight.clone());
        let (shared, user, own) = (Arc::clone(&self.shared), user.clone(), flight.clone());
        // A task of its own: a caller that goes away takes neither the answer nor those who wait
        // along (pleaseai/shunt#73, valon-technologies/gestalt#357).
        self.spawner.spawn(
            "exchange",
            Box::pin(async move {
                let result = shared.current(&user).await;
                // The flight is removed by itself alone (ReviewStage/luke#570), whatever came of it
                // (supabase/auth-js#334), and its result is not kept: a failure is gone with it
                // (firebase/firebase-admin-node#3234).
                let mut flights = shared.flights();
                if flights.get(&user).is_some_and(|current| current.same_channel(&own)) {
                    flights.remove(&user);
                }
                drop(flights);
                landed.send_replace(Some(result));
            }),
        );
        flight
    }
}

#[async_trait]
impl<E, S, C, L, P> TokenRefresher for Reference<E, S, C, L, P>
where
    E: TokenEndpoint + 'static,
    S: TokenStore + 'static,
    C: Clock + 'static,
    L: LeaseStore + 'static,
    P: Spawner,
{
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let mut flight = self.flight(user);
        let landed = flight.wait_for(Option::is_some).await.map_err(AuthError::other)?;
        let tokens = landed.clone().unwrap_or(Err(AuthError::NotSignedIn))?;
        Ok(tokens.access_token)
    }

    async fn sign_out(&self, user: &UserId) -> Result<(), AuthError> {
        // A flight under way finds its token gone, and stores nothing.
        self.shared.store.remove(user).await;
        // It has perhaps stored before that: whoever asks from now on does not join it.
        self.shared.flights().remove(user);
        Ok(())
    }
}
