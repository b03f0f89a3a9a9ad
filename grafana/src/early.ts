import { config } from '@grafana/runtime';

/**
 * A text that Grafana asks for before any texts are loaded: the options of a panel, the name of a
 * configuration page. Everything else goes through t() and the files of texts.
 */
export function earlyText(english: string, japanese: string): string {
  return config.bootData?.user?.language === 'ja-JP' ? japanese : english;
}
