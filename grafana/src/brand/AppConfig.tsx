import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';

import { type AppSettings } from './brand';

/** The app's configuration page. */
export default function AppConfig(_: PluginConfigPageProps<AppPluginMeta<AppSettings>>) {
  return null;
}
