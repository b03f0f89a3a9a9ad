import { Alert, Button } from '@grafana/ui';
import { Component, type ComponentType, lazy, type ReactNode, useState } from 'react';

import { earlyText } from './early';

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

/** Code that did not come: what went wrong on the way is its cause. */
class NotFetched extends Error {}

/**
 * A component whose code is fetched when it is first shown. Where that fails, an error with a
 * button to try again stands in its place. Whoever shows it has a Suspense around it.
 */
export function fetched<Props extends object>(load: Load<Props>): ComponentType<Props> {
  const fetching = () =>
    lazy(() =>
      load().catch((cause: unknown) => {
        throw new NotFetched(String(cause));
      })
    ) as unknown as ComponentType<Props>;
  // React keeps a failure for good: each try takes a lazy component of its own.
  let Code = fetching();
  return function Fetched(props: Props) {
    const [tries, setTries] = useState(0);
    return (
      <FetchBoundary
        key={tries}
        onAgain={() => {
          Code = fetching();
          setTries(tries + 1);
        }}
      >
        <Code {...props} />
      </FetchBoundary>
    );
  };
}

interface BoundaryProps {
  children: ReactNode;
  onAgain: () => void;
}

/** Says that code could not be fetched; any other error is left to Grafana. Its words do not wait for the texts, which may be what is missing. */
class FetchBoundary extends Component<BoundaryProps, { error: unknown }> {
  state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  render() {
    const { error } = this.state;
    if (error === undefined) {
      return this.props.children;
    }
    if (!(error instanceof NotFetched)) {
      throw error;
    }
    return (
      <Alert severity="error" title={earlyText('This page could not be fetched from Grafana.', 'このページを Grafana から取得できませんでした。')}>
        <p>
          {earlyText(
            "Check this machine's network and whether Grafana runs. If the plugin was updated meanwhile, reload the page in the browser.",
            'この端末のネットワークと、Grafana が動作しているかを確認してください。プラグインが更新されていた場合は、ブラウザーでページを再読み込みしてください。'
          )}
        </p>
        <Button onClick={this.props.onAgain}>{earlyText('Try again', '再試行')}</Button>
      </Alert>
    );
  }
}
