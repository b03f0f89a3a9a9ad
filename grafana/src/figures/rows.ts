import { type DataFrame, FieldType } from '@grafana/data';

/** A cell as a figure gives it: times in milliseconds since 1970, a blank is null. */
export type Cell = string | number | boolean | null;

/** One row by the column names of the reports. */
export type Row = Record<string, Cell>;

/** The rows of a table's frame. */
export function rowsOf<R = Row>(frame: DataFrame | undefined): R[] {
  if (!frame) {
    return [];
  }
  const rows: Row[] = [];
  for (let i = 0; i < frame.length; i++) {
    const row: Row = {};
    for (const field of frame.fields) {
      row[field.name] = cell(field.values[i]);
    }
    rows.push(row);
  }
  return rows as R[];
}

function cell(value: unknown): Cell {
  if (value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value))) {
    return null;
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return JSON.stringify(value);
}

/** One line of a graph: values at times in milliseconds, a gap is null. */
export interface Series {
  /** Column it shows, such as in_bps. */
  measure: string;
  labels: Record<string, string>;
  times: number[];
  values: Array<number | null>;
}

/** The lines of a series' frames, wide or many. */
export function seriesOf(frames: DataFrame[]): Series[] {
  const lines: Series[] = [];
  for (const frame of frames) {
    const time = frame.fields.find((field) => field.type === FieldType.time);
    if (!time) {
      continue;
    }
    for (const field of frame.fields) {
      if (field.type !== FieldType.number) {
        continue;
      }
      lines.push({
        measure: field.name,
        labels: field.labels ?? {},
        times: Array.from(time.values as number[]),
        values: Array.from(field.values as unknown[], (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null)),
      });
    }
  }
  return lines;
}

/** What an answer says of itself beside its rows. */
export interface AnswerNotes {
  notes: string[];
  /** There are more rows than were sent. */
  truncated: boolean;
  /** How many rows there are in all, where that is known. */
  total: number | undefined;
  /** Time of the newest data, in milliseconds; undefined where there is none. */
  asOf: number | undefined;
  /** The centre has not read yet what came since then. */
  late: boolean;
  /** The backend's clock when it answered: a reader's own may be wrong. */
  answeredAt: number | undefined;
}

/** Reads frame.meta.custom and the notices of the frames. */
export function notesOf(frames: DataFrame[]): AnswerNotes {
  const answer: AnswerNotes = { notes: [], truncated: false, total: undefined, asOf: undefined, late: false, answeredAt: undefined };
  for (const { meta } of frames) {
    const custom = (meta?.custom ?? {}) as Record<string, unknown>;
    const notes = [...(Array.isArray(custom.notes) ? custom.notes : []), ...(meta?.notices ?? []).map((notice) => notice.text)];
    for (const note of notes) {
      // How to page by query is for who writes queries: a page says in its own words that there is more,
      // and how old its data is.
      if (typeof note === 'string' && !/^(There is more|Not current): /.test(note) && !answer.notes.includes(note)) {
        answer.notes.push(note);
      }
    }
    answer.truncated ||= custom.truncated === true;
    answer.total ??= typeof custom.total === 'number' ? custom.total : undefined;
    answer.asOf ??= instant(custom.as_of);
    answer.late ||= custom.late === true;
    answer.answeredAt ??= instant(custom.now);
  }
  return answer;
}

function instant(value: unknown): number | undefined {
  const at = typeof value === 'string' && value !== '' ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : at;
}
