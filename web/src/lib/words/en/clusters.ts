import type { clusters as zhClusters } from '../zh-cn/clusters.ts';

export const clusters: typeof zhClusters = {
  title: 'Several pupils need care at once',
  lead: 'In one class, grade or school several pupils showed signs of self-harm within a short time. Each of them has an alert of their own; this asks you to meet about them today.',
  subjects: {
    class: (name) => name,
    grade: (name) => `${name} (the whole grade)`,
    school: (_name) => 'The whole school',
  },
  place: 'Where',
  count: 'How many',
  pupils: (count) => `${count} pupils`,
  several: '2 or more',
  since: 'When',
  span: (from, to) => `${from} to ${to}`,
  open: 'Look and act',
  statuses: { open: 'Waits for somebody', acknowledged: 'Somebody has it', closed: 'Closed' },
  settled: (count) => `Taken, and met about: ${count}`,
  meeting: 'Meet today',
  meetingDue: (time) => `Meet by ${time}`,
  met: (name, time) => `${time}: ${name} recorded that the meeting was held`,
  taken: (name, time) => `${time}: ${name} took it`,
  take: 'I call the meeting',
  takeHint:
    'From then on the meeting is yours to call; its clock runs on until it is recorded as held.',
  recordMeeting: 'The meeting was held',
  notMine:
    'The holder or a counsellor calls the meeting. You need not wait to see how the classes are.',
  who: 'The pupils',
  whoHint: 'Only counsellors see who they are; opening this is recorded.',
  whatTitle: 'What to talk about',
  points: [
    'First make sure that an adult is with each of the pupils, and that somebody is responsible for each.',
    'Ask those who are needed: counsellors, the homeroom teachers, the grade head, the director; say no more than protecting the pupils takes.',
    'Look for what connects them: do they know each other, share a dormitory or a chat group, did they live through something together?',
    'Who else: list pupils close to them about whom somebody worries, and see them today.',
    'Share the work: who stays tonight, who calls the guardians (unless an alert says not yet), when to meet again; with names and times.',
  ],
  sayTitle: 'How to speak to pupils',
  sayPoints: [
    'One by one or in small groups; no assembly, no names, and no asking who told.',
    'No method and no details, no single cause, never “release” or “courage”.',
    'Say how to get help when it is hard: the counselling room, any teacher, 12356.',
  ],
  source:
    'After “After a Suicide: A Toolkit for Schools” (AFSP, SPRC) on contagion and safe messaging. To be confirmed by the school’s own professionals.',
};
