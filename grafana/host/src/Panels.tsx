import type { DataQuery } from '@grafana/data';

import { PanelFrame } from './PanelFrame';
import { useAnswer } from './useAnswer';

const STATES = { refId: 'A', version: 1, figure: 'states', shape: 'table', limit: 20_000 } as DataQuery;

const CUSTOMERS = { refId: 'A', version: 1, figure: 'customers', shape: 'table', limit: 20_000 } as DataQuery;

/** Tiles of the overview, with their titles. */
const TILES: Array<[title: string, shows: string]> = [
  ['Devices down', 'down'],
  ['Devices unknown', 'unknown'],
  ['In maintenance', 'maintenance'],
  ['Appliances silent', 'silent'],
  ['Worst MOS now', 'voice'],
  ['Busiest WAN link now', 'load'],
];

const OPTIONS: Record<string, object> = {
  'mimamori-strip-panel': { showSite: true, rowHeight: 26 },
  'mimamori-brand-panel': { title: 'Overview' },
};

/** The app's panels as a dashboard shows them. */
export function Panels() {
  const data = useAnswer(STATES);
  const standing = useAnswer(CUSTOMERS);
  return (
    <>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
        {TILES.map(([title, shows]) => (
          <section key={shows} aria-label={title} style={{ width: 198 }}>
            <h2 style={{ fontSize: 14 }}>{title}</h2>
            <PanelFrame pluginId="mimamori-tile-panel" title={title} data={standing} options={{ shows }} width={198} height={136} />
          </section>
        ))}
      </div>
      {Object.entries(OPTIONS).map(([id, options]) => (
        <section key={id} aria-label={id} style={{ width: 'min(1000px, 100%)' }}>
          <PanelFrame pluginId={id} title={id} data={data} options={options} width={1000} height={id.includes('strip') ? 420 : 80} />
        </section>
      ))}
    </>
  );
}
