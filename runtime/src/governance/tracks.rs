//! The tracks of referenda: for each origin, what it takes to speak with it. `docs/governance.md` argues the figures.

use alloc::borrow::Cow;
use frame_support::traits::Get;
use pallet_referenda::{Curve, Track, TrackInfo, TracksInfo};
use sp_runtime::{str_array, FixedI64};

use super::origins::{self, Origin};
use crate::{
    constants::{
        money::BCAI,
        time::{blocks_in, DAYS, HOURS, MINUTES},
    },
    Balance, BlockNumber, OriginCaller,
};

/// A period that is `FAST` blocks on a chain whose genesis says so, and `LIVE` ones on every other.
pub struct Period<const LIVE: BlockNumber, const FAST: BlockNumber>;

impl<const LIVE: BlockNumber, const FAST: BlockNumber> Get<BlockNumber> for Period<LIVE, FAST> {
    fn get() -> BlockNumber {
        if is_fast() {
            FAST
        } else {
            LIVE
        }
    }
}

/// Whether this chain votes in seconds.
pub fn is_fast() -> bool {
    origins::FastPeriods::<crate::Runtime>::get()
}

/// The periods of a track, in blocks.
struct Periods {
    prepare: BlockNumber,
    decision: BlockNumber,
    confirm: BlockNumber,
    /// No multiple of the interval of alarms.
    enactment: BlockNumber,
}

/// Of every track of a chain that votes in seconds: enough for each phase to be seen.
const FAST: Periods = Periods {
    prepare: blocks_in(5),
    decision: blocks_in(60),
    confirm: blocks_in(5),
    enactment: blocks_in(2) + 1,
};

/// What is irreversible, or everything.
const SLOW: Periods = Periods {
    prepare: 2 * HOURS,
    decision: 14 * DAYS,
    confirm: DAYS,
    enactment: DAYS + 1,
};

/// What another vote can take back.
const USUAL: Periods = Periods {
    prepare: HOURS,
    decision: 7 * DAYS,
    confirm: 6 * HOURS,
    enactment: HOURS + 1,
};

/// What can't wait: the committee has looked at it, or it only stops something.
const URGENT: Periods = Periods {
    prepare: 10 * MINUTES,
    decision: 7 * DAYS,
    confirm: 30 * MINUTES,
    enactment: 10 * MINUTES + 1,
};

/// Days in which every curve falls, as a share of its track's decision period.
const WHOLE: u128 = 28;

const fn percent(value: u128) -> FixedI64 {
    FixedI64::from_rational(value, 100)
}

/// Approval that stays high for long: where little support is enough, or nothing can be taken back.
const LATE: Curve = Curve::make_reciprocal(8, WHOLE, percent(80), percent(50), percent(100));

/// Approval that falls fast at first: nearly unanimous on the first days, half at the end.
const APPROVAL: Curve = Curve::make_reciprocal(4, WHOLE, percent(80), percent(50), percent(100));

/// Approval that falls evenly: where another vote can take it back.
const EVEN: Curve = Curve::make_linear(WHOLE, WHOLE, percent(50), percent(100));

/// Approval that is at half in the middle of the period: small sums, or what only stops something.
const EARLY: Curve = Curve::make_linear(WHOLE / 2, WHOLE, percent(50), percent(100));

/// Support that falls evenly, from half of all tokens to `end` percent.
const fn support(end: u128) -> Curve {
    Curve::make_linear(WHOLE, WHOLE, percent(end), percent(50))
}

/// Support that falls fast: for what somebody else vouches for or what is small.
const fn quick_support(end: u128) -> Curve {
    Curve::make_reciprocal(2, WHOLE, percent(10), percent(end), percent(50))
}

type TrackOf = Track<u16, Balance, BlockNumber>;

