//! What step 3 taught still holds: its tests, but for the slow ones of a fleet that is killed and of an outage.

mod due;
mod failures;
mod judge;
mod later;
mod scheduler;
