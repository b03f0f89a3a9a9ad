import { PanelPlugin } from '@grafana/data';

import { earlyText } from '../../early';
import { lazily } from '../../lazily';
import { type StripOptions } from './options';

export const plugin = new PanelPlugin<StripOptions>(lazily(() => import('./StripPanel'))).setPanelOptions((builder) =>
  builder
    .addNumberInput({ path: 'rowHeight', name: earlyText('Row height', '行の高さ'), defaultValue: 26, settings: { min: 14, max: 60, integer: true } })
    .addBooleanSwitch({ path: 'showSite', name: earlyText('Name the site beside the device', '機器の前に拠点名を表示'), defaultValue: true })
);
