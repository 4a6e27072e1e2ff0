// For those who use a keyboard or a screen reader: what the theme leaves out.
function reach() {
  const wide = ".md-typeset pre > code, .md-typeset .wide, .md-typeset .mermaid, .md-typeset__scrollwrap";
  document.querySelectorAll(wide).forEach(box => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  });
  document.querySelectorAll(".md-typeset .wide:not([data-placed])").forEach(box => {
    if (box.scrollWidth <= box.clientWidth || !box.querySelector("div.mermaid")) return;
    box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2; // where a lifecycle begins
    box.dataset.placed = "yes";
  });
  document.querySelectorAll(".md-code__nav").forEach((nav, i) => nav.setAttribute("aria-label", `Code block ${i + 1}`));
}
addEventListener("load", reach);
addEventListener("resize", reach);
new MutationObserver(reach).observe(document.documentElement, { childList: true, subtree: true });
