package org.dlora.engine;

/**
 * A sign of life of a replica's thread.
 *
 * @param beat number that rises with every turn of the loop and with every step
 * @param predicted predicted seconds of the step that runs; NaN if they are unknown or none runs
 * @param isResting whether the thread waits for messages or warms up, which may last
 */
public record Heartbeat(long beat, double predicted, boolean isResting) {

    Heartbeat next(double seconds, boolean rests) {
        return new Heartbeat(beat + 1, seconds, rests);
    }
}
