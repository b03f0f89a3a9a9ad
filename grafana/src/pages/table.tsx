import { t } from '@grafana/i18n';
import { type ComponentType } from 'react';

import { fetched } from '../fetched';
import { type Names } from './names';
import { type PageId } from './paths';

/** What a page gets: the names in its address. Its time range comes from usePageTime. */
export interface PageProps {
  names: Names;
}

/** One page of the app. */
export interface PageEntry {
  title: (names: Names) => string;
  /** Where the breadcrumb leads back to; none for the pages of the menu. */
  parent?: PageId;
  component: ComponentType<PageProps>;
  /** Time range and refresh to begin with. */
  from: string;
  to?: string;
  refresh: string;
}

const TODAY = { from: 'now/d', to: 'now' };
const DAY = { from: 'now-24h', to: 'now' };

/**
 * Every page of the app, in one place. A new one gets a folder beside this file, its address in paths.ts, a line here, and,
 * if it belongs into the menu, an entry in plugin.json.
 */
export const PAGES: Record<PageId, PageEntry> = {
  wall: {
    title: () => t('page.wall', 'Wall'),
    component: fetched(() => import('./wall/WallPage')),
    ...DAY,
    refresh: '10s',
  },
  customer: {
    parent: 'wall',
    title: (names) => names.customer ?? '',
    component: fetched(() => import('./customer/CustomerPage')),
    ...TODAY,
    refresh: '30s',
  },
  site: {
    parent: 'customer',
    title: (names) => names.site || t('page.no-site', '(no site)'),
    component: fetched(() => import('./site/SitePage')),
    ...DAY,
    refresh: '30s',
  },
  device: {
    parent: 'site',
    title: (names) => names.device ?? '',
    component: fetched(() => import('./device/DevicePage')),
    ...DAY,
    refresh: '30s',
  },
  interface: {
    parent: 'device',
    title: (names) => names.interface ?? '',
    component: fetched(() => import('./interface/InterfacePage')),
    ...DAY,
    refresh: '30s',
  },
  path: {
    parent: 'site',
    title: (names) => names.path ?? '',
    component: fetched(() => import('./path/PathPage')),
    ...DAY,
    refresh: '30s',
  },
  availability: {
    title: () => t('page.availability', 'Availability'),
    component: fetched(() => import('./availability/AvailabilityPage')),
    from: 'now/M',
    to: 'now',
    refresh: '',
  },
  utilization: {
    title: () => t('page.utilization', 'Utilization'),
    component: fetched(() => import('./utilization/UtilizationPage')),
    ...DAY,
    refresh: '1m',
  },
  syslog: {
    title: () => t('page.syslog', 'Syslog'),
    component: fetched(() => import('./syslog/SyslogPage')),
    from: 'now-1h',
    to: 'now',
    refresh: '30s',
  },
  alarms: {
    title: () => t('page.alarms', 'Alarms'),
    component: fetched(() => import('./alarms/AlarmsPage')),
    ...DAY,
    refresh: '10s',
  },
  appliances: {
    title: () => t('page.appliances', 'Appliances'),
    component: fetched(() => import('./appliances/AppliancesPage')),
    ...DAY,
    refresh: '30s',
  },
  blindspots: {
    title: () => t('page.blindspots', 'Blind spots'),
    component: fetched(() => import('./blindspots/BlindSpotsPage')),
    ...DAY,
    refresh: '1m',
  },
};
