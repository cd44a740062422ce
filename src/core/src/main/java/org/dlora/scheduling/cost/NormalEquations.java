package org.dlora.scheduling.cost;

/**
 * Least squares with nonnegative factors, from sums over samples alone (recursive least squares).
 * Old samples can be forgotten and new ones added at a cost that does not depend on their number.
 * Immutable.
 *
 * <p>They are solved by sequential coordinate descent (Franc, Hlaváč, Navara 2005), which suffices
 * for a dozen unknowns.
 */
final class NormalEquations {
    /** Share of the diagonal that bounds factors which no sample determines. */
    private static final double RIDGE = 1e-7;

    private final double[][] gram;
    private final double[] right;

    private NormalEquations(double[][] gram, double[] right) {
        this.gram = gram;
        this.right = right;
    }

    static NormalEquations none(int unknowns) {
        return new NormalEquations(new double[unknowns][unknowns], new double[unknowns]);
    }

    /** Returns {@code keep} times these sums, plus the sample {@code row · x = value}. */
    NormalEquations plus(double keep, double[] row, double value, double weight) {
        int n = right.length;
        var sums = new double[n][n];
        var sides = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                sums[i][j] = keep * gram[i][j] + weight * row[i] * row[j];
            }
            sides[i] = keep * right[i] + weight * row[i] * value;
        }
        return new NormalEquations(sums, sides);
    }

    NormalEquations scaled(double factor) {
        return plus(factor, new double[right.length], 0, 0);
    }

    NormalEquations and(NormalEquations others) {
        int n = right.length;
        var sums = new double[n][n];
        var sides = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                sums[i][j] = gram[i][j] + others.gram[i][j];
            }
            sides[i] = right[i] + others.right[i];
        }
        return new NormalEquations(sums, sides);
    }

    /** Returns the factors, improved from {@code start} on. */
    double[] solve(double[] start, int sweeps) {
        var x = start.clone();
        for (int sweep = 0; sweep < sweeps; sweep++) {
            for (int i = 0; i < x.length; i++) {
                double diagonal = gram[i][i] * (1 + RIDGE);
                if (diagonal > 0) {
                    double slope = -right[i] + gram[i][i] * RIDGE * x[i];
                    for (int j = 0; j < x.length; j++) {
                        slope += gram[i][j] * x[j];
                    }
                    x[i] = Math.max(0, x[i] - slope / diagonal);
                }
            }
        }
        return x;
    }
}
