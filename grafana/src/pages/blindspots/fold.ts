import { type DeviceRow } from '../../figures/standing';
import { shownState } from '../../view/state';
import { place, rootOf } from '../alarms/alarms';
import { type Spot } from './spots';

/** Reasons that a device which is down explains by itself. */
const EXPLAINED = ['timeout', 'unreachable', 'not_polled', 'no_ping'];

/**
 * Takes devices that say nothing because they, or a device in their way, are down to that device:
 * one row with how many it hides. What is left are the real cases, and they come first.
 */
export function foldSpots(spots: Spot[], devices: DeviceRow[]): Spot[] {
  const byPlace = new Map(devices.map((row) => [place(row.customer, row.site, row.device), row]));
  const hidden = new Map<string, Set<string>>();
  const lostWays: Spot[] = [];
  const cases: Spot[] = [];
  for (const spot of spots) {
    const at = place(spot.customer, spot.site, spot.device ?? '');
    const device = spot.device ? byPlace.get(at) : undefined;
    const state = device && EXPLAINED.includes(spot.reason ?? '') ? shownState(device.state, device.cause, device.maintenance) : 'up';
    const root = state === 'down' ? at : state === 'unreachable' && device ? rootOf(device, byPlace) : undefined;
    if (root) {
      hidden.set(root, (hidden.get(root) ?? new Set()).add(at));
    } else if (state === 'unreachable') {
      lostWays.push({ ...spot, reason: 'way_down', detail: null, remedy: null });
    } else {
      cases.push(spot);
    }
  }
  const roots = [...hidden].map(([root, behind]): Spot => {
    const row = byPlace.get(root) as DeviceRow;
    const own = spots.find((spot) => spot.device === row.device && spot.customer === row.customer && spot.site === row.site);
    const devicesHidden = behind.size + (behind.has(root) ? 0 : 1);
    return {
      customer: row.customer, site: row.site, device: row.device, appliance: row.appliance, address: row.address, what: 'snmp', reason: 'device_down', state: 'down',
      since: row.since, last_good: own?.last_good ?? null, devices: devicesHidden, faults: null, detail: null, remedy: null,
    };
  });
  return [...cases, ...lostWays, ...roots.sort((a, b) => (b.devices ?? 0) - (a.devices ?? 0))];
}
