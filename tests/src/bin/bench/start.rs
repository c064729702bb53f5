//! How long a function takes from its spawn until it asks for its first event.

use std::{path::PathBuf, time::Duration};

use doorstep_tests::runtime::{Started, first_poll, variables};

use crate::table::{megabytes, milliseconds, percentile, verdict};

/// What was measured of one binary.
pub(crate) struct Row {
    name: &'static str,
    runs: Vec<Started>,
}

impl Row {
    fn after(&self) -> Duration {
        let times: Vec<_> = self.runs.iter().map(|run| run.after).collect();
        percentile(&times, 50).unwrap_or_default()
    }

    fn memory(&self) -> u64 {
        let peaks: Vec<_> = self.runs.iter().map(|run| run.memory).collect();
        percentile(&peaks, 50).unwrap_or_default()
    }
}

/// Starts each binary so often, in turns: what disturbs one disturbs all.
pub(crate) fn measure(binaries: &[(&'static str, PathBuf)], times: usize) -> Vec<Row> {
    let named = |(name, _): &(&'static str, PathBuf)| Row { name, runs: Vec::new() };
    let mut rows: Vec<_> = binaries.iter().map(named).collect();
    for round in 0..=times {
        for ((name, binary), row) in binaries.iter().zip(&mut rows) {
            let started = first_poll(binary, &variables(name, "eu-west-2"));
            // The first round reads the binaries from the disk.
            if round > 0 {
                row.runs.push(started);
            }
        }
    }
    rows
}

/// Prints them, beside the first.
pub(crate) fn print(rows: &[Row]) {
    let base = rows.first().map_or(1.0, |row| milliseconds(row.after()));
    println!("  {:<12} {:>9} {:>7} {:>10}", "function", "ms", "ratio", "memory MB");
    for (n, row) in rows.iter().enumerate() {
        let (after, memory) = (milliseconds(row.after()), megabytes(row.memory()));
        let ratio = after / base;
        let reached = match n {
            0 => "",
            _ => verdict(ratio <= 2.0 && memory <= 40.0),
        };
        println!("  {:<12} {after:>9.1} {ratio:>6.2}x {memory:>10.1}  {reached}", row.name);
    }
}
