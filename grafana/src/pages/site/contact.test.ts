import { describe, expect, it } from 'vitest';

import { mailLink, phoneLink, webLink } from './contact';

// eslint-disable-next-line no-script-url
const HOSTILE = ['javascript:alert(1)', ' JavaScript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:x', 'file:///etc/passwd', '//evil.example', '/a/mimamori-noc-app', '', 'tel:110" onclick="x'];

describe('what the card of a site links to', () => {
  it('is never anything that runs', () => {
    for (const text of HOSTILE) {
      expect(webLink(text), text).toBeNull();
      expect(phoneLink(text), text).toBeNull();
      expect(mailLink(text), text).toBeNull();
    }
  });

  it('is a page of the web where the whole text is its address', () => {
    expect(webLink('https://wiki.example/sites/sendai#power')).toBe('https://wiki.example/sites/sendai#power');
    expect(webLink(' http://10.0.0.1:8080/ ')).toBe('http://10.0.0.1:8080/');
    expect(webLink('see https://wiki.example/')).toBeNull();
    expect(webLink('https://wiki.example/ and javascript:alert(1)')).toBeNull();
    expect(webLink('https://')).toBeNull();
  });

  it('is a number to dial', () => {
    expect(phoneLink('+81 22 555 0100')).toBe('tel:+81225550100');
    expect(phoneLink('(022) 555-0100 ext. 12')).toBe('tel:0225550100;ext=12');
    expect(phoneLink('110')).toBe('tel:110');
    expect(phoneLink('ask the desk')).toBeNull();
    expect(phoneLink('110;phone-context=evil')).toBeNull();
  });

  it('is an address to write to, and to nobody else', () => {
    expect(mailLink('desk@aoba.example')).toBe('mailto:desk@aoba.example');
    expect(mailLink('desk@aoba.example?bcc=me@evil.example')).toBeNull();
    expect(mailLink('a@b.example,c@d.example')).toBeNull();
    expect(mailLink('desk')).toBeNull();
  });
});
