//! Parameter sets and shapes as callers of RPC give them: made sure of, or refused with what would be right.

use bcai_pouw_primitives::{
    params::{MAX_DIM, MAX_SLABS},
    ParamSet, Shape, ShapeError,
};

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
    /// No inner dimension has so many slabs.
    #[error("{0} slabs are not legal: 1 to {MAX_SLABS} are")]
    Slabs(u8),
}

impl NotLegal {
    /// The JSON-RPC error code.
    pub fn code(&self) -> i32 {
        match self {
            Self::ParamSet(_) => 10_001,
            Self::Shape { .. } | Self::Slabs(_) => 10_002,
        }
    }
}

/// The parameter set of this number. Errors: there is none.
pub fn legal_set(param_set: u8) -> Result<ParamSet, NotLegal> {
    ParamSet::from_index(param_set).ok_or(NotLegal::ParamSet(param_set))
}

/// The shape of a task whose C is `m` x `n`, over `slabs * k`. Errors: no task can have it.
pub fn legal_shape(set: ParamSet, m: u32, n: u32, slabs: u8) -> Result<Shape, NotLegal> {
    use ShapeError::*;
    Shape::new(set, m, n, slabs).map_err(|error| match error {
        NoRows | TooManyRows | RowsOfNoStrip => NotLegal::Shape {
            name: "rows (m)",
            value: m,
        },
        NoColumns | TooManyColumns | ColumnsOfNoStrip => NotLegal::Shape {
            name: "columns (n)",
            value: n,
        },
        NoSlabs | TooManySlabs => NotLegal::Slabs(slabs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slabs_that_no_task_has_are_told_with_what_is_legal() {
        for slabs in [0, 9, 255] {
            let error = legal_shape(ParamSet::Set0, 8, 8, slabs).unwrap_err();
            assert_eq!(error.code(), 10_002);
            assert_eq!(
                error.to_string(),
                format!("{slabs} slabs are not legal: 1 to 8 are")
            );
        }
        let shape = legal_shape(ParamSet::Set0, 8, 8, 8).unwrap();
        assert_eq!(shape.inner(), 8 * 1024);
    }
}
