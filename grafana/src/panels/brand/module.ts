import { PanelPlugin } from '@grafana/data';

import { earlyText } from '../../early';
import { lazily } from '../../lazily';
import { type BrandOptions } from './options';

export const plugin = new PanelPlugin<BrandOptions>(lazily(() => import('./BrandPanel'))).setPanelOptions((builder) =>
  builder.addTextInput({
    path: 'title',
    name: earlyText('Title', 'タイトル'),
    description: earlyText('Beside the name; dashboard variables are filled in.', '名称の隣に表示します。ダッシュボード変数が使えます。'),
    defaultValue: '',
  })
);
