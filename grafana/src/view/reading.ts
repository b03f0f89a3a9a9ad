import { t } from '@grafana/i18n';

import { type PathRow } from '../figures/standing';
import { type Standing } from '../figures/types';
import { availability, BLANK, count, duration, fixed, percent } from './format';
import { BUSY, FAIR_MOS, POOR_MOS } from './load';
import { isRecent } from './recent';
import { type State } from './state';

/** A figure as a tile shows it: how good it is, and what is known of it. */
export interface Reading {
  state: State;
  /** Grey in place of the state's colour: nothing bad is known, but not all is known. */
  quiet?: boolean;
  /** Already written with its unit; a dash where nothing is known. */
  value: string;
  /** What the value is of, and what of that is unknown. */
  words: string;
}

/** What a figure is taken of. */
export interface Extent {
  devices: number;
  /** Devices that are up, degraded, down or unreachable. */
  known: number;
  unknown: number;
  appliances: number;
  silent: number;
}

const plain = { interpolation: { escapeValue: false } };

const sum = (rows: Standing[], value: (row: Standing) => number | null) => rows.reduce((total, row) => total + (value(row) ?? 0), 0);

/** How much there is of some customers or sites, and of how much of that something is known. */
export function extentOf(rows: Standing[]): Extent {
  return {
    devices: sum(rows, (row) => row.devices),
    known: sum(rows, (row) => row.up) + sum(rows, (row) => row.degraded) + sum(rows, (row) => row.down) + sum(rows, (row) => row.unreachable),
    unknown: sum(rows, (row) => row.unknown),
    appliances: sum(rows, (row) => row.appliances),
    silent: sum(rows, (row) => row.appliances_silent),
  };
}

/** A figure of some customers or sites as a page's tile shows it; nothing while there are none. */
export function tileOf(figure: StandingFigure, rows: Standing[]): { value: string; hint: string | undefined; state: State | undefined; quiet: boolean | undefined } | undefined {
  if (rows.length === 0) {
    return undefined;
  }
  const { state, quiet, value, words } = standingReading(figure, rows);
  return { value, hint: words || undefined, state: state === 'empty' ? undefined : state, quiet };
}

/** What is not known of it: "12 of 200 devices unknown, 1 of 2 appliances silent"; empty where all is known. */
export function unknownText({ devices, unknown, appliances, silent }: Extent): string {
  return commas(
    unknown > 0 ? t('reading.unknown', '{{unknown}} of {{devices}} devices unknown', { unknown: count(unknown), devices: count(devices) }) : '',
    silent > 0 ? t('reading.silent', '{{silent}} of {{appliances}} appliances silent', { silent: count(silent), appliances: count(appliances) }) : ''
  );
}

/** A good figure is called so only where all of what it was taken of is known: else it is grey, and says what is missing. */
export function asFarAsKnown(reading: Reading, missing: string): Reading {
  return reading.state !== 'up' || missing === '' ? reading : { ...reading, state: 'unknown', quiet: true, words: commas(reading.words, missing) };
}

/** What may be read off rows of `customers` or `sites`. */
export type StandingFigure = 'down' | 'unknown' | 'maintenance' | 'silent' | 'voice' | 'load';

/** Reads a figure off rows of `customers` or `sites`. */
export function standingReading(figure: StandingFigure, rows: Standing[]): Reading {
  const extent = extentOf(rows);
  const { devices, unknown, appliances, silent } = extent;
  const ofDevices = t('reading.of-devices', 'of {{devices}} devices', { devices: count(devices) });
  if (figure === 'silent' ? appliances === 0 : devices === 0) {
    return { state: 'empty', value: BLANK, words: figure === 'silent' ? t('reading.no-appliances', 'there is no appliance') : t('reading.no-devices', 'there is no device') };
  }
  switch (figure) {
    case 'down':
      return downReading(rows, extent);
    case 'unknown':
      return asFarAsKnown({ state: unknown > 0 ? 'unknown' : 'up', value: count(unknown), words: ofDevices }, unknownText({ ...extent, unknown: 0 }));
    case 'maintenance': {
      const covered = sum(rows, (row) => row.maintenance);
      return { state: covered > 0 ? 'maintenance' : 'empty', value: count(covered), words: ofDevices };
    }
    case 'silent':
      return { state: silent > 0 ? 'unknown' : 'up', value: count(silent), words: t('reading.of-appliances', 'of {{appliances}} appliances', { appliances: count(appliances) }) };
    case 'voice':
      // Appliances measure it: a device that is unknown while they report has hardly a part in it.
      return measured(lowest(rows.map((row) => row.mos)), mosReading, unknownText(extent.known === 0 ? extent : { ...extent, unknown: 0 }));
    case 'load':
      return measured(highest(rows.map((row) => row.utilization_pct)), loadReading, unknownText(extent));
  }
}

