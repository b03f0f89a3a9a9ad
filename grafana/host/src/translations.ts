import type { BackendModule } from 'i18next';

/**
 * Texts of the page around the plugin. Without any in a language i18next takes that language for
 * one it does not have, and plugins are shown in English.
 */
const texts: Record<string, Record<string, string>> = {
  'en-US': { menu: 'Menu', note: 'Preview, without Grafana', organisation: 'Organisation', theme: 'Theme', language: 'Language', dark: 'Dark', light: 'Light' },
  'ja-JP': { menu: 'メニュー', note: 'プレビュー (Grafana なし)', organisation: '組織', theme: 'テーマ', language: '言語', dark: 'ダーク', light: 'ライト' },
};

/** Hands the texts to i18next, as Grafana does with those it fetches. */
export const translations: BackendModule = {
  type: 'backend',
  init() {},
  read(language, _, done) {
    done(null, texts[language] ?? {});
  },
};
