//! One program with one implementation: what authloom says, and what the sequential model says.

use authloom::auth::TokenRefresher;
use authloom::auth::objects::CALLERS;
use authloom::property::{
    Breach, LINEAGE_NEVER_GOES_BACK, Moment, NO_CROSSED_PRINCIPALS, ONE_REFRESH_PER_EXPIRY,
    Property, REJECTION_DELETES_ONLY_ITS_OWN, REUSE_NEVER_DETECTED, SIGNED_IN_STAYS_SIGNED_IN,
    SIGNED_OUT_STAYS_SIGNED_OUT, When,
};
use authloom::prove::{Conclusion, Incomplete, Options, Search, Verdict, Violation};
use authloom_models::Model;

use crate::sequential::{Unexplained, explain};
use crate::stage::{running, scenario};
use crate::workload::{AfterSignOut, Login, Workload};

/// Every execution is explained by its requests taking effect one at a time.
pub const EXPLAINED: Property = Property {
    name: "explained-by-one-at-a-time",
    statement: "what requests are told is explained by some order in which they take effect",
    // An order that explains them keeps to which was told before another asked.
    joins: &[CALLERS],
    checks: &[(When::Eventually, unexplained)],
};

fn unexplained(moment: &Moment<'_>) -> Option<Breach> {
    let workload = running()?;
    // There is no breach of its own for it: of those there are, this one names where it shows.
    let broken = |Unexplained(returned)| Breach::NoToken { returned };
    explain(&workload, moment.ledger).err().map(broken)
}

/// The properties of the harness that must hold of a right implementation in this program.
pub fn properties(workload: &Workload) -> Vec<Property> {
    let befalls = workload.befalls;
    let mut properties = vec![NO_CROSSED_PRINCIPALS];
    let mut also = |property, is_meant: bool| {
        if is_meant {
            properties.push(property);
        }
    };
    also(REUSE_NEVER_DETECTED, !workload.may_lose_a_login());
    let stays_in = workload.sign_outs() == 0 && !workload.may_lose_a_login();
    also(SIGNED_IN_STAYS_SIGNED_IN, stays_in);
    // While a request is on its way, a client cannot know when the server will have made the
    // answer: to take it for older than it is, is to ask too early; the other mistake is worse.
    let is_sure_of_ends = workload.login == Login::Live || befalls.time.is_none();
    let has_its_answers = befalls.fault.is_none() && befalls.crashes == 0;
    also(ONE_REFRESH_PER_EXPIRY, has_its_answers && is_sure_of_ends);
    // What a crashed process has sent to the store arrives whenever it does.
    also(LINEAGE_NEVER_GOES_BACK, befalls.crashes == 0);
    let is_back = workload.after_sign_out == AfterSignOut::SignsIn;
    also(SIGNED_OUT_STAYS_SIGNED_OUT, workload.sign_outs() > 0 && !is_back);
    also(REJECTION_DELETES_ONLY_ITS_OWN, is_back);
    properties
}

/// What authloom says: of the properties of the harness, and of these besides.
pub fn verdict(
    workload: &Workload,
    model: &Model<dyn TokenRefresher>,
    search: Search,
    besides: &[Property],
) -> Verdict {
    let properties = [properties(workload), besides.to_vec()].concat();
    let options = Options { search, executions_max: EXECUTIONS_MAX, ..Options::default() };
    scenario(workload, properties).explore(model.build, &options, &mut |_| {})
}

/// The executions after which a program is given up as too large.
const EXECUTIONS_MAX: u64 = 400;

/// Whether a program was given up.
pub fn is_too_large(verdict: &Verdict) -> bool {
    let limit = Incomplete::ExecutionLimit { executions: EXECUTIONS_MAX };
    matches!(&verdict.conclusion, Conclusion::Incomplete(why) if *why == limit)
}

/// Every property that some execution breaks.
pub fn broken(verdict: &Verdict) -> Vec<&'static str> {
    let violation = verdict.conclusion.violation();
    let named = violation.map(|it| [vec![it.property.name], it.others.clone()].concat());
    named.unwrap_or_default()
}

/// Whether everything was looked at and nothing is broken. A program in which what may befall has
/// nothing to befall, a fault without a call, is one of those.
pub fn holds(verdict: &Verdict) -> bool {
    match &verdict.conclusion {
        Conclusion::Proved => true,
        Conclusion::Incomplete(Incomplete::OtherBound { .. }) => verdict.is_exhausted,
        _ => false,
    }
}

/// The counterexample of one of the harness's own properties, if there is one that the sequential
/// model cannot explain either.
pub fn caught_by_both(
    workload: &Workload,
    model: &Model<dyn TokenRefresher>,
) -> Option<Box<Violation>> {
    match verdict(workload, model, Search::Optimal, &[]).conclusion {
        Conclusion::Violated(violation) => {
            explain(workload, &violation.recording.ledger).is_err().then_some(violation)
        }
        _ => None,
    }
}
