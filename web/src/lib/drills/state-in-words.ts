import type { DrillRow } from '#lib/api/shapes.ts';
import type { OfficeWords } from '#lib/words/office-zh-cn.ts';

export function stateInWords(state: DrillRow['state'], drills: OfficeWords['drills']): string {
  if (state === 'running') return drills.running;
  return state === 'finished' ? drills.finished : drills.stoppedState;
}
