/** How grave an alarm is, the gravest first (ITU-T X.733). */
export const SEVERITIES = ['critical', 'major', 'minor', 'warning'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What keeps alarms from being told for a time. */
export interface Silence {
  id: string;
  by: string;
  comment: string;
  /** Until when, in milliseconds. */
  until: number;
}

/** An alarm that is raised. Times are in milliseconds. */
export interface RaisedAlarm {
  id: string;
  severity: Severity;
  /** S1 to S4. */
  ticketSeverity: string;
  rule: string;
  /** Empty of an alarm of the centre itself. */
  customer: string;
  site: string;
  /** The device that it is about, or whose it is about; empty for none. */
  device: string;
  /** device/NAME, interface/DEVICE/NAME, path/NAME and the like. */
  entity: string;
  name: string;
  since: number;
  raised: number;
  /** When the first response is due; null where that is not known. */
  due: number | null;
  /** Devices that it affects beside itself. */
  devices: number;
  /** Of what happens: how often. */
  events: number;
  flapping: boolean;
  maintenance: boolean;
  summary: string;
  /** Who sees to it; empty for nobody, and where that is not told. */
  owner: string;
  reason: string;
  /** Until when somebody has said to see to it; null for nobody. */
  until: number | null;
  silences: Silence[];
  /** Of what is late about a ticket the id of the alarm whose ticket it is; else empty. */
  ticket: string;
  /** Of an escalation whom it has reached, such as engineer; else empty. */
  step: string;
}

/** What is raised now. */
export interface OpenAlarms {
  /** The data source knows where alarms are raised. */
  configured: boolean;
  /** Whoever asks may acknowledge and silence. */
  acts: boolean;
  /** The gravest first. */
  alarms: RaisedAlarm[];
}

/** Selects alarms by a label. */
export interface Matcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

/** Somebody's word that he sees to an alarm. */
export interface Word {
  owner: string;
  reason: string;
  /** For how long, as 30m or 2h. */
  for: string;
}
