import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';

import { useApp } from '../../AppContext';
import { type ApplianceRow, type DeviceRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { type SiteStanding, type Standing } from '../../figures/types';
import { type Figure, useFigure } from '../../figures/useFigure';
import { Answer } from '../../view/Answer';
import { availability, count, duration } from '../../view/format';
import { EmptyState } from '../../view/EmptyState';
import { FigureTile } from '../../view/FigureTile';
import { Freshness } from '../../view/Freshness';
import { FailureNotice } from '../../view/Notice';
import { PageLink } from '../../view/PageLink';
import { tileOf } from '../../view/reading';
import { stateOf } from '../../view/state';
import { worstText } from '../../view/worst';
import { type ServiceRow } from '../availability/service';
import { longestText } from '../availability/words';
import { usePageLink } from '../links';
import { usePresent } from '../present';
import { type PageProps } from '../table';
import { OpenOutages } from './OpenOutages';
import { SitesTable } from './SitesTable';
import { customerVerdict, outagesOf } from './standing';
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
  const service = useFigure<ServiceRow>({ figure: 'availability', customer, by: 'customer' });
  const devices = useFigure<DeviceRow>({ figure: 'topology', kind: 'trouble', customer, limit: 20_000 });
  const appliances = useFigure<ApplianceRow>({ figure: 'appliances', customer, limit: 20_000 });
  const { timeZone } = usePageTime();
  const present = usePresent(standing);
  const open = useMemo(() => outagesOf(devices.rows, appliances.rows), [devices.rows, appliances.rows]);
  const [now] = standing.rows;
  const [kept] = service.rows;
  const met = kept?.met;
  const worst = useMemo(() => (now ? worstText(now) : ''), [now]);

  if (standing.answered && !now && !standing.failure) {
    return (
      <EmptyState
        what={t('customer.unknown', 'No customer is called {{customer}}.', { customer, interpolation: { escapeValue: false } })}
        remedy={<PageLink href={link('wall')}>{t('customer.unknown-remedy', 'The wall has all that this organisation sees. A new one appears with the first data of its appliances.')}</PageLink>}
      />
    );
  }
  return (
    <div className={styles.page}>
      {standing.failure && <FailureNotice failure={standing.failure} kept={standing.answered} />}
      {now && (
        <Answer verdict={customerVerdict(now, timeZone, present)}>
          <Freshness answer={standing} />
        </Answer>
      )}
      <div className={styles.tiles}>
        <FigureTile
          label={t('customer.devices-up', 'Devices up')}
          value={now ? `${count(now.up)} / ${count(now.devices)}` : count(null)}
          hint={worst}
          state={now && stateOf(now.state)}
        />
        <FigureTile
          label={t('customer.availability', 'Availability in this time')}
          value={availability(kept?.availability_pct)}
          hint={typeof kept?.target_pct === 'number' ? t('customer.target', 'promised {{target}}', { target: availability(kept.target_pct) }) : undefined}
          state={met === 'no' ? 'down' : met === 'yes' ? 'up' : undefined}
          href={link('availability', {}, { customer })}
        />
        <FigureTile
          label={t('customer.downtime', 'Downtime of its devices')}
          value={duration(typeof kept?.down_s === 'number' ? kept.down_s * 1000 : null)}
          hint={kept && longestText(kept.outage_count, kept.longest_s)}
        />
        <FigureTile label={t('customer.mos', 'Worst voice path now, MOS')} value={count(null)} {...tileOf('voice', standing.rows)} />
        <FigureTile label={t('customer.busiest', 'Busiest WAN link now')} value={count(null)} {...tileOf('load', standing.rows)} />
        <FigureTile
          label={t('customer.appliances', 'Appliances reporting')}
          value={now ? `${count((now.appliances ?? 0) - (now.appliances_silent ?? 0))} / ${count(now.appliances)}` : count(null)}
          state={now?.appliances_silent ? 'unknown' : undefined}
          href={link('appliances', {}, { customer })}
        />
      </div>
      <OpenOutages figure={devices as Figure<unknown>} rows={open} now={present} />
      <SitesTable customer={customer} figure={sites} />
      <div className={styles.pair}>
        <WanLinks customer={customer} details={view === 'partner'} />
        <VoicePaths customer={customer} />
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), minWidth: 0 }),
  tiles: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  pair: css({ display: 'grid', gap: theme.spacing(3), gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 460px), 1fr))' }),
});
