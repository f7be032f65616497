// What the server tells of a sheet, and what it is asked.

export type Kind = "number" | "text" | "time" | "bool" | "image" | "sound";
export type Value = string | number | boolean | null;

export interface Column {
  name: string;
  kind: Kind;
  unit: string;
  formula: string; // "" or "=…"
  error: string; // "" or a sentence
  made: boolean; // by a formula or a step
  busy?: number | null; // the share that is reckoned
}

export interface Action {
  n: number;
  kind: string;
  words: string;
  detail: string;
  on: boolean;
  by?: string;
  error?: string;
  settings?: { [name: string]: unknown };
}

export interface Filter {
  column: string;
  op: string;
  value?: unknown;
  words?: string;
}

export interface State {
  id: string;
  name: string;
  version: number;
  rows: number;
  rows_all: number;
  columns: Column[];
  actions: Action[];
  undo: boolean;
  redo: boolean;
  filters: Filter[];
  sort: { column: string; down: boolean }[];
  hidden: string[];
  fresh?: string; // changes when the source has grown
  busy?: boolean;
  ordering?: number | null; // the share of the rows' order that is reckoned
}

export interface Block {
  version: number;
  from: number;
  rows: number[]; // ids
  cells: Value[][]; // a list a column
}

export interface Fn {
  name: string;
  usage?: string;
  words: string;
}

export interface Check {
  kind?: string;
  unit?: string;
  values?: Value[];
  error?: { message: string; remedy?: string; position: [number, number] | null } | null;
}

export interface Place {
  row: number; // in what is shown, from 0
  column: number; // among the shown columns
}
