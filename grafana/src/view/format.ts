import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';

/** What stands where there is no figure. */
export const BLANK = '\u2013';

/** Language that numbers are written in: the texts' own. */
function locale(): string {
  const name = t('format.locale', 'en-US');
  return name === 'ja-JP' ? name : 'en-US';
}

/** A number with so many digits behind the point at most. */
export function count(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? BLANK : value.toLocaleString(locale(), { maximumFractionDigits: digits });
}

/** A number with exactly so many digits behind the point, such as a MOS. */
export function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined
    ? BLANK
    : value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A rate of bit/s in the unit that leaves one to three digits before the point. */
export function bitRate(value: number | null | undefined): string {
  return scaled(value, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'], 1000);
}

/** A number of bytes, in units of 1024. */
export function bytes(value: number | null | undefined): string {
  return scaled(value, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);
}

function scaled(value: number | null | undefined, units: string[], base: number): string {
  if (value === null || value === undefined) {
    return BLANK;
  }
  let unit = 0;
  let rest = Math.abs(value);
  // Rounding must not make 1000 of what the next unit says as 1.
  while (rest >= base * 0.9995 && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${count(Math.sign(value) * rest, digits)} ${units[unit]}`;
}

/** Per cent: one digit behind the point, two below 1. */
export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return BLANK;
  }
  return `${count(value, Math.abs(value) < 1 ? 2 : 1)} %`;
}

/** Availability in per cent. It is cut, not rounded: what was down is never called 100. */
export function availability(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return BLANK;
  }
  return value >= 100 ? '100 %' : `${fixed(Math.min(99_999, Math.floor(value * 1000 + 1e-6)) / 1000, 3)} %`;
}

/** Milliseconds: whole ones from 100 on. */
export function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? BLANK : `${count(value, Math.abs(value) >= 100 ? 0 : 1)} ms`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time, given in milliseconds, in its two biggest units: "3 h 12 min". */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) {
    return BLANK;
  }
  if (ms < MINUTE) {
    return t('format.seconds', '{{s}} s', { s: Math.max(0, Math.floor(ms / SECOND)) });
  }
  if (ms < HOUR) {
    return t('format.minutes', '{{m}} min', { m: Math.floor(ms / MINUTE) });
  }
  if (ms < DAY) {
    return t('format.hours', '{{h}} h {{m}} min', { h: Math.floor(ms / HOUR), m: Math.floor((ms % HOUR) / MINUTE) });
  }
  return t('format.days', '{{d}} d {{h}} h', { d: Math.floor(ms / DAY), h: Math.floor((ms % DAY) / HOUR) });
}

/** A moment in the page's zone: the time alone if it is of today, with the date if not. */
export function clock(at: number | null | undefined, timeZone: string, now: number = Date.now()): string {
  if (at === null || at === undefined) {
    return BLANK;
  }
  const day = (moment: number) => dateTimeFormat(moment, { timeZone, format: 'YYYY-MM-DD' });
  if (day(at) === day(now)) {
    return dateTimeFormat(at, { timeZone, format: 'HH:mm' });
  }
  const sameYear = day(at).slice(0, 4) === day(now).slice(0, 4);
  return dateTimeFormat(at, { timeZone, format: sameYear ? t('format.day-time', 'MMM D HH:mm') : t('format.year-day-time', 'MMM D YYYY HH:mm') });
}

/** A moment to the second, with its date. */
export function moment(at: number | null | undefined, timeZone: string): string {
  return at === null || at === undefined ? BLANK : dateTimeFormat(at, { timeZone, format: 'YYYY-MM-DD HH:mm:ss' });
}

/** "since 02:14". */
export function since(at: number | null | undefined, timeZone: string, now: number = Date.now()): string {
  return at === null || at === undefined ? BLANK : t('format.since', 'since {{time}}', { time: clock(at, timeZone, now), interpolation: { escapeValue: false } });
}
