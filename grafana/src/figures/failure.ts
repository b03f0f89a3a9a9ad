import { t } from '@grafana/i18n';
import type { DataQueryError } from '@grafana/data';

/** Why a question has no answer, and what to do about it. */
export interface Failure {
  what: string;
  remedy: string;
}

/** Puts an error of Grafana or of the backend into words. The backend's own sentence says most and is kept. */
export function failureOf(error: DataQueryError | Error | undefined): Failure {
  const said = error as DataQueryError | undefined;
  const message = said?.data?.message || said?.message || '';
  switch (said?.status) {
    case 400:
    case 429:
      // The backend says with it what to change.
      return { what: message || t('failure.unknown', 'The question was not answered.'), remedy: '' };
    case 401:
      return { what: t('failure.login', 'Grafana asks for a login.'), remedy: t('failure.login-remedy', 'Log in again in another tab; this page goes on by itself.') };
    case 403:
      return { what: message || t('failure.scope', 'This is outside of what you may see.'), remedy: t('failure.scope-remedy', 'Ask the partner for a scope token that includes it.') };
    case 404:
      return { what: message || t('failure.missing', 'The data source is not there any more.'), remedy: t('failure.missing-remedy', 'Choose a data source on the app\'s configuration page.') };
    case 502:
    case 503:
    case 504:
      return { what: message || t('failure.away', 'Grafana cannot reach its data source.'), remedy: t('failure.away-remedy', 'It is asked again with every refresh. If it stays so, test the data source in its settings.') };
  }
  if (/failed to fetch|networkerror|load failed/i.test(message)) {
    return { what: t('failure.network', 'Grafana does not answer.'), remedy: t('failure.network-remedy', 'Check this machine\'s network. The page asks again with every refresh.') };
  }
  return {
    what: message || t('failure.unknown', 'The question was not answered.'),
    remedy: t('failure.unknown-remedy', 'It is asked again with every refresh. Test the data source in its settings if it stays so.'),
  };
}

/** Nothing came back in time. */
export function noAnswer(seconds: number): Failure {
  return { what: t('failure.timeout', 'No answer within {{seconds}} seconds.', { seconds }), remedy: t('failure.timeout-remedy', 'It is asked again with every refresh. A shorter time range answers sooner.') };
}

/** There is no data source to ask. */
export function noDataSource(): Failure {
  return {
    what: t('failure.no-source', 'This organisation has no mimamori data source.'),
    remedy: t('failure.no-source-remedy', 'An administrator can add one under Connections, with the scope token of this organisation.'),
  };
}
