import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';

import { type MimamoriSecrets, type MimamoriSettings } from './settings';

/** The data source's settings. */
export default function ConfigEditor(_: DataSourcePluginOptionsEditorProps<MimamoriSettings, MimamoriSecrets>) {
  return null;
}
