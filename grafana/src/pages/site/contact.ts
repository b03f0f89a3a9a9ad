/** What the card of a site may link to. What is no such link stays a text, whatever it says. */

/** tel: link of a number as people write it (RFC 3966); null where it is none. */
export function phoneLink(phone: string): string | null {
  const [, number, extension] = /^(\+?[0-9(][0-9 ().\-/]*?)(?: ?(?:x|ext\.?) ?([0-9]{1,6}))?$/.exec(phone.trim()) ?? [];
  const digits = number?.replace(/[^0-9+]/g, '');
  return digits ? `tel:${digits}${extension ? `;ext=${extension}` : ''}` : null;
}

/** mailto: link of an address; null where it is none, or would set more than who it goes to. */
export function mailLink(mail: string): string | null {
  const [, local, host] = /^([^\s@"<>?&%,;:]+)@([^\s@"<>?&%,;:/]+)$/.exec(mail.trim()) ?? [];
  return local && host ? `mailto:${encodeURIComponent(local)}@${encodeURIComponent(host)}` : null;
}

/** The address where the whole text is one of http or https; null for any other. */
export function webLink(text: string): string | null {
  const trimmed = text.trim();
  if (!/^https?:\/\/\S+$/i.test(trimmed)) {
    return null;
  }
  try {
    const { protocol, hostname, href } = new URL(trimmed);
    return (protocol === 'https:' || protocol === 'http:') && hostname !== '' ? href : null;
  } catch {
    return null;
  }
}
