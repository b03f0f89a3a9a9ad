import { type Line } from '../../view/chart';

/** A row of `voice`: a minute of a path, or a longer bucket, which has no notes and no bursts. */
export interface VoiceRow {
  /** Of a minute; a bucket has `start` in its place. */
  minute?: number | null;
  start?: number | null;
  mos: number | null;
  r: number | null;
  scale: string | null;
  band?: string | null;
  loss_pct: number | null;
  delay_ms: number | null;
  one_way?: boolean | null;
  jitter_ms: number | null;
  pdv99_ms?: number | null;
  bursts?: number | null;
  sent: number | null;
  source: string | null;
  codec?: string | null;
  ie?: number | null;
  bpl?: number | null;
  itu?: boolean | null;
  model?: string | null;
  jitter_buffer_ms?: number | null;
  reported_mos: number | null;
  notes?: string | null;
}

/** Up to this length, in milliseconds, a time is shown minute by minute. */
export const BY_MINUTE = 26 * 3600_000;

/** The moment a row stands at. */
export function momentOf(row: VoiceRow): number | null {
  return row.minute ?? row.start ?? null;
}

/** One column over time. Of rows at one moment, such as of two scales, the first with a value counts. */
export function lineOf(rows: VoiceRow[], column: keyof VoiceRow & string, name: string): Line {
  const values = new Map<number, number | null>();
  for (const row of rows) {
    const at = momentOf(row);
    const value = row[column];
    if (at !== null && (values.get(at) ?? null) === null) {
      values.set(at, typeof value === 'number' ? value : null);
    }
  }
  const times = [...values.keys()].sort((a, b) => a - b);
  return { name, times, values: times.map((at) => values.get(at) ?? null) };
}

/** A note over the minutes that have it in a row. */
export interface NoteStretch {
  note: string;
  from: number;
  /** Not included. */
  to: number;
  minutes: number;
}

const MINUTE = 60_000;
/** Minutes without a note within a stretch of it that do not end it. */
const PATIENCE = 2;

/** Kind of a note without its figures: "clock error 16 ms" of any length is one kind. */
export function noteKind(note: string): string {
  return note.replace(/^clock error .*$/, 'clock error');
}

/** What was noted of a path, each with the time it lasted, the latest first. */
export function noteStretches(rows: VoiceRow[]): NoteStretch[] {
  const open = new Map<string, NoteStretch>();
  const found: NoteStretch[] = [];
  const ordered = rows.filter((row) => momentOf(row) !== null).sort((a, b) => (momentOf(a) ?? 0) - (momentOf(b) ?? 0));
  for (const row of ordered) {
    const at = momentOf(row) ?? 0;
    for (const note of (row.notes ?? '').split('; ').filter(Boolean).map(noteKind)) {
      const stretch = open.get(note);
      if (stretch && at - stretch.to <= PATIENCE * MINUTE) {
        stretch.to = at + MINUTE;
        stretch.minutes++;
        continue;
      }
      const next = { note, from: at, to: at + MINUTE, minutes: 1 };
      open.set(note, next);
      found.push(next);
    }
  }
  return found.sort((a, b) => b.from - a.from || a.note.localeCompare(b.note));
}

/** Since when the MOS has been below a limit without a break up to the latest rated row; null where it is not, or where the time begins so. */
export function belowSince(rows: VoiceRow[], limit: number): number | null {
  const rated = rows.filter((row) => row.mos !== null && momentOf(row) !== null).sort((a, b) => (momentOf(b) ?? 0) - (momentOf(a) ?? 0));
  const end = rated.findIndex((row) => (row.mos ?? 0) >= limit);
  return end <= 0 ? null : momentOf(rated[end - 1]);
}
