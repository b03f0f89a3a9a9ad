import { t } from '@grafana/i18n';

import { type Standing } from '../figures/types';
import { count, fixed, percent } from './format';

/** The figure that troubles a customer or site most, in words short enough for a wall. */
export function worstText(row: Pick<Standing, 'worst' | 'worst_name' | 'worst_value'>): string {
  const name = row.worst_name ?? '';
  const value = row.worst_value;
  const plain = { interpolation: { escapeValue: false } };
  const several = value !== null && value > 1;
  switch (row.worst) {
    case 'site_down':
      return t('worst.site-down', 'Site {{name}} is down', { name, ...plain });
    case 'device_down':
      return several
        ? t('worst.devices-down', '{{devices}} devices down, {{name}} first', { devices: count(value), name, ...plain })
        : t('worst.device-down', '{{name}} is down', { name, ...plain });
    case 'appliance_silent':
      return several
        ? t('worst.appliances-silent', '{{appliances}} appliances silent, {{name}} first', { appliances: count(value), name, ...plain })
        : t('worst.appliance-silent', 'Appliance {{name}} is silent', { name, ...plain });
    case 'unknown':
      return several
        ? t('worst.devices-unknown', 'Nothing known of {{devices}} devices', { devices: count(value) })
        : t('worst.device-unknown', 'Nothing known of {{name}}', { name, ...plain });
    case 'voice':
      return t('worst.voice', 'MOS {{mos}} on "{{name}}"', { mos: fixed(value, 1), name, ...plain });
    case 'link':
      return t('worst.link', '{{percent}} on {{name}}', { percent: percent(value), name, ...plain });
    case 'degraded':
      return several
        ? t('worst.devices-degraded', '{{devices}} devices losing packets', { devices: count(value) })
        : t('worst.degraded', '{{name}} loses packets', { name, ...plain });
    case 'maintenance':
      return several ? t('worst.devices-maintenance', '{{devices}} devices under maintenance', { devices: count(value) }) : t('worst.maintenance', '{{name}} under maintenance', { name, ...plain });
    default:
      return '';
  }
}
