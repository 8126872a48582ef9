package dev.freshet.benchmarks.eviction;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Draws numbers from 0 by Zipf's law: a number's frequency is a negative power of its rank. */
final class Zipf {

    private final double[] upTo;

    Zipf(int count, double exponent) {
        upTo = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += 1 / Math.pow(i + 1, exponent);
            upTo[i] = sum;
        }
    }

    int next(SplittableRandom random) {
        int at = Arrays.binarySearch(upTo, random.nextDouble() * upTo[upTo.length - 1]);
        return Math.min(at < 0 ? -at - 1 : at, upTo.length - 1);
    }
}
