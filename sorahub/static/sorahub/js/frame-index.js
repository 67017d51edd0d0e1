// Finds which notes hold a frame without looking at all of them: spans sorted by their first frame, each half of the list
// knowing how far its spans reach (an interval tree laid into an array).

export class FrameIndex {
  /** items: [{frame_in, frame_out, …}] */
  constructor(items = []) {
    this.items = [...items].sort((a, b) => a.frame_in - b.frame_in);
    this.reach = new Array(this.items.length);
    this.measure(0, this.items.length);
  }

  measure(low, high) {
    if (low >= high) return -1;
    const middle = (low + high) >> 1;
    const reach = Math.max(this.items[middle].frame_out, this.measure(low, middle), this.measure(middle + 1, high));
    this.reach[middle] = reach;
    return reach;
  }

  /** The items that hold a frame, by their first frame. */
  at(frame, low = 0, high = this.items.length, found = []) {
    if (low >= high) return found;
    const middle = (low + high) >> 1;
    if (this.reach[middle] < frame) return found;
    this.at(frame, low, middle, found);
    const item = this.items[middle];
    if (item.frame_in > frame) return found;
    if (item.frame_out >= frame) found.push(item);
    return this.at(frame, middle + 1, high, found);
  }
}
