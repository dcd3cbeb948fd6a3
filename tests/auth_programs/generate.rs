//! Programs at random, the simplest first, as proptest shrinks to what comes first.

use authloom::world::Fault;
use proptest::prelude::*;

use crate::workload::{AfterSignOut, Befalls, Login, Passes, Request, Server, User, Workload};

/// The most tasks of a program: with a third, a case takes seconds and not milliseconds.
const TASKS_MAX: usize = 2;

/// Programs of one or two tasks in one or two processes.
pub fn workloads() -> impl Strategy<Value = Workload> {
    let task = || prop::collection::vec(request(), 1..=2);
    let processes = prop_oneof![
        3 => prop::collection::vec(task(), 1..=TASKS_MAX).prop_map(|tasks| vec![tasks]),
        1 => prop::collection::vec(task().prop_map(|task| vec![task]), 2),
    ];
    let login = prop_oneof![4 => Just(Login::Ended), 1 => Just(Login::Live)];
    let after_sign_out =
        prop_oneof![2 => Just(AfterSignOut::StaysOut), 1 => Just(AfterSignOut::SignsIn)];
    let server = prop::sample::select(Server::ALL.to_vec());
    (processes, login, after_sign_out, server, befalls()).prop_map(
        |(processes, login, after_sign_out, server, befalls)| {
            let workload = Workload { processes, login, after_sign_out, server, befalls };
            made_sound(workload)
        },
    )
}

fn request() -> impl Strategy<Value = Request> {
    let user = || prop_oneof![4 => Just(User::Alice), 1 => Just(User::Bob)];
    prop_oneof![
        4 => user().prop_map(Request::Token),
        1 => user().prop_map(Request::SignOut),
    ]
}

fn befalls() -> impl Strategy<Value = Befalls> {
    let fault = prop::option::weighted(0.3, prop::sample::select(Fault::ALL.to_vec()));
    let time = prop::option::weighted(
        0.3,
        prop_oneof![Just(Passes::Briefly), Just(Passes::ForAnHour)],
    );
    let (cancellations, crashes) = (prop::bool::weighted(0.25), prop::bool::weighted(0.15));
    (cancellations, fault, crashes, time).prop_map(|(is_cancelled, fault, crashes, time)| {
        let (cancellations, crashes) = (usize::from(is_cancelled), usize::from(crashes));
        Befalls { cancellations, fault, crashes, time }
    })
}

/// Signing in again happens once at the most, and not where a process may start again, or nobody
/// could say which login is which.
fn made_sound(mut workload: Workload) -> Workload {
    if workload.after_sign_out == AfterSignOut::StaysOut {
        return workload;
    }
    if workload.befalls.crashes > 0 || workload.sign_outs() == 0 {
        workload.after_sign_out = AfterSignOut::StaysOut;
        return workload;
    }
    let requests = workload.processes.iter_mut().flatten().flatten();
    let sign_outs = requests.filter(|request| matches!(request, Request::SignOut(_)));
    for request in sign_outs.skip(1) {
        *request = Request::Token(request.user());
    }
    workload
}
