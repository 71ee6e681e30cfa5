/// Summaries of repeated timings and comparison of check figures.

export function median(values)
{
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/// Figures named n_* are counts and must be equal; all others may differ by the tolerance, relative to the larger.
function agree(name, left, right, tolerance)
{
  if (left === undefined || left === null || right === undefined || right === null)
  {
    return false;
  }
  if (name.startsWith('n_'))
  {
    return BigInt(left) === BigInt(right);
  }
  const [a, b] = [Number(left), Number(right)];
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

/// One line per figure that differs, or that only one side gives.
export function differences(expected, seen, tolerance)
{
  const names = new Set([...Object.keys(expected), ...Object.keys(seen)]);
  return [...names].filter((name) => !agree(name, expected[name], seen[name], tolerance))
    .map((name) => `${name}: ${expected[name]} against ${seen[name]}`);
}

/// What one engine did on one task. `runs` are answers of counted repeats.
export function summary(runs)
{
  const seconds = runs.map((run) => run.seconds);
  return {
    seconds: { median: median(seconds), min: Math.min(...seconds), max: Math.max(...seconds), all: seconds },
    process_seconds: runs[0].process_seconds && median(runs.map((run) => run.process_seconds)),
    cpu_seconds: median(runs.map((run) => run.cpu_seconds)),
    peak_rss_kb: Math.max(...runs.map((run) => run.peak_rss_kb)),
    native_bytes: runs[0].native_bytes,
    checks: runs[0].checks,
  };
}
