/** The elements of a Word file's own vocabulary with this local name, whatever prefix the program writes. */
export function elementsOf(parent: Document | Element, name: string): Element[] {
  const root = 'documentElement' in parent ? parent.documentElement : parent;
  return Array.from(parent.getElementsByTagNameNS(root.namespaceURI ?? '*', name));
}

export function childrenOf(parent: Element | null, name: string): Element[] {
  const nodes = parent ? (Array.from(parent.childNodes) as Element[]) : [];
  return nodes.filter((node) => node.localName === name && node.namespaceURI === parent?.namespaceURI);
}

export function childOf(parent: Element | null, name: string): Element | null {
  return childrenOf(parent, name)[0] ?? null;
}

/** Empty when there is no such element or attribute. */
export function attributeOf(element: Element | null, name: string): string {
  return element?.getAttributeNS(element.namespaceURI, name) ?? '';
}

/** A new element of the same vocabulary, with its one value. */
export function createLike(parent: Element, name: string, value?: string): Element {
  const prefix = parent.prefix ? `${parent.prefix}:` : '';
  const element = parent.ownerDocument.createElementNS(parent.namespaceURI, `${prefix}${name}`);
  if (value !== undefined) element.setAttributeNS(parent.namespaceURI, `${prefix}val`, value);
  return element;
}
