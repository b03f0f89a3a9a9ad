import { t } from '@grafana/i18n';

import { type SiteStanding, type Standing } from '../../figures/types';
import { type Verdict } from '../../view/Answer';
import { availability, count, percent, since } from '../../view/format';
import { FAIR_MOS, POOR_MOS } from '../../view/load';
import { type State, stateOf } from '../../view/state';
import { linkName } from '../utilization/links';
import { type Risk } from './risks';

const plain = { interpolation: { escapeValue: false } };

/** A risk in a sentence for who is no engineer. */
export function riskText(risk: Risk): string {
  switch (risk.kind) {
    case 'target':
      return t('own.risk-target', 'Availability is {{figure}}, below the {{target}} that was agreed.', { figure: availability(risk.figure), target: availability(risk.target), ...plain });
    case 'full':
      return t('own.risk-full', 'The link {{link}} at {{site}} will be full in {{days}} days if it goes on like this.', { link: linkName(risk.link), site: risk.link.site, days: count(risk.days), ...plain });
    case 'busy':
      return t('own.risk-busy', 'The link {{link}} at {{site}} is busy: {{percent}} at its peaks.', { link: linkName(risk.link), site: risk.link.site, percent: percent(risk.percent), ...plain });
    case 'voice':
      return t('own.risk-voice', 'Calls on "{{path}}" sounded poor, in minutes: {{minutes}}.', { path: risk.path.path, minutes: count(risk.minutes), ...plain });
    case 'unseen':
      return t('own.risk-unseen', 'Devices that cannot be watched just now: {{devices}}.', { devices: count(risk.devices) });
    case 'degraded':
      return t('own.risk-degraded', 'Devices that lose packets just now: {{devices}}.', { devices: count(risk.devices) });
  }
}

/** The overview's answer: whether all is well, and if not where and since when. */
export function verdictOf(standing: Standing, sites: SiteStanding[], timeZone: string, now: number): Verdict {
  const state = stateOf(standing.state);
  const troubled = ['down', 'unknown', 'degraded'].includes(state) ? sites.filter((site) => stateOf(site.state) === state) : [];
  if (troubled.length === 0) {
    return state === 'up' || state === 'maintenance'
      ? { state, text: t('own.fine', 'Your network works. Devices up: {{up}} of {{devices}}.', { up: count(standing.up), devices: count(standing.devices) }) }
      : { state, text: t('own.concern', 'Your network has a concern; we are looking at it.') };
  }
  const names = troubled.slice(0, 3).map((site) => site.site || t('page.no-site', '(no site)')).join(t('format.comma', ', '));
  const values = { sites: count(troubled.length), all: count(sites.length), names, since: standing.since === null ? '' : since(standing.since, timeZone, now), ...plain };
  switch (state) {
    case 'down':
      return { state, text: t('own.down', 'Something is down at {{sites}} of {{all}} sites: {{names}} {{since}}.', values) };
    case 'unknown':
      return { state, text: t('own.unknown', 'We hear nothing from {{sites}} of {{all}} sites: {{names}} {{since}}.', values) };
    default:
      return { state, text: t('own.degraded', 'Works with limits at {{sites}} of {{all}} sites: {{names}} {{since}}.', values) };
  }
}

/** How calls sound, by the worst path's MOS. */
export function voiceWord(mos: number | null | undefined): string | undefined {
  return mos === null || mos === undefined ? undefined : mos < POOR_MOS ? t('own.voice-poor', 'Poor') : mos < FAIR_MOS ? t('own.voice-fair', 'Fair') : t('own.voice-good', 'Good');
}

/** The same as a state. */
export function voiceState(mos: number | null | undefined): State | undefined {
  return mos === null || mos === undefined ? undefined : mos < FAIR_MOS ? 'degraded' : 'up';
}
