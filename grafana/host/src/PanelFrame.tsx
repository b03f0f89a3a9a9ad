import type { PanelPlugin } from '@grafana/data';
import { getPluginImportUtils, type PanelRendererProps } from '@grafana/runtime';
import { useEffect, useState } from 'react';

/** Shows a panel of the plugin with data, at a size. */
export function PanelFrame({ pluginId, title, data, options, width, height, timeZone = 'browser' }: PanelRendererProps) {
  const [plugin, setPlugin] = useState<PanelPlugin>();
  useEffect(() => {
    void getPluginImportUtils().importPanelPlugin(pluginId).then(setPlugin);
  }, [pluginId]);
  const Panel = plugin?.panel;
  if (!Panel || !data) {
    return null;
  }
  return (
    <Panel
      id={1} title={title} data={data} timeRange={data.timeRange} timeZone={timeZone} options={{ ...plugin.defaults, ...(options as object) }}
      fieldConfig={{ defaults: {}, overrides: [] }} transparent={false} width={width} height={height} renderCounter={0}
      replaceVariables={(text) => text} eventBus={undefined as never} onOptionsChange={() => {}} onFieldConfigChange={() => {}} onChangeTimeRange={() => {}}
    />
  );
}
