//! Origins beside root that a referendum can speak with, and how fast this chain votes.

use frame_support::traits::{EnsureOrigin, OriginTrait};

use crate::{OriginCaller, RuntimeOrigin};

pub use pallet::*;

#[frame_support::pallet]
// The code that FRAME's macros generate expects what they have checked; ours, here, has no logic.
#[allow(missing_docs, clippy::expect_used)]
pub mod pallet {
    use alloc::{collections::BTreeMap, string::String};
    use frame_support::pallet_prelude::*;

    use crate::governance::parameters;

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Whether governance's periods are seconds instead of days. Written once, by the genesis.
    #[pallet::storage]
    pub type FastPeriods<T> = StorageValue<_, bool, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Whether governance's periods are seconds instead of days: for chains that hold development keys, and refused on others.
        pub fast_periods: bool,
        /// Parameters that differ from their defaults, by `subsystem.Parameter`: what a vote could set later.
        pub parameters: BTreeMap<String, u128>,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            FastPeriods::<T>::put(self.fast_periods);
            for (name, value) in &self.parameters {
                let parameter = parameters::named(name, *value);
                assert!(parameter.is_ok(), "{}", parameter.err().unwrap_or_default());
                if let Ok(parameter) = parameter {
                    parameters::write(parameter);
                }
            }
        }
    }

    /// Who speaks when a referendum of another track than root's is enacted.
    #[derive(
        Clone,
        Copy,
        PartialEq,
        Eq,
        Debug,
        Encode,
        Decode,
        DecodeWithMemTracking,
        MaxEncodedLen,
        TypeInfo,
    )]
    #[pallet::origin]
    pub enum Origin {
        /// Calls what the technical committee has whitelisted, as root.
        #[codec(index = 0)]
        WhitelistedCaller,
        /// Sets the parameters of proof of useful work.
        #[codec(index = 1)]
        PouwParameters,
        /// Sets the parameters of consensus.
        #[codec(index = 2)]
        ConsensusParameters,
        /// Sets the parameters of storage.
        #[codec(index = 3)]
        StorageParameters,
        /// Sets the policy of permissions.
        #[codec(index = 4)]
        PermissionsAdmin,
        /// Spends a little of the treasury.
        #[codec(index = 5)]
        TreasurySmall,
        /// Spends much of the treasury.
        #[codec(index = 6)]
        TreasuryBig,
        /// Cancels referenda and gives their deposits back.
        #[codec(index = 7)]
        ReferendumCanceller,
        /// Cancels referenda and slashes their deposits.
        #[codec(index = 8)]
        ReferendumKiller,
    }
}

/// Types that let exactly one of the origins pass.
macro_rules! ensure {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub struct $name;

        impl EnsureOrigin<RuntimeOrigin> for $name {
            type Success = ();

            fn try_origin(origin: RuntimeOrigin) -> Result<(), RuntimeOrigin> {
                match which(&origin) {
                    Some(Origin::$name) => Ok(()),
                    _ => Err(origin),
                }
            }

            #[cfg(feature = "runtime-benchmarks")]
            fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
                Ok(Origin::$name.into())
            }
        }
    )*};
}

/// Which of these an origin of the runtime is, if any.
pub fn which(origin: &RuntimeOrigin) -> Option<Origin> {
    match origin.caller() {
        OriginCaller::Origins(origin) => Some(*origin),
        _ => None,
    }
}

ensure! {
    /// [`Origin::WhitelistedCaller`].
    WhitelistedCaller,
    /// [`Origin::PouwParameters`].
    PouwParameters,
    /// [`Origin::ReferendumCanceller`].
    ReferendumCanceller,
    /// [`Origin::ReferendumKiller`].
    ReferendumKiller,
}
