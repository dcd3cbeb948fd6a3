//! How a property was broken, in words.

use super::places::{at, panic_text};
use super::stand_ins::StandIns;
use crate::auth::{Event, EventIndex, Outcome};
use crate::explore::Lane;
use crate::property::Breach;
use crate::prove::{Deed, Recording, Row, RowEnd};
use crate::world::{Action, Awaited, Holder, Panic, Place};

/// `; a waits for a Mutex (a.rs:2), which b holds (a.rs:1)`.
fn wait_text<'a>(waits: &str, it: &Awaited, lane: &impl Fn(Lane) -> &'a str) -> String {
    let holds = |holder: &Holder| {
        let Place { file, line } = &holder.place;
        let place = at(file, *line);
        match holder.lane {
            Some(holder) => format!("{} holds{place}", lane(holder)),
            None => format!("has been held since the implementation was built{place}"),
        }
    };
    let holders: Vec<String> = it.holders.iter().map(holds).collect();
    let which = if holders.is_empty() { "" } else { ", which " };
    let article = if it.what.starts_with(['R', 'm']) { "an" } else { "a" };
    let place = at(&it.place.file, it.place.line);
    format!("; {waits} waits for {article} {}{place}{which}{}", it.what, holders.join(", "))
}

/// What some lanes wait for, what the holders of that wait for, and so on; and all these lanes.
fn waits_from<'a>(
    lanes: &[Lane],
    waits: &'a [(Lane, Awaited)],
) -> (Vec<&'a (Lane, Awaited)>, Vec<Lane>) {
    let (mut lanes, mut told) = (lanes.to_vec(), Vec::new());
    let mut next = 0;
    while let Some(&lane) = lanes.get(next) {
        next += 1;
        for wait in waits.iter().filter(|(waiting, _)| *waiting == lane) {
            for holder in wait.1.holders.iter().filter_map(|holder| holder.lane) {
                if !lanes.contains(&holder) {
                    lanes.push(holder);
                }
            }
            told.push(wait);
        }
    }
    (told, lanes)
}

fn unseen_wait_text(waits: &str) -> String {
    format!(
        "; {waits} waits for something that is neither a double nor of authloom::sync: if a thread \
         or a runtime of the code's own would end that, this is no finding"
    )
}

/// What a task panicked with last in a step.
fn panic_in(row: &Row) -> Option<&Panic> {
    if let RowEnd::Panicked(panic) = &row.end {
        return Some(panic);
    }
    row.deeds.iter().rev().find_map(|deed| match deed {
        Deed::Acted(Action::Panics(panic)) => Some(panic),
        _ => None,
    })
}

