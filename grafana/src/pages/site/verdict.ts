import { t } from '@grafana/i18n';

import { type ApplianceRow } from '../../figures/standing';
import { type SiteStanding } from '../../figures/types';
import { type Verdict } from '../../view/Answer';
import { causeText } from '../../view/cause';
import { clock, count } from '../../view/format';
import { stateOf } from '../../view/state';
import { worstText } from '../../view/worst';
import { allNodes, type DeviceNode, rootsOfTrouble } from './tree';

const plain = { interpolation: { escapeValue: false } };

/** What is known of a site. */
export interface SiteFacts {
  site: string;
  roots: DeviceNode[];
  appliances: ApplianceRow[];
  standing: SiteStanding | undefined;
}

/** How the site is, in one sentence: what troubles it most comes first. */
export function siteVerdict({ site, roots, appliances, standing }: SiteFacts, timeZone: string, now: number): Verdict {
  const nodes = allNodes(roots);
  if (nodes.length === 0 && appliances.length === 0) {
    return { state: 'empty', text: t('site.verdict.empty', 'Nothing is watched at {{site}} yet.', { site, ...plain }) };
  }
  const down = rootsOfTrouble(roots);
  if (down.length > 0) {
    return { state: 'down', text: downText(down, timeZone, now) };
  }
  const silent = appliances.filter((each) => each.silent);
  if (silent.length > 0) {
    return { state: 'unknown', text: silentText(silent[0], timeZone, now) };
  }
  const unknown = nodes.filter((node) => node.state === 'unknown');
  if (unknown.length > 0) {
    return {
      state: 'unknown',
      text:
        unknown.length === 1
          ? t('site.verdict.unknown-one', 'Nothing is known of {{device}}: {{cause}}.', { device: unknown[0].row.device, cause: causeText(unknown[0].row.cause) || t('cause.none', 'no reason was recorded'), ...plain })
          : t('site.verdict.unknown', 'Nothing is known of {{unknown}} of {{devices}} devices.', { unknown: count(unknown.length), devices: count(nodes.length) }),
    };
  }
  const unreachable = nodes.filter((node) => node.state === 'unreachable');
  if (unreachable.length > 0) {
    return {
      state: 'unreachable',
      text:
        unreachable.length === 1
          ? t('site.verdict.unreachable-one', '{{device}} cannot be reached: the way to it is down.', { device: unreachable[0].row.device, ...plain })
          : t('site.verdict.unreachable', '{{unreachable}} devices cannot be reached: the way to them is down.', { unreachable: count(unreachable.length) }),
    };
  }
  if (standing && ['degraded', 'maintenance'].includes(standing.state) && worstText(standing)) {
    const began = standing.since;
    const text = worstText(standing);
    return {
      state: stateOf(standing.state),
      text: began === null ? t('site.verdict.worst', '{{text}}.', { text, ...plain }) : t('site.verdict.worst-since', '{{text}}, since {{time}}.', { text, time: clock(began, timeZone, now), ...plain }),
    };
  }
  if (nodes.length === 0) {
    return { state: 'empty', text: t('site.verdict.no-devices', 'The appliance reports, but no device is watched at {{site}} yet.', { site, ...plain }) };
  }
  return {
    state: 'up',
    text: nodes.length === 1 ? t('site.verdict.up-one', 'The one device at {{site}} is up.', { site, ...plain }) : t('site.verdict.up', 'All {{devices}} devices at {{site}} are up.', { devices: count(nodes.length), site, ...plain }),
  };
}

function downText(down: DeviceNode[], timeZone: string, now: number): string {
  const [first] = down;
  const words = {
    device: first.row.device,
    time: clock(first.row.since, timeZone, now),
    cause: causeText(first.row.cause) || t('cause.none', 'no reason was recorded'),
    behind: count(first.behind),
    others: count(down.length - 1),
    ...plain,
  };
  const own =
    first.behind === 0
      ? t('site.verdict.down', '{{device}} has been down since {{time}}: {{cause}}.', words)
      : first.behind === 1
        ? t('site.verdict.down-behind-one', '{{device}} has been down since {{time}}: {{cause}}; 1 device is behind it.', words)
        : t('site.verdict.down-behind', '{{device}} has been down since {{time}}: {{cause}}; {{behind}} devices are behind it.', words);
  if (down.length === 1) {
    return own;
  }
  const others = down.length === 2 ? t('site.verdict.another', '1 other device is down by itself.', words) : t('site.verdict.others', '{{others}} others are down by themselves.', words);
  return `${own} ${others}`;
}

function silentText(appliance: ApplianceRow, timeZone: string, now: number): string {
  const name = appliance.appliance;
  return appliance.silent_since === null
    ? t('site.verdict.never-heard', 'Appliance {{name}} has never reported: nothing is known of what it watches.', { name, ...plain })
    : t('site.verdict.silent', 'Appliance {{name}} has been silent since {{time}}: nothing is known of what it watches.', { name, time: clock(appliance.silent_since, timeZone, now), ...plain });
}
