//! Large buffers: faulted in by the threads that fill them, on huge pages where the system has them.

use std::mem::MaybeUninit;

/// Asks for huge pages behind `data`: a product touches every page of its panels many times, and C's pages once.
fn advise_huge<T>(data: &mut [MaybeUninit<T>]) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let range = data.as_mut_ptr_range();
        let start = (range.start as usize).next_multiple_of(PAGE);
        let end = range.end as usize / PAGE * PAGE;
        if start < end {
            // SAFETY: whole pages inside of a buffer that is borrowed exclusively; the advice changes no contents, and a refusal
            // changes nothing at all.
            unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = data;
}

/// `len` values that `init` sets through the buffer's memory, or none when it gives `None`.
///
/// # Safety
/// Where `init` gives `Some`, it has initialised every value.
pub(super) unsafe fn filled<T>(
    len: usize,
    init: impl FnOnce(&mut [MaybeUninit<T>]) -> Option<()>,
) -> Option<Vec<T>> {
    let mut data = Vec::with_capacity(len);
    let memory = &mut data.spare_capacity_mut()[..len];
    advise_huge(memory);
    init(memory)?;
    // SAFETY: the capacity is there, and `init` has initialised every value by the caller's word.
    unsafe { data.set_len(len) };
    Some(data)
}