/// How a property was broken.
pub(super) fn breach_text(breach: &Breach, recording: &Recording) -> String {
    let names = StandIns::of(recording);
    let event = |index: EventIndex| &recording.ledger.entry(index).event;
    let lane = |lane: Lane| recording.lanes[usize::from(lane.0)].as_str();
    let by = |index: EventIndex| lane(recording.ledger.entry(index).by);
    match breach {
        Breach::RefreshTokenPresentedTwice { first, second } => {
            let token = match event(*first) {
                Event::RefreshTokenPresented { token, .. } => names.refresh_token(token),
                _ => String::new(),
            };
            format!("{token} presented twice: by {}, by {}", by(*first), by(*second))
        }
        Breach::RefreshedWhileLive { earlier, again } => {
            let token = match event(*again) {
                Event::RefreshTokenPresented { token, .. } => names.refresh_token(token),
                _ => String::new(),
            };
            format!(
                "{} refreshed, and with the new access token still live {} presented {token}",
                by(*earlier),
                by(*again)
            )
        }
        Breach::DeadTokenHandedOut { returned } => {
            let token = match event(*returned) {
                Event::Returned(Outcome::Token { token, .. }) => names.access_token(token),
                _ => String::new(),
            };
            format!("{} got {token}, which no resource server accepts", by(*returned))
        }
        Breach::CrossedPrincipals { returned } => match event(*returned) {
            Event::Returned(Outcome::Token { user, token, owner: Some(owner), .. }) => format!(
                "{} asked for a token of {user} and got {}, which is one of {owner}",
                by(*returned),
                names.access_token(token)
            ),
            _ => String::new(),
        },
        Breach::NoToken { returned } => {
            let why = match event(*returned) {
                Event::Returned(Outcome::TokenFailed { error, .. }) => error.to_string(),
                _ => String::new(),
            };
            format!("{} got no token: {why}", by(*returned))
        }
        Breach::OldFailure { first, again } => {
            let why = match event(*again) {
                Event::Returned(Outcome::TokenFailed { error, .. }) => error.to_string(),
                _ => String::new(),
            };
            format!("{} was given the failure of {} again: {why}", by(*again), by(*first))
        }
        Breach::StoredAfterSignOut { signed_out, stored } => {
            let token = match event(*stored) {
                Event::TokensSaved { stored, .. } => names.refresh_token(stored),
                _ => String::new(),
            };
            format!("{} signed out, and {} stored {token} after that", by(*signed_out), by(*stored))
        }
        Breach::AnotherRemoved { presented, removal } => {
            let token = |index: EventIndex| match event(index) {
                Event::RefreshTokenPresented { token, .. }
                | Event::TokensRemoved { removed: Some(token), .. } => names.refresh_token(token),
                _ => String::new(),
            };
            format!(
                "{} presented {} and, refused, removed {}",
                by(*presented),
                token(*presented),
                token(*removal)
            )
        }
        Breach::WentBack { newer, older } => {
            let token = |index: EventIndex| match event(index) {
                Event::TokensSaved { stored, .. } => names.refresh_token(stored),
                _ => String::new(),
            };
            format!(
                "{} stored {}, {} stored {} over it, which is older",
                by(*newer),
                token(*newer),
                by(*older),
                token(*older)
            )
        }
        Breach::ExchangedTwice { first, second } => {
            let grant = match event(*first) {
                Event::Refreshed { consumed, .. } => names.refresh_token(consumed),
                Event::CodeRedeemed { code, .. } => names.code(code),
                _ => String::new(),
            };
            format!("{grant} exchanged for tokens twice: for {}, for {}", by(*first), by(*second))
        }
        Breach::EndedByLostAnswer { ended, .. } => {
            let token = match event(*ended) {
                Event::FamilyRevoked { reused, .. } => names.refresh_token(reused),
                _ => String::new(),
            };
            format!("the answer to {token} was lost, and {} ended the session with it", by(*ended))
        }
        Breach::ForeignSession { returned } | Breach::SessionWithoutLogin { returned } => {
            let session = match event(*returned) {
                Event::Returned(Outcome::Session { session, .. }) => names.session(session),
                _ => String::new(),
            };
            let but = match breach {
                Breach::ForeignSession { .. } => "which the store never created for its browser",
                _ => "and no code of its browser had been redeemed",
            };
            format!("{} was given {session}, {but}", by(*returned))
        }
        Breach::CodePresentedTwice { first, second } => {
            let code = match event(*first) {
                Event::CodePresented { code } => names.code(code),
                _ => String::new(),
            };
            format!("{code} presented twice: by {}, by {}", by(*first), by(*second))
        }
        Breach::SecondSession { first, second } | Breach::DifferentSessions { first, second } => {
            let session = |index: EventIndex| match event(index) {
                Event::SessionCreated { session, .. }
                | Event::Returned(Outcome::Session { session, .. }) => names.session(session),
                _ => String::new(),
            };
            let verb = match breach {
                Breach::SecondSession { .. } => "created",
                _ => "was given",
            };
            format!(
                "{} {verb} {}, {} {verb} {}, for the same browser",
                by(*first),
                session(*first),
                by(*second),
                session(*second)
            )
        }
        Breach::NoSession { received } => {
            format!("the callback of {} led to no session, nor did any other", by(*received))
        }
        Breach::LoginLost { failed, .. } => {
            let why = match event(*failed) {
                Event::Returned(Outcome::CallbackFailed { error, .. }) => error.to_string(),
                _ => String::new(),
            };
            format!("{} began a login, came back from it and failed: {why}", by(*failed))
        }
        Breach::SessionLeftBehind { created, .. } => {
            let session = match event(*created) {
                Event::SessionCreated { session, .. } => names.session(session),
                _ => String::new(),
            };
            format!("the callback of {} failed and left {session} behind", by(*created))
        }
        Breach::HeldUp { asked, held } => {
            format!("{} waits while the call of {} is held", by(*asked), lane(*held))
        }
        Breach::Unfinished { lanes } => {
            let names: Vec<&str> = lanes.iter().map(|&one| lane(one)).collect();
            let (waits, lanes) = waits_from(lanes, &recording.waits);
            let waits: String =
                waits.iter().map(|(one, it)| wait_text(lane(*one), it, &lane)).collect();
            let unseen = lanes.iter().filter(|one| recording.wait_unseen.contains(one));
            let unseen: String = unseen.map(|&one| unseen_wait_text(lane(one))).collect();
            format!(
                "nothing can move any more, and not finished: {}{waits}{unseen}",
                names.join(", ")
            )
        }
        Breach::Endless { steps, cycle } => {
            let again = match cycle {
                Some(cycle) if cycle.len() == 1 => {
                    format!("; step {} comes again and again", cycle.end)
                }
                Some(cycle) => {
                    format!("; steps {} to {} come again and again", cycle.start + 1, cycle.end)
                }
                None => String::new(),
            };
            format!("still moving after {steps} steps, with everybody getting their turn{again}")
        }
        Breach::StepNeverReturned { lane: one, seconds } => format!(
            "the last step of {} has not returned for {seconds} s: it blocks its thread or \
             computes for ever. With locks of authloom::sync, level lock names the one that it \
             waits for and who holds that",
            lane(*one)
        ),
        Breach::Panicked { lane: one } => {
            // What it has caught came before.
            let rows = recording.rows.iter().filter(|row| row.lane == *one);
            let panic = rows.rev().find_map(panic_in);
            let said = panic.map_or_else(String::new, |panic| format!(": {}", panic_text(panic)));
            format!("{} panicked{said}", lane(*one))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A caller waits for what a background task holds twice, which waits for what the caller
    /// holds; that somebody else waits for that too is of no interest.
    #[test]
    fn the_whole_cycle_is_told() {
        let place = |line| Place { file: String::from("a.rs"), line };
        let waits = |lane, line, holder| {
            let held = |line| Holder { lane: Some(Lane(holder)), place: place(line) };
            let holders = vec![held(line - 1), held(line - 1)];
            (Lane(lane), Awaited { what: "RwLock", place: place(line), holders })
        };
        let all = [waits(0, 2, 1), waits(1, 4, 0), waits(2, 4, 0)];
        let told = (vec![&all[0], &all[1]], vec![Lane(0), Lane(1)]);
        assert_eq!(waits_from(&[Lane(0)], &all), told);
    }
}
