import { type DataFrame, getDefaultTimeRange, LoadingState, type PanelData, toDataFrame } from '@grafana/data';
import { of, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FigureRunner, PATIENCE, type Snapshot } from './runner';

const range = getDefaultTimeRange();
const later = { ...range };
const done = (series: DataFrame[]): PanelData => ({ state: LoadingState.Done, series, timeRange: range });
const failed = (message: string): PanelData => ({ state: LoadingState.Error, series: [], timeRange: range, error: { message } });
const frame = (name: string) => toDataFrame({ name, fields: [] });

describe('FigureRunner', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function runner() {
    const told: Snapshot[] = [];
    return { told, last: () => told[told.length - 1], runner: new FigureRunner((snapshot) => told.push(snapshot)) };
  }

  it('keeps the last answer when the next question fails, and forgets the failure with the next answer', () => {
    const { runner: it, last } = runner();
    it.run('a', () => of(done([frame('first')])), range);
    it.run('a', () => of(failed('the store is away')), range);
    expect(last().frames?.[0].name).toBe('first');
    expect(last().failure?.what).toBe('The store is away.');
    it.run('a', () => of(done([frame('second')])), range);
    expect(last().failure).toBeUndefined();
    expect(last().frames?.[0].name).toBe('second');
  });

  it('does not begin again with the failure it had before a pause', () => {
    const { runner: it, last } = runner();
    it.run('a', () => of(done([frame('first')])), range);
    it.run('a', () => of(failed('the store is away')), range);
    it.pause();
    expect(last().failure).toBeUndefined();
    expect(last().asking).toBe(true);
    expect(last().frames?.[0].name).toBe('first');
  });

  it('never shows the answer to another question beside a failure', () => {
    const { runner: it, last } = runner();
    it.run('a', () => of(done([frame('of a')])), range);
    it.run('b', () => of(failed('no')), range);
    expect(last().frames).toBeUndefined();
    expect(last().failure?.what).toBe('No.');
  });

  it('lets a slow question end when it is asked again, then asks once more for the latest time', () => {
    const { runner: it, last } = runner();
    const slow = new Subject<PanelData>();
    const asked: unknown[] = [];
    const ask = (at: unknown) => {
      asked.push(at);
      return asked.length === 1 ? slow : of(done([frame('new')]));
    };
    it.run('a', ask, range);
    it.run('a', ask, range);
    it.run('a', ask, later);
    expect(asked).toHaveLength(1);
    slow.next(done([frame('old')]));
    expect(asked).toHaveLength(2);
    expect(asked[1]).toBe(later);
    expect(last().frames?.[0].name).toBe('new');
    expect(last().asking).toBe(false);
  });

  it('takes back a question when another is asked', () => {
    const { runner: it, last } = runner();
    const slow = new Subject<PanelData>();
    it.run('a', () => slow, range);
    it.run('b', () => of(done([frame('of b')])), range);
    expect(slow.observed).toBe(false);
    expect(last().frames?.[0].name).toBe('of b');
  });

  it('says so when nothing comes back, and asks again', () => {
    const { runner: it, last } = runner();
    const silent = new Subject<PanelData>();
    it.run('a', () => silent, range);
    vi.advanceTimersByTime(PATIENCE);
    expect(last().failure?.what).toContain('45');
    expect(silent.observed).toBe(false);
    it.run('a', () => of(done([])), range);
    expect(last().failure).toBeUndefined();
  });

  it('tells nothing after it was cancelled', () => {
    const { runner: it, told } = runner();
    const slow = new Subject<PanelData>();
    it.run('a', () => slow, range);
    it.cancel();
    const before = told.length;
    slow.next(done([]));
    vi.advanceTimersByTime(PATIENCE * 2);
    expect(told).toHaveLength(before);
  });
});
