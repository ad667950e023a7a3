import type { FactorWords } from './zh-cn.ts';

export const en: FactorWords = {
  recoveryCode: 'Recovery code',
  recoveryCodeHint: 'One of those you kept; each is good once. Capitals and dashes do not matter',
  secondTitle: 'Now the code',
  secondLead: 'The password is right. Open the authenticator app and type the digits it shows.',
  secondSubmit: 'Sign in',
  withRecovery: 'Phone not at hand? Use a recovery code',
  withApp: 'Use the authenticator app instead',
  lostBoth:
    'Neither phone nor recovery codes: ask an administrator of the school for a reset, in person.',
  giveUp: 'Sign in with another account',
  setUpTitle: 'Turn on two-step verification',
  setUpLead:
    'Your role sees how pupils are doing, so signing in takes a code from your phone besides the password. Setting it up takes about two minutes.',
  needs: 'What you need',
  needsText:
    'An authenticator app on your phone, any of them: Microsoft Authenticator, Google Authenticator, the password manager of the phone. It needs no phone number and works offline.',
  start: 'Start',
  steps: {
    scan: 'Scan this square with the app',
    type: 'If it cannot be scanned, type these characters',
    confirm: 'Type the six digits that the app shows',
  },
  picture: 'The square for the authenticator app',
  once: 'It is shown this once. Do not send a picture of it to anybody.',
  confirm: 'Confirm and turn on',
  codesTitle: 'Keep the recovery codes',
  codesText:
    'With them you sign in when the phone is lost or broken. Each is good once. Print them or write them down, and keep them somewhere safe, not on the same phone. They are shown this once.',
  codesName: (school, account) => `Shaodian recovery codes · ${school} · ${account}`,
  copy: 'Copy',
  copied: 'Copied',
  print: 'Print',
  saved: 'I have kept them; go on',
  required: 'Your role needs two-step verification; it cannot be turned off.',
  replace: 'Another phone',
  replaceText:
    'Set it up on the new phone. Until you confirm, the old one stays good; afterwards your other devices are signed out.',
  renew: 'New recovery codes',
  renewText: 'Those before are good no more.',
  end: 'Turn off two-step verification',
  endText: 'Signing in will take the password alone.',
  ended: 'Two-step verification is off',
  password: 'Your password',
  back: 'Back to “Me”',
  resetTitle: 'Reset two-step verification',
  resetFor: (name) => `Two-step verification of ${name}`,
  resetText:
    'Only when both the phone and the recovery codes are lost, and after making sure in person who is asking. All their devices are signed out and the next sign-in sets it up anew; they, the lead counsellors and the school leaders are told, and the audit keeps it.',
  reset: 'Reset',
  resetDone: 'Reset',
  backToAccounts: 'Back to accounts',
};
