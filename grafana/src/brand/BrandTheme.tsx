import { createTheme, type GrafanaTheme2, ThemeContext } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { type ReactNode, useMemo } from 'react';

import { type Brand } from './brand';
import { readable } from './contrast';

/** Grafana's present theme with the brand's accent in place of its blue, made readable where it is not. */
export function brandTheme(base: GrafanaTheme2, brand: Brand): GrafanaTheme2 {
  const accent = readable(base.isDark ? brand.accentDark : brand.accentLight, base.colors.background.primary.startsWith('#') ? base.colors.background.primary : '#181b1f');
  const coloured = createTheme({
    name: base.name,
    colors: { mode: base.colors.mode, primary: { main: accent, text: accent } },
  });
  return { ...base, colors: { ...base.colors, primary: coloured.colors.primary, text: { ...base.colors.text, link: accent } }, components: base.components };
}

/** Wraps pages of ours in the brand's theme. */
export function BrandTheme({ brand, base, children }: { brand: Brand; base?: GrafanaTheme2; children: ReactNode }) {
  const outer = useTheme2();
  const theme = useMemo(() => brandTheme(base ?? outer, brand), [base, outer, brand]);
  return <ThemeContext.Provider value={theme}>{children}</ThemeContext.Provider>;
}
