// Where is a face, and what should the person do? Two ways to know: in the page itself, or by asking the server.
import { grab } from "./camera.js";

/**
 * Both finders answer `find(video)` with what one frame shows:
 * faces (people of comparable size), box [x, y, width, height] of the nearest in a picture of width by height,
 * hint (a code, "ok" when the face is good), text (the hint in words), sure (false: a burst may still be tried).
 */
export class ServerFinder {
  tick = 250; // Milliseconds between looks.
  steady = 3; // Looks in a row at one place before a burst.
  steadyPoor = 8; // The same when a look had advice: the burst decides.

  constructor(api) {
    this.api = api;
  }

  async find(video) {
    const seen = await this.api.look(await grab(video, { width: 320, quality: 0.7 }));
    return { ...seen, text: seen.hint_text, hopeless: false };
  }
}
