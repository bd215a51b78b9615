mod bench;
mod decisions;
mod history;
mod life;
