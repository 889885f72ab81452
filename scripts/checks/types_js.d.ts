// What the pages know of their own documents and a compiler cannot: which kind of element a selector finds.
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
interface Element {
  closest(selectors: string): any;
  readonly dataset: DOMStringMap;
}
interface Document {
  getElementById(id: string): any;
}
interface EventTarget {
  closest?: any;
}
interface PromiseFulfilledResult<T> {
  reason?: undefined;
}
