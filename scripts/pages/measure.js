// What is wrong with the layout of the page as it stands: a list of sentences, each with the element it is about.
({ touch }) => {
  const faults = [];
  const told = new Set();
  const say = (kind, element, words) => {
    const name = nameOf(element);
    if (told.has(kind + name)) return;
    told.add(kind + name);
    faults.push(`${kind}: ${name} ${words}`);
  };
  const nameOf = (element) => {
    const own = element.id ? `#${element.id}` : [...element.classList].slice(0, 2).map((each) => `.${each}`).join("");
    const text = (element.innerText || element.value || element.getAttribute("aria-label") || "").trim().slice(0, 40);
    return `<${element.tagName.toLowerCase()}${own}> “${text.replace(/\s+/g, " ")}”`;
  };
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const style = (element) => getComputedStyle(element);
  const page = document.documentElement;

  const over = page.scrollWidth - page.clientWidth;
  if (over > 0) {
    const widest = [...document.body.querySelectorAll("*")].filter(seen).find((each) => {
      const { right } = each.getBoundingClientRect();
      return right > page.clientWidth + 1 && ![...each.children].some((child) => child.getBoundingClientRect().right >= right);
    });
    say("wide", widest ?? document.body, `makes the page ${over} pixels wider than the window`);
  }

  // Each line of text as it is painted; what only screen readers get has a box of one pixel.
  const hiddenFor = (element) => {
    for (let each = element; each && each !== page; each = each.parentElement) {
      const { clipPath, position, overflow } = style(each);
      if (clipPath === "inset(50%)" || clipPath === "inset(100%)") return true;
      if (position === "absolute" && overflow === "hidden" && each.clientWidth <= 1) return true;
    }
    return false;
  };
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element || ["SCRIPT", "STYLE", "OPTION", "NOSCRIPT", "TEMPLATE"].includes(element.tagName)) continue;
    // A sign of the icon font is text to the browser alone.
    if (element.closest(".material-symbols-outlined") || !seen(element) || hiddenFor(element)) continue;
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((each) => each.width > 1 && each.height > 1);
    if (rects.length) lines.push({ node, element, rects });
  }

  // The boxes that can cut an element: what is placed absolutely is not cut by a box that is not placed at all.
  const holding = function* (element) {
    let placed = false;
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const { position, transform } = style(box);
      if (placed && position === "static" && transform === "none") continue;
      yield box;
      placed = position === "absolute";
    }
  };

  // Cut: a line that sticks out of a box which hides what sticks out, unless it ends in … and its title says it whole.
  const clipped = (value) => value === "hidden" || value === "clip";
  for (const line of lines) {
    const { element } = line;
    let across = true;
    let down = true;
    for (const box of holding(element)) {
      if (!across && !down) break;
      const { overflowX, overflowY, textOverflow, display, position } = style(box);
      if (display !== "inline") {
        const edge = box.getBoundingClientRect();
        const left = Math.min(...line.rects.map((each) => each.left));
        const right = Math.max(...line.rects.map((each) => each.right));
        const top = Math.min(...line.rects.map((each) => each.top));
        const bottom = Math.max(...line.rects.map((each) => each.bottom));
        const whole = textOverflow === "ellipsis" && !display.includes("flex") && box.closest("[title]");
        if (whole && clipped(overflowX)) {
          // What is painted ends at …: nothing further out cuts the rest, and nothing lies on it.
          line.rects = line.rects.map((each) => new DOMRect(each.left, each.top, Math.min(each.width, edge.right - each.left), each.height));
          across = false;
        }
        if (across && clipped(overflowX) && (right > edge.right + 1.5 || left < edge.left - 1.5)) {
          say("cut", element, `is cut by ${Math.round(Math.max(right - edge.right, edge.left - left))} pixels by ${nameOf(box).split(" ")[0]}`);
          across = false;
        }
        const allowed = (bottom - top) / line.rects.length / 3;
        if (down && clipped(overflowY) && (bottom > edge.bottom + allowed || top < edge.top - allowed)) {
          say("cut", element, `is cut in its height by ${nameOf(box).split(" ")[0]}`);
          down = false;
        }
        if (overflowX === "auto" || overflowX === "scroll") across = false;
        if (overflowY === "auto" || overflowY === "scroll") down = false;
      }
      if (position === "fixed") break;
    }
  }

  // Overlapping: two texts on the same spot, of which neither lies in a layer above the other.
  const layer = (element) => {
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      if (["fixed", "sticky"].includes(style(each).position) || each.tagName === "DIALOG") return each;
    }
    return null;
  };
  const shown = (rect, element) => {
    for (const box of holding(element)) {
      const { overflowX, overflowY } = style(box);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const edge = box.getBoundingClientRect();
      if (rect.right <= edge.left || rect.left >= edge.right || rect.bottom <= edge.top || rect.top >= edge.bottom) return false;
    }
    return true;
  };
  const boxes = lines.flatMap(({ element, rects }) => rects.map((rect) => ({ element, rect })));
  boxes.sort((one, other) => one.rect.top - other.rect.top);
  boxes.forEach((one, index) => {
    for (let next = index + 1; next < boxes.length && boxes[next].rect.top < one.rect.bottom; next += 1) {
      const other = boxes[next];
      if (one.element === other.element || one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const across = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
      const down = Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top);
      if (across < 3 || down < 0.35 * Math.min(one.rect.height, other.rect.height)) continue;
      if (layer(one.element) !== layer(other.element)) continue;
      if (!shown(one.rect, one.element) || !shown(other.rect, other.element)) continue;
      say("overlap", one.element, `and ${nameOf(other.element)} lie on each other`);
    }
  });

  // The menu, and the tools beside it, have one line each.
  for (const [list, entries] of [[".site-nav", ".site-nav a"], [".site-tools", ".site-tools > *"]]) {
    const middles = [...document.querySelectorAll(entries)].filter(seen).map((each) => {
      const { top, bottom } = each.getBoundingClientRect();
      return (top + bottom) / 2;
    });
    if (Math.max(...middles) - Math.min(...middles) > 12) say("lines", document.querySelector(list), "has more than one line");
  }

  if (touch) {
    const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [role=menuitem]";
    for (const target of document.querySelectorAll(targets)) {
      if (target.disabled || target.tabIndex < 0 || !seen(target) || hiddenFor(target)) continue;
      const labels = [...(target.labels ?? [])].filter(seen);
      const around = target.closest("label");
      let { width, height, top } = target.getBoundingClientRect();
      if (width < 2 || height < 2 || top + scrollY < 0) continue;
      if (["checkbox", "radio", "file"].includes(target.type)) {
        for (const each of around ? [around, ...labels] : labels) {
          const rect = each.getBoundingClientRect();
          [width, height] = [Math.max(width, rect.width), Math.max(height, rect.height)];
        }
      }
      // A box that the style sheet lays around a small sign is touched like the sign.
      for (const part of ["::before", "::after"]) {
        const around = getComputedStyle(target, part);
        if (around.content === "none" || around.position !== "absolute") continue;
        [width, height] = [Math.max(width, parseFloat(around.width) || 0), Math.max(height, parseFloat(around.height) || 0)];
      }
      if (target.tagName === "A" && inText(target)) continue;
      if (width < 43.5 || height < 43.5) say("small", target, `is ${Math.round(width)}×${Math.round(height)} pixels to touch`);
    }
  }
  /** A link within a sentence: as inline as the words around it. */
  function inText(link) {
    if (style(link).display !== "inline") return false;
    let block = link.parentElement;
    while (block && style(block).display === "inline") block = block.parentElement;
    const words = [...(block?.childNodes ?? [])].filter((each) => !each.contains(link)).map((each) => each.textContent).join(" ");
    return /\p{L}{2,}/u.test(words);
  }
  return faults;
}
