import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { Navigate } from 'react-router-dom';

import { useApp } from '../../AppContext';
import { type Standing } from '../../figures/types';
import { useFigure } from '../../figures/useFigure';
import { ageOf, STALE_AFTER } from '../../view/age';
import { EmptyState } from '../../view/EmptyState';
import { count } from '../../view/format';
import { Freshness } from '../../view/Freshness';
import { FailureNotice, TruncatedNotice } from '../../view/Notice';
import { useNow } from '../../view/useNow';
import { usePageLink } from '../links';
import { type PageProps } from '../table';
import { CustomerTile } from './CustomerTile';
import { GAP, isUrgent, planWall } from './layout';
import { StateCounts } from './StateCounts';
import { useRoom } from './useRoom';

/** Narrower than this is a hand's screen: it scrolls, and has no pages. */
const NARROW = 700;

/** Most customers that a wall asks for. */
const LIMIT = 2000;

/** Which customers need me now? The most urgent first and biggest, always on the first page. */
export default function WallPage(_: PageProps) {
  const styles = useStyles2(getStyles);
  const { view } = useApp();
  const link = usePageLink();
  const now = useNow();
  const figure = useFigure<Standing>({ figure: 'customers', limit: LIMIT });
  const [page, setPage] = useState(0);
  const { ref, room } = useRoom();
  const { rows, answered, failure } = figure;

  if (view === 'customer' && rows.length === 1) {
    return <Navigate to={link('customer', { customer: rows[0].customer })} replace />;
  }
  const plan = planWall(rows, room.width < NARROW ? { ...room, height: Infinity } : room, page);
  const beyond = plan.page === 0 ? rows.filter(isUrgent).length - plan.urgent.length : 0;
  // Nothing is shown in a reassuring colour that nobody has heard of lately.
  const stale = Boolean(failure) || (ageOf(figure, now) ?? Infinity) > STALE_AFTER;

  return (
    <div className={styles.wall}>
      <div className={styles.bar}>
        <StateCounts rows={rows} stale={stale} />
        <div className={styles.right}>
          {!failure && <Freshness answer={figure} />}
          {beyond > 0 && <strong>{t('wall.beyond', '{{customers}} more in trouble on the next page', { customers: count(beyond) })}</strong>}
          <Pager page={plan.page} pages={plan.pages} onPage={setPage} />
        </div>
      </div>
      {failure && <FailureNotice failure={failure} kept={answered} />}
      {figure.truncated && <TruncatedNotice shown={rows.length} total={figure.total} />}
      <div ref={ref} className={styles.room}>
        {!answered && !failure && <p className={styles.quiet}>{t('figure.asking', 'Asking...')}</p>}
        {answered && rows.length === 0 && (
          <EmptyState
            what={t('wall.empty', 'There is no customer yet.')}
            remedy={t('wall.empty-remedy', 'Customers appear with the first data of their appliances, if the scope token of this organisation names them.')}
          />
        )}
        {plan.urgent.length > 0 && (
          <ul className={styles.urgent} style={{ gridTemplateColumns: `repeat(${plan.urgentColumns}, minmax(0, 1fr))` }} aria-label={t('wall.urgent', 'Customers in trouble, the most urgent first')}>
            {plan.urgent.map((row) => (
              <li key={row.customer}>
                <CustomerTile row={row} size="big" height={plan.urgentHeight} now={now} />
              </li>
            ))}
          </ul>
        )}
        {plan.calm.length > 0 && (
          <>
            {plan.urgent.length > 0 && <h2 className={styles.between}>{t('wall.calm', 'No trouble')}</h2>}
            <ul
              className={styles.calm}
              style={{ gridTemplateColumns: `repeat(${plan.calmColumns}, minmax(0, 1fr))`, filter: stale ? 'grayscale(1)' : undefined }}
              aria-label={t('wall.calm', 'No trouble')}
            >
              {plan.calm.map((row) => (
                <li key={row.customer}>
                  <CustomerTile row={row} size="small" height={plan.calmHeight} now={now} />
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  const styles = useStyles2(getStyles);
  if (pages <= 1) {
    return null;
  }
  return (
    <nav className={styles.pager} aria-label={t('wall.pages', 'Pages of the wall')}>
      <Button size="sm" variant="secondary" icon="angle-left" aria-label={t('wall.previous', 'Previous page')} disabled={page === 0} onClick={() => onPage(page - 1)} />
      <span>{t('wall.page', 'Page {{page}} of {{pages}}', { page: page + 1, pages })}</span>
      <Button size="sm" variant="secondary" icon="angle-right" aria-label={t('wall.next', 'Next page')} disabled={page === pages - 1} onClick={() => onPage(page + 1)} />
    </nav>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  wall: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5), flex: 1, minWidth: 0 }),
  bar: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1, 3), alignItems: 'center' }),
  right: css({ marginLeft: 'auto', display: 'flex', flexWrap: 'wrap', gap: theme.spacing(2), alignItems: 'center' }),
  pager: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center' }),
  quiet: css({ color: theme.colors.text.secondary }),
  room: css({ minWidth: 0 }),
  urgent: css({ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: GAP, li: { minWidth: 0, containerType: 'inline-size' } }),
  calm: css({ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: GAP, li: { minWidth: 0 } }),
  between: css({ height: 34 - GAP, margin: 0, paddingTop: GAP, lineHeight: '20px', fontSize: theme.typography.body.fontSize, color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular }),
});
