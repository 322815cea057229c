// Runs before Gradio's own scripts, which take what they call from here.
(() => {
  "use strict";
  // Gradio counts the seconds of its status trackers at every frame, those of its loading screen for ever, though that is gone by
  // then (6.31). This page shows none of them: without this a browser would draw sixty times a second while nothing changes.
  const frame = window.requestAnimationFrame.bind(window);
  const counts = (callback) => callback.length === 0 && /^\(\) ?=> ?{.*performance\.now\(\) ?-.*\/ ?1e3/.test(callback);
  window.requestAnimationFrame = (callback) => (counts(callback) ? 0 : frame(callback));
})();
