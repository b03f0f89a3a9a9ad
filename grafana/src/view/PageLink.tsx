import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { type AnchorHTMLAttributes } from 'react';
import { Link } from 'react-router-dom';

type Props = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A link to a page of the app; give it what usePageLink returns. Without an address the words stand alone. */
export function PageLink({ href, className, children, ...rest }: Props) {
  const styles = useStyles2(getStyles);
  if (href === '') {
    return <>{children}</>;
  }
  return (
    <Link to={href} className={cx(className ?? styles.link)} {...rest}>
      {children}
    </Link>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  link: css({ color: theme.colors.text.link, textDecoration: 'underline', textUnderlineOffset: 3, overflowWrap: 'anywhere' }),
});
