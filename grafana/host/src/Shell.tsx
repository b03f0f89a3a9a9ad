import { css, cx } from '@emotion/css';
import { type AppPlugin, type GrafanaTheme2, type KeyValue, PluginContextProvider } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { Link, Navigate, Route, Routes, useLocation } from 'react-router-dom-v5-compat';

import { type Boot, type Look, lookAgain } from './boot';
import { APP } from './bootData';
import { Pieces } from './Pieces';

const ROOT = `/a/${APP}`;

/** Grafana's frame around an app: the bar on top, the menu with the app's pages, the page. */
export function Shell({ boot, look, plugin }: { boot: Boot; look: Look; plugin: AppPlugin }) {
  const styles = useStyles2(getStyles);
  const { pathname, search } = useLocation();
  const [open, setOpen] = useState(false);
  const kiosk = new URLSearchParams(search).has('kiosk');
  const pages = (plugin.meta.includes ?? []).filter((page) => page.addToNav && page.path && (page.role !== 'Admin' || boot.organisation.role === 'Admin'));
  return (
    <div className={styles.shell}>
      {!kiosk && (
        <header className={styles.bar}>
          <button type="button" className={styles.menuButton} aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>
            ☰ <span>{t('menu', 'Menu')}</span>
          </button>
          <span className={styles.note}>{t('note', 'Preview, without Grafana')}</span>
          <span className={styles.looks}>
            <select aria-label={t('organisation', 'Organisation')} value={look.orgId} onChange={(event) => lookAgain({ orgId: Number(event.target.value) })}>
              {boot.organisations.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
            <select aria-label={t('theme', 'Theme')} value={look.theme} onChange={(event) => lookAgain({ theme: event.target.value })}>
              <option value="dark">{t('dark', 'Dark')}</option>
              <option value="light">{t('light', 'Light')}</option>
            </select>
            <select aria-label={t('language', 'Language')} value={look.language} onChange={(event) => lookAgain({ lang: event.target.value })}>
              <option value="en-US">English</option>
              <option value="ja-JP">日本語</option>
            </select>
          </span>
        </header>
      )}
      <div className={styles.body}>
        {!kiosk && (
          <nav id="menu" aria-label="Grafana" className={cx(styles.menu, open && styles.menuOpen)}>
            <ul>
              {pages.map((page) => {
                const to = page.path!;
                return (
                  <li key={to}>
                    <Link to={to} aria-current={pathname.startsWith(to) ? 'page' : undefined} onClick={() => setOpen(false)}>
                      {page.name}
                    </Link>
                  </li>
                );
              })}
            </ul>
          </nav>
        )}
        <main id="pageContent" className={styles.main}>
          <Routes>
            <Route path={`${ROOT}/*`} element={<AppPage plugin={plugin} />} />
            <Route path={`/plugins/${APP}`} element={<ConfigPage plugin={plugin} />} />
            <Route path="/pieces/:kind" element={<Pieces boot={boot} plugin={plugin} />} />
            <Route path="/" element={<Navigate to={ROOT} replace />} />
            <Route path="*" element={<p role="alert">Page not found</p>} />
          </Routes>
        </main>
      </div>
    </div>
  );
}

function AppPage({ plugin }: { plugin: AppPlugin }) {
  const { pathname, search } = useLocation();
  const Root = plugin.root;
  if (!Root) {
    return <p role="alert">No root app page component found</p>;
  }
  return (
    <PluginContextProvider meta={plugin.meta}>
      <Root meta={plugin.meta} basename={ROOT} path={pathname} query={queryOf(search)} onNavChanged={() => {}} />
    </PluginContextProvider>
  );
}

function ConfigPage({ plugin }: { plugin: AppPlugin }) {
  const styles = useStyles2(getStyles);
  const { search } = useLocation();
  const [page] = plugin.configPages ?? [];
  if (!page) {
    return <p role="alert">The app has nothing to set.</p>;
  }
  return (
    <PluginContextProvider meta={plugin.meta}>
      <div className={styles.config}>
        <h1>{page.title}</h1>
        <page.body plugin={plugin} query={queryOf(search)} />
      </div>
    </PluginContextProvider>
  );
}

function queryOf(search: string): KeyValue {
  return Object.fromEntries(new URLSearchParams(search));
}

const getStyles = (theme: GrafanaTheme2) => ({
  shell: css({ display: 'flex', flexDirection: 'column', minHeight: '100vh', background: theme.colors.background.canvas }),
  bar: css({
    position: 'sticky', top: 0, zIndex: theme.zIndex.navbarFixed, display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1), minHeight: 40,
    padding: theme.spacing(0.5, 2), background: theme.colors.background.primary, borderBottom: `1px solid ${theme.colors.border.weak}`,
    'select, button': { background: theme.colors.background.secondary, color: theme.colors.text.primary, border: `1px solid ${theme.colors.border.strong}`, borderRadius: theme.shape.radius.default, padding: theme.spacing(0.25, 0.5), maxWidth: 220, minHeight: 28 },
  }),
  menuButton: css({ [theme.breakpoints.up('xl')]: { display: 'none' } }),
  note: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, [theme.breakpoints.down('md')]: { display: 'none' } }),
  looks: css({ marginLeft: 'auto', display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
  body: css({ display: 'flex', flex: 1, minWidth: 0 }),
  menu: css({
    display: 'none', flex: '0 0 200px', padding: theme.spacing(2, 1), background: theme.colors.background.primary, borderRight: `1px solid ${theme.colors.border.weak}`,
    ul: { listStyle: 'none', margin: 0, padding: 0 },
    a: { display: 'block', padding: theme.spacing(0.75, 1), borderRadius: theme.shape.radius.default, color: theme.colors.text.primary },
    'a[aria-current]': { background: theme.colors.action.selected, fontWeight: theme.typography.fontWeightMedium },
    [theme.breakpoints.up('xl')]: { display: 'block' },
  }),
  menuOpen: css({ display: 'block', [theme.breakpoints.down('xl')]: { position: 'fixed', zIndex: theme.zIndex.sidemenu, insetBlock: '40px 0', width: 240 } }),
  main: css({ display: 'flex', flexDirection: 'column', flex: 1, minWidth: 0 }),
  config: css({ padding: theme.spacing(3), maxWidth: 1100 }),
});
