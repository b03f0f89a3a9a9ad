import { t } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { useState } from 'react';

import { useApp } from '../../AppContext';
import { type FigureQuery } from '../../datasource/query';
import { type Failure, failureOf } from '../../figures/failure';
import { usePageTime } from '../../figures/time';
import { download, type Format, reportAddress } from './download';

interface Props {
  question: FigureQuery;
  onFailure: (failure: Failure | undefined) => void;
}

/** The report as a file: CSV for programs, a workbook with the outages on sheets of their own for people. */
export function Downloads({ question, onFailure }: Props) {
  const { dataSourceUid } = useApp();
  const { range, timeZone } = usePageTime();
  const [busy, setBusy] = useState<Format>();
  const fetch = async (format: Format) => {
    if (!dataSourceUid) {
      return;
    }
    setBusy(format);
    onFailure(undefined);
    try {
      await download(reportAddress(dataSourceUid, question, range, timeZone, format), `mimamori-${question.figure}.${format}`);
    } catch (error) {
      onFailure(failureOf(await readable(error)));
    }
    setBusy(undefined);
  };
  return (
    <>
      {(['csv', 'xlsx'] as const).map((format) => (
        <Button key={format} variant="secondary" icon={busy === format ? 'spinner' : 'download-alt'} disabled={busy !== undefined} onClick={() => fetch(format)}>
          {format === 'csv' ? t('availability.csv', 'CSV') : t('availability.xlsx', 'Excel')}
        </Button>
      ))}
    </>
  );
}

/** An error whose body came as a file, as what it says. */
async function readable(error: unknown): Promise<Error> {
  const said = error as { data?: unknown; status?: number };
  if (said?.data instanceof Blob) {
    try {
      return { ...said, data: JSON.parse(await said.data.text()) } as unknown as Error;
    } catch {
      return { ...said, data: undefined } as unknown as Error;
    }
  }
  return error as Error;
}
