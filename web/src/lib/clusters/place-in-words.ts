import type { ClusterRow } from '#lib/api/shapes.ts';
import type { OfficeWords } from '#lib/words/office-zh-cn.ts';

/** The class, the grade or the school that a cluster is about. */
export const placeInWords = (
  cluster: Pick<ClusterRow, 'subject' | 'class' | 'grade'>,
  office: OfficeWords,
): string =>
  office.clusters.subjects[cluster.subject](cluster.class?.name ?? cluster.grade?.name ?? '');