const fn track(
    id: u16,
    name: &str,
    max_deciding: u32,
    decision_deposit: Balance,
    periods: Periods,
    min_approval: Curve,
    min_support: Curve,
) -> TrackOf {
    Track {
        id,
        info: TrackInfo {
            name: str_array(name),
            max_deciding,
            decision_deposit,
            prepare_period: periods.prepare,
            decision_period: periods.decision,
            confirm_period: periods.confirm,
            min_enactment_period: periods.enactment,
            min_approval,
            min_support,
        },
    }
}

/// All tracks as a live chain has them, by their numbers.
static LIVE: [TrackOf; 10] = [
    track(0, "root", 1, 10_000 * BCAI, SLOW, APPROVAL, support(1)),
    track(
        1,
        "whitelisted_caller",
        10,
        1_000 * BCAI,
        URGENT,
        LATE,
        quick_support(1),
    ),
    track(
        10,
        "pouw_parameters",
        5,
        1_000 * BCAI,
        USUAL,
        EVEN,
        support(1),
    ),
    track(
        11,
        "consensus_parameters",
        5,
        5_000 * BCAI,
        SLOW,
        APPROVAL,
        support(2),
    ),
    track(
        12,
        "storage_parameters",
        5,
        1_000 * BCAI,
        USUAL,
        EVEN,
        support(1),
    ),
    track(
        13,
        "permissions_admin",
        5,
        1_000 * BCAI,
        USUAL,
        APPROVAL,
        support(2),
    ),
    track(
        20,
        "treasury_small",
        20,
        50 * BCAI,
        USUAL,
        EARLY,
        quick_support(0),
    ),
    track(21, "treasury_big", 5, 1_000 * BCAI, SLOW, LATE, support(3)),
    track(
        30,
        "referendum_canceller",
        20,
        1_000 * BCAI,
        URGENT,
        EARLY,
        quick_support(1),
    ),
    track(
        31,
        "referendum_killer",
        20,
        5_000 * BCAI,
        URGENT,
        LATE,
        support(1),
    ),
];

/// The tracks of this chain.
pub struct Tracks;

impl TracksInfo<Balance, BlockNumber> for Tracks {
    type Id = u16;
    type RuntimeOrigin = OriginCaller;

    fn tracks() -> impl Iterator<Item = Cow<'static, TrackOf>> {
        let fast = is_fast();
        LIVE.iter().map(move |track| match fast {
            true => Cow::Owned(hastened(track)),
            false => Cow::Borrowed(track),
        })
    }

    fn track_for(origin: &OriginCaller) -> Result<u16, ()> {
        match origin {
            OriginCaller::system(frame_system::RawOrigin::Root) => Ok(0),
            OriginCaller::Origins(origin) => Ok(match origin {
                Origin::WhitelistedCaller => 1,
                Origin::PouwParameters => 10,
                Origin::ConsensusParameters => 11,
                Origin::StorageParameters => 12,
                Origin::PermissionsAdmin => 13,
                Origin::TreasurySmall => 20,
                Origin::TreasuryBig => 21,
                Origin::ReferendumCanceller => 30,
                Origin::ReferendumKiller => 31,
            }),
            _ => Err(()),
        }
    }
}

fn hastened(track: &TrackOf) -> TrackOf {
    let mut track = track.clone();
    track.info.prepare_period = FAST.prepare;
    track.info.decision_period = FAST.decision;
    track.info.confirm_period = FAST.confirm;
    track.info.min_enactment_period = FAST.enactment;
    track
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::AlarmInterval;

    #[test]
    fn nothing_is_enacted_in_a_block_of_alarms() {
        for fast in [false, true] {
            sp_io::TestExternalities::default().execute_with(|| {
                origins::FastPeriods::<crate::Runtime>::put(fast);
                let interval = AlarmInterval::get();
                assert!(interval > 1);
                for track in Tracks::tracks() {
                    let enactment = track.info.min_enactment_period;
                    assert_ne!(enactment % interval, 0, "track {}", track.id);
                }
            });
        }
    }
}
