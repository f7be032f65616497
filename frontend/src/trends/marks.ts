// What happened beside the signals, as the server tells it; times in ms since 1970.

export interface FrameMark {
  kind: string;
  word: string;
  title: string;
  start: number;
  end: number | null;
  url: string;
}

export interface AlarmMark {
  at: number;
  title: string;
  priority: number;
  url: string;
}

export interface GapMark {
  source: string;
  start: number;
  end: number;
  cause: string;
  filled: string;
}

export interface BadMark {
  signal: string;
  quality: number;
  count: number;
  start: number;
  end: number;
}

export interface NoteMark {
  id: number;
  start: number;
  end: number | null;
  text: string;
  by: string;
  mine: boolean;
}

export interface Marks {
  frames: FrameMark[];
  alarms: AlarmMark[];
  gaps: GapMark[];
  bad: BadMark[];
  notes: NoteMark[];
}

export const NONE: Marks = { frames: [], alarms: [], gaps: [], bad: [], notes: [] };

export type Words = { [name: string]: string };

export function fill(sentence: string | undefined, ...parts: string[]): string {
  return (sentence ?? "").replace(/\{(\d)\}/g, (_, place: string) => parts[Number(place)] ?? "");
}
