import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';

import { useApp } from '../../AppContext';
import { type Row } from '../../figures/rows';
import { type SiteStanding, type Standing } from '../../figures/types';
import { useFigure } from '../../figures/useFigure';
import { availability, count, duration, fixed, percent } from '../../view/format';
import { FigureTile } from '../../view/FigureTile';
import { Freshness } from '../../view/Freshness';
import { stateOf } from '../../view/state';
import { worstText } from '../../view/worst';
import { usePageLink } from '../links';
import { type PageProps } from '../table';
import { OpenOutages } from './OpenOutages';
import { SitesTable } from './SitesTable';
import { VoicePaths } from './VoicePaths';
import { WanLinks } from './WanLinks';

/** How does this customer stand: its sites by urgency, its availability, voice, links and open outages. */
export default function CustomerPage({ names }: PageProps) {
  const styles = useStyles2(getStyles);
  const { view } = useApp();
  const link = usePageLink();
  const customer = names.customer ?? '';
  const standing = useFigure<Standing>({ figure: 'customers', customer });
  const sites = useFigure<SiteStanding>({ figure: 'sites', customer, limit: 1000 });
  const service = useFigure<Row>({ figure: 'availability', customer, by: 'customer' });
  const [now] = standing.rows;
  const [kept] = service.rows;
  const met = kept?.met;
  const worst = useMemo(() => (now ? worstText(now) : ''), [now]);

  return (
    <div className={styles.page}>
      <Freshness answer={standing} />
      <div className={styles.tiles}>
        <FigureTile
          label={t('customer.devices-up', 'Devices up')}
          value={now ? `${count(now.up)} / ${count(now.devices)}` : count(null)}
          hint={worst}
          state={now && stateOf(now.state)}
        />
        <FigureTile
          label={t('customer.availability', 'Availability in this time')}
          value={availability(kept?.availability_pct as number | null)}
          hint={typeof kept?.target_pct === 'number' ? t('customer.target', 'promised {{target}}', { target: availability(kept.target_pct) }) : undefined}
          state={met === 'no' ? 'down' : met === 'yes' ? 'up' : undefined}
          href={link('availability', {}, { customer })}
        />
        <FigureTile
          label={t('customer.downtime', 'Downtime of its devices')}
          value={duration(typeof kept?.down_s === 'number' ? kept.down_s * 1000 : null)}
          hint={typeof kept?.outage_count === 'number' ? t('customer.outages', '{{outages}} outages', { outages: count(kept.outage_count) }) : undefined}
        />
        <FigureTile label={t('customer.mos', 'Worst voice path, MOS')} value={fixed(now?.mos, 1)} state={now && now.mos !== null ? mosState(now.mos) : undefined} />
        <FigureTile label={t('customer.busiest', 'Busiest WAN link')} value={percent(now?.utilization_pct)} state={now && now.utilization_pct !== null && now.utilization_pct >= 95 ? 'degraded' : undefined} />
        <FigureTile
          label={t('customer.appliances', 'Appliances reporting')}
          value={now ? `${count((now.appliances ?? 0) - (now.appliances_silent ?? 0))} / ${count(now.appliances)}` : count(null)}
          state={now?.appliances_silent ? 'unknown' : undefined}
          href={link('appliances', {}, { customer })}
        />
      </div>
      <OpenOutages customer={customer} />
      <SitesTable customer={customer} figure={sites} />
      <div className={styles.pair}>
        <WanLinks customer={customer} details={view === 'partner'} />
        <VoicePaths customer={customer} />
      </div>
    </div>
  );
}

/** Below 3.1 nearly all users are dissatisfied, below 3.6 many are (ITU-T G.109). */
function mosState(mos: number) {
  return mos < 3.1 ? 'down' : mos < 3.6 ? 'degraded' : 'up';
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), minWidth: 0 }),
  tiles: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  pair: css({ display: 'grid', gap: theme.spacing(3), gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 460px), 1fr))' }),
});
