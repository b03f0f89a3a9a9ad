import { css } from '@emotion/react';
import type { GrafanaTheme2 } from '@grafana/data';

/**
 * What Grafana's style sheet says of bare elements, which is not published with its packages:
 * sizes include borders, nothing has margins of the browser's, controls take the font around them.
 */
export const base = (theme: GrafanaTheme2) =>
  css({
    html: { boxSizing: 'border-box', fontSize: 14, height: '100%' },
    '*, *::before, *::after': { boxSizing: 'inherit' },
    body: { margin: 0, height: '100%', color: theme.colors.text.primary, backgroundColor: theme.colors.background.canvas },
    'h1, h2, h3, h4, h5, h6': { marginTop: 0, marginBottom: '0.5rem' },
    'p, ul, ol, dl, address': { marginTop: 0, marginBottom: '1rem' },
    'button, input, select, textarea, optgroup': { margin: 0, font: 'inherit', lineHeight: 'inherit', color: 'inherit', borderRadius: 0 },
    'button, [role="button"]': { cursor: 'pointer', touchAction: 'manipulation' },
    'button::-moz-focus-inner': { border: 0, padding: 0 },
    a: { color: 'inherit', textDecoration: 'none' },
    img: { maxWidth: '100%', height: 'auto', verticalAlign: 'middle', border: 0 },
    svg: { verticalAlign: 'middle' },
    table: { borderCollapse: 'collapse', borderSpacing: 0, maxWidth: '100%', backgroundColor: 'transparent' },
    'caption, th': { textAlign: 'left' },
    fieldset: { minWidth: 0, margin: 0, padding: 0, border: 0 },
    legend: { width: '100%', padding: 0, border: 0 },
    label: { display: 'inline-block' },
    hr: { border: 0, borderTop: `1px solid ${theme.colors.border.weak}` },
    'pre, code, kbd': { fontFamily: theme.typography.fontFamilyMonospace },
  });
