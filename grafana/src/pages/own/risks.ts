import { type PathRow } from '../../figures/standing';
import { type Standing } from '../../figures/types';
import { BUSY, FAIR_MOS } from '../../view/load';
import { type ServiceRow } from '../availability/service';
import { type LinkRow, SOON } from '../utilization/links';

/** Something of a customer's own network that may become trouble, or is. */
export type Risk =
  | { kind: 'target'; figure: number; target: number }
  | { kind: 'full'; link: LinkRow; days: number }
  | { kind: 'busy'; link: LinkRow; percent: number }
  | { kind: 'voice'; path: PathRow; minutes: number }
  | { kind: 'unseen'; devices: number }
  | { kind: 'degraded'; devices: number };

/** The risks of one customer, the gravest kind first. */
export function risksOf(standing: Standing | undefined, service: ServiceRow | undefined, links: LinkRow[], paths: PathRow[]): Risk[] {
  const risks: Risk[] = [];
  if (service?.met === 'no' && service.availability_pct !== null && service.target_pct !== null) {
    risks.push({ kind: 'target', figure: service.availability_pct, target: service.target_pct });
  }
  for (const link of links) {
    if (link.days_until_full !== null && link.days_until_full <= SOON) {
      risks.push({ kind: 'full', link, days: link.days_until_full });
    } else if (link.p95_pct !== null && link.p95_pct >= BUSY) {
      risks.push({ kind: 'busy', link, percent: link.p95_pct });
    }
  }
  for (const path of paths) {
    if ((path.poor_minutes ?? 0) > 0 && path.min_mos !== null && path.min_mos < FAIR_MOS) {
      risks.push({ kind: 'voice', path, minutes: path.poor_minutes ?? 0 });
    }
  }
  if (standing?.unknown) {
    risks.push({ kind: 'unseen', devices: standing.unknown });
  }
  if (standing?.degraded) {
    risks.push({ kind: 'degraded', devices: standing.degraded });
  }
  return risks;
}
