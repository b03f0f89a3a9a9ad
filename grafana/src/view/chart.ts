/** A line of a TimeChart. */
export interface Line {
  name: string;
  /** Milliseconds since 1970, ascending. */
  times: number[];
  /** A null is a gap, and stays one. */
  values: Array<number | null>;
}

/** The greatest and least value that a chart's axis spans. */
export interface Span {
  low: number;
  high: number;
}

/** Round numbers from about low to about high, some five of them. */
export function ticks({ low, high }: Span, wanted = 5): number[] {
  const raw = (high - low) / Math.max(1, wanted);
  if (!(raw > 0)) {
    return [low];
  }
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? 10 * power;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** What the axis has to span: every value and threshold, and the bounds asked for. */
export function spanOf(lines: Line[], thresholds: number[], asked: Partial<Span> = {}): Span {
  let low = asked.low ?? Infinity;
  let high = asked.high ?? -Infinity;
  for (const line of lines) {
    for (const value of line.values) {
      if (value !== null) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }
  for (const threshold of thresholds) {
    high = Math.max(high, threshold);
    low = Math.min(low, threshold);
  }
  if (low > high) {
    return { low: 0, high: 1 };
  }
  return low === high ? { low: Math.min(0, low), high: high === 0 ? 1 : high * 1.1 } : { low, high };
}

/** How far one label of a threshold stands below another at the least, in pixels. */
const LABEL = 13;

/** Where the names of thresholds stand, by where their lines are: above its line, and below what would cover it. */
export function labelPlaces(lines: number[], top: number): number[] {
  const places = lines.map((y) => (y < top + 12 ? y + LABEL : y - 4));
  const order = lines.map((_, i) => i).sort((a, b) => lines[a] - lines[b]);
  for (let i = 1; i < order.length; i++) {
    places[order[i]] = Math.max(places[order[i]], places[order[i - 1]] + LABEL);
  }
  return places;
}

const STEPS = [60e3, 5 * 60e3, 15 * 60e3, 30 * 60e3, 3600e3, 2 * 3600e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3, 2 * 86400e3, 7 * 86400e3, 14 * 86400e3, 30 * 86400e3, 90 * 86400e3, 365 * 86400e3];

/** Moments to write below a chart: whole hours or days of the zone, whose offset at a moment is asked for in milliseconds: summer time may begin or end in between. */
export function timeTicks(from: number, to: number, wanted: number, offsetAt: (at: number) => number): number[] {
  const step = STEPS.find((each) => (to - from) / each <= wanted) ?? STEPS[STEPS.length - 1];
  const first = offsetAt(from);
  const found: number[] = [];
  for (let wall = Math.ceil((from + first) / step) * step; ; wall += step) {
    const at = wall - offsetAt(wall - first);
    if (at > to) {
      return found;
    }
    if (at >= from && at !== found[found.length - 1]) {
      found.push(at);
    }
  }
}

/**
 * The line as SVG path data. A gap, or a pause longer than `pause`, lifts the pen; a value
 * between two gaps is drawn as a dot, so that it is seen at all.
 */
export function pathOf(line: Line, x: (at: number) => number, y: (value: number) => number, pause: number): string {
  const parts: string[] = [];
  let drawing = false;
  for (let i = 0; i < line.times.length; i++) {
    const value = line.values[i];
    if (value === null || value === undefined) {
      drawing = false;
      continue;
    }
    if (drawing && line.times[i] - line.times[i - 1] > pause) {
      drawing = false;
    }
    const point = `${round(x(line.times[i]))} ${round(y(value))}`;
    const next = line.values[i + 1];
    const alone: boolean = !drawing && (next === null || next === undefined || line.times[i + 1] - line.times[i] > pause);
    parts.push(alone ? `M${point}h0.01` : `${drawing ? 'L' : 'M'}${point}`);
    drawing = !alone;
  }
  return parts.join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Twice the usual distance of the points, and a little: what is longer is a gap that nobody reported. */
export function pauseOf(lines: Line[]): number {
  const gaps: number[] = [];
  for (const { times } of lines) {
    for (let i = 1; i < Math.min(times.length, 200); i++) {
      gaps.push(times[i] - times[i - 1]);
    }
  }
  gaps.sort((a, b) => a - b);
  return gaps.length === 0 ? Infinity : gaps[Math.floor(gaps.length / 2)] * 2.5;
}

/** Index of the time nearest to a moment; -1 without any. Times ascend. */
export function nearest(times: number[], at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && at - times[low - 1] <= times[low] - at ? low - 1 : high < 0 ? -1 : low;
}
