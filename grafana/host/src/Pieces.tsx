import { PluginContextProvider, type AppPlugin } from '@grafana/data';
import { useParams } from 'react-router-dom-v5-compat';

import type { Boot } from './boot';
import { Editors } from './Editors';
import { Panels } from './Panels';

/** What the plugin brings beside its pages, for itself: /pieces/panels, and the data source's editors /pieces/query, variable and config. */
export function Pieces({ boot, plugin }: { boot: Boot; plugin: AppPlugin }) {
  const { kind = '' } = useParams();
  return (
    <PluginContextProvider meta={plugin.meta}>
      <div style={{ padding: 24, display: 'flex', flexDirection: 'column', gap: 24 }}>
        <h1>{kind}</h1>
        {kind === 'panels' ? <Panels /> : <Editors boot={boot} kind={kind} />}
      </div>
    </PluginContextProvider>
  );
}
