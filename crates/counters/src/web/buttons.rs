//! The buttons that enqueue jobs. The steps' programs have the workers of these jobs.

/// How many jobs one recount enqueues: enough to keep a process busy while a user tries the page,
/// and as many as the steps' clients send in one round trip.
pub const RECOUNTS: usize = 1_000;

/// A button that enqueues jobs that do not change a counter.
pub struct Button {
    /// Its name in the address.
    pub word: &'static str,
    /// Its label.
    pub label: &'static str,
    /// The first step whose process survives its jobs.
    pub step: u8,
    /// How many jobs it enqueues.
    pub count: usize,
    /// Their class.
    pub class: &'static str,
    /// Their arguments, as JSON.
    pub args: &'static str,
    /// The sentence after it was clicked.
    pub sentence: &'static str,
}

const ONE: Button = Button {
    word: "one",
    label: "1 job",
    step: 1,
    count: 1,
    class: "SlowWorker",
    args: "[500]",
    sentence: "1 job enqueued: it takes half a second.",
};

/// All of them, in the order of the page.
pub const BUTTONS: [Button; 5] = [
    ONE,
    Button {
        word: "many",
        label: "1,000 jobs",
        count: 1_000,
        args: "[20]",
        sentence: "1,000 jobs enqueued, of 20 ms each.",
        ..ONE
    },
    Button {
        word: "slow",
        label: "a slow one",
        args: "[15000]",
        sentence: "A slow job enqueued: it takes 15 seconds.",
        ..ONE
    },
    Button {
        word: "failing",
        label: "a failing one",
        class: "FailWorker",
        args: r#"["on purpose"]"#,
        sentence: "A job enqueued that always fails.",
        ..ONE
    },
    Button {
        word: "panicking",
        label: "a panicking one",
        // In step 2 a panic ends the process.
        step: 3,
        class: "PanicWorker",
        args: r#"["a bug"]"#,
        sentence: "A job enqueued that panics; the process must survive it.",
        ..ONE
    },
];
