import { PanelPlugin } from '@grafana/data';

import { lazily } from '../../lazily';
import { type BrandOptions } from './options';

export const plugin = new PanelPlugin<BrandOptions>(lazily(() => import('./BrandPanel'))).setPanelOptions((builder) =>
  builder.addTextInput({ path: 'title', name: 'Title', description: 'Beside the name; dashboard variables are filled in.', defaultValue: '' })
);
