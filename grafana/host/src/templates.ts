import type { ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

/** Fills in scoped variables: the preview has no dashboards, and so no others. */
export const templates: TemplateSrv = {
  getVariables: () => [],
  containsTemplate: (target) => /\$\w+|\$\{\w+[^}]*\}|\[\[\w+\]\]/.test(target ?? ''),
  updateTimeRange: () => {},
  replace: (target = '', scopedVars: ScopedVars = {}, format) =>
    target.replace(/\$(\w+)|\$\{(\w+)[^}]*\}|\[\[(\w+)\]\]/g, (whole, ...names: string[]) => {
      const name = names.slice(0, 3).find(Boolean)!;
      const value: unknown = scopedVars[name]?.value;
      if (value === undefined) {
        return whole;
      }
      return typeof format === 'function' ? String(format(value)) : String(value);
    }),
};
