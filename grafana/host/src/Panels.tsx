import type { DataQuery } from '@grafana/data';

import { PanelFrame } from './PanelFrame';
import { useAnswer } from './useAnswer';

const STATES = { refId: 'A', version: 1, figure: 'states', shape: 'table', limit: 20_000 } as DataQuery;

const OPTIONS: Record<string, object> = {
  'mimamori-strip-panel': { showSite: true, rowHeight: 26 },
  'mimamori-brand-panel': { title: 'Overview' },
};

/** The app's panels as a dashboard shows them. */
export function Panels() {
  const data = useAnswer(STATES);
  return (
    <>
      {Object.entries(OPTIONS).map(([id, options]) => (
        <section key={id} aria-label={id} style={{ width: 'min(1000px, 100%)' }}>
          <PanelFrame pluginId={id} title={id} data={data} options={options} width={1000} height={id.includes('strip') ? 420 : 80} />
        </section>
      ))}
    </>
  );
}
