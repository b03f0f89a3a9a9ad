import { type RawTimeRange } from '@grafana/data';
import { t } from '@grafana/i18n';

/** A period that service is looked at by. */
export interface Period {
  id: 'today' | 'yesterday' | 'month' | 'last-month';
  from: string;
  to: string;
}

/** The periods at hand; any other is chosen with the time picker. */
export const PERIODS: readonly Period[] = [
  { id: 'today', from: 'now/d', to: 'now' },
  { id: 'yesterday', from: 'now-1d/d', to: 'now-1d/d' },
  { id: 'month', from: 'now/M', to: 'now' },
  { id: 'last-month', from: 'now-1M/M', to: 'now-1M/M' },
];

/** Which of the periods a page shows; undefined for one of one's own. */
export function periodOf(raw: RawTimeRange): Period | undefined {
  return PERIODS.find((each) => each.from === raw.from && (each.to === raw.to || (each.to === 'now' && raw.to === each.from)));
}

/** A period in words. */
export function periodWord(id: Period['id']): string {
  switch (id) {
    case 'today':
      return t('availability.today', 'Today');
    case 'yesterday':
      return t('availability.yesterday', 'Yesterday');
    case 'month':
      return t('availability.month', 'This month');
    case 'last-month':
      return t('availability.last-month', 'Last month');
  }
}
