// Which rows and columns are seen. A browser's scroll bar ends near ten million pixels; ten million rows need thirty times
// that. Small moves are taken pixel by pixel, a dragged bar by its share, and the bar is set right when it rests.

const TALLEST = 8_000_000; // px; Firefox draws none above 17 million, Chromium none above 33

export class Rows {
  top = 0; // px of the whole height, not of the scroll bar
  private last = 0;

  constructor(
    private total: number,
    public height: number, // px of a row
  ) {}

  resize(total: number, height: number): void {
    const first = this.top / this.height;
    this.total = total;
    this.height = height;
    this.top = first * height;
  }

  get whole(): number {
    return this.total * this.height;
  }

  get plane(): number {
    return Math.min(this.whole, TALLEST);
  }

  // The bar has moved: where the rows stand now. `view` is the height of what is seen.
  scrolled(bar: number, view: number): void {
    const moved = bar - this.last;
    this.last = bar;
    const [most, room] = [Math.max(0, this.whole - view), Math.max(1, this.plane - view)];
    if (this.whole <= this.plane) this.top = bar;
    else if (bar <= 0) this.top = 0;
    else if (bar >= room - 1) this.top = most;
    else if (Math.abs(moved) <= 3 * view) this.top += moved;
    else this.top = (bar / room) * most;
    this.top = Math.min(Math.max(0, this.top), most);
  }

  // Where the bar belongs for the rows as they stand.
  bar(view: number): number {
    if (this.whole <= this.plane) return this.top;
    const share = this.top / Math.max(1, this.whole - view);
    const room = this.plane - view;
    if (share > 0 && share < 1) return Math.min(Math.max(2, Math.round(share * room)), Math.floor(room) - 2);
    return Math.round(share * room);
  }

  rest(bar: number): void {
    this.last = bar;
  }

  seen(view: number): [number, number] {
    return [Math.floor(this.top / this.height), Math.min(this.total, Math.ceil((this.top + view) / this.height))];
  }
}

export class Columns {
  starts: number[] = [0];

  set(widths: number[]): void {
    this.starts = [0];
    for (const width of widths) this.starts.push((this.starts.at(-1) ?? 0) + width);
  }

  get whole(): number {
    return this.starts.at(-1) ?? 0;
  }

  start(column: number): number {
    return this.starts[column] ?? this.whole;
  }

  width(column: number): number {
    return this.start(column + 1) - this.start(column);
  }

  at(px: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.start(middle) <= px) low = middle;
      else high = middle;
    }
    return low;
  }
}
