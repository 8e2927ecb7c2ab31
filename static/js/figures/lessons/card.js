/** What the card of a lesson's models says of them. Pure. */

/**
 * @typedef {{model: string, measure: string, mean: number, least: number, most: number, seeds: number, baselines: Record<string, number>}} Figure
 */

/** One figure. @param {readonly Figure[]} figures @param {string} model @param {string} measure */
export const figureOf = (figures, model, measure) =>
  figures.find((one) => one.model === model && one.measure === measure);

/** Its mean, and its range over the trainings where there were several. @param {Figure} figure @param {(value: number) => string} write */
export const rangeText = ({ mean, least, most, seeds }, write) =>
  seeds > 1 ? `${write(mean)} (${write(least)}–${write(most)})` : write(mean);
