// The pages on which people label: items one after the other, and stretches of a trend.
import { queue } from "./queue";
import { stretching } from "./stretch";

const items = document.querySelector<HTMLElement>("[data-queue]");
if (items) queue(items);
const trend = document.querySelector<HTMLElement>("[data-stretching]");
if (trend) stretching(trend);
