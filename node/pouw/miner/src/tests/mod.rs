mod bench;
mod claims;
mod decisions;
mod history;
mod life;
mod scene;
mod storage;
mod trouble;
