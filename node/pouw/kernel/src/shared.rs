//! A result that several threads write, each its own part.

use std::{marker::PhantomData, mem::MaybeUninit};

/// A borrowed slice that is written from several threads at places that don't overlap.
pub(super) struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    borrow: PhantomData<&'a mut [T]>,
}

// SAFETY: the only access is `write`, whose callers promise that no two threads touch one place.
unsafe impl<T: Copy + Send> Sync for Shared<'_, T> {}

impl<'a, T: Copy> Shared<'a, T> {
    pub fn new(data: &'a mut [T]) -> Self {
        Self {
            start: data.as_mut_ptr(),
            len: data.len(),
            borrow: PhantomData,
        }
    }

    /// Memory that is not initialised yet.
    pub fn of_memory(memory: &'a mut [MaybeUninit<T>]) -> Self {
        Self {
            start: memory.as_mut_ptr().cast(),
            len: memory.len(),
            borrow: PhantomData,
        }
    }

    /// Writes `values` from place `at` on. Panics past the end.
    ///
    /// # Safety
    /// While `self` lives, no other thread writes any of these places.
    pub unsafe fn write(&self, at: usize, values: &[T]) {
        assert!(at <= self.len && values.len() <= self.len - at);
        // SAFETY: inside of the borrowed slice (asserted), not written by anyone else (the caller's word), and `values` can't
        // overlap it, since it is borrowed exclusively for as long as `self` lives.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), self.start.add(at), values.len()) };
    }
}
