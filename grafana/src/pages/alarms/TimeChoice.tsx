import { t } from '@grafana/i18n';
import { Field, RadioButtonGroup } from '@grafana/ui';

import { duration } from '../../view/format';

/** Times to choose from: as the backend reads them, in milliseconds. */
const TIMES: Array<[string, number]> = [['30m', 30], ['1h', 60], ['2h', 120], ['4h', 240], ['8h', 480], ['24h', 1440]];

/** For how long something is to hold. */
export function TimeChoice({ value, onChange }: { value: string; onChange: (time: string) => void }) {
  return (
    <Field label={t('alarms.for', 'For how long')} noMargin>
      <RadioButtonGroup options={TIMES.map(([time, minutes]) => ({ value: time, label: duration(minutes * 60_000) }))} value={value} onChange={onChange} aria-label={t('alarms.for', 'For how long')} />
    </Field>
  );
}
