import type { AnnotationQuery, AnnotationSupport } from '@grafana/data';

import { type FigureName, type MimamoriQuery, QUERY_VERSION } from './query';

/** Figures whose rows are events, worth a mark on a graph. */
export const EVENT_FIGURES: readonly FigureName[] = ['outages', 'maintenance', 'reboots', 'notifications', 'alarms', 'corrections'];

const DEFAULT: Partial<MimamoriQuery> = { version: QUERY_VERSION, figure: 'outages' };

/** Outages, maintenance and reboots drawn over any panel. The backend writes them as Grafana reads events. */
export const annotationSupport: AnnotationSupport<MimamoriQuery> = {
  getDefaultQuery: () => DEFAULT,
  prepareAnnotation: (saved: AnnotationQuery<MimamoriQuery>): AnnotationQuery<MimamoriQuery> => {
    const { target } = saved;
    if (target?.refId && target.figure && target.version !== undefined && target.shape === 'annotations') {
      return saved; // the same one: Grafana's editor prepares and asks again for as long as it gets another
    }
    return { ...saved, target: { ...DEFAULT, refId: 'Anno', ...target, shape: 'annotations' } as MimamoriQuery };
  },
  prepareQuery: (annotation) => annotation.target,
};
