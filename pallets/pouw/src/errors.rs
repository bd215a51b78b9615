//! Refusals of the primitives as errors of the pallet, one for one.

use bcai_pouw_primitives::{ShapeError, VerifyError};

use crate::{Config, Error};

impl<T: Config> From<ShapeError> for Error<T> {
    fn from(error: ShapeError) -> Self {
        match error {
            ShapeError::NoRows => Error::NoRows,
            ShapeError::TooManyRows => Error::TooManyRows,
            ShapeError::RowsOfNoStrip => Error::RowsOfNoStrip,
            ShapeError::NoColumns => Error::NoColumns,
            ShapeError::TooManyColumns => Error::TooManyColumns,
            ShapeError::ColumnsOfNoStrip => Error::ColumnsOfNoStrip,
            ShapeError::NoSlabs => Error::NoSlabs,
            ShapeError::TooManySlabs => Error::TooManySlabs,
        }
    }
}

impl<T: Config> From<VerifyError> for Error<T> {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::LengthOfA => Error::LengthOfA,
            VerifyError::LengthOfB => Error::LengthOfB,
            VerifyError::TileLength => Error::TileLength,
            VerifyError::RowOutOfBounds => Error::RowOutOfBounds,
            VerifyError::ColumnOutOfBounds => Error::ColumnOutOfBounds,
            VerifyError::SlabOutOfBounds => Error::SlabOutOfBounds,
            VerifyError::PathALength => Error::PathALength,
            VerifyError::PathBLength => Error::PathBLength,
            VerifyError::PathCLength => Error::PathCLength,
            VerifyError::ValueOfA => Error::ValueOfA,
            VerifyError::ValueOfB => Error::ValueOfB,
            VerifyError::PathA => Error::PathA,
            VerifyError::PathB => Error::PathB,
            VerifyError::PathC => Error::PathC,
            VerifyError::TicketAboveTarget => Error::TicketAboveTarget,
            VerifyError::ResultIsCorrect => Error::ResultIsCorrect,
        }
    }
}
