import type { PanelProps } from '@grafana/data';

import { BrandHeader } from '../../brand/BrandHeader';
import { BrandTheme } from '../../brand/BrandTheme';
import { useBrand } from '../../brand/useBrand';
import { type BrandOptions } from './options';

/** The organisation's logo, name and colour above a dashboard. */
export default function BrandPanel({ options, replaceVariables, height }: PanelProps<BrandOptions>) {
  const brand = useBrand();
  return (
    <BrandTheme brand={brand}>
      <div style={{ height, display: 'flex', alignItems: 'center', overflow: 'hidden' }}>
        <BrandHeader brand={brand} title={options.title ? replaceVariables(options.title) : undefined} />
      </div>
    </BrandTheme>
  );
}
