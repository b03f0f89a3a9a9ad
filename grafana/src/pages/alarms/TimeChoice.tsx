import { t } from '@grafana/i18n';
import { Field, RadioButtonGroup } from '@grafana/ui';

/** Times to choose from, as the backend reads them. */
const TIMES = ['30m', '1h', '2h', '4h', '8h', '24h'];

const words = (time: string) => (time.endsWith('m') ? t('format.minutes', '{{m}} min', { m: parseInt(time, 10) }) : t('alarms.hours', '{{h}} h', { h: parseInt(time, 10) }));

/** For how long something is to hold. */
export function TimeChoice({ value, onChange }: { value: string; onChange: (time: string) => void }) {
  return (
    <Field label={t('alarms.for', 'For how long')} noMargin>
      <RadioButtonGroup options={TIMES.map((time) => ({ value: time, label: words(time) }))} value={value} onChange={onChange} aria-label={t('alarms.for', 'For how long')} />
    </Field>
  );
}
