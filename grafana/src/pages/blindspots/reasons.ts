import { t } from '@grafana/i18n';

/** What is not seen, and what to do about it. */
export interface Reason {
  what: string;
  remedy: string;
}

/** A reason of the figure `blindspots` in words. One that is not known here is told as the backend does. */
export function reasonOf(code: string | null, told: string | null): Reason {
  switch (code) {
    case 'appliance_silent':
      return { what: t('blind.appliance-silent', 'The appliance stopped reporting'), remedy: t('blind.appliance-silent-remedy', 'See whether it runs and reaches the centre. What it measures meanwhile it sends later.') };
    case 'appliance_never_heard':
      return { what: t('blind.never-heard', 'The appliance has never reported'), remedy: t('blind.never-heard-remedy', 'Start mimamori poll there, with an uplink that reaches the centre.') };
    case 'clock_refused':
      return { what: t('blind.clock-refused', 'The appliance\'s clock is so wrong that nothing it measures is taken'), remedy: t('blind.clock-refused-remedy', 'Set the clock and see that a time service keeps it.') };
    case 'clock_off':
      return { what: t('blind.clock-off', 'The appliance\'s clock is wrong'), remedy: t('blind.clock-off-remedy', 'Set the clock and see that a time service keeps it; measurements stand at the wrong time.') };
    case 'nothing_asked':
      return { what: t('blind.nothing-asked', 'Neither pinged nor polled, by wish of the inventory'), remedy: t('blind.nothing-asked-remedy', 'To know more give it snmp in the inventory, or take no_ping away.') };
    case 'not_asked':
      return { what: t('blind.not-asked', 'Pinged alone'), remedy: t('blind.not-asked-remedy', 'Give it snmp in the inventory to see its interfaces and parts.') };
    case 'not_polled':
      return { what: t('blind.not-polled', 'No poll of it has ended of late'), remedy: t('blind.not-polled-remedy', 'See mimamori_snmp_rounds_skipped_total of the appliance, and raise concurrency or interval.') };
    case 'incomplete':
      return { what: t('blind.incomplete', 'Its tables can be read only in part'), remedy: t('blind.incomplete-remedy', 'See the detail, and what mimamori snmp walk makes of it.') };
    case 'timeout':
      return { what: t('blind.timeout', 'No answer by SNMP'), remedy: t('blind.timeout-remedy', 'See whether it is up, its agent runs, the community is right and its access list has the appliance.') };
    case 'device_down':
      return { what: t('blind.device-down', 'It is down, and hides what is behind it'), remedy: t('blind.device-down-remedy', 'Bring this device back: what is behind it answers again by itself.') };
    case 'way_down':
      return { what: t('blind.way-down', 'The way to it is down'), remedy: t('blind.way-down-remedy', 'See what is down in its way; it answers again by itself.') };
    case 'refused':
      return { what: t('blind.refused', 'Nothing listens on its SNMP port'), remedy: t('blind.refused-remedy', 'Turn the agent on, or correct the port.') };
    case 'unreachable':
      return { what: t('blind.unreachable', 'The network has no way to it'), remedy: t('blind.unreachable-remedy', 'See the routes between it and the appliance.') };
    case 'credentials':
      return { what: t('blind.credentials', 'The agent turns the credentials down'), remedy: t('blind.credentials-remedy', 'Correct community or user in the inventory.') };
    case 'agent_error':
      return { what: t('blind.agent-error', 'The agent answers with an error'), remedy: t('blind.agent-error-remedy', 'See what mimamori snmp walk makes of it.') };
    case 'nothing':
      return { what: t('blind.nothing', 'It answers, but shows neither interfaces nor sensors'), remedy: t('blind.nothing-remedy', 'Widen the agent\'s view for this community or user.') };
    case 'error':
      return { what: t('blind.error', 'It cannot be asked'), remedy: t('blind.error-remedy', 'See whether its name resolves where the appliance is, and what the detail says.') };
    case 'not_pinged':
      return { what: t('blind.not-pinged', 'No ping is sent to it'), remedy: t('blind.not-pinged-remedy', 'See whether its name resolves where the appliance is.') };
    case 'no_ping':
      return { what: t('blind.no-ping', 'It answers no ping'), remedy: t('blind.no-ping-remedy', 'See whether it is up and lets ICMP echo through; where it may not, set no_ping in the inventory.') };
    default:
      return { what: code ?? '', remedy: told ?? '' };
  }
}

/** Blind spots of one reason. */
export interface ReasonGroup {
  code: string;
  /** Devices behind it. */
  devices: number;
  told: string | null;
}

/** How many devices each reason is about, the most first. */
export function byReason(rows: Array<{ reason: string | null; devices: number | null; remedy: string | null }>): ReasonGroup[] {
  const groups = new Map<string, ReasonGroup>();
  for (const row of rows) {
    const code = row.reason ?? '';
    const group = groups.get(code) ?? { code, devices: 0, told: row.remedy };
    group.devices += Math.max(1, row.devices ?? 0);
    groups.set(code, group);
  }
  return [...groups.values()].sort((a, b) => b.devices - a.devices || a.code.localeCompare(b.code));
}

/** Reasons that leave a device seen in part. */
const PARTIAL = ['incomplete', 'not_asked', 'nothing_asked', 'clock_off'];

/** Whether something else of it is seen as it should be. */
export function isPartial(row: { reason: string | null; what: string | null }): boolean {
  return row.what === 'ping' || PARTIAL.includes(row.reason ?? '');
}
