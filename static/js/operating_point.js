// The handle of the trade-off: a slider, or a finger on the curve, moves it; the words come ready from the server.

function panel(section) {
  const slider = section.querySelector('input[type="range"]');
  const steps = JSON.parse(section.querySelector('script[type="application/json"]').textContent);
  const chart = section.querySelector('svg');
  const words = ['share', 'strangers', 'honest', 'confidence', 'live'].map((name) => [name, section.querySelector(`[data-${name}]`)]);
  const place = (selector, values) => {
    const shape = section.querySelector(selector);
    for (const [name, value] of Object.entries(values)) shape.setAttribute(name, value);
  };

  function show() {
    const step = steps[slider.valueAsNumber];
    for (const [name, element] of words) element.textContent = step[name];
    slider.setAttribute('aria-valuetext', step.share);
    place('[data-handle]', { cx: step.x, cy: step.y });
    place('[data-across]', { x1: step.x_low, x2: step.x_high, y1: step.y, y2: step.y });
    place('[data-up]', { x1: step.x, x2: step.x, y1: step.y_low, y2: step.y_high });
  }

  function follow(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse());
    const distance = (step) => Math.abs(step.x - at.x);
    slider.valueAsNumber = steps.reduce((best, step, index) => (distance(step) < distance(steps[best]) ? index : best), 0);
    show();
  }

  slider.addEventListener('input', show);
  chart.addEventListener('pointerdown', (event) => {
    chart.setPointerCapture(event.pointerId);
    follow(event);
    slider.focus({ preventScroll: true });
  });
  chart.addEventListener('pointermove', (event) => {
    if (chart.hasPointerCapture(event.pointerId)) follow(event);
  });
  show();
}

document.querySelectorAll('[data-operating]').forEach(panel);
