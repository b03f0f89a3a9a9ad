import { describe, expect, it } from 'vitest';

import { failureOf } from './failure';

const said = (status: number, message: string) => failureOf({ status, data: { message } });

describe('a failure', () => {
  it('advises nothing that a page has no place for', () => {
    const slow = said(504, 'the store did not answer in time: ask for less time, fewer names or longer steps');
    expect([slow.what, slow.operator]).toEqual(['The store did not answer in time.', undefined]);
    expect(slow.remedy).not.toMatch(/names|steps/);
    expect(said(400, 'that is too much at once: there are more than 500000 rows behind it: ask for less time, a longer step or fewer names').what).toBe('There are more than 500000 rows behind this figure.');
  });

  it('names the token, and leaves its renewal to who runs the system', () => {
    const other = said(403, 'the scope token is of another organisation: run mimamori grafana sync, which gives each organisation a token of its own');
    expect([other.what, other.operator]).toEqual(['The scope token is of another organisation.', true]);
    expect(said(403, 'there is no scope token: run it').what).toContain('there is no scope token');
    expect(said(403, 'the scope token is signed with a key that was revoked').what).toContain('does not count');
  });

  it('is a sentence, whatever the backend says', () => {
    expect(said(429, 'too many questions are being answered: ask again in a while').what).toBe('Too many questions are being answered: ask again in a while.');
    expect(said(500, '').what).toBe('The question was not answered.');
  });
});
