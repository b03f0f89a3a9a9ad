import type { AnnotationQuery, AnnotationSupport } from '@grafana/data';

import { type FigureName, type MimamoriQuery, QUERY_VERSION } from './query';

/** Figures whose rows are events, worth a mark on a graph. */
export const EVENT_FIGURES: readonly FigureName[] = ['outages', 'maintenance', 'reboots', 'notifications', 'alarms', 'corrections'];

const DEFAULT: Partial<MimamoriQuery> = { version: QUERY_VERSION, figure: 'outages' };

/** Outages, maintenance and reboots drawn over any panel. The backend writes them as Grafana reads events. */
export const annotationSupport: AnnotationSupport<MimamoriQuery> = {
  getDefaultQuery: () => DEFAULT,
  prepareAnnotation: (saved: AnnotationQuery<MimamoriQuery>): AnnotationQuery<MimamoriQuery> => ({
    ...saved,
    target: { ...DEFAULT, refId: 'Anno', ...saved.target, shape: 'annotations' } as MimamoriQuery,
  }),
  prepareQuery: (annotation) => annotation.target,
};
