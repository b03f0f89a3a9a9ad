import { type ApplianceRow, type DeviceRow, type InterfaceRow, type PathRow } from '../../figures/standing';
import { type SiteStanding } from '../../figures/types';
import { POOR_MOS, SATURATED } from '../../view/load';
import { isRecent } from '../../view/recent';
import { shownState, type State, STATES } from '../../view/state';

/** Something that is not as it should be now. */
export interface Alarm {
  key: string;
  kind: 'device' | 'appliance' | 'link' | 'path';
  state: State;
  customer: string;
  site: string;
  /** Of a link the device it is at; else empty. */
  device: string;
  name: string;
  /** When it began, in milliseconds; null where nobody knows. */
  since: number | null;
  /** Why a device is not up. */
  cause: string;
  /** Per cent of a link, MOS of a path. */
  value: number | null;
  /** Devices that are unreachable behind it. */
  takes: number;
}

/** Tells one place from another, whatever is in its names. */
export const place = (...parts: string[]) => JSON.stringify(parts);

/** What stands apart from the alarms: under maintenance, or unreachable behind another device. */
export interface DeviceAlarms {
  alarms: Alarm[];
  maintenance: number;
  /** Left out because the device in their way has the alarm. */
  folded: number;
  /** Left out because their appliance has it. */
  unheard: number;
}

/**
 * Devices that are not up. One that is unreachable is counted with the device in its way, unless
 * nothing in its way is down by itself, and one that nobody reports of is left to its silent
 * appliance; unless all are wanted.
 */
export function deviceAlarms(rows: DeviceRow[], appliances: ApplianceRow[], all = false): DeviceAlarms {
  const silent = new Set(appliances.filter((row) => row.silent).map((row) => place(row.customer, row.appliance)));
  const byPlace = new Map(rows.map((row) => [place(row.customer, row.site, row.device), row]));
  const takes = new Map<string, number>();
  const kept: DeviceRow[] = [];
  let maintenance = 0;
  let folded = 0;
  let unheard = 0;
  for (const row of rows) {
    const state = shownState(row.state, row.cause, row.maintenance);
    if (state === 'up') {
      continue;
    }
    if (state === 'maintenance') {
      maintenance++;
      continue;
    }
    if (!all && state === 'unknown' && row.appliance && silent.has(place(row.customer, row.appliance))) {
      unheard++;
      continue;
    }
    const root = state === 'unreachable' ? rootOf(row, byPlace) : undefined;
    if (root) {
      takes.set(root, (takes.get(root) ?? 0) + 1);
      if (!all) {
        folded++;
        continue;
      }
    }
    kept.push(row);
  }
  const alarms = kept.map((row): Alarm => {
    const at = place(row.customer, row.site, row.device);
    return {
      key: `device${at}`, kind: 'device', state: shownState(row.state, row.cause), customer: row.customer, site: row.site, device: '', name: row.device,
      since: row.since, cause: row.cause ?? '', value: null, takes: takes.get(at) ?? 0,
    };
  });
  return { alarms, maintenance, folded, unheard };
}

/** The nearest device in the way that is down by itself, by its place. */
export function rootOf(row: DeviceRow, byPlace: Map<string, DeviceRow>): string | undefined {
  const seen = new Set<string>();
  for (let behind = row.behind; behind; ) {
    const at = place(row.customer, row.site, behind);
    const device = byPlace.get(at);
    if (!device || seen.has(at)) {
      return undefined;
    }
    if (shownState(device.state, device.cause, device.maintenance) === 'down') {
      return at;
    }
    seen.add(at);
    behind = device.behind;
  }
  return undefined;
}

/** Appliances that do not report: whatever stands behind them is unknown. */
export function applianceAlarms(rows: ApplianceRow[]): Alarm[] {
  return rows
    .filter((row) => row.silent)
    .map((row) => ({
      key: `appliance${place(row.customer, row.site, row.appliance)}`, kind: 'appliance', state: 'unknown', customer: row.customer, site: row.site, device: '',
      name: row.appliance, since: row.silent_since, cause: '', value: row.devices, takes: 0,
    }));
}

/** Links that were as good as full at their last poll. */
export function linkAlarms(rows: InterfaceRow[], now: number): Alarm[] {
  return rows
    .filter((row) => row.last_utilization_pct !== null && row.last_utilization_pct >= SATURATED && isRecent(row.last_measured, now))
    .map((row) => ({
      key: `link${place(row.customer, row.site, row.device, row.interface)}`, kind: 'link', state: 'degraded', customer: row.customer, site: row.site, device: row.device,
      name: row.interface, since: null, cause: '', value: row.last_utilization_pct, takes: 0,
    }));
}

/** Voice paths on which nearly all callers were dissatisfied in the latest minute. */
export function pathAlarms(rows: PathRow[], now: number): Alarm[] {
  return rows
    .filter((row) => row.mos !== null && row.mos < POOR_MOS && isRecent(row.minute, now))
    .map((row) => ({
      key: `path${place(row.customer, row.site, row.path)}`, kind: 'path', state: 'degraded', customer: row.customer, site: row.site, device: '',
      name: row.path, since: null, cause: '', value: row.mos, takes: 0,
    }));
}

/** Links and paths with their beginning, where a site is told to be troubled by them most, and since when. */
export function withSince(alarms: Alarm[], sites: SiteStanding[]): Alarm[] {
  const began = new Map(sites.map((row) => [place(row.customer, row.site, row.worst ?? '', row.worst_name ?? ''), row.since]));
  return alarms.map((alarm) => {
    const worst = alarm.kind === 'link' ? place(alarm.customer, alarm.site, 'link', `${alarm.device} ${alarm.name}`) : place(alarm.customer, alarm.site, 'voice', alarm.name);
    return { ...alarm, since: alarm.since ?? began.get(worst) ?? null };
  });
}

/** The most urgent state first; of one state what began last, so that what is new is seen. */
export function byUrgency(alarms: Alarm[]): Alarm[] {
  return [...alarms].sort(
    (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.takes - a.takes || (b.since ?? 0) - (a.since ?? 0) || a.key.localeCompare(b.key)
  );
}

/** How many alarms have each state. */
export function countStates(alarms: Alarm[]): Array<{ state: State; count: number }> {
  return STATES.map((state) => ({ state, count: alarms.filter((each) => each.state === state).length })).filter(({ count }) => count > 0);
}
