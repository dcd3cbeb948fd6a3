//! Everything that may befall a refresh, at once: a caller that goes away, a crash, time that
//! passes, and, if the bounds have it, a failing call; in a process, or in several with one store.
//!
//! The clock goes on by as much as a lease of five seconds lives: an answer can take longer than
//! the lease, and who comes after a crash finds the lease ended. A server that forgives has to do
//! so for longer than that.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{Event, Outcome, ServerPolicy, TokenRefresher, UserId, presets};
use authloom::property::{
    LINEAGE_NEVER_GOES_BACK, NO_CROSSED_PRINCIPALS, REJECTION_DELETES_ONLY_ITS_OWN,
    REUSE_NEVER_DETECTED, SIGNED_IN_STAYS_SIGNED_IN, Sometimes,
};
use authloom::prove::{Bounds, Scenario};

const PROCESSES: [&str; 3] = ["process-1", "process-2", "process-3"];

const LEASE: Duration = Duration::from_secs(5);

/// A server with a grace period of half a minute. Asked for with one caller, one process; two have
/// more schedules than can be run through with all bounds.
///
/// # Panics
/// With no callers or with more than three.
pub fn everything_at_once(callers: usize) -> Scenario<dyn TokenRefresher> {
    let (name, summary) = (
        "refresh/everything-at-once",
        "a caller goes away, the process crashes, time passes; a spent token is forgiven for 30 s",
    );
    let befalls =
        Bounds { cancellations: 1, clock_advances: 1, crashes: 1, ..Bounds::callers(callers) };
    at_a_server(name, summary, presets::OKTA, befalls)
}

/// The same at a server of your choice, and with the bounds of your choice: a process for each
/// caller.
///
/// # Panics
/// With no callers or with more than three.
pub fn everything_at_once_at(policy: ServerPolicy, bounds: Bounds) -> Scenario<dyn TokenRefresher> {
    let (name, summary) = (
        "refresh/everything-at-once-at",
        "as many processes as callers at a server of some policy, and whatever may befall them",
    );
    at_a_server(name, summary, policy, bounds)
}

/// A server that forgives nothing, and the process crashes.
///
/// # Panics
/// With no callers or with more than three.
pub fn loss_without_grace(callers: usize) -> Scenario<dyn TokenRefresher> {
    let (name, summary) = (
        "refresh/loss-without-grace",
        "the process crashes and time passes, at a server that forgives nothing",
    );
    let befalls = Bounds { clock_advances: 1, crashes: 1, ..Bounds::callers(callers) };
    at_a_server(name, summary, presets::ATPROTO, befalls)
}

/// A server that forgives nothing, several processes, and nothing befalls them.
///
/// # Panics
/// With no callers or with more than three.
pub fn replicas_without_grace(callers: usize) -> Scenario<dyn TokenRefresher> {
    let (name, summary) = (
        "refresh/replicas-without-grace",
        "two processes that may be told to try again, at a server that forgives nothing",
    );
    at_a_server(name, summary, presets::ATPROTO, Bounds::callers(callers))
}

/// One caller in each of several processes wants a token of the same user, which has ended, at a
/// server with a policy. A caller may be told to try again later.
fn at_a_server(
    name: &'static str,
    summary: &'static str,
    policy: ServerPolicy,
    bounds: Bounds,
) -> Scenario<dyn TokenRefresher> {
    let callers = bounds.callers;
    assert!((1..=PROCESSES.len()).contains(&callers), "1 to {} callers", PROCESSES.len());
    Scenario {
        name,
        summary,
        bounds,
        properties: vec![
            REUSE_NEVER_DETECTED,
            SIGNED_IN_STAYS_SIGNED_IN,
            REJECTION_DELETES_ONLY_ITS_OWN,
            LINEAGE_NEVER_GOES_BACK,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "every caller gets a token",
            shown: |moment| {
                let got = |event: &Event| matches!(event, Event::Returned(Outcome::Token { .. }));
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| got(&entry.event)).count() >= moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(policy);
            stage.world().server().log_in_expired(&user);
            stage.clock_advances_by(LEASE);
            stage.identical_processes(&PROCESSES[..callers], move |process, name| {
                let (world, refresher) = (process.world().clone(), process.instance());
                let user = user.clone();
                process.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &user).await;
                });
            });
        }),
    }
}
