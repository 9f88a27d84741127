import { fillHole } from './render.ts';
import type { Template } from './template.ts';

export interface Property {
  /** Its attribute, where that has another name; `false` for none. */
  attribute?: string | false;
  /** Reads the attribute; text stays as it is. */
  read?: (value: string | null) => unknown;
}

/**
 * An element that shows a template in its shadow and follows its properties: changes in one go are shown together, a
 * moment later.
 */
export abstract class ReactiveElement extends HTMLElement {
  static properties: Record<string, Property> = {};
  static styles: string[] = [];

  /** Asked once, when the element is defined. */
  static get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: it is the class that is being defined, which extends this one.
    const { properties, prototype } = this;
    for (const name of Object.keys(properties)) defineProperty(prototype, name);
    return Object.keys(toPropertyNames(properties));
  }

  /** Fulfilled when everything that has changed so far is shown. */
  updateComplete: Promise<void> = Promise.resolve();

  #values: Record<string, unknown> = {};
  #early = new Map<string, unknown>();
  #changed = new Set<string>();
  #isWaiting = false;
  #show: ReturnType<typeof fillHole> | null = null;

  constructor() {
    super();
    // What a page sets on an element before its script is there lies in front of the property.
    for (const name of Object.keys(this.#definition.properties)) {
      if (!Object.hasOwn(this, name)) continue;
      this.#early.set(name, Reflect.get(this, name));
      Reflect.deleteProperty(this, name);
    }
  }

  connectedCallback(): void {
    for (const [name, value] of this.#early) Reflect.set(this, name, value);
    this.#early.clear();
    this.requestUpdate();
  }

  attributeChangedCallback(attribute: string, _: string | null, value: string | null): void {
    const name = toPropertyNames(this.#definition.properties)[attribute] ?? '';
    const { read } = this.#definition.properties[name] ?? {};
    Reflect.set(this, name, read ? read(value) : value);
  }

  /** Shows what has changed, a moment later; while it is on no page, when it is on one. */
  requestUpdate(): void {
    if (this.#isWaiting || !this.isConnected) return;
    this.#isWaiting = true;
    this.updateComplete = Promise.resolve().then(() => this.#update());
  }

  getProperty(name: string): unknown {
    return this.#values[name];
  }

  setProperty(name: string, value: unknown): void {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    this.#changed.add(name);
    this.requestUpdate();
  }

  /** Before it is shown; what changes here is shown with the rest. */
  protected willUpdate(): void {}
  protected abstract render(): Template;
  /** @param _changed names of properties */
  protected updated(_changed: Set<string>): void {}

  get #definition(): typeof ReactiveElement {
    return this.constructor as typeof ReactiveElement;
  }

  #update(): void {
    const changed = this.#changed;
    try {
      this.willUpdate();
    } finally {
      this.#isWaiting = false;
      this.#changed = new Set();
    }
    this.#show ??= this.#openShadow();
    this.#show(this.render());
    this.updated(changed);
  }

  #openShadow(): ReturnType<typeof fillHole> {
    const shadow = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(this.#definition.styles.join(''));
    shadow.adoptedStyleSheets = [sheet];
    return fillHole(shadow.appendChild(new Comment()));
  }
}

function defineProperty(prototype: ReactiveElement, name: string): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: ReactiveElement) {
      return this.getProperty(name);
    },
    set(this: ReactiveElement, value: unknown) {
      this.setProperty(name, value);
    },
  });
}

/** Attributes are in small letters, and so is what frameworks make of a property that they do not find. */
function toPropertyNames(properties: Record<string, Property>): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [name, { attribute }] of Object.entries(properties)) {
    if (attribute === false) continue;
    names[name.toLowerCase()] = name;
    if (attribute) names[attribute] = name;
  }
  return names;
}
