import { t } from '@grafana/i18n';

import { type PathRow } from '../../figures/standing';
import { count, fixed, milliseconds } from '../../view/format';
import { FactList } from '../../view/FactList';
import { type VoiceRow } from './minutes';

/** What was rated, with which figures, by whom: what a reader has to know to trust a MOS. */
export function PathFacts({ row, latest }: { row: PathRow; latest: VoiceRow | undefined }) {
  return (
    <FactList
      facts={[
        { name: t('path.target', 'Leads to'), value: row.target && <bdi>{row.target}</bdi> },
        { name: t('path.codec', 'Codec'), value: row.codec },
        { name: t('path.model', 'Model'), value: modelText(latest) },
        { name: t('path.inputs', 'Rated with'), value: inputsText(latest) },
        { name: t('path.buffer', 'Jitter buffer'), value: milliseconds(latest?.jitter_buffer_ms) },
        { name: t('path.delay-kind', 'The delay is'), value: delayKind(latest) },
        { name: t('path.source', 'Measured by'), value: latest?.source === 'IP SLA' ? t('path.ipsla', 'a router (IP SLA)') : latest?.source === 'probe' ? t('path.probe', 'the appliance') : latest?.source },
        { name: t('path.mean', 'MOS in this time'), value: row.mean_mos === null ? '' : t('path.mean-lowest', '{{mean}}, lowest {{lowest}}', { mean: fixed(row.mean_mos, 2), lowest: fixed(row.min_mos, 2) }) },
        { name: t('path.poor-minutes', 'Poor minutes'), value: t('path.poor-of', '{{poor}} of {{minutes}}', { poor: count(row.poor_minutes), minutes: count(row.minutes) }) },
      ]}
    />
  );
}

const SCALES: Record<string, string> = { nb: 'ITU-T G.107', wb: 'ITU-T G.107.1', fb: 'ITU-T G.107.2' };

function modelText(latest: VoiceRow | undefined): string {
  const standard = SCALES[latest?.scale ?? ''] ?? '';
  return [standard, latest?.model].filter(Boolean).join(', ');
}

function inputsText(latest: VoiceRow | undefined): string {
  if (typeof latest?.ie !== 'number' || typeof latest.bpl !== 'number') {
    return '';
  }
  const words = { ie: count(latest.ie, 1), bpl: count(latest.bpl, 1) };
  return latest.itu === false ? t('path.inputs-own', 'Ie {{ie}}, Bpl {{bpl}}, not both the ITU\'s', words) : t('path.inputs-itu', 'Ie {{ie}}, Bpl {{bpl}} of the ITU', words);
}

function delayKind(latest: VoiceRow | undefined): string {
  if (typeof latest?.one_way !== 'boolean') {
    return '';
  }
  return latest.one_way ? t('path.one-way', 'measured one way') : t('path.half', 'half the round trip');
}
