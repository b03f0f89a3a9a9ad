import { useTheme2 } from '@grafana/ui';

import { type Brand } from './brand';

/** The brand's logo, or the product's own mark in the accent colour; decoration beside the name. */
export function BrandMark({ brand, size = 32 }: { brand: Brand; size?: number }) {
  const { colors } = useTheme2();
  if (brand.logo) {
    return <img src={brand.logo} alt="" style={{ height: size, maxWidth: size * 5, objectFit: 'contain' }} referrerPolicy="no-referrer" />;
  }
  return (
    <svg viewBox="0 0 64 64" width={size} height={size} aria-hidden="true" color={colors.primary.text} style={{ flex: 'none' }}>
      <path d="M4 32C12 18 21 12 32 12s20 6 28 20C52 46 43 52 32 52S12 46 4 32Z" fill="none" stroke="currentColor" strokeWidth="4.5" strokeLinejoin="round" />
      <circle cx="32" cy="32" r="12" fill="currentColor" />
      <path d="M32 24v8l5.5 4" fill="none" stroke={colors.background.primary} strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
