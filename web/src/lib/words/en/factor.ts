import type { OwnWords } from '../zh-cn.ts';

export const factor: OwnWords['factor'] = {
  title: 'Two-step verification',
  code: 'Code',
  codeHint: 'The six digits that your authenticator app shows now; each is good once',
  why: 'Even somebody who knows your password cannot sign in without your phone.',
  isOn: (day) => `On (${day})`,
  isOff: 'Off',
  left: (n) => `${n} recovery code${n === 1 ? '' : 's'} left`,
  fewLeft: 'Few recovery codes are left; please make new ones.',
  manage: 'Manage two-step verification',
  turnOn: 'Turn on two-step verification',
  resetLink: 'Reset two-step verification',
};
