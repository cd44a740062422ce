package org.dlora.console.journal;

import java.time.Instant;

/**
 * A line of the log, without secrets.
 *
 * @param number of the lines since the server's start, from 1
 * @param logger name of the class that wrote it
 * @param text message and stack trace
 */
record LogLine(long number, Instant at, String level, String logger, String thread, String text) {

    /** Returns the last part of the logger's name. */
    public String shortLogger() {
        return logger.substring(logger.lastIndexOf('.') + 1);
    }

    /** Returns the class of its level's badge. */
    public String badge() {
        return switch (level) {
            case "ERROR" -> "bad";
            case "WARN" -> "warn";
            default -> "";
        };
    }
}
