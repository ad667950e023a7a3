import type { Answered } from '#lib/api/shapes.ts';

/** One answer for several emergencies: only when every one of them was answered, and as late as the last. */
export function allAnswered(answers: Answered[]): Answered {
  const times = answers.map((one) => one.answeredAt).filter((time) => time !== null);
  const answered = answers.length > 0 && answers.every((one) => one.answered);
  return { answered, answeredAt: answered ? (times.sort().at(-1) ?? null) : null };
}
