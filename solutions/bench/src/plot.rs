//! Draws the results as a picture.

use crate::figures::median;
use crate::measure::Report;
use crate::table::{rates, ratio};

/// The width of the longest bar.
const MAX_BAR_WIDTH: f64 = 420.0;

/// Returns an SVG with a bar for the jobs per second of each contender, readable on light and dark
/// backgrounds.
pub fn svg(report: &Report) -> String {
    let rates: Vec<f64> = report
        .rates
        .iter()
        .map(|(_, jobs, figures)| median(rates(figures, *jobs as f64).into_iter()))
        .collect();
    let most = rates.iter().copied().fold(1.0, f64::max);
    let mut bars = String::new();
    for (place, ((contender, ..), rate)) in report.rates.iter().zip(&rates).enumerate() {
        let (top, width) = (64 + 44 * place, rate / most * MAX_BAR_WIDTH);
        let label = format!("{rate:.0} jobs/s, {:.1} times bare", ratio(report, *contender));
        let text = top + 19;
        // A long bar contains its figure; a short one has it next to it.
        let (x, anchor, class) = if width > MAX_BAR_WIDTH / 2.0 {
            (190.0 + width - 10.0, "end", " class=\"in\"")
        } else {
            (190.0 + width + 10.0, "start", "")
        };
        bars.push_str(&format!(
            "  <text x=\"180\" y=\"{text}\" text-anchor=\"end\">{}</text>\n  <rect class=\"bar\" x=\"190\" y=\"{top}\" width=\"{width:.1}\" height=\"28\" rx=\"3\"/>\n  <text x=\"{x:.1}\" y=\"{text}\" text-anchor=\"{anchor}\"{class}>{label}</text>\n",
            contender.name(),
        ));
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 250\" width=\"640\" height=\"250\" role=\"img\" aria-labelledby=\"t\">\n  <title id=\"t\">Jobs per second that do nothing, by step</title>\n  <style>\n    svg {{ --ink: #24292f; --bar: #54aeff; --paper: #ffffff; }}\n    @media (prefers-color-scheme: dark) {{ svg {{ --ink: #e6edf3; --bar: #1f6feb; --paper: #0d1117; }} }}\n    text {{ font: 13px system-ui, sans-serif; fill: var(--ink); }}\n    .head {{ font-weight: 600; }}\n    .bar {{ fill: var(--bar); }}\n    .paper {{ fill: var(--paper); }}\n  </style>\n  <rect class=\"paper\" width=\"640\" height=\"250\" rx=\"8\"/>\n  <text class=\"head\" x=\"24\" y=\"34\">Jobs per second, all of them no-op, one process</text>\n{bars}</svg>\n"
    )
}
