export const notices = {
  title: '提醒',
  lead: '只说有什么在等你，不写是谁、也不写内容。点开再看。',
  bell: (unseen: number) => (unseen === 0 ? '提醒' : `提醒，${unseen} 条未看`),
  kinds: {
    alert_to_acknowledge: (colour: string) => `一条${colour}预警等待你确认`,
    alert_to_review: (colour: string) => `一条${colour}预警需要有人来看一看`,
    alert_to_know: (colour: string) => `有一条${colour}预警，请你知晓`,
    break_glass_opened: (_colour: string) => '有人使用了紧急查看，请你复核',
    own_factor_reset: (_colour: string) =>
      '管理员重置了你的两步验证。如果不是你请他做的，请马上告诉校领导',
    factor_reset: (colleague: string) => `管理员重置了${colleague}的两步验证。请确认是本人要求的`,
    counsellor_kept_away: (_colour: string) => '一位心理教师被另一位设为回避某同学，请你过目',
    grant_to_decide: (_colour: string) => '有身份授权等待你决定',
    grant_decided: (_colour: string) => '你提议的身份授权有了结果',
  },
  unseen: '未看',
  answered: '已有人确认',
  seenAll: '全部标为已看',
  empty: '还没有提醒',
  emptyText: '有事需要你的时候，这里会出现一条。',
  undelivered: (n: number) => `有 ${n} 条提醒没能送到任何人`,
  undeliveredText: '系统会一直重试。请看看值班表和账号：该收到的人是否都在。',
};
