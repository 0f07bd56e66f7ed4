// The phone's place, as exactly as it can be had within some seconds.

/**
 * @typedef {object} Found
 * @property {number} latitude
 * @property {number} longitude
 * @property {number} accuracy Metres.
 * @property {number | null} altitude
 * @property {number} at When it was found, by this phone's clock in milliseconds.
 * @property {number} now
 */
/** @typedef {Found | {error: "denied" | "unknown"}} Place */

const PROMPT = 30000; // Somebody may first have to answer whether the place may be shared.

/**
 * Resolves as soon as a place is as exact as `accuracy` metres, or to the best one after `seconds`.
 * @param {{accuracy: number, seconds: number}} wanted
 * @returns {Promise<Place>}
 */
export function locate({ accuracy, seconds }) {
  if (!navigator.geolocation) return Promise.resolve({ error: "unknown" });
  return new Promise((resolve) => {
    /** @type {Found | null} */
    let best = null;
    let timer = 0;
    /** @param {Place} place */
    const finish = (place) => {
      clearTimeout(timer);
      navigator.geolocation.clearWatch(watch);
      resolve("error" in place ? place : { ...place, now: Date.now() });
    };
    timer = setTimeout(() => finish(best ?? { error: "unknown" }), PROMPT);
    const watch = navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        const found = {
          latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy,
          altitude: coords.altitude, at: Math.round(timestamp), now: 0,
        };
        if (best === null) {
          clearTimeout(timer);
          timer = setTimeout(() => finish(best ?? found), seconds * 1000);
        }
        if (best === null || found.accuracy <= best.accuracy) best = found;
        if (found.accuracy <= accuracy) finish(found);
      },
      ({ code }) => {
        // A place that was found already is better than none; only a refusal is final.
        if (code === GeolocationPositionError.PERMISSION_DENIED) finish({ error: "denied" });
        else if (best === null) finish({ error: "unknown" });
      },
      { enableHighAccuracy: true, maximumAge: 0, timeout: PROMPT },
    );
  });
}
