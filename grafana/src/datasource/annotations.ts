import { AnnotationEventFieldSource, type AnnotationEventMappings, type AnnotationQuery, type AnnotationSupport } from '@grafana/data';

import { type FigureName, type MimamoriQuery, QUERY_VERSION } from './query';

/** Figures whose rows are worth a mark on a graph. */
export const ANNOTATION_FIGURES: readonly FigureName[] = ['outages', 'maintenance', 'reboots'];

const DEFAULT: Partial<MimamoriQuery> = { version: QUERY_VERSION, figure: 'outages', shape: 'table' };

/** Outages, maintenance and reboots drawn over any panel. */
export const annotationSupport: AnnotationSupport<MimamoriQuery> = {
  getDefaultQuery: () => DEFAULT,
  prepareAnnotation: (saved: AnnotationQuery<MimamoriQuery>): AnnotationQuery<MimamoriQuery> => {
    const target = { ...DEFAULT, refId: 'Anno', ...saved.target } as MimamoriQuery;
    return { ...saved, target, mappings: saved.mappings ?? mappingsOf(target.figure) };
  },
  prepareQuery: (annotation) => annotation.target,
};

/** The report's columns, by what Grafana calls the parts of an annotation. */
export function mappingsOf(figure: FigureName): AnnotationEventMappings {
  const column = (value: string) => ({ source: AnnotationEventFieldSource.Field, value });
  switch (figure) {
    case 'reboots':
      return { time: column('at'), title: column('device'), text: column('kind') };
    case 'maintenance':
      return { time: column('from'), timeEnd: column('to'), title: column('device'), text: column('why') };
    default:
      return { time: column('from'), timeEnd: column('to'), title: column('device'), text: column('cause') };
  }
}
