//! What is tuned by a vote instead of an upgrade. `docs/governance.md` tells how a subsystem adds to it.
//!
//! A subsystem lists its parameters once, by [`parameters!`](crate::parameters), with the bounds of each; its variants here, its origin in [`Setter`]
//! and its name in [`named`] are a line each. Bounds are independent of each other, so that no order of votes leads where no vote may: the
//! runtime's tests walk every corner of them through the pallet's own check of its configuration.

use alloc::{format, string::String};
use frame_support::{
    dynamic_params::dynamic_aggregated_params_internal,
    traits::{dynamic_params::AggregatedKeyValue, Contains, EnsureOrigin, EnsureOriginWithArg},
};
use sp_runtime::Permill;

use super::origins;
use crate::{pouw, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin};

/// Everything that votes tune.
#[dynamic_aggregated_params_internal]
pub enum RuntimeParameters {
    #[codec(index = 0)]
    Pouw(pouw::pouw::Parameters),
}

impl pallet_parameters::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeParameters = RuntimeParameters;
    type AdminOrigin = Setter;
    // The pallet publishes no other: measured by its authors on a slower database.
    type WeightInfo = ();
}

/// Lets whoever speaks for a subsystem set its parameters. Root doesn't: no filter holds it, so bounds would not.
pub struct Setter;

impl EnsureOriginWithArg<RuntimeOrigin, RuntimeParametersKey> for Setter {
    type Success = ();

    fn try_origin(origin: RuntimeOrigin, key: &RuntimeParametersKey) -> Result<(), RuntimeOrigin> {
        match key {
            RuntimeParametersKey::Pouw(_) => origins::PouwParameters::try_origin(origin),
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin(key: &RuntimeParametersKey) -> Result<RuntimeOrigin, ()> {
        match key {
            RuntimeParametersKey::Pouw(_) => origins::PouwParameters::try_successful_origin(),
        }
    }
}

/// Is the value that a call sets within its bounds? Errors: it is not, with the parameter and what would be.
pub fn check(parameter: &RuntimeParameters) -> Result<(), String> {
    match parameter {
        RuntimeParameters::Pouw(parameter) => pouw::check_parameter(parameter),
    }
}

/// Refuses a value out of its bounds, wherever the call comes from.
pub struct WithinBounds;

impl Contains<RuntimeCall> for WithinBounds {
    fn contains(call: &RuntimeCall) -> bool {
        match call {
            RuntimeCall::Parameters(pallet_parameters::Call::set_parameter { key_value }) => {
                check(key_value).is_ok()
            }
            _ => true,
        }
    }
}

/// A value as a genesis writes it: an integer, of which there are as many as the type allows.
pub trait FromInteger: Sized {
    /// `None` where there are fewer.
    fn from_integer(value: u128) -> Option<Self>;
}

impl FromInteger for u32 {
    fn from_integer(value: u128) -> Option<Self> {
        value.try_into().ok()
    }
}

impl FromInteger for u128 {
    fn from_integer(value: u128) -> Option<Self> {
        Some(value)
    }
}

/// In parts of a million.
impl FromInteger for Permill {
    fn from_integer(value: u128) -> Option<Self> {
        let parts = u32::try_from(value).ok()?;
        (parts <= 1_000_000).then_some(Permill::from_parts(parts))
    }
}

/// The parameter of this name, `subsystem.Parameter`, with a value. Errors: there is none, or not with such a value.
pub fn named(name: &str, value: u128) -> Result<RuntimeParameters, String> {
    let (subsystem, rest) = name.split_once('.').unwrap_or((name, ""));
    let parameter = match subsystem {
        "pouw" => {
            pouw::parameter_named(rest, value).map(|found| found.map(RuntimeParameters::Pouw))
        }
        _ => None,
    };
    let parameter = parameter
        .ok_or_else(|| format!("there is no parameter {name}"))?
        .ok_or_else(|| format!("{name} can't be {value}"))?;
    check(&parameter)?;
    Ok(parameter)
}

/// Sets a parameter in the storage of block 0.
pub fn write(parameter: RuntimeParameters) {
    let (key, value) = parameter.into_parts();
    pallet_parameters::Parameters::<Runtime>::set(key, value);
}

/// Lists what votes tune of a subsystem: the number of each parameter in encodings, its name and type, its value until one is set, and the
/// least and the most that may be. Makes a type of each name that is a `Get` of the value within its bounds, a module `$module` of what is stored, and
/// what [`self`] asks of a subsystem.
#[macro_export]
macro_rules! parameters {
    ($module:ident = $number:literal { $(
        $(#[$doc:meta])*
        $index:literal $name:ident: $type:ty = $default:expr, $least:expr => $most:expr;
    )* }) => {
        #[frame_support::dynamic_params::dynamic_pallet_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
        #[codec(index = $number)]
        pub mod $module {
            $(
                $(#[$doc])*
                #[codec(index = $index)]
                pub static $name: $type = $default;
            )*
        }

        $(
            $(#[$doc])*
            pub struct $name;

            impl frame_support::traits::Get<$type> for $name {
                fn get() -> $type {
                    // Root alone can write past the filter.
                    let stored: $type = $module::$name::get();
                    stored.clamp($least, $most)
                }
            }
        )*

        /// Is a parameter within its bounds? Errors: with its name and its bounds.
        pub fn check_parameter(parameter: &$module::Parameters) -> Result<(), alloc::string::String> {
            match parameter {
                $($module::Parameters::$name(_, Some(value)) if !($least..=$most).contains(value) => {
                    Err(alloc::format!(
                        "{}.{} is {value:?}, which must be in {:?}..={:?}",
                        stringify!($module),
                        stringify!($name),
                        $least,
                        $most,
                    ))
                })*
                _ => Ok(()),
            }
        }

        /// The parameter of this name, with a value if its type has it; `None` where there is none of this name.
        pub fn parameter_named(name: &str, value: u128) -> Option<Option<$module::Parameters>> {
            use $crate::governance::parameters::FromInteger;
            match name {
                $(stringify!($name) => Some(<$type>::from_integer(value).map(|value| {
                    $module::Parameters::$name($module::$name, Some(value))
                })),)*
                _ => None,
            }
        }

        /// Every parameter at the least and at the most that it may be.
        pub fn parameter_bounds() -> alloc::vec::Vec<[$module::Parameters; 2]> {
            alloc::vec![$([
                $module::Parameters::$name($module::$name, Some($least)),
                $module::Parameters::$name($module::$name, Some($most)),
            ]),*]
        }
    };
}
