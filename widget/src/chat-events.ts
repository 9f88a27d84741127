class ParleyEvent<Detail> extends CustomEvent<Detail> {
  constructor(type: string, detail: Detail) {
    super(type, { bubbles: true, composed: true, detail });
  }
}

/** The chat was opened. */
export class ParleyOpenEvent extends ParleyEvent<null> {
  constructor() {
    super('parley-open', null);
  }
}

/** The chat was closed. */
export class ParleyCloseEvent extends ParleyEvent<null> {
  constructor() {
    super('parley-close', null);
  }
}

/** The visitor sent a question. */
export class ParleyMessageEvent extends ParleyEvent<{ text: string }> {
  constructor(detail: { text: string }) {
    super('parley-message', detail);
  }
}

/** An answer has ended; `status` says whether it is whole. */
export class ParleyAnswerEvent extends ParleyEvent<{ id: string; text: string; status: string }> {
  constructor(detail: { id: string; text: string; status: string }) {
    super('parley-answer', detail);
  }
}

/** Something did not work, and the visitor was told so. */
export class ParleyErrorEvent extends ParleyEvent<{ code: string; message: string }> {
  constructor(detail: { code: string; message: string }) {
    super('parley-error', detail);
  }
}

declare global {
  interface HTMLElementEventMap {
    'parley-open': ParleyOpenEvent;
    'parley-close': ParleyCloseEvent;
    'parley-message': ParleyMessageEvent;
    'parley-answer': ParleyAnswerEvent;
    'parley-error': ParleyErrorEvent;
  }
}
