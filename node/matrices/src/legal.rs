//! Parameter sets and shapes as callers of RPC give them: made sure of, or refused with what would be right.

use bcai_pouw_primitives::{params::MAX_DIM, ParamSet, Shape, ShapeError};

/// Why there is no such set or shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotLegal {
    /// No parameter set has this number.
    #[error("there is no parameter set {0}; the sets are 0 and 1")]
    ParamSet(u8),
    /// No matrix has so many rows or columns.
    #[error("{value} {name} are not legal: a multiple of 8, from 8 to {MAX_DIM}, is")]
    Shape {
        /// Of the dimension.
        name: &'static str,
        /// As it was given.
        value: u32,
    },
}

impl NotLegal {
    /// The JSON-RPC error code.
    pub fn code(&self) -> i32 {
        match self {
            Self::ParamSet(_) => 10_001,
            Self::Shape { .. } => 10_002,
        }
    }
}

/// The parameter set of this number. Errors: there is none.
pub fn legal_set(param_set: u8) -> Result<ParamSet, NotLegal> {
    ParamSet::from_index(param_set).ok_or(NotLegal::ParamSet(param_set))
}

/// The shape of a task whose C is `m` x `n`. Errors: no task can have it.
pub fn legal_shape(set: ParamSet, m: u32, n: u32) -> Result<Shape, NotLegal> {
    Shape::new(set, m, n).map_err(|error| {
        let (name, value) = match error {
            ShapeError::NoRows | ShapeError::TooManyRows | ShapeError::RowsOfNoStrip => {
                ("rows (m)", m)
            }
            ShapeError::NoColumns | ShapeError::TooManyColumns | ShapeError::ColumnsOfNoStrip => {
                ("columns (n)", n)
            }
        };
        NotLegal::Shape { name, value }
    })
}
