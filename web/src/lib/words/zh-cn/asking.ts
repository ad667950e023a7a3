/** The page on which a pupil asks for a talk; the form of a report need not carry it. */
export const asking = {
  lead: '为自己开口，是一件勇敢的事。什么都不用写，点一下就好。',
  ask: '我想和心理老师谈谈',
  asked: '心理老师会看到',
  askedText: '24 小时内会有心理老师看到，然后安静地找你约个时间。',
  next: [
    '只有心理老师知道。同学、班主任和家里人都不会收到通知。',
    '聊什么、聊多少，由你决定。',
    '如果你有危险，心理老师会和你一起想办法，也会请别的大人帮忙。',
  ],
  now: '现在就很难受，等不了？直接去找身边的大人，或者打电话：',
};

export type AskingWords = typeof asking;
