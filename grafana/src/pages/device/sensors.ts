import { t } from '@grafana/i18n';

import { type Row } from '../../figures/rows';
import { BLANK, count } from '../../view/format';
import { type State } from '../../view/state';

/** A row of `health`: what the device says of one of its parts. */
export interface SensorRow extends Row {
  sensor: string;
  kind: string;
  status: string | null;
  worst: string | null;
  value: number | null;
  unit: string | null;
  min: number | null;
  mean: number | null;
  max: number | null;
  at: number | null;
}

const GRAVITY = ['critical', 'warning', 'unknown', 'ok', 'not present'];

/** The gravest first: by what it says now, then by what it said, then by kind and name. */
export function sensorOrder(row: SensorRow): number {
  return place(row.status) * 10 + place(row.worst);
}

function place(status: string | null): number {
  const at = GRAVITY.indexOf(status ?? '');
  return at < 0 ? GRAVITY.indexOf('unknown') : at;
}

/** What a device says of a part of itself, as a state to draw. */
export function sensorState(status: string | null): State {
  switch (status) {
    case 'ok':
      return 'up';
    case 'warning':
      return 'degraded';
    case 'critical':
      return 'down';
    case 'not present':
      return 'empty';
    default:
      return 'unknown';
  }
}

/** The same in a word. */
export function sensorWord(status: string | null): string {
  switch (status) {
    case 'ok':
      return t('sensor.ok', 'OK');
    case 'warning':
      return t('sensor.warning', 'Warning');
    case 'critical':
      return t('sensor.critical', 'Critical');
    case 'not present':
      return t('sensor.absent', 'Not present');
    default:
      return t('sensor.unknown', 'Not told');
  }
}

/** A reading with its unit. */
export function reading(value: number | null, unit: string | null): string {
  if (value === null) {
    return BLANK;
  }
  const figure = count(value, Math.abs(value) < 10 ? 2 : 1);
  switch (unit) {
    case 'percent':
      return `${figure} %`;
    case 'celsius':
      return `${figure} \u00b0C`;
    case 'watts':
      return `${figure} W`;
    case 'volts':
      return `${figure} V`;
    case 'amperes':
      return `${figure} A`;
    case 'rpm':
      return t('sensor.rpm', '{{figure}} rpm', { figure });
    case 'seconds':
      return `${figure} s`;
    default:
      return figure;
  }
}
