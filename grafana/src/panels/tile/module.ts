import { PanelPlugin } from '@grafana/data';

import { earlyText } from '../../early';
import { lazily } from '../../lazily';
import { type TileOptions } from './options';

export const plugin = new PanelPlugin<TileOptions>(lazily(() => import('./TilePanel'))).setPanelOptions((builder) =>
  builder.addSelect({
    path: 'shows',
    name: earlyText('Shows', '表示内容'),
    description: earlyText(
      'Of the figure "customers" or "sites" as a table; voice also of "paths", availability of "availability".',
      '「customers」または「sites」のテーブルから読み取ります。通話品質は「paths」、可用性は「availability」からも読み取れます。'
    ),
    defaultValue: 'down',
    settings: {
      options: [
        { value: 'down', label: earlyText('Devices down', '停止中の機器') },
        { value: 'unknown', label: earlyText('Devices unknown', '状態不明の機器') },
        { value: 'maintenance', label: earlyText('Devices under maintenance', '保守中の機器') },
        { value: 'silent', label: earlyText('Appliances silent', '報告のないアプライアンス') },
        { value: 'voice', label: earlyText('Worst MOS', '最低MOS') },
        { value: 'load', label: earlyText('Busiest WAN link', '最も利用率の高いWAN回線') },
        { value: 'availability', label: earlyText('Lowest availability', '最低の可用性') },
      ],
    },
  })
);
