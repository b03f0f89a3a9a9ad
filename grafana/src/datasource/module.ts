import { DataSourcePlugin } from '@grafana/data';

import { lazily } from '../lazily';
import { MimamoriDataSource } from './datasource';
import { type MimamoriQuery } from './query';
import { type MimamoriSecrets, type MimamoriSettings } from './settings';

const QueryEditor = lazily(() => import('./QueryEditor'));
const ConfigEditor = lazily(() => import('./ConfigEditor'));

export const plugin = new DataSourcePlugin<MimamoriDataSource, MimamoriQuery, MimamoriSettings, MimamoriSecrets>(MimamoriDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