function downReading(rows: Standing[], extent: Extent): Reading {
  const { devices, known, unknown } = extent;
  const down = sum(rows, (row) => row.down);
  const unreachable = sum(rows, (row) => row.unreachable);
  const missing = unknownText(extent);
  if (down > 0 || unreachable > 0) {
    const behind = unreachable > 0 ? t('reading.unreachable', '{{unreachable}} unreachable', { unreachable: count(unreachable) }) : '';
    return { state: down > 0 ? 'down' : 'unreachable', value: count(down), words: commas(behind, missing) || t('reading.of-devices', 'of {{devices}} devices', { devices: count(devices) }) };
  }
  if (missing === '') {
    return { state: 'up', value: count(0), words: t('reading.of-devices', 'of {{devices}} devices', { devices: count(devices) }) };
  }
  if (known === 0 && unknown > 0) {
    return { state: 'unknown', value: BLANK, words: commas(t('reading.nothing-known', 'nothing is known'), missing) };
  }
  return { state: 'unknown', quiet: true, value: count(0), words: commas(t('reading.none-known-down', '0 known down'), missing) };
}

/** Reads the worst MOS off rows of `paths`, at the present. */
export function pathsReading(rows: PathRow[], now: number): Reading {
  const recent = rows.filter((row) => isRecent(row.minute, now));
  const mute = recent.filter((row) => row.mos === null && row.loss_pct !== null && row.loss_pct >= 100);
  if (mute.length > 0) {
    return { state: 'down', value: BLANK, words: t('reading.mute', 'nothing comes back on {{paths}} of {{all}} paths', { paths: count(mute.length), all: count(rows.length) }) };
  }
  const unmeasured = rows.length - recent.length;
  const missing = unmeasured > 0 ? t('reading.unmeasured', '{{unmeasured}} of {{all}} paths not measured', { unmeasured: count(unmeasured), all: count(rows.length) }) : '';
  return rows.length === 0 ? { state: 'empty', value: BLANK, words: t('reading.no-paths', 'there is no path') } : measured(lowest(recent.map((row) => row.mos)), mosReading, missing);
}

/** Below 3.1 nearly all users are dissatisfied, below 3.6 many are (ITU-T G.109). */
export function mosReading(mos: number): Reading {
  return { state: mos < POOR_MOS ? 'down' : mos < FAIR_MOS ? 'degraded' : 'up', value: fixed(mos, 1), words: '' };
}

function loadReading(load: number): Reading {
  return { state: load >= BUSY ? 'degraded' : 'up', value: percent(load), words: '' };
}

/** A figure that was measured, or was not. */
function measured(value: number | null, read: (value: number) => Reading, missing: string): Reading {
  const none = t('recent.none', 'nothing measured within the last 10 minutes');
  return value === null ? { state: missing ? 'unknown' : 'empty', quiet: missing !== '', value: BLANK, words: commas(none, missing) } : asFarAsKnown(read(value), missing);
}

/** Columns of `availability` that tell whether unknown time could change the verdict. */
export interface Kept {
  availability_pct: number | null;
  /** As if all unknown time had been down. */
  pessimistic_pct: number | null;
  unknown_s: number | null;
}

/** From these percentages on a device was available well enough, or hardly. */
const AVAILABLE = { well: 99.9, hardly: 99 };

/** Reads the lowest availability: good only where it would be so had all unknown time been down. */
export function availabilityReading(rows: Kept[]): Reading {
  const judged = rows.filter((row) => row.availability_pct !== null).sort((a, b) => (a.availability_pct ?? 0) - (b.availability_pct ?? 0));
  const [worst] = judged;
  if (!worst) {
    return { state: 'unknown', quiet: true, value: BLANK, words: t('reading.nothing-known', 'nothing is known') };
  }
  const figure = worst.availability_pct ?? 0;
  const unknown = rows.reduce((longest, row) => Math.max(longest, row.unknown_s ?? 0), 0);
  const missing = unknown > 0 ? t('reading.unknown-for', 'unknown for {{time}}', { time: duration(unknown * 1000), ...plain }) : '';
  const sure = rows.every((row) => (row.pessimistic_pct ?? 0) >= AVAILABLE.well);
  const reading: Reading = { state: figure < AVAILABLE.hardly ? 'down' : figure < AVAILABLE.well ? 'degraded' : 'up', value: availability(figure), words: missing };
  return reading.state === 'up' && !sure ? { ...reading, state: 'unknown', quiet: true } : reading;
}

/** The reading of data that is this many milliseconds old; undefined where there is none. */
export function agedReading(reading: Reading, age: number | undefined, staleAfter: number): Reading {
  if (age !== undefined && age <= staleAfter) {
    return reading;
  }
  const old = age === undefined ? t('reading.no-data', 'no data within the last day') : t('wall.old', 'data {{age}} old', { age: duration(age), ...plain });
  const aged = { ...reading, words: commas(old, reading.words) };
  return reading.state === 'up' ? { ...aged, state: 'unknown', quiet: true } : aged;
}

function lowest(values: Array<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((least, value) => Math.min(least, value));
}

function highest(values: Array<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((most, value) => Math.max(most, value));
}

function commas(...parts: string[]): string {
  return parts.filter(Boolean).join(t('format.comma', ', '));
}
