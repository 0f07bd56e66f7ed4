// A camera on a page: open it with plain reasons when it fails, grab JPEG frames, draw a face's frame over the preview.
import { penOf } from "./dom.js";

/** @typedef {[x: number, y: number, width: number, height: number]} Box */
/** @typedef {{stream: MediaStream, stop: () => void}} OpenCamera */

/**
 * Show the camera in `video`: the one on the screen's side, "environment" for the one on the back, or one by its name.
 * Resolves to {stream, stop()} or to null after onError(code): "insecure", "camera_denied", "camera_missing" or
 * "camera_busy". onError("camera_busy") may also come later, when the camera is unplugged.
 * @param {HTMLVideoElement} video
 * @param {{onError?: (code: string) => void, camera?: string, width?: number, height?: number}} [options]
 * @returns {Promise<OpenCamera | null>}
 */
export async function openCamera(video, { onError = () => {}, camera = "", width = 1280, height = 720 } = {}) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
    onError("insecure");
    return null;
  }
  /** @type {MediaStream | undefined} */
  let stream;
  try {
    const size = { width: { ideal: width }, height: { ideal: height } };
    /** @param {MediaTrackConstraints} which */
    const ask = (which) => navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...which } });
    stream = await ask({ facingMode: camera === "environment" ? "environment" : "user" });
    const named = await byName(camera, stream);
    if (named) {
      stream.getTracks().forEach((track) => track.stop());
      stream = await ask({ deviceId: { exact: named } });
    }
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    onError(reason(error));
    return null;
  }
  const shown = stream;
  let open = true;
  const stop = () => {
    open = false;
    shown.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  for (const track of shown.getVideoTracks()) {
    track.addEventListener("ended", () => {
      if (open) {
        stop();
        onError("camera_busy");
      }
    });
  }
  return { stream: shown, stop };
}

/**
 * The id of another camera than the stream's, when it is the one asked for by name; names are known once allowed.
 * @param {string} name
 * @param {MediaStream} stream
 */
async function byName(name, stream) {
  if (!name || name === "environment" || stream.getVideoTracks()[0]?.label === name) return null;
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.find((device) => device.kind === "videoinput" && device.label === name)?.deviceId ?? null;
}

/** @param {unknown} error */
function reason(error) {
  const name = error instanceof Error ? error.name : "";
  if (["NotAllowedError", "SecurityError", "PermissionDeniedError"].includes(name)) return "camera_denied";
  if (["NotFoundError", "DevicesNotFoundError", "OverconstrainedError"].includes(name)) return "camera_missing";
  return "camera_busy";
}

const board = document.createElement("canvas");

/**
 * The frame shown now as a JPEG Blob, at most `width` pixels wide, as the camera sees it (not mirrored).
 * @param {HTMLVideoElement} video
 * @param {{width?: number, quality?: number}} [options]
 * @returns {Promise<Blob>}
 */
export function grab(video, { width = 640, quality = 0.85 } = {}) {
  const wide = Math.min(width, video.videoWidth);
  if (!wide) return Promise.reject(new Error("the camera has no picture yet"));
  board.width = wide;
  board.height = Math.round((wide * video.videoHeight) / video.videoWidth);
  penOf(board).drawImage(video, 0, 0, board.width, board.height);
  return new Promise((resolve, reject) => {
    board.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no JPEG"))), "image/jpeg", quality);
  });
}

/**
 * Draw four corners around `look.box`, in the canvas's own CSS colour. The canvas lies over the video at the same size;
 * `fit` is the video's object-fit. Without a box the canvas is cleared.
 * @param {HTMLCanvasElement} canvas
 * @param {{box: Box | null, width: number, height: number} | null} look
 * @param {{fit?: "cover" | "contain"}} [options]
 */
export function drawFrame(canvas, look, { fit = "cover" } = {}) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  if (!look?.box) return;
  const pen = penOf(canvas);
  const scales = [canvas.width / look.width, canvas.height / look.height];
  const scale = fit === "contain" ? Math.min(...scales) : Math.max(...scales);
  const left = (canvas.width - look.width * scale) / 2;
  const top = (canvas.height - look.height * scale) / 2;
  const edge = 6 * ratio;
  const x = Math.max(edge, left + look.box[0] * scale);
  const y = Math.max(edge, top + look.box[1] * scale);
  const right = Math.min(canvas.width - edge, left + (look.box[0] + look.box[2]) * scale);
  const bottom = Math.min(canvas.height - edge, top + (look.box[1] + look.box[3]) * scale);
  const arm = Math.min(right - x, bottom - y) * 0.22;
  if (arm <= 0) return;
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = 5 * ratio;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  for (const [cx, cy, dx, dy] of [[x, y, 1, 1], [right, y, -1, 1], [right, bottom, -1, -1], [x, bottom, 1, -1]]) {
    pen.moveTo(cx, cy + dy * arm);
    pen.arcTo(cx, cy, cx + dx * arm, cy, arm * 0.6);
    pen.lineTo(cx + dx * arm, cy);
  }
  pen.stroke();
}
