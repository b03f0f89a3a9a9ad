import { PanelPlugin } from '@grafana/data';

import { lazily } from '../../lazily';
import { type StripOptions } from './options';

export const plugin = new PanelPlugin<StripOptions>(lazily(() => import('./StripPanel'))).setPanelOptions((builder) =>
  builder
    .addNumberInput({ path: 'rowHeight', name: 'Row height', defaultValue: 26, settings: { min: 14, max: 60, integer: true } })
    .addBooleanSwitch({ path: 'showSite', name: 'Name the site beside the device', defaultValue: true })
);
