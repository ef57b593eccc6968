// Two short sounds made here, no file: one for «at risk», a more urgent one for «breached».

const LENGTH = 0.18;
const GAP = 0.08;
const LOUDNESS = 0.25;
const TONES = { at_risk: [587, 587], breached: [880, 659, 880] };
let context = null;

/** Asks the browser for sound. Resolves once it can be heard, for which the page may need a click or a key first. */
export async function wakeSound() {
  if (!("AudioContext" in window)) throw new Error("no Web Audio");
  context ??= new AudioContext();
  await context.resume();
}

export const canSound = () => context?.state === "running";

/** Plays the sound of a phase. */
export function play(phase) {
  TONES[phase].forEach((frequency, place) => {
    const at = context.currentTime + place * (LENGTH + GAP);
    const tone = new OscillatorNode(context, { frequency });
    const volume = new GainNode(context, { gain: 0 });
    // Without the slopes it would click.
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
    volume.gain.setValueAtTime(LOUDNESS, at + LENGTH - 0.03);
    volume.gain.linearRampToValueAtTime(0, at + LENGTH);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + LENGTH);
  });
}
