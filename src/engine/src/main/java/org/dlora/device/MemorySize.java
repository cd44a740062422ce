package org.dlora.device;

/** An amount of memory, written in KB below 10 MB and in MB from there on. */
public record MemorySize(long bytes) {
    private static final long KB = 1 << 10;
    private static final long MB = 1 << 20;
    private static final long SMALL = 10 * MB;

    /** Returns the text of an amount that is needed or taken, such as "12MB". */
    public String roundedUp() {
        return bytes < SMALL ? Math.ceilDiv(bytes, KB) + "KB" : Math.ceilDiv(bytes, MB) + "MB";
    }

    /** Returns the text of an amount that is there to be taken. */
    public String roundedDown() {
        return bytes < SMALL ? bytes / KB + "KB" : bytes / MB + "MB";
    }
}
