import { t } from '@grafana/i18n';
import type { DataQueryError } from '@grafana/data';

/** Why a question has no answer, and what to do about it. */
export interface Failure {
  what: string;
  remedy: string;
  /** The remedy is for who runs the system: a customer's people are told to ask. */
  operator?: boolean;
}

/** What the backend says most often, in the reader's language and with advice that fits a page. */
function knownFailure(message: string): Failure | undefined {
  const shorter = t('failure.shorter', 'A shorter time range answers sooner. It is asked again with every refresh.');
  const token = t('failure.token-remedy', 'Whoever set up this organisation gives it a new scope token: mimamori grafana sync does.');
  if (message.startsWith('the store did not answer in time')) {
    return { what: t('failure.slow', 'The store did not answer in time.'), remedy: shorter };
  }
  if (message.startsWith('the store has no memory left')) {
    return { what: t('failure.memory', 'The store has no memory left for this question.'), remedy: shorter };
  }
  if (message.startsWith('the store cannot be reached')) {
    return {
      what: t('failure.store-away', 'The store cannot be reached.'),
      remedy: t('failure.store-away-remedy', 'See that ClickHouse runs and that the address in the data source\'s settings is right. It is asked again with every refresh.'),
      operator: true,
    };
  }
  if (message.startsWith('the role that raises alarms does not answer')) {
    return {
      what: t('failure.alerter-away', 'The role that raises alarms does not answer.'),
      remedy: t('failure.alerter-away-remedy', 'See that mimamori alert (or all) runs and that the address of the alarms in the data source\'s settings is right. It is asked again with every refresh.'),
      operator: true,
    };
  }
  const [, rows] = /(?:^|: )there are more than (\d+) rows behind it/.exec(message) ?? [];
  if (rows) {
    return { what: t('failure.too-much', 'There are more than {{rows}} rows behind this figure.', { rows }), remedy: t('failure.too-much-remedy', 'Choose a shorter time range.') };
  }
  if (message.startsWith('there is no scope token')) {
    return { what: t('failure.no-token', 'In this organisation there is no scope token.'), remedy: token, operator: true };
  }
  if (message.startsWith('the scope token has expired')) {
    return { what: t('failure.token-expired', 'The scope token has expired.'), remedy: token, operator: true };
  }
  if (message.startsWith('the scope token is of another organisation')) {
    return { what: t('failure.token-other', 'The scope token is of another organisation.'), remedy: token, operator: true };
  }
  if (message.startsWith('the scope token')) {
    return { what: t('failure.token', 'The scope token does not count here.'), remedy: token, operator: true };
  }
  return undefined;
}

/** A message of the backend as a sentence: a capital before it, a full stop behind it. */
function sentence(message: string): string {
  const text = message.trim();
  return text === '' ? '' : `${text[0].toUpperCase()}${text.slice(1)}${/[.!?\u3002]$/.test(text) ? '' : '.'}`;
}

/** Puts an error of Grafana or of the backend into words. The backend's own sentence says most and is kept. */
export function failureOf(error: DataQueryError | Error | undefined): Failure {
  const said = error as DataQueryError | undefined;
  const told = said?.data?.message || said?.message || '';
  const known = knownFailure(told);
  if (known) {
    return known;
  }
  const message = sentence(told);
  switch (said?.status) {
    case 400:
    case 429:
      // The backend says with it what to change.
      return { what: message || t('failure.unknown', 'The question was not answered.'), remedy: '' };
    case 401:
      return { what: t('failure.login', 'Grafana asks for a login.'), remedy: t('failure.login-remedy', 'Log in again in another tab; this page goes on by itself.') };
    case 403:
      return { what: message || t('failure.scope', 'This is outside of what you may see.'), remedy: t('failure.scope-remedy', 'Whoever set up this organisation can give it a scope token of more customers.'), operator: true };
    case 404:
      return { what: message || t('failure.missing', 'The data source is not there any more.'), remedy: t('failure.missing-remedy', 'Choose a data source on the app\'s configuration page.'), operator: true };
    case 502:
    case 503:
    case 504:
      return { what: message || t('failure.away', 'Grafana cannot reach its data source.'), remedy: t('failure.away-remedy', 'It is asked again with every refresh. If it stays so, test the data source in its settings.'), operator: true };
  }
  if (/failed to fetch|networkerror|load failed/i.test(message)) {
    return { what: t('failure.network', 'Grafana does not answer.'), remedy: t('failure.network-remedy', 'Check this machine\'s network. The page asks again with every refresh.') };
  }
  return {
    what: message || t('failure.unknown', 'The question was not answered.'),
    remedy: t('failure.unknown-remedy', 'It is asked again with every refresh. Test the data source in its settings if it stays so.'),
    operator: true,
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
    operator: true,
  };
}
