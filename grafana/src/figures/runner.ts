import { type DataFrame, LoadingState, type PanelData, type TimeRange } from '@grafana/data';
import { type Observable, type Subscription } from 'rxjs';

import { type Failure, failureOf, noAnswer } from './failure';

/** Longer than this no question may take, in milliseconds. */
export const PATIENCE = 45_000;

/** What is known of a question at one moment. */
export interface Snapshot {
  /** The last answer; undefined before the first. It stays when a later question fails. */
  frames: DataFrame[] | undefined;
  /** When it came, by this machine's clock. */
  receivedAt: number;
  /** Key of the question the answer belongs to. */
  answers: string;
  /** Why the latest question has no answer; undefined while all is well. */
  failure: Failure | undefined;
  /** A question is under way. */
  asking: boolean;
}

/** Asks one question for one range; streams as Grafana's runRequest does. */
export type Ask = (range: TimeRange) => Observable<PanelData>;

/**
 * Asks one question again and again and keeps its last answer. A refresh never cancels the same
 * question under way, or one slower than the refresh interval would never be answered: it is asked
 * once more, for the latest range, when the answer is there. Another question does cancel it.
 */
export class FigureRunner {
  private snapshot: Snapshot = { frames: undefined, receivedAt: 0, answers: '', failure: undefined, asking: false };
  private underWay: { key: string; subscription: Subscription; timer: ReturnType<typeof setTimeout> } | undefined;
  private next: { key: string; ask: Ask; range: TimeRange } | undefined;

  constructor(private readonly onChange: (snapshot: Snapshot) => void) {}

  /** Asks; `key` tells one question from another, whatever the time range. */
  run(key: string, ask: Ask, range: TimeRange): void {
    if (this.underWay?.key === key) {
      this.next = { key, ask, range };
      return;
    }
    this.cancel();
    this.start(key, ask, range);
  }

  /** Forgets the question under way; no change is told afterwards. */
  cancel(): void {
    if (this.underWay) {
      clearTimeout(this.underWay.timer);
      this.underWay.subscription.unsubscribe();
    }
    this.underWay = undefined;
    this.next = undefined;
  }

  /** Ends asking for now, and forgets why there was no answer: when it goes on, that is not the answer. */
  pause(): void {
    this.cancel();
    if (this.snapshot.failure || !this.snapshot.asking) {
      this.change({ failure: undefined, asking: true });
    }
  }

  private start(key: string, ask: Ask, range: TimeRange): void {
    this.change({ asking: true });
    const timer = setTimeout(() => this.end(key, { failure: noAnswer(PATIENCE / 1000) }), PATIENCE);
    let ended = false;
    const end = (change: Partial<Snapshot>) => {
      ended = true;
      this.end(key, change);
    };
    const subscription = ask(range).subscribe({
      next: (data) => {
        if (ended || data.state === LoadingState.Loading || data.state === LoadingState.NotStarted) {
          return;
        }
        const error = data.error ?? data.errors?.[0];
        end(
          data.state === LoadingState.Error || error
            ? { failure: failureOf(error) }
            : { frames: data.series, receivedAt: Date.now(), answers: key, failure: undefined }
        );
      },
      error: (error: Error) => !ended && end({ failure: failureOf(error) }),
    });
    if (ended) {
      // Answered while it subscribed: there is nothing to keep hold of.
      clearTimeout(timer);
      subscription.unsubscribe();
      return;
    }
    this.underWay = { key, subscription, timer };
  }

  private end(key: string, change: Partial<Snapshot>): void {
    const { next } = this;
    this.cancel();
    // A failure never stands over the answer to another question.
    const stale = change.failure && this.snapshot.answers !== key;
    this.change({ ...(stale ? { frames: undefined, answers: key } : {}), ...change, asking: Boolean(next) });
    if (next) {
      this.start(next.key, next.ask, next.range);
    }
  }

  private change(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    this.onChange(this.snapshot);
  }
}
