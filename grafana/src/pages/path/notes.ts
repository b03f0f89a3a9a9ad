import { t } from '@grafana/i18n';

/** A note in the user's language; one that is not known here as it came. */
export function noteText(note: string): string {
  switch (note) {
    case 'unreachable':
      return t('note.unreachable', 'Unreachable: the network said that packets could not be delivered');
    case 'silent':
      return t('note.silent', 'Silent: nothing came back');
    case 'one-way (out)':
      return t('note.one-way-out', 'One-way: nearly all that was lost was lost on the way out');
    case 'one-way (back)':
      return t('note.one-way-back', 'One-way: nearly all that was lost was lost on the way back');
    case 'rerouted':
      return t('note.rerouted', 'Rerouted: the number of hops or the lowest round trip changed for good');
    case 'duplicating':
      return t('note.duplicating', 'Duplicating: packets were answered or delivered twice');
    case 'reordering':
      return t('note.reordering', 'Reordering: packets overtook others');
    case 'clock not synchronised':
      return t('note.clock', 'Clocks not synchronised: the delay is half the round trip');
    case 'clock stepped':
      return t('note.clock-stepped', 'A clock was set: the delay is half the round trip');
    case 'clock error':
      return t('note.clock-error', 'Clocks too uncertain: the delay is half the round trip');
  }
  const marked = /^remarked (out )?(\S+)->(\S+)$/.exec(note);
  if (marked) {
    const [, out, sent, came] = marked;
    const words = { sent, came, interpolation: { escapeValue: false } };
    return out ? t('note.remarked-out', 'Remarked on the way out: sent as {{sent}}, came as {{came}}', words) : t('note.remarked', 'Remarked: sent as {{sent}}, came back as {{came}}', words);
  }
  return note;
}

/** Whether callers hear it, unlike what only says how far to trust a figure. */
export function isAudible(note: string): boolean {
  return /^(unreachable|silent|one-way|duplicating|reordering)/.test(note);
}
