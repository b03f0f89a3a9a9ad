import { css } from '@emotion/css';
import { type GrafanaTheme2, type NavModelItem, PageLayoutType } from '@grafana/data';
import type { PluginPageProps } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import { Link } from 'react-router-dom-v5-compat';

/** A page of a plugin as Grafana frames it: breadcrumb, heading, actions, tabs. */
export function PluginPage({ info, actions, renderTitle, subTitle, pageNav, layout, children }: PluginPageProps) {
  const styles = useStyles2(getStyles);
  if (layout === PageLayoutType.Custom) {
    return <>{children}</>;
  }
  const title = pageNav?.text ?? '';
  return (
    <div className={styles.page}>
      <Breadcrumb item={pageNav} />
      <div className={styles.header}>
        {pageNav && (renderTitle ? renderTitle(title) : <h1>{title}</h1>)}
        {info?.map(({ label, value }) => (
          <span key={label}>
            {label} {value}
          </span>
        ))}
        <div className={styles.actions}>{actions}</div>
      </div>
      {subTitle && <div>{subTitle}</div>}
      {children}
    </div>
  );
}

function Breadcrumb({ item }: { item: NavModelItem | undefined }) {
  const styles = useStyles2(getStyles);
  const trail: NavModelItem[] = [];
  for (let at = item; at; at = at.parentItem) {
    trail.unshift(at);
  }
  if (trail.length < 2) {
    return null;
  }
  return (
    <nav aria-label="Breadcrumbs">
      <ol className={styles.trail}>
        {trail.map((at, i) => (
          <li key={at.url ?? at.text}>{i < trail.length - 1 && at.url ? <Link to={at.url}>{at.text}</Link> : <span aria-current="page">{at.text}</span>}</li>
        ))}
      </ol>
    </nav>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', flex: 1, minWidth: 0, padding: theme.spacing(2), gap: theme.spacing(2), [theme.breakpoints.up('md')]: { padding: theme.spacing(3) } }),
  header: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', gap: theme.spacing(1, 3) }),
  actions: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  trail: css({
    display: 'flex', flexWrap: 'wrap', listStyle: 'none', margin: 0, padding: 0, overflowWrap: 'anywhere',
    'li + li::before': { content: '"\\203A"', padding: theme.spacing(0, 1), color: theme.colors.text.secondary },
    a: { color: theme.colors.text.link, textDecoration: 'underline' },
  }),
});
