import { t } from '@grafana/i18n';
import { useMemo } from 'react';

import { type ApplianceRow, type DeviceRow, type InterfaceRow, type PathRow } from '../../figures/standing';
import { usePageTime } from '../../figures/time';
import { type Outage, type SiteStanding } from '../../figures/types';
import { useFigure } from '../../figures/useFigure';
import { momentOf } from '../../view/age';
import { Answer } from '../../view/Answer';
import { Columns, Stack } from '../../view/Columns';
import { EmptyState } from '../../view/EmptyState';
import { FigureBlock } from '../../view/FigureBlock';
import { Freshness } from '../../view/Freshness';
import { useNow } from '../../view/useNow';
import { type PageProps } from '../table';
import { ApplianceCards } from './ApplianceCards';
import { ContactCard } from './ContactCard';
import { DeviceTree } from './DeviceTree';
import { OpenOutages } from './OpenOutages';
import { openOutages } from './outages';
import { allNodes, deviceTree } from './tree';
import { siteVerdict } from './verdict';
import { VoicePaths } from './VoicePaths';
import { WanLinks } from './WanLinks';

/** More devices at one site than this are not drawn as a tree. */
const MOST_DEVICES = 5000;

/** One site: who is behind whom and what is down, its appliance, its ways out, its voice paths. */
export default function SitePage({ names: { customer, site } }: PageProps) {
  const here = { customer, site };
  const { range, timeZone } = usePageTime();
  const now = useNow(30_000);
  const at = momentOf(range, now);
  const topology = useFigure<DeviceRow>({ figure: 'topology', limit: MOST_DEVICES, ...here });
  const appliances = useFigure<ApplianceRow>({ figure: 'appliances', ...here });
  const standing = useFigure<SiteStanding>({ figure: 'sites', ...here });
  const outages = useFigure<Outage>({ figure: 'outages', ...here });
  const links = useFigure<InterfaceRow>({ figure: 'interfaces', kind: 'wan', limit: 100, ...here });
  const paths = useFigure<PathRow>({ figure: 'paths', ...here });

  const roots = useMemo(() => deviceTree(topology.rows), [topology.rows]);
  const open = useMemo(() => openOutages(allNodes(roots), outages.rows), [roots, outages.rows]);
  const [stands] = standing.rows;
  const known = topology.answered && appliances.answered;

  return (
    <>
      {known && (
        <Answer verdict={siteVerdict({ site: site ?? '', roots, appliances: appliances.rows, standing: stands }, timeZone, at)}>
          <Freshness answer={topology} />
        </Answer>
      )}
      <Columns>
        <Stack>
          <FigureBlock
            title={t('site.tree', 'Who is behind whom')}
            figure={topology}
            empty={<EmptyState what={t('site.no-devices', 'No device is known at this site.')} remedy={t('site.no-devices-remedy', 'Devices appear once an appliance here polls them: add them to its inventory, and see Blind spots for what it cannot reach.')} />}
          >
            <DeviceTree roots={roots} timeZone={timeZone} />
          </FigureBlock>
          {(open.length > 0 || outages.failure) && (
            <FigureBlock title={t('site.outages', 'Open outages')} figure={outages} isEmpty={open.length === 0}>
              <OpenOutages rows={open} timeZone={timeZone} now={at} />
            </FigureBlock>
          )}
          <FigureBlock
            title={t('site.links', 'WAN links')}
            figure={links}
            empty={<EmptyState what={t('site.no-links', 'No interface here is called a WAN link.')} remedy={t('site.no-links-remedy', 'The rules under processors.utilization say which interfaces are: by alias, type, speed or name.')} />}
          >
            <WanLinks rows={links.rows} devices={topology.rows} timeZone={timeZone} now={at} />
          </FigureBlock>
          <FigureBlock
            title={t('site.paths', 'Voice paths')}
            figure={paths}
            empty={<EmptyState what={t('site.no-paths', 'No voice path is measured from here.')} remedy={t('site.no-paths-remedy', 'Give the appliance a path to inject voice on, or a router an IP SLA jitter operation.')} />}
          >
            <VoicePaths rows={paths.rows} timeZone={timeZone} now={at} />
          </FigureBlock>
        </Stack>
        <Stack>
          <FigureBlock
            title={t('site.appliance', 'Appliance')}
            figure={appliances}
            empty={<EmptyState what={t('site.no-appliance', 'No appliance stands here.')} remedy={t('site.no-appliance-remedy', 'One at another site may watch these devices.')} />}
          >
            <ApplianceCards rows={appliances.rows} timeZone={timeZone} now={at} />
          </FigureBlock>
          <ContactCard card={stands} />
        </Stack>
      </Columns>
    </>
  );
}
