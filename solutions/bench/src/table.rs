//! Formats the results for a terminal.

use crate::contender::Contender;
use crate::figures::{Figures, median};
use crate::load::THREADS;
use crate::measure::{Report, SLEEP_JOBS};

/// Returns the medians as a table.
pub fn table(report: &Report) -> String {
    let mut lines = vec![row([
        "jobs that do nothing",
        "jobs/s",
        "times bare",
        "µs CPU/job",
        "peak MB",
    ])];
    for (contender, jobs, figures) in &report.rates {
        let jobs = *jobs as f64;
        let rate = median(rates(figures, jobs).into_iter());
        lines.push(row([
            contender.name(),
            &format!("{rate:.0}"),
            &format!("{:.2}", ratio(report, *contender)),
            &format!("{:.2}", median(figures.iter().map(|one| one.cpu / jobs * 1e6))),
            &format!("{:.1}", median(figures.iter().map(|one| one.memory))),
        ]));
    }
    lines.push(String::new());
    for (head, latencies) in [
        ("one by one, on four queues", &report.latencies),
        ("urgent, before a backlog", &report.urgent),
    ] {
        lines.push(row([head, "p50 µs", "p99 µs", "", ""]));
        for (contender, figures) in latencies {
            let percentile = |share| format!("{:.0}", median(figures.iter().map(|one| one.latency(share))));
            lines.push(row([contender.name(), &percentile(0.5), &percentile(0.99), "", ""]));
        }
        lines.push(String::new());
    }
    let (jobs, milliseconds) = SLEEP_JOBS;
    let ideal = jobs as f64 * milliseconds as f64 / 1_000.0 / THREADS as f64;
    let head = format!("{jobs} jobs of {milliseconds} ms");
    lines.push(row([&head, "seconds", "of the ideal", "", ""]));
    for (contender, figures) in &report.sleeps {
        let seconds = median(figures.iter().map(|one| one.seconds));
        let share = format!("{:.3}", ideal / seconds);
        lines.push(row([contender.name(), &format!("{seconds:.2}"), &share, "", ""]));
    }
    lines.join("\n")
}

/// Returns how many times more jobs than the baseline of the same run it performs: the median.
pub fn ratio(report: &Report, contender: Contender) -> f64 {
    let of = |one: Contender| {
        let found = report.rates.iter().find(|(other, ..)| *other == one);
        found.map_or_else(Vec::new, |(_, jobs, figures)| rates(figures, *jobs as f64))
    };
    let (own, bare) = (of(contender), of(Contender::Bare));
    median(own.iter().zip(&bare).map(|(own, bare)| own / bare))
}

/// Returns the jobs per second of each run.
pub fn rates(figures: &[Figures], jobs: f64) -> Vec<f64> {
    figures.iter().map(|one| jobs / one.seconds).collect()
}

fn row(cells: [&str; 5]) -> String {
    let [name, one, two, three, four] = cells;
    format!("{name:<28}{one:>11}{two:>13}{three:>12}{four:>9}")
        .trim_end()
        .to_owned()
}
