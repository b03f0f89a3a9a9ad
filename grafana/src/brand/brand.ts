/** How an organisation presents itself. */
export interface Brand {
  name: string;
  /** A data: URL of an image, or an https: address; empty for the product's own mark. */
  logo: string;
  /** #rrggbb on light and on dark ground. */
  accentLight: string;
  accentDark: string;
  footer: string;
  /** https: or mailto: address of who helps; empty for none. */
  supportUrl: string;
}

/** The app's jsonData in one organisation. */
export interface AppSettings {
  brand?: Partial<Brand>;
  view?: 'partner' | 'customer';
  dataSourceUid?: string;
}

/** Neutral: a quiet teal that passes 4.5:1 on Grafana's light and dark ground. */
export const DEFAULT_BRAND: Brand = {
  name: 'mimamori 見守り',
  logo: '',
  accentLight: '#1f6f6b',
  accentDark: '#5fb8b0',
  footer: '',
  supportUrl: '',
};

/** The brand of stored settings: what is missing or not usable is the default's. */
export function readBrand(settings: AppSettings | undefined): Brand {
  const stored = settings?.brand ?? {};
  return {
    name: text(stored.name) || DEFAULT_BRAND.name,
    logo: isImage(text(stored.logo)) ? text(stored.logo) : '',
    accentLight: isColour(text(stored.accentLight)) ? text(stored.accentLight) : DEFAULT_BRAND.accentLight,
    accentDark: isColour(text(stored.accentDark)) ? text(stored.accentDark) : DEFAULT_BRAND.accentDark,
    footer: text(stored.footer),
    supportUrl: isAddress(text(stored.supportUrl)) ? text(stored.supportUrl) : '',
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** Whether it is a colour as #rrggbb. */
export function isColour(value: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(value);
}

/** Whether an image may be shown from it: an address that runs no script and is not sent in the clear. */
export function isImage(value: string): boolean {
  return /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i.test(value) || /^https:\/\/[^\s]+$/i.test(value);
}

/** Whether a link may lead there. */
export function isAddress(value: string): boolean {
  return /^(https:\/\/|mailto:)[^\s]+$/i.test(value);
}
