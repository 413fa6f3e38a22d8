//! The demo on a page: the clock runs, can be paused and stepped.
