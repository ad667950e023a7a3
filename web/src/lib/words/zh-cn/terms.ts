export const knownBy = {
  seen: '我亲眼看到或听到的',
  told_by_pupil: '他/她自己告诉我的',
  told_by_others: '别人告诉我的',
};

export const sinceWhen = {
  today: '今天',
  this_week: '这一周',
  this_month: '这个月',
  longer: '更久以前',
  unknown: '不清楚',
};

export const howOften = { once: '一次', several: '几次', often: '经常', unknown: '不清楚' };

export const aboutWhom = {
  family: '家里人',
  school_staff: '学校的老师或职工',
  classmate: '同学',
  online_or_outside: '网上或校外的人',
  unknown: '不清楚',
};

export const nextSteps = {
  go_to_pupil: '我现在就去学生身边',
  call_guardian_or_110: '我现在打电话：家长或 110',
  talk_today: '我今天和学生谈',
  talk_within_three_days: '我三天内和学生谈',
  hand_to_counsellor: '我转给心理教师',
  other: '其他做法',
};
