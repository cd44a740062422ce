package org.dlora.engine;

/**
 * Stop criterion of a warm-up. After each round it decides whether steps are as fast as they will
 * be: the JIT compilers have little left to do, or rounds have stopped getting faster.
 *
 * <p>Neither condition suffices alone. On few cores compilers and kernels take time from each
 * other, so round times fall and rise. On many cores the compilers go on for long with code that no
 * step waits for.
 */
final class Warmth {
    /** Share of a round's time that the compilers may take once steps are fast. */
    private static final double COMPILING = 0.4;

    /** A round that takes more than this share of the best one's time is no faster. */
    private static final double STEADY = 0.8;

    private static final int STEADY_ROUNDS = 2;

    private int mostWaves;
    private long best = Long.MAX_VALUE;
    private int steady;

    /**
     * Takes a round into account.
     *
     * @param waves how many the round had; rounds are comparable with those of as many
     * @param nanos its time
     * @param compilerNanos time of the compilers within it, all their threads together
     * @return whether nothing more is to be gained
     */
    boolean isReached(int waves, long nanos, long compilerNanos) {
        if (waves > mostWaves) {
            mostWaves = waves;
            best = nanos;
            steady = 0;
        } else if (waves == mostWaves) {
            steady = nanos < STEADY * best ? 0 : steady + 1;
            best = Math.min(best, nanos);
        }
        return compilerNanos < COMPILING * nanos || steady >= STEADY_ROUNDS;
    }
}
