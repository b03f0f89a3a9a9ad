import { t } from '@grafana/i18n';

import { type Series } from '../../figures/rows';
import { type Line } from '../../view/chart';

/** Name of a measure of an interface, as the legend has it. */
export function measureName(measure: string): string {
  switch (measure) {
    case 'in_bps':
      return t('traffic.in', 'In');
    case 'out_bps':
      return t('traffic.out', 'Out');
    case 'in_error_pct':
      return t('traffic.in-errors', 'Errors in');
    case 'out_error_pct':
      return t('traffic.out-errors', 'Errors out');
    case 'in_discard_pct':
      return t('traffic.in-discards', 'Discards in');
    case 'out_discard_pct':
      return t('traffic.out-discards', 'Discards out');
    default:
      return measure;
  }
}

/** The lines of these measures, in their order; of several with one measure the first. */
export function linesOf(series: Series[], measures: string[]): Line[] {
  return measures.flatMap((measure) => {
    const found = series.find((each) => each.measure === measure);
    return found ? [{ name: measureName(measure), times: found.times, values: found.values }] : [];
  });
}

/** The highest value of all lines; null without any. */
export function highest(lines: Line[]): number | null {
  let most: number | null = null;
  for (const { values } of lines) {
    for (const value of values) {
      if (value !== null && (most === null || value > most)) {
        most = value;
      }
    }
  }
  return most;
}

/** From this share of the capacity on, a graph that reaches up to it still shows the traffic. */
const WORTH_A_SCALE = 0.2;

/** Whether the graph should span the whole capacity unless somebody says otherwise. */
export function spansCapacity(lines: Line[], capacity: number | null): boolean {
  const most = highest(lines);
  return capacity !== null && capacity > 0 && most !== null && most >= capacity * WORTH_A_SCALE;
}
