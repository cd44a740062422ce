package org.dlora.background;

/** End of a process that cannot go on. */
public final class ProcessEnd {
    /** Exit code that the JDK has for a process without memory ({@code ExitOnOutOfMemoryError}). */
    public static final int EXIT_CODE = 3;

    private ProcessEnd() {}

    /**
     * Ends the process at once, without hooks of its shutdown, which may not end.
     *
     * @param why a line for the error output
     */
    public static void now(String why) {
        try {
            System.err.println(why);
        } finally {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
