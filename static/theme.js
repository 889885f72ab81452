// Before the first paint: the colours that the reader chose in this browser, or none, which is what the system says.
try {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "";
} catch {} // a browser that keeps nothing
