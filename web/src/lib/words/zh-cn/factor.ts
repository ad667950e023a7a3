export const factor = {
  title: '两步验证',
  code: '验证码',
  codeHint: '手机验证器上现在显示的 6 位数字，每个只能用一次',
  why: '就算密码被别人知道了，没有你的手机也登录不了。',
  isOn: (day: string) => `已开启（${day}）`,
  isOff: '未开启',
  left: (n: number) => `还剩 ${n} 个恢复码`,
  fewLeft: '恢复码快用完了，请生成新的。',
  manage: '管理两步验证',
  turnOn: '开启两步验证',
  resetLink: '重置两步验证',
};
