import { type Ratio, ratioToNumber, reduceRatio } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'

/** For figures that decide: whoever checks a decision must not stumble over a rounding. */
export const fraction = builder.objectRef<Ratio>('Fraction').implement({
  description: 'A ratio kept exact, in lowest terms, and as a decimal for reading.',
  fields: (t) => ({
    numerator: t.string({
      description: 'A whole number, negative where the ratio is.',
      resolve: (ratio) => String(reduceRatio(ratio).numerator),
    }),
    denominator: t.string({
      description: 'A whole number above 0.',
      resolve: (ratio) => String(reduceRatio(ratio).denominator),
    }),
    decimal: t.float({ description: 'Cut off behind six places.', resolve: ratioToNumber }),
  }),
})
